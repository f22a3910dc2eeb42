import { describe, expect, it } from 'vitest'
import { isTimeZone, systemZone, zoneOf } from './setting-zone.ts'
import { settingsTable } from './settings.ts'

describe('setting-zone', () => {
  it.each([
    ['Europe/Zurich', true],
    ['UTC', true],
    ['Zurich', false],
    ['+02:00', false],
    ['', false],
  ])('%s is a time zone: %s', (text, is) => {
    expect(isTimeZone(text)).toBe(is)
  })

  it('takes the machine’s own for an empty setting', () => {
    expect(isTimeZone(systemZone())).toBe(true)
    expect([zoneOf(''), zoneOf('Asia/Tokyo')]).toEqual([systemZone(), 'Asia/Tokyo'])
    const { schema } = settingsTable['limits.zone']
    expect([schema.safeParse('').success, schema.safeParse('Mars/Olympus').success]).toEqual([true, false])
  })
})
