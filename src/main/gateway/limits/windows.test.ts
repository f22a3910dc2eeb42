import { describe, expect, it } from 'vitest'
import { calendarPage, LedgerClock, SlidingWindow } from './windows.ts'

const utc = (text: string) => Date.parse(`${text}Z`)
const iso = (at: number) => new Date(at).toISOString().slice(0, 16)
const NOON = utc('2026-11-21T12:00')

describe('sliding window', () => {
  it.each([
    [0, 5],
    [59_999, 5],
    [60_000, 0],
    [3_600_000, 0],
  ])('counts an amount for 60 buckets, its own included: after %i ms %i', (elapsed, left) => {
    const window = new SlidingWindow(1_000)
    window.add(NOON, 5)
    expect(window.usedAt(NOON + elapsed)).toBe(left)
  })

  it('goes by whole buckets, so an amount from the end of one leaves with it', () => {
    const window = new SlidingWindow(1_000)
    window.add(NOON + 999, 5)
    expect([window.usedAt(NOON + 59_999), window.usedAt(NOON + 60_000)]).toEqual([5, 0])
  })

  it('finds the bucket whose end makes room', () => {
    const window = new SlidingWindow(60_000)
    for (const [minute, amount] of [
      [0, 3],
      [10, 2],
      [20, 5],
    ] as const)
      window.add(NOON + minute * 60_000, amount)
    const at = NOON + 30 * 60_000
    const minutes = [1, 3, 4, 5, 6, 10].map((amount) => (window.fitsAt(at, amount, 10) - NOON) / 60_000)
    expect(minutes).toEqual([60, 60, 70, 70, 80, 80])
    expect(window.fitsAt(at, 2, 12)).toBe(at)
    expect((window.emptyAt(at) - NOON) / 60_000).toBe(80)
  })

  it('takes back from the bucket it was put in, and from none once that is over', () => {
    const window = new SlidingWindow(1_000)
    window.add(NOON, 5)
    window.add(NOON + 30_000, 7)
    window.add(NOON, -2)
    expect(window.usedAt(NOON + 30_000)).toBe(10)
    expect(window.usedAt(NOON + 60_000)).toBe(7)
    window.add(NOON, -3)
    expect(window.usedAt(NOON + 60_000)).toBe(7)
    expect(window.usedAt(NOON + 90_000)).toBe(0)
  })

  it('never turns back', () => {
    const window = new SlidingWindow(1_000)
    window.add(NOON, 5)
    expect([window.usedAt(NOON + 60_000), window.usedAt(NOON)]).toEqual([0, 0])
  })
})

describe('calendar page', () => {
  it.each([
    ['Europe/Berlin', '2026-03-28T23:00', ['2026-03-29T22:00', '2026-03-29T22:00', '2026-03-31T22:00']],
    ['America/New_York', '2026-11-01T04:00', ['2026-11-02T05:00', '2026-11-02T05:00', '2026-12-01T05:00']],
    ['UTC', '2028-02-28T12:00', ['2028-02-29T00:00', '2028-03-06T00:00', '2028-03-01T00:00']],
  ])('of %s at %s ends when day, week and month do', (zone, at, ends) => {
    const { nextDay, nextWeek, nextMonth } = calendarPage(zone, utc(at))
    expect([nextDay, nextWeek, nextMonth].map(iso)).toEqual(ends)
  })

  it('is turned at midnight of the zone and not before', () => {
    const clock = new LedgerClock(() => 'Europe/Berlin')
    clock.moveTo(utc('2026-10-25T22:59'))
    const before = clock.page
    clock.moveTo(utc('2026-10-25T22:59:59.999'))
    expect(clock.page).toBe(before)
    clock.moveTo(utc('2026-10-25T23:00'))
    expect(clock.page.day).toBe(before.day + 1)
    expect(clock.page.week).toBe(before.week + 7)
  })

  it('follows a new zone at once, but never to an earlier date', () => {
    let zone = 'Europe/Berlin'
    const clock = new LedgerClock(() => zone)
    clock.moveTo(utc('2026-11-30T23:30'))
    const december = clock.page
    zone = 'America/New_York'
    clock.moveTo(utc('2026-11-30T23:31'))
    expect(clock.page).toMatchObject({ day: december.day, month: december.month })
    expect(iso(clock.page.nextDay)).toBe('2026-12-02T05:00')
    zone = 'Asia/Tokyo'
    clock.moveTo(utc('2026-12-01T15:00'))
    expect(clock.page.day).toBe(december.day + 1)
  })

  it('stands while the clock is behind', () => {
    const clock = new LedgerClock(() => 'UTC')
    clock.moveTo(NOON)
    clock.moveTo(NOON - 86_400_000)
    expect(clock.at).toBe(NOON)
    clock.moveTo(NOON + 1)
    expect(clock.at).toBe(NOON + 1)
  })
})
