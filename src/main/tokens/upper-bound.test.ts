import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Dialect } from '../dialects/dialect.ts'
import { countRequest } from './counter.ts'
import { maxImageTokens } from './image-price.ts'
import { upperBound } from './upper-bound.ts'

const dialects: Dialect[] = ['chat', 'responses', 'embeddings']

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom('', 'hello world', 'https://a.b/c', 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA//8AAP//'),
  fc.constantFrom(
    'data:;base64,JVBERi0vVHlwZS9QYWdl',
    'data:text/plain;base64,aGVsbG8gd29ybGQ=',
    '\ufffd\ufffd',
    '\ud800',
  ),
)
const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(1e20, 1e9, 1e-7, -0, 12e5, 1.5e300))
const types =
  'text input_image image_url input_file file input_audio function custom reasoning image_generation_call function_call ' +
  'message json_schema computer_call_output'
const type = fc.constantFrom(...types.split(' '))
const names =
  'role name content text image_url url detail file file_id file_url file_data audio input_audio data id format ' +
  'tool_calls function function_call arguments output summary encrypted_content result parameters properties enum ' +
  'description items custom'

/** Anything, of the names that mean something and of others. */
const { value } = fc.letrec<{ value: unknown; members: object }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, depthSize: 'small' },
    text,
    number,
    fc.constantFrom(null, true, false),
    fc.array(tie('value'), { maxLength: 5 }),
    tie('members'),
  ),
  members: fc
    .tuple(
      fc.option(type, { nil: undefined }),
      fc.dictionary(fc.oneof(fc.constantFrom('', ...names.split(' ')), fc.string({ maxLength: 4 })), tie('value'), {
        maxKeys: 5,
      }),
    )
    .map(([type, members]) => (type === undefined ? members : { type, ...members })),
}))
const request = fc.record(
  {
    model: fc.constantFrom('gpt-4o', 'gpt-4o-mini', 'gpt-5.4', 'other'),
    messages: fc.oneof(fc.array(value, { maxLength: 6 }), value),
    input: fc.oneof(fc.array(value, { maxLength: 6 }), value),
    instructions: value,
    tools: fc.array(value, { maxLength: 5 }),
    functions: fc.array(value, { maxLength: 3 }),
    response_format: value,
    text: fc.record({ format: value }),
    prompt: fc.record({ variables: value }),
  },
  { requiredKeys: [] },
)

/** Ways to write the same JSON: shorter numbers, escaped names, bytes that are no UTF-8. */
const writings: ((json: string) => Buffer)[] = [
  (json) => Buffer.from(json),
  (json) => Buffer.from(json.replaceAll('e+', 'e')),
  (json) =>
    Buffer.from(json.replaceAll('"image_', String.raw`"\u0069mage_`).replaceAll('"audio"', String.raw`"a\u0075dio"`)),
  (json) =>
    Buffer.from(json.replaceAll('"file_', String.raw`"file\u005f`).replaceAll('"image_', String.raw`"image\u005F`)),
  (json) => Buffer.from(json.replaceAll('hello', '\xff\xfe\xff'), 'latin1'),
]

function parses(body: Buffer): boolean {
  try {
    JSON.parse(body.toString('utf8'))
    return true
  } catch {
    return false
  }
}

describe('upperBound', () => {
  it('is never below the count', () => {
    fc.assert(
      fc.property(request, fc.constantFrom(...dialects), fc.constantFrom(...writings), (request, dialect, write) => {
        const body = write(JSON.stringify(request))
        fc.pre(parses(body))
        expect(upperBound(body)).toBeGreaterThanOrEqual(countRequest(dialect, body))
        expect(upperBound(body, 'gpt-5')).toBeGreaterThanOrEqual(countRequest(dialect, body, 'gpt-5'))
      }),
      { numRuns: 3_000 },
    )
  })

  it.each<[string, string]>([
    ['empty messages', `{"messages":[${'{},'.repeat(999)}{}]}`],
    ['empty calls of tools', `{"messages":[{"tool_calls":[${'{},'.repeat(999)}{}]}]}`],
    ['empty functions', `{"tools":[${'{"name":""},'.repeat(999)}{"name":""}]}`],
    ['empty free tools', `{"tools":[${'{"type":"custom","name":""},'.repeat(99)}{}]}`],
    [
      'empty properties',
      `{"tools":[{"name":"","parameters":{"properties":{${Array.from({ length: 99 }, (_, i) => `"${i}":{}`).join()}}}}]}`,
    ],
    [
      'choices',
      `{"tools":[{"name":"","parameters":{"properties":{"a":{"enum":[${'"",'.repeat(999)}1${',1'.repeat(999)}]}}}}]}`,
    ],
    ['short numbers', `{"messages":[{"x":[${'1e20,'.repeat(999)}1e9]}]}`],
    ['numbers as messages', `{"messages":[${'1,'.repeat(999)}1]}`],
    ['images by address', `{"messages":[{"content":[${'{"image_url":""},'.repeat(999)}{}]}]}`],
    ['images by address, with blanks', `{"messages":[{"content":[{"image_url" \n\t${' '.repeat(99)}: "https://a"}]}]}`],
    ['files by id', `{"input":[{"content":[${'{"file_id":""},'.repeat(99)}{}]}]}`],
    ['earlier sound', `{"messages":[${'{"audio":{"id":""}},'.repeat(99)}{}]}`],
    ['bytes that are no text', `{"messages":["${'\xff'.repeat(999)}"]}`],
  ])('holds for many %s', (_name, json) => {
    const body = Buffer.from(json, 'latin1')
    for (const dialect of dialects) {
      expect(upperBound(body)).toBeGreaterThanOrEqual(countRequest(dialect, body))
      expect(upperBound(body, 'gpt-4o')).toBeGreaterThanOrEqual(countRequest(dialect, body, 'gpt-4o'))
    }
  })

  it('adds nothing for text that only speaks of images, files and escapes', () => {
    const talk = String.raw`call "image_url": "file_id": "audio": and write \u0066 or é`
    const body = Buffer.from(JSON.stringify({ messages: [{ role: 'user', content: talk }] }))
    expect(upperBound(body)).toBe(body.length + 64)
  })

  it('knows the most of the model, or of all', () => {
    const body = Buffer.from('{"messages":[{"content":[{"image_url":{"url":"https://a"}}]}]}')
    expect(upperBound(body, 'gpt-4o')).toBe(body.length + 64 + 85 + 8 * 170)
    expect(upperBound(body)).toBe(body.length + 64 + maxImageTokens(null))
  })
})
