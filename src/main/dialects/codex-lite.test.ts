import { describe, expect, it } from 'vitest'
import { addFullEdits, addLiteEdits, isWrittenLite, LITE_METADATA } from './codex-lite.ts'
import { codexBackendEdits } from './codex-backend.ts'
import { editFields, readJsonFields, type JsonFields } from './json-fields.ts'

function fieldsOf(body: object): JsonFields {
  return readJsonFields(Buffer.from(JSON.stringify(body)))
}

/** The body as it is sent, after what the backend wants of it anyway. */
function lite(body: object, isCodex = false): Record<string, unknown> {
  const fields = fieldsOf(body)
  const edits = new Map(codexBackendEdits(fields, isCodex))
  addLiteEdits(fields, edits)
  return JSON.parse(editFields(fields, edits).toString('utf8')) as Record<string, unknown>
}

const user = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] }
const tools = [{ type: 'function', name: 'shell', parameters: { type: 'object' } }, { type: 'web_search' }]
const developer = (text: string) => ({ type: 'message', role: 'developer', content: [{ type: 'input_text', text }] })
/** As Codex 0.150 writes a turn for an older model. */
const full = {
  model: 'gpt-6.1-sol',
  instructions: 'You are Codex.',
  input: [user],
  tools,
  tool_choice: 'auto',
  parallel_tool_calls: true,
  reasoning: { effort: 'medium', summary: 'auto' },
  store: false,
  stream: true,
  include: ['reasoning.encrypted_content'],
  prompt_cache_key: 'thread',
}
/** As Codex 0.169 writes one for a model of its newer kind. */
const own = {
  model: 'gpt-6.1-sol',
  input: [{ type: 'additional_tools', role: 'developer', tools }, developer('You are Codex.'), user],
  tool_choice: 'auto',
  parallel_tool_calls: false,
  reasoning: { effort: 'medium', context: 'all_turns' },
  store: false,
  stream: true,
}

describe('codex-lite', () => {
  it('moves tools and instructions into the input, and leaves all other fields', () => {
    const { instructions: _gone, tools: _moved, ...rest } = full
    expect(lite(full, true)).toEqual({
      ...rest,
      input: [{ type: 'additional_tools', role: 'developer', tools }, developer('You are Codex.'), user],
      parallel_tool_calls: false,
      reasoning: { effort: 'medium', summary: 'auto', context: 'all_turns' },
    })
  })

  it('takes a plain request of another client: a text, a system message, no tools', () => {
    expect(lite({ model: 'm', input: 'hi' })).toEqual({
      model: 'm',
      input: [{ type: 'additional_tools', role: 'developer', tools: [] }, user],
      parallel_tool_calls: false,
      reasoning: { context: 'all_turns' },
      store: false,
      stream: true,
    })
    const system = { role: 'system', content: 'Be brief.' }
    expect(lite({ model: 'm', instructions: 'Be kind.', input: [system, user] })['input']).toEqual([
      { type: 'additional_tools', role: 'developer', tools: [] },
      developer('Be kind.\n\nBe brief.'),
      user,
    ])
  })

  it('names no tools where a turn goes on from a response and names none itself', () => {
    const next = { input: [user], previous_response_id: 'resp_1' }
    expect(lite(next)['input']).toEqual([user])
    expect(lite({ ...next, tools })['input']).toEqual([{ type: 'additional_tools', role: 'developer', tools }, user])
  })

  it('keeps the list of tools that the input has already', () => {
    expect(lite(own, true)['input']).toEqual(own.input)
  })

  it('leaves out how closely an image is looked at, in messages and in results of tools', () => {
    const image = { type: 'input_image', image_url: 'data:', detail: 'high' }
    const { detail: _detail, ...plain } = image
    const text = { type: 'input_text', text: 'the "detail"', detail: 'kept' }
    const output = { type: 'function_call_output', call_id: 'c', output: [image, text] }
    expect(lite({ input: [{ ...user, content: [text, image] }, output, 'odd'] })['input']).toEqual([
      { type: 'additional_tools', role: 'developer', tools: [] },
      { ...user, content: [text, plain] },
      { ...output, output: [plain, text] },
      'odd',
    ])
  })

  it.each([{ type: 'function', name: 'shell' }, { type: 'allowed_tools', tools: [] }, ['auto']])(
    'refuses the tool choice %j, which it has no place for',
    (tool_choice) => {
      expect(() => lite({ ...full, tool_choice })).toThrow(
        expect.objectContaining({ code: 'tool_choice_not_lite', details: { field: 'tool_choice' } }),
      )
    },
  )

  it.each(['none', 'required', null])('passes the tool choice %j', (tool_choice) => {
    expect(lite({ ...full, tool_choice })['tool_choice']).toBe(tool_choice)
  })

  it.each([
    ['of Codex', own, true],
    ['without a list of tools in the input', { input: [user] }, false],
    ['with tools of its own', { ...own, tools: [] }, false],
    ['that only speaks of it', { input: [{ role: 'user', content: 'additional_tools' }] }, false],
    ['that is a text', { input: 'additional_tools' }, false],
    ['without input', {}, false],
  ])('tells a body %s', (_name, body, isLite) => {
    expect(isWrittenLite(fieldsOf(body))).toBe(isLite)
  })

  it('takes back what a frame in the public form says of the lite one, and nothing else', () => {
    const said = { [LITE_METADATA]: 'true', 'x-codex-window-id': 'w' }
    const edits = new Map<string, unknown>()
    addFullEdits(fieldsOf({ client_metadata: said }), edits)
    expect(edits).toEqual(new Map([['client_metadata', { 'x-codex-window-id': 'w' }]]))
    const none = new Map<string, unknown>()
    for (const body of [{}, { client_metadata: { a: 1 } }, { client_metadata: 'odd' }])
      addFullEdits(fieldsOf(body), none)
    expect(none.size).toBe(0)
  })

  it('leaves an input that is no list to the backend', () => {
    const fields = fieldsOf({ input: { odd: 1 } })
    const edits = new Map<string, unknown>()
    addLiteEdits(fields, edits)
    expect(edits.size).toBe(0)
  })
})
