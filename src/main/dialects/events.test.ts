import { describe, expect, it } from 'vitest'
import { createChatEventReader } from './chat.ts'
import { createResponsesEventReader } from './responses.ts'

const chunk = (choice: object, rest: object = {}): string =>
  `data: ${JSON.stringify({ object: 'chat.completion.chunk', choices: [{ index: 0, ...choice }], ...rest })}\n\n`

const chatEvents: readonly (readonly [string, string, string])[] = [
  ['a comment', ': hi\n\n', 'prelude'],
  ['a role alone', chunk({ delta: { role: 'assistant', content: '' }, finish_reason: null }), 'prelude'],
  ['a role with null content', chunk({ delta: { role: 'assistant', content: null, refusal: null } }), 'prelude'],
  ['a filter report of Azure', 'data: {"choices":[],"prompt_filter_results":[]}\n\n', 'prelude'],
  ['text', chunk({ delta: { content: 'x' } }), 'output'],
  ['a tool call', chunk({ delta: { role: 'assistant', content: null, tool_calls: [{ index: 0 }] } }), 'output'],
  ['reasoning', chunk({ delta: { reasoning_content: 'hm' } }), 'output'],
  ['an end without text', chunk({ delta: {}, finish_reason: 'stop' }), 'output'],
  ['figures alone', 'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}\n\n', 'usage'],
  ['the end', 'data: [DONE]\n\n', 'terminal'],
  ['the end without a blank', 'data:[DONE]\r\n\r\n', 'terminal'],
  ['an error', 'data: {"error":{"code":"overloaded"}}\n\n', 'error'],
  ['an error text', 'data: {"error": "boom"}\n\n', 'error'],
  ['an error with its event name', 'event: error\ndata: {"message":"boom"}\n\n', 'error'],
  [
    'an error inside a chunk',
    chunk({ delta: { content: '' }, finish_reason: 'error' }, { error: { code: 502 } }),
    'error',
  ],
  ['a null error', chunk({ delta: { content: 'x' } }, { error: null }), 'output'],
  ['text that says error', chunk({ delta: { content: '"error":{' } }), 'output'],
  ['text that is the word error', chunk({ delta: { content: 'error' } }), 'output'],
  ['a cut payload', 'data: {"choices":[\n\n', 'garbled'],
  ['a payload that is no JSON', 'data: {nonsense}\n\n', 'garbled'],
  ['a payload that is no object', 'data: hello\n\n', 'garbled'],
  ['a payload in two lines', 'data: {"choices":[{"delta":\ndata: {"content":"x"}}]}\n\n', 'output'],
  ['an event with an id behind', `${chunk({ delta: { content: 'x' } }).trimEnd()}\nid: 7\n\n`, 'output'],
]

const event = (type: string, fields: object = {}): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`

const responsesEvents: readonly (readonly [string, string, string])[] = [
  ['a comment', ': hi\n\n', 'prelude'],
  ['the beginning', event('response.created', { response: {} }), 'prelude'],
  ['an item that opens', event('response.output_item.added', { item: {} }), 'prelude'],
  ['a keep-alive', event('keepalive'), 'prelude'],
  ['text', event('response.output_text.delta', { delta: 'x' }), 'output'],
  ['a type nobody knows', event('response.future.delta', { x: 1 }), 'output'],
  ['a type without its name', 'data: {"type":"response.completed","response":{}}\n\n', 'terminal'],
  ['a type that stands last', 'data: {"response":{"id":"r"},"type":"response.completed"}\n\n', 'terminal'],
  ['the default name', 'event: message\ndata: {"type":"response.completed"}\n\n', 'terminal'],
  ['an id before the name', 'id: 1\nevent: response.completed\ndata: {"type":"response.completed"}\n\n', 'terminal'],
  ['the end', event('response.completed', { response: {} }), 'terminal'],
  ['an end before time', event('response.incomplete', { response: {} }), 'terminal'],
  ['a failure', event('response.failed', { response: { error: { code: 'server_error' } } }), 'error'],
  ['an error', event('error', { code: 'x', message: 'y' }), 'error'],
  ['the sign of another dialect', 'data: [DONE]\n\n', 'prelude'],
  ['a name without data', 'event: response.completed\n\n', 'prelude'],
  ['a cut end', 'event: response.completed\ndata: {"type":"response.co\n\n', 'garbled'],
  ['a cut text', 'event: response.output_text.delta\ndata: {"delta":\n\n', 'garbled'],
]

describe('events', () => {
  it.each(chatEvents)('of chat: %s', (_name, text, kind) => {
    expect(createChatEventReader().read(Buffer.from(text))).toBe(kind)
  })

  it.each(responsesEvents)('of responses: %s', (_name, text, kind) => {
    expect(createResponsesEventReader().read(Buffer.from(text))).toBe(kind)
  })

  it.each([
    ['context_length_exceeded', 'request'],
    ['invalid_prompt', 'request'],
    ['rate_limit_exceeded', 'account'],
    ['insufficient_quota', 'account'],
    ['server_is_overloaded', 'provider'],
    ['invalid_api_key', 'provider'],
  ])('blame the right one for %s', (code, blame) => {
    const responses = createResponsesEventReader()
    responses.read(Buffer.from(event('response.failed', { response: { error: { code } } })))
    const chat = createChatEventReader()
    chat.read(Buffer.from(`data: ${JSON.stringify({ error: { code, type: 'invalid_request_error' } })}\n\n`))
    expect([responses.error, chat.error]).toEqual([
      { code, blame, again: null },
      { code, blame, again: null },
    ])
  })

  it('keep no words of a provider, only its code', () => {
    const reader = createChatEventReader()
    reader.read(Buffer.from('data: {"error":{"code":"not a code: secret","message":"secret"}}\n\n'))
    expect(reader.error).toEqual({ code: null, blame: 'provider', again: null })
  })

  it.each([
    [{ resets_in_seconds: 90 }, { waitMs: 90_000 }],
    [{ resets_at: 1_800_000_000 }, { at: 1_800_000_000_000 }],
    [{ message: 'Rate limit reached. Please try again in 1.5s.' }, { waitMs: 1_500 }],
    [{ message: 'Please try again in 320ms.' }, { waitMs: 320 }],
    [{ message: 'Try again in 2m' }, { waitMs: 120_000 }],
    [{ message: 'try again in a while' }, null],
    [{ resets_in_seconds: -5 }, null],
  ])('say when a limit ends: %j', (fields, again) => {
    const reader = createChatEventReader()
    reader.read(Buffer.from(`data: ${JSON.stringify({ error: { code: 'rate_limit_exceeded', ...fields } })}\n\n`))
    expect(reader.error?.again).toEqual(again)
  })

  it('tell a finished chat answer without [DONE] from one that breaks off', () => {
    const finished = createChatEventReader()
    finished.read(Buffer.from(chunk({ delta: { content: 'x' }, finish_reason: null })))
    expect(finished.isComplete()).toBe(false)
    finished.read(Buffer.from(chunk({ delta: {}, finish_reason: 'stop' })))
    finished.read(Buffer.from('data: {"choices":[],"usage":{"prompt_tokens":1}}\n\n'))
    expect(finished.isComplete()).toBe(true)
  })
})
