import { describe, expect, it } from 'vitest'
import { midnightAfter, midnightBefore, previousMidnight, stepsBetween, zoneOffset } from './zone.ts'

const HOUR = 3_600_000
const utc = (text: string) => Date.parse(`${text}Z`)
const iso = (at: number) => new Date(at).toISOString().slice(0, 16)

describe('zone', () => {
  it.each([
    ['UTC', '2026-03-01T12:00', 0],
    ['+05:45', '2026-03-01T12:00', 5.75],
    ['Asia/Kolkata', '2026-03-01T12:00', 5.5],
    ['Europe/Berlin', '2026-03-29T00:59', 1],
    ['Europe/Berlin', '2026-03-29T01:00', 2],
    ['America/New_York', '2026-01-15T00:00', -5],
  ])('knows the offset of %s at %s', (zone, at, hours) => {
    expect(zoneOffset(zone, utc(at) + 123) / HOUR).toBe(hours)
  })

  it.each([
    ['UTC', '2026-03-01T12:00', '2026-03-01T00:00', '2026-03-02T00:00'],
    ['Asia/Kolkata', '2026-03-01T12:00', '2026-02-28T18:30', '2026-03-01T18:30'],
    // 23 and 25 hours.
    ['Europe/Berlin', '2026-03-29T12:00', '2026-03-28T23:00', '2026-03-29T22:00'],
    ['Europe/Berlin', '2026-10-25T12:00', '2026-10-24T22:00', '2026-10-25T23:00'],
    ['America/New_York', '2026-03-08T06:59', '2026-03-08T05:00', '2026-03-09T04:00'],
  ])('finds the day of %s around %s', (zone, at, start, end) => {
    expect([iso(midnightBefore(zone, utc(at))), iso(midnightAfter(zone, utc(at)))]).toEqual([start, end])
  })

  it('finds yesterday across a change of the clock', () => {
    expect(iso(previousMidnight('Europe/Berlin', utc('2026-03-30T12:00')))).toBe('2026-03-28T23:00')
  })

  it('counts steps from midnight, and begins with the one that the range starts in', () => {
    const steps = stepsBetween('Asia/Kolkata', utc('2026-03-01T12:00'), utc('2026-03-01T20:00'), 180)
    expect(steps.map(iso)).toEqual(['2026-03-01T09:30', '2026-03-01T12:30', '2026-03-01T15:30', '2026-03-01T18:30'])
  })

  it('makes days of 23 hours one step each', () => {
    const steps = stepsBetween('Europe/Berlin', utc('2026-03-28T12:00'), utc('2026-03-30T12:00'), 1_440)
    expect(steps.map(iso)).toEqual(['2026-03-27T23:00', '2026-03-28T23:00', '2026-03-29T22:00'])
  })
})
