import { describe, expect, it } from 'vitest'
import {
  dayKey,
  midnightAfter,
  midnightBefore,
  monthStart,
  nextMonth,
  nextWeek,
  previousMidnight,
  stepsBetween,
  weekStart,
  zoneOffset,
} from './zone.ts'

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
    // The clock goes from 24:00 to 01:00, and back from 24:00 to 23:00.
    ['America/Santiago', '2026-09-06T12:00', '2026-09-06T04:00', '2026-09-07T03:00'],
    ['America/Santiago', '2026-09-06T03:59', '2026-09-05T04:00', '2026-09-06T04:00'],
    ['America/Santiago', '2026-04-05T12:00', '2026-04-05T04:00', '2026-04-06T04:00'],
    ['America/Santiago', '2026-04-05T03:30', '2026-04-04T03:00', '2026-04-05T04:00'],
    // Midnight comes twice.
    ['America/Havana', '2026-11-01T12:00', '2026-11-01T04:00', '2026-11-02T05:00'],
    ['Africa/Cairo', '2026-04-24T12:00', '2026-04-23T22:00', '2026-04-24T21:00'],
    // The whole 30th is skipped.
    ['Pacific/Apia', '2011-12-30T09:59', '2011-12-29T10:00', '2011-12-30T10:00'],
    // From 23:30 to 00:30.
    ['America/Toronto', '1919-03-31T12:00', '1919-03-31T04:30', '1919-04-01T04:00'],
  ])('finds the day of %s around %s', (zone, at, start, end) => {
    expect([iso(midnightBefore(zone, utc(at))), iso(midnightAfter(zone, utc(at)))]).toEqual([start, end])
  })

  it('finds yesterday across a change of the clock', () => {
    expect(iso(previousMidnight('Europe/Berlin', utc('2026-03-30T12:00')))).toBe('2026-03-28T23:00')
  })

  it.each([
    ['UTC', '2026-11-21T12:00', ['2026-11-16T00:00', '2026-11-23T00:00', '2026-11-01T00:00', '2026-12-01T00:00']],
    // A Monday and a Sunday, both of them by the zone's own clock.
    [
      'Asia/Kolkata',
      '2026-11-22T18:30',
      ['2026-11-22T18:30', '2026-11-29T18:30', '2026-10-31T18:30', '2026-11-30T18:30'],
    ],
    [
      'Asia/Kolkata',
      '2026-11-22T18:29',
      ['2026-11-15T18:30', '2026-11-22T18:30', '2026-10-31T18:30', '2026-11-30T18:30'],
    ],
    // The clock changes on the last day of the week, within the month.
    [
      'Europe/Berlin',
      '2026-03-26T12:00',
      ['2026-03-22T23:00', '2026-03-29T22:00', '2026-02-28T23:00', '2026-03-31T22:00'],
    ],
    [
      'America/New_York',
      '2026-11-01T12:00',
      ['2026-10-26T04:00', '2026-11-02T05:00', '2026-11-01T04:00', '2026-12-01T05:00'],
    ],
    // A leap day, and the turn of a year.
    ['UTC', '2028-02-29T23:59', ['2028-02-28T00:00', '2028-03-06T00:00', '2028-02-01T00:00', '2028-03-01T00:00']],
    [
      'Europe/Berlin',
      '2026-12-31T22:59',
      ['2026-12-27T23:00', '2027-01-03T23:00', '2026-11-30T23:00', '2026-12-31T23:00'],
    ],
  ])('finds week, next week, month and next month of %s around %s', (zone, at, expected) => {
    const found = [weekStart, nextWeek, monthStart, nextMonth].map((find) => iso(find(zone, utc(at))))
    expect(found).toEqual(expected)
  })

  it('names a day by the clock of the zone, whatever was asked before', () => {
    const asked = ['2026-03-28T22:59', '2026-03-28T23:00', '2026-03-29T21:59', '2026-03-29T22:00', '2026-03-28T23:00']
    const named = asked.map((at) => dayKey('Europe/Berlin', utc(at)))
    expect(named).toEqual(['2026-03-28', '2026-03-29', '2026-03-29', '2026-03-30', '2026-03-29'])
    expect(dayKey('America/New_York', utc('2026-03-29T03:59'))).toBe('2026-03-28')
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
