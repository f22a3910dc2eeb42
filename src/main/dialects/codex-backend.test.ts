import { describe, expect, it } from 'vitest'
import { codexBackendEdits } from './codex-backend.ts'
import { editFields, readJsonFields } from './json-fields.ts'

/** The body as it is sent. */
function sent(body: object, isCodex = false): unknown {
  const fields = readJsonFields(Buffer.from(JSON.stringify(body)))
  return JSON.parse(editFields(fields, codexBackendEdits(fields, isCodex)).toString('utf8'))
}

const fixed = { store: false, stream: true }

describe('codex-backend', () => {
  it('leaves a request of Codex as it is, to the byte', () => {
    const body = { model: 'm', ...fixed, input: [{ type: 'additional_tools', tools: [] }], later: { a: 1 } }
    const fields = readJsonFields(Buffer.from(JSON.stringify(body)))
    expect(codexBackendEdits(fields, true).size).toBe(0)
  })

  it.each([
    [
      'a text',
      { input: 'hi' },
      { input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] }] },
    ],
    ['a missing input', {}, {}],
    ['an empty list', { input: [] }, { input: [] }],
    [
      'system messages in both forms',
      {
        input: [
          { role: 'system', content: 'a' },
          { type: 'message', role: 'system', content: [{ text: 'b' }] },
          { role: 'user' },
        ],
      },
      { input: [{ role: 'user' }], instructions: 'a\n\nb' },
    ],
    [
      'the word system inside a text',
      { input: [{ role: 'user', content: '"system"' }] },
      { input: [{ role: 'user', content: '"system"' }] },
    ],
    ['instructions', { instructions: 'a', input: [{ role: 'system', content: '' }] }, { instructions: 'a', input: [] }],
    ['instructions that are null', { instructions: null }, {}],
  ])('makes a list of %s', (_name, body, expected) => {
    expect(sent(body)).toEqual({ instructions: '', ...expected, ...fixed })
  })

  it('leaves out what the backend refuses, whoever asks', () => {
    const refused = { temperature: 1, top_p: 1, max_output_tokens: 5, truncation: 'auto', service_tier: 'default' }
    expect(sent({ ...refused, service_tier: 'auto', store: true, stream: false, instructions: 'a' })).toEqual({
      instructions: 'a',
      ...fixed,
    })
    expect(sent({ ...refused, ...fixed }, true)).toEqual(fixed)
    expect(sent({ ...fixed, service_tier: 'priority' }, true)).toEqual({ ...fixed, service_tier: 'priority' })
  })
})
