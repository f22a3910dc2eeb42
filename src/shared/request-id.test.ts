import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createRequestIds,
  firstIdAt,
  formatRequestId,
  parseRequestId,
  requestIdRange,
  requestIdTime,
} from './request-id.ts'

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

  it('finds the ids that begin with a text, and no other', () => {
    const id = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
    fc.assert(
      fc.property(id, id, fc.integer({ min: 4, max: 16 }), (a, b, length) => {
        const start = formatRequestId(a).slice(0, length)
        const range = requestIdRange(start)
        const isWithin = range !== null && b >= range.first && b <= range.last
        expect(isWithin).toBe(formatRequestId(b).startsWith(start))
      }),
    )
    expect(requestIdRange('req')).toBeNull()
    expect(requestIdRange('req_0%')).toBeNull()
  })

  it('knows when the request arrived', () => {
    const at = Date.UTC(2026, 6, 1, 12) + 7
    expect(requestIdTime(firstIdAt(at) + 4_095)).toBe(at)
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
