import { describe, expect, it } from 'vitest'
import { findJsonFault, readJsonObject } from './json-fault.ts'

describe('findJsonFault', () => {
  it.each(['', '  ', '{}', '{"a": [1, {"b": null}]}'])('finds nothing in %j', (text) => {
    expect(findJsonFault(text)).toBeNull()
  })

  it.each([
    ['{"a": 1,}', 'line 1, column 9'],
    ['{\n  "a": 1\n  "b": 2\n}', 'line 3, column 3'],
    ['{"a": x}', 'line 1, column 7'],
    ['{"a": 1', 'line 1, column 8'],
    ["{'a': 1}", 'line 1, column 2'],
  ])('says where %j goes wrong', (text, place) => {
    expect(findJsonFault(text)).toContain(place)
  })

  it.each(['[]', '1', '"a"', 'null'])('wants an object, not %s', (text) => {
    expect(findJsonFault(text)).toContain('JSON object')
  })
})

describe('readJsonObject', () => {
  it('reads nothing as an empty object', () => expect(readJsonObject(' ')).toEqual({}))
})
