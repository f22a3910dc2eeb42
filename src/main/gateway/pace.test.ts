import { expect, it } from 'vitest'
import { createPace, laneOf } from './pace.ts'

it('a pace fades with time, and is unknown when nothing came for long', () => {
  const pace = createPace()
  const lane = laneOf('m', true)
  expect(pace.of('a', lane, 0)).toBeNull()
  pace.note('a', lane, { ms: 100, at: 0 })
  pace.note('a', lane, { ms: 200, at: 1 })
  expect(pace.of('a', lane, 1)).toBeCloseTo(120)
  pace.note('a', lane, { ms: 20, at: 60_001 })
  expect(pace.of('a', lane, 60_001)).toBeCloseTo(70)
  expect([pace.of('a', laneOf('m', false), 60_001), pace.of('b', lane, 60_001)]).toEqual([null, null])
  expect(pace.of('a', lane, 700_000)).toBeNull()
  pace.note('a', lane, { ms: 900, at: 700_000 })
  expect(pace.of('a', lane, 700_000)).toBe(900)
})
