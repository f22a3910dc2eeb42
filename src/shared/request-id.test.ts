import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRequestIds, firstIdAt, formatRequestId, parseRequestId } from './request-id.ts'

describe('request-id', () => {
  it('reads back every id it writes, in text that sorts like the ids', () => {
    const id = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
    fc.assert(
      fc.property(id, id, (a, b) => {
        expect(parseRequestId(formatRequestId(a))).toBe(a)
        expect(formatRequestId(a)).toMatch(/^req_[0-9a-z]{12}$/)
        expect(formatRequestId(a) < formatRequestId(b)).toBe(a < b)
      }),
    )
  })

  it.each([
    '',
    'req_',
    'req_00000000000',
    'req_0000000000000',
    'REQ_000000000000',
    'req_00000000000-',
    'req_zzzzzzzzzzzz',
  ])('knows that %j is none', (text) => {
    expect(parseRequestId(text)).toBeNull()
  })

  it('never repeats an id and never goes back, whatever the clock does', () => {
    const next = createRequestIds(firstIdAt(2_000_000_000_000))
    const clock = [2_000_000_000_000, 2_000_000_000_000, 1_900_000_000_000, 2_000_000_000_001, 1_800_000_000_000]
    const ids = clock.map((now) => next(now))
    expect([...ids].sort((a, b) => a - b)).toEqual(ids)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids[3]).toBe(firstIdAt(2_000_000_000_001))
  })
})
