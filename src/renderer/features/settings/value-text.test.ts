import { describe, expect, it } from 'vitest'
import { draftOf, rangeText, readDraft, unitWord, valueText, type SettingRow, waitsFor } from './value-text.ts'

type Shape = Parameters<typeof readDraft>[0]
const shape = (rest: Partial<Shape>): Shape => ({
  key: 'routing.maxAttempts',
  type: 'integer',
  unit: 'count',
  min: 0,
  max: 1_000_000_000,
  ...rest,
})
const time = shape({ key: 'gateway.idleTimeoutMs', unit: 'ms', min: 100, max: 3_600_000 })
const size = shape({ key: 'gateway.maxBodyBytes', unit: 'bytes', min: 1_024, max: 1_073_741_824 })
const rows = shape({ key: 'retention.rows' })
const port = shape({ key: 'gateway.port', unit: 'none', max: 65_535 })
const hosts = shape({ key: 'gateway.allowedHosts', type: 'list', unit: 'none', min: null, max: 50 })
const origins = shape({ key: 'gateway.allowedOrigins', type: 'list', unit: 'none', min: null, max: 50 })
const host = shape({ key: 'gateway.host', type: 'text', unit: 'none', min: null, max: null })
const zone = shape({ key: 'limits.zone', type: 'text', unit: 'none', min: null, max: null })

describe('a value', () => {
  it.each<[Shape, SettingRow['value'], string, string]>([
    [time, 600_000, '10 min', '10 min'],
    [time, 90_000, '90 s', '90 s'],
    [time, 1_234, '1,234 ms', '1,234 ms'],
    [time, 3_600_000, '1 h', '1 h'],
    [size, 67_108_864, '64 MB', '64 MB'],
    [size, 1_500, '1,500 B', '1,500 B'],
    [rows, 50_000, '50,000', '50,000 requests'],
    [port, 4141, '4141', '4141'],
    [host, '127.0.0.1', '127.0.0.1', '127.0.0.1'],
  ])('%# is written so that it reads back as the same', (row, value, draft, text) => {
    expect(draftOf(row, value)).toBe(draft)
    expect(valueText(row, value)).toBe(text)
    expect(readDraft(row, draft)).toEqual({ value })
  })

  it('that is no figure is written too', () => {
    expect(valueText(shape({ type: 'boolean' }), true)).toBe('on')
    expect(valueText(hosts, [])).toBe('none')
    expect(valueText(hosts, ['a', 'b'])).toBe('a, b')
    expect(valueText(shape({ key: 'retention.days', unit: 'days' }), 1)).toBe('1 day')
    expect(unitWord(time)).toBe('')
  })
})

describe('a range', () => {
  it('has the unit of the field', () => {
    expect([time, size, port, hosts, host].map((row) => rangeText(row))).toEqual([
      '100 ms to 1 h',
      '1 KB to 1 GB',
      '0 to 65535',
      'at most 50',
      null,
    ])
  })
})

describe('what is typed', () => {
  it.each<[Shape, string, number]>([
    [time, '30s', 30_000],
    [time, ' 1 min 30 s ', 90_000],
    [time, '0.5 h', 1_800_000],
    [time, '1,500 MS', 1_500],
    [time, '0.1 s', 100],
    [size, '2 mib', 2_097_152],
    [size, '1.5 MB', 1_572_864],
    [rows, '1 000 000', 1_000_000],
    [rows, '1,000', 1_000],
    [shape({ key: 'gateway.holdEventsMs', unit: 'ms', max: 60_000 }), '0', 0],
  ])('%# is understood: %s', (row, typed, value) => {
    expect(readDraft(row, typed)).toEqual({ value })
  })

  it.each<[Shape, string, RegExp]>([
    [time, '', /empty/],
    [time, '30', /unit/],
    [time, '30 parsecs', /“parsecs” is no unit/],
    [time, 'soon', /such as/],
    [time, '1 s soon', /such as/],
    [time, '1,5 s', /such as/],
    [time, '99 ms', /between 100 ms and 1 h/],
    [time, '2 h', /between 100 ms and 1 h/],
    [time, '100.5 ms', /whole/],
    [size, '5 s', /“s” is no unit/],
    [rows, 'many', /number/],
    [rows, '1,00', /number/],
    [rows, '-1', /number/],
    [rows, '1.5', /whole/],
    [port, '70000', /between 0 and 65535/],
    [host, ' ', /empty/],
    [host, 'http://lan', /address or a host name/],
  ])('%# is refused with the reason: %s', (row, typed, problem) => {
    expect(readDraft(row, typed)).toEqual({ problem: expect.stringMatching(problem) })
  })

  it('is a time zone, or nothing for the one of the machine', () => {
    expect(readDraft(zone, ' Europe/Zurich ')).toEqual({ value: 'Europe/Zurich' })
    expect(readDraft(zone, '')).toEqual({ value: '' })
    expect(valueText(zone, '')).toBe('empty')
    expect(readDraft(zone, 'Zurich')).toEqual({ problem: expect.stringContaining('Europe/Zurich') })
  })

  it('is a list, entry by entry', () => {
    expect(readDraft(hosts, [' a.lan ', '', 'b'])).toEqual({ value: ['a.lan', 'b'] })
    expect(readDraft(hosts, ['http://a'])).toEqual({ problem: expect.stringContaining('“http://a”') })
    expect(readDraft({ ...hosts, max: 1 }, ['a', 'b'])).toEqual({ problem: 'At most 1' })
    expect(readDraft(origins, ['https://app.example'])).toEqual({ value: ['https://app.example'] })
    expect(readDraft(origins, ['https://app.example/'])).toEqual({ problem: expect.stringContaining('origin') })
    expect(readDraft(shape({ type: 'boolean' }), false)).toEqual({ value: false })
  })
})

describe('what a saved value waits for', () => {
  it('is a new start where a restart from the page keeps the old value', () => {
    expect(waitsFor({ key: 'admin.port' })).toBe('start of the program')
    expect(waitsFor({ key: 'gateway.keepAliveMs' })).toBe('restart')
  })
})
