import { describe, expect, it } from 'vitest'
import { csvCell, csvLine } from './csv.ts'

describe('csv', () => {
  it.each([
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['say "so"', '"say ""so"""'],
    ['two\nlines', '"two\nlines"'],
    ['', ''],
    [null, ''],
    [true, 'true'],
    [-1.5, '-1.5'],
  ])('writes %j as %s', (value, expected) => {
    expect(csvCell(value)).toBe(expected)
  })

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '|calc', '\t=1', '\r=1', ' =1', '%0A=1', '\n'])('guards %j', (value) => {
    expect(csvCell(value).replace(/^"/, '').startsWith("'")).toBe(true)
  })

  it('ends a line the way the standard says', () => {
    expect(csvLine(['a', 1, null])).toBe('a,1,\r\n')
  })
})
