import { describe, expect, it } from 'vitest'
import { isSame, replayFacts, sessionWords, spanWords, type ReplayReport, type ReplaySide } from './replay-words.ts'

const side = (changes: Partial<ReplaySide> = {}): ReplaySide => ({
  strategy: 'priority',
  served: 10,
  refused: 0,
  failed: 0,
  firstChoiceFailures: 0,
  waited: 0,
  longestWaitMs: 0,
  inputTokens: 0,
  outputTokens: 0,
  costNanos: 1_000_000_000,
  firstTokenMs: 100,
  sessionSwitches: 0,
  ...changes,
})

describe('the figures of a replay', () => {
  it('say what changed, and whether that is good', () => {
    const facts = replayFacts({
      saved: side(),
      draft: side({ served: 8, refused: 2, costNanos: 500_000_000, firstTokenMs: null }),
    })
    const of = (label: string) => facts.find((fact) => fact.label === label)
    expect(of('Answered')).toMatchObject({ saved: '10', draft: '8', change: '−2', isGood: false })
    expect(of('Refused')).toMatchObject({ change: '+2', isGood: false })
    expect(of('Cost')).toMatchObject({ saved: '$1.00', draft: '$0.500', change: '−$0.500', isGood: true })
    expect(of('First token, on average')).toMatchObject({ saved: '100 ms', draft: '–', change: '', isGood: null })
    expect(of('Failed')).toMatchObject({ change: '', isGood: null })
  })

  it('leave waits out where nobody waited', () => {
    const labels = (draft: ReplaySide) => replayFacts({ saved: side(), draft }).map(({ label }) => label)
    expect(labels(side())).not.toContain('Longest wait')
    expect(labels(side({ waited: 1, longestWaitMs: 900 }))).toEqual(
      expect.arrayContaining(['Waited for room', 'Longest wait']),
    )
  })

  it('tell of sessions and times, and whether both plans come to the same', () => {
    expect(sessionWords({ known: 0, moved: 0 })).toBeNull()
    expect(sessionWords({ known: 1, moved: 0 })).toBe('None of 1 session would be at another upstream.')
    expect(sessionWords({ known: 40, moved: 12 })).toContain('12 of 40 sessions would be at another upstream')
    expect([spanWords(1), spanWords(24), spanWords(3)]).toEqual(['last hour', 'last 24 hours', 'last 3 hours'])
    const report = {
      saved: side(),
      draft: side({ strategy: 'spread' }),
      upstreams: [],
      sessions: { known: 1, moved: 0 },
    }
    expect(isSame(report as unknown as ReplayReport)).toBe(true)
    expect(isSame({ ...report, draft: side({ served: 9 }) } as unknown as ReplayReport)).toBe(false)
  })
})
