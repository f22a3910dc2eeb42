import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { surveyObject } from './json-survey.ts'

const survey = (text: string) => surveyObject(Buffer.from(text))

/** What a parser finds: everything under a name, in the order in which it is written. */
function under(value: unknown, wanted: string): unknown[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => {
    const isIt = !Array.isArray(value) && name === wanted
    return [...(isIt ? [inner] : []), ...under(inner, wanted)]
  })
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

describe('survey of a JSON answer', () => {
  it.each([
    ['{"usage":{"prompt_tokens":1}}', '{"prompt_tokens":1}', false],
    ['{"error":null,"usage" : {"a":{"b":1}} , "x":1}', '{"a":{"b":1}}', false],
    ['{"usage":{"first":1},"inner":[{"usage":{"last":2}}]}', '{"last":2}', false],
    ['{"usage":null,"error":{"message":"x"}}', null, true],
    ['{"error" :\n"broken"}', null, true],
    ['{"inner":{"error":1}}', null, true],
    ['{"text":"\\"error\\":1, \\"usage\\":{}","a":["error","usage"]}', null, false],
    ['{"erros":1,"usagf":{},"usages":{}}', null, false],
    ['  {}\n', null, false],
  ])('%s', (text, usage, mayHoldError) => {
    expect(survey(text)).toEqual({ usage, mayHoldError })
  })

  it.each(['', '[]', '{', '{"a":"b', '{"usage":{"a":1}', '{"a":[1}', '{} {}', '{"a":1}]', 'null'])(
    'is none of what is not one whole object: %s',
    (text) => {
      expect(survey(text)).toBeNull()
    },
  )

  it('finds what a parser finds, however long the strings are and whatever stands in them', () => {
    const name = fc.oneof(fc.constantFrom('usage', 'error', 'a'), fc.string())
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 60, maxLength: 200 }))
    const { object } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        text,
        fc.integer(),
        fc.constant(null),
        fc.boolean(),
        fc.array(tie('value'), { maxLength: 3 }),
        tie('object'),
      ),
      object: fc.dictionary(name, tie('value'), { maxKeys: 4 }),
    }))
    fc.assert(
      fc.property(object, fc.constantFrom(undefined, 2), (value, indent) => {
        const found = survey(JSON.stringify(value, null, indent))
        const figures = under(value, 'usage').filter(isObject)
        expect(found?.mayHoldError).toBe(under(value, 'error').some((each) => each !== null))
        expect(found?.usage ?? null).toSatisfy((text) => (text === null) === (figures.length === 0))
        // ASCII alone is promised to come back as it was.
        if (/^[\x20-\x7e]*$/.test(found?.usage ?? '')) {
          const last = figures.findLast((each) => !under(each, 'usage').some(isObject))
          expect(JSON.parse(found?.usage ?? 'null')).toEqual(last ?? null)
        }
      }),
    )
  })
})
