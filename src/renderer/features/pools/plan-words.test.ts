import { describe, expect, it } from 'vitest'
import { affinityWords, placeWords, summaryWords, whyWords, type PlannedPlace, type PlanView } from './plan-words.ts'

const place = (changes: Partial<PlannedPlace> = {}): PlannedPlace => ({
  upstreamId: 'a',
  name: 'A',
  outcome: 'ordered',
  place: 1,
  words: 'tried first',
  firstShare: 1,
  figure: null,
  isResting: false,
  isFallback: false,
  reason: null,
  until: null,
  priority: 1,
  weight: 1,
  model: 'm',
  quotaLeft: null,
  quotaResetsAt: null,
  circuit: null,
  inFlight: 0,
  maxConcurrent: null,
  isPausedInDraft: false,
  ...changes,
})
const view = (changes: Partial<PlanView> = {}): PlanView => ({
  strategy: 'priority',
  model: 'm',
  refusal: null,
  waits: null,
  places: [place()],
  affinity: null,
  ...changes,
})

describe('the words of a plan', () => {
  it.each([
    [{}, 'Tried first.'],
    [{ place: 2, firstShare: 0 }, 'Tried when the first failed.'],
    [{ place: 3, firstShare: 0, isFallback: true }, 'Tried when those before it failed. Of the fallback Pool.'],
    [{ firstShare: 0.53 }, 'Drawn among equals: first for about 55 % of such requests.'],
    [{ firstShare: 0.01 }, 'Drawn among equals: first for about 5 % of such requests.'],
    [{ isResting: true }, 'Tried first. It failed a moment ago, so it stands behind all others.'],
    [{ outcome: 'beyond', place: null }, 'It may serve, and stands behind the most that one request tries.'],
    [{ outcome: 'excluded', place: null, reason: 'upstream_paused' }, 'Paused. Resume it on its page.'],
    [{ outcome: 'excluded', place: null, reason: 'upstream_paused', isPausedInDraft: true }, 'Paused in this draft.'],
  ] as const)('say why it stands where it stands: %o', (changes, words) => {
    expect(whyWords(place(changes))).toBe(words)
  })

  it('name the place, what is sent, and the home of the session', () => {
    expect(placeWords(place({ place: 4 }))).toBe('4.')
    expect(placeWords(place({ outcome: 'excluded', place: null }))).toBe('left out')
    expect(placeWords(place({ outcome: 'beyond', place: null }))).toBe('behind')
    expect(summaryWords(view(), 'm')).toBe('1 upstream may serve m.')
    expect(summaryWords(view({ model: 'big' }), 'fast')).toBe('1 upstream may serve fast, sent as big.')
    const at = (outcome: 'kept' | 'moved' | 'broken', reason: string | null, upstreamId = 'a') =>
      affinityWords(view({ affinity: { kind: 'session', upstreamId, outcome, reason } }))
    expect(affinityWords(view())).toBeNull()
    expect(at('kept', null)).toBe('The session is at home at A, and stays there.')
    expect(at('moved', 'quota_low')).toBe('The session is at home at A, and would move (quota low).')
    expect(at('broken', null, 'gone')).toContain('an upstream that is not in the Pool alone')
  })
})
