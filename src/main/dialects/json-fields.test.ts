import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../shared/errors.ts'
import { editFields, fieldValue, readJsonFields } from './json-fields.ts'

const read = (text: string) => readJsonFields(Buffer.from(text))

describe('json-fields', () => {
  it('reads the same members as a full parser, for any object and any white space', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.integer({ min: 0, max: 3 }), (object, indent) => {
        const text = JSON.stringify(object, null, indent)
        const fields = read(text)
        const expected = JSON.parse(text) as Record<string, unknown>
        expect([...fields.members.keys()]).toEqual(Object.keys(JSON.parse(text) as object).sort(sameOrderAs(fields)))
        for (const [name, value] of Object.entries(expected)) expect(fieldValue(fields, name)).toEqual(value)
      }),
    )
  })

  it('never accepts what a full parser reads differently at the top level', () => {
    const valid = '{"model":"a","stream":true,"n":[1,{"x":"\\"}"}],"m":{"model":"b"}}'
    fc.assert(
      fc.property(fc.nat(valid.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        const bytes = Buffer.from(valid)
        bytes[at] = byte
        let fields
        try {
          fields = readJsonFields(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(AppError)
          return
        }
        let full: Record<string, unknown>
        try {
          full = JSON.parse(bytes.toString()) as Record<string, unknown>
        } catch {
          return // Broken inside a nested value: the upstream refuses it.
        }
        expect(fieldValue(fields, 'model')).toEqual(full['model'])
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([
    ['', 'it does not start with {'],
    ['[1]', 'it does not start with {'],
    ['{"a":1', 'it ends in the middle'],
    ['{"a":"x', 'a string does not end'],
    ['{"a":[1,{"b":2}', 'it ends in the middle'],
    ['{"a":[1}]}', 'brackets do not match'],
    ['{"a":1,}', 'a field name is missing'],
    ['{"a" 1}', 'a field has no value'],
    ['{"a":1 "b":2}', 'a comma is missing'],
    ['{"a":nope}', 'a value is neither'],
    ['{"a":01}', 'a value is neither'],
    ['{"a":1}{', 'something follows the object'],
    ['{"model":"a","model":"b"}', 'is given twice'],
    ['{"model":"a","mod\\u0065l":"b"}', 'is given twice'],
  ])('refuses %s', (text, reason) => {
    expect(() => read(text)).toThrow(reason)
  })

  it('refuses nesting that would exhaust an upstream', () => {
    expect(() => read(`{"a":${'['.repeat(2_000)}${']'.repeat(2_000)}}`)).toThrow('deeper than')
  })

  it('finds the end of long strings with escapes', () => {
    const long = `${'x'.repeat(500)}\\"${'"y'.repeat(20)}\\\\`
    const text = JSON.stringify({ long, model: 'm' })
    expect(fieldValue(read(text), 'long')).toBe(long)
    expect(fieldValue(read(text), 'model')).toBe('m')
  })

  it('keeps every untouched byte when it edits', () => {
    const text = '{ "keep" : 12345678901234567890.10 , "model":"a", "gone": {"x": 1} ,"list":[ 1 ,2 ]}'
    const edited = editFields(
      read(text),
      new Map<string, unknown>([
        ['model', 'b'],
        ['gone', undefined],
        ['new', { y: 'ü' }],
      ]),
    )
    expect(edited.toString()).toBe('{"keep" : 12345678901234567890.10,"model":"b","list":[ 1 ,2 ],"new":{"y":"ü"}}')
  })

  it('edits like a full parser would', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), fc.jsonValue(), (object, name, value) => {
        const text = JSON.stringify(object)
        const edited = editFields(read(text), new Map([[name, value]]))
        const expected = JSON.parse(text) as Record<string, unknown>
        Object.defineProperty(expected, name, { value, enumerable: true, configurable: true, writable: true })
        expect(JSON.parse(edited.toString())).toEqual(JSON.parse(JSON.stringify(expected)))
      }),
    )
  })

  it('removes the last member', () => {
    expect(editFields(read('{"a":1}'), new Map([['a', undefined]])).toString()).toBe('{}')
  })
})

/** Object keys that look like numbers come first in JavaScript; the bytes have their own order. */
function sameOrderAs(fields: ReturnType<typeof readJsonFields>) {
  const order = [...fields.members.keys()]
  return (a: string, b: string) => order.indexOf(a) - order.indexOf(b)
}
