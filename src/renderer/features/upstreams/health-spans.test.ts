import { describe, expect, it } from 'vitest'
import { healthSpans, readyShare } from './health-spans.ts'

const entry = (at: number, state: 'ready' | 'cooling_down' | 'paused') => ({ at, state, reason: null, until: null })

describe('health-spans', () => {
  const spans = healthSpans(
    [entry(80, 'paused'), entry(60, 'ready'), entry(40, 'cooling_down'), entry(0, 'ready')],
    100,
  )

  it('runs from each change to the next, the last one to now', () => {
    expect(spans.map(({ state, from, to }) => `${state} ${from}-${to}`)).toEqual([
      'ready 0-40',
      'cooling_down 40-60',
      'ready 60-80',
      'paused 80-100',
    ])
  })

  it('counts the ready time without what an operator paused', () => {
    expect(readyShare(spans)).toBe(0.75)
    expect(readyShare([])).toBeNull()
    expect(readyShare(healthSpans([entry(0, 'paused')], 10))).toBeNull()
  })
})
