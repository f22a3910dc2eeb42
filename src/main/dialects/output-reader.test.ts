import { describe, expect, it } from 'vitest'
import type { OutputReader, Piece } from './output-piece.ts'
import { createOutputReader } from './output-reader.ts'
import type { Dialect } from './dialect.ts'

const TEXTS = [
  'He',
  'llo',
  ' "wörld"',
  '\n\ndata: [DONE]\n\n',
  '\\',
  '水',
  '"},"finish_reason":null}]',
  '😀',
  ' usage',
  '',
]
const sse = (data: unknown, name = ''): Buffer =>
  Buffer.from(
    `${name === '' ? '' : `event: ${name}\n`}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`,
  )

const META = { id: 'c', object: 'chat.completion.chunk', created: 7, model: 'm' }
const ascii = (json: string): string =>
  json.replaceAll(/[\u0080-\uFFFF]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
const spaced = (json: string): string => json.replaceAll(/(?<!\\)":(?=[["{0-9nt])/g, '": ')

interface Shape {
  readonly name: string
  readonly dialect: Dialect
  readonly isJson?: boolean
  event(text: string, index: number): Buffer
}

const shapes: readonly Shape[] = [
  {
    name: 'OpenAI',
    dialect: 'chat',
    event: (content, at) =>
      sse({
        ...META,
        choices: [{ index: 0, delta: { content }, logprobs: null, finish_reason: null }],
        obfuscation: 'x'.repeat(at),
      }),
  },
  {
    name: 'the reason first',
    dialect: 'chat',
    event: (content) => sse({ choices: [{ finish_reason: null, index: 0, delta: { content } }], ...META }),
  },
  {
    name: 'a role each time and escapes',
    dialect: 'chat',
    event: (content) =>
      sse(ascii(JSON.stringify({ ...META, choices: [{ index: 0, delta: { role: 'assistant', content } }] }))),
  },
  {
    name: 'reasoning before content',
    dialect: 'chat',
    event: (reasoning) =>
      sse({ ...META, choices: [{ index: 0, delta: { content: null, reasoning_content: reasoning, reasoning } }] }),
  },
  {
    name: 'two choices in turn',
    dialect: 'chat',
    event: (content, at) => sse({ ...META, choices: [{ index: at % 2, delta: { content }, finish_reason: null }] }),
  },
  {
    name: 'a tool call',
    dialect: 'chat',
    isJson: true,
    event: (text) =>
      sse({ ...META, choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: text } }] } }] }),
  },
  {
    name: 'parts of content',
    dialect: 'chat',
    event: (text) => sse({ ...META, choices: [{ index: 0, delta: { content: [{ type: 'text', text }] } }] }),
  },
  {
    name: 'OpenAI',
    dialect: 'responses',
    event: (delta, at) => {
      const type = 'response.output_text.delta'
      const data = { type, sequence_number: 8 + at, item_id: 'msg_1', output_index: 0, content_index: 0, delta }
      return sse({ ...data, logprobs: [], obfuscation: 'x'.repeat(at) }, type)
    },
  },
  {
    name: 'no name, the counter last',
    dialect: 'responses',
    event: (delta, at) =>
      sse({
        type: 'response.refusal.delta',
        item_id: 'm',
        output_index: 0,
        content_index: 0,
        delta,
        sequence_number: at,
      }),
  },
  {
    name: 'the type last',
    dialect: 'responses',
    event: (delta) => sse({ output_index: 0, delta, type: 'response.output_text.delta' }),
  },
  {
    name: 'arguments, with blanks',
    dialect: 'responses',
    isJson: true,
    event: (delta, at) => {
      const type = 'response.function_call_arguments.delta'
      return sse(spaced(JSON.stringify({ type, item_id: 'f', output_index: 1, sequence_number: at, delta })), type)
    },
  },
]

const plain = (pieces: readonly Piece[]) => pieces.map(({ channel, text, isJson }) => ({ channel, text, isJson }))
const textOf = (pieces: readonly Piece[]): string => pieces.map((piece) => piece.text).join('')

describe('output-reader', () => {
  it.each(shapes)('reads the same text by comparing as by parsing: $dialect, $name', ({ dialect, event, isJson }) => {
    const reader = createOutputReader(dialect, false)
    for (const [at, text] of [...TEXTS, ...TEXTS].entries()) {
      const sent = event(text, at)
      const pieces = reader.read(sent)
      expect(textOf(pieces)).toBe(text)
      expect(plain(pieces)).toEqual(plain(createOutputReader(dialect, false).read(sent)))
      expect(pieces.every((piece) => piece.isJson === (isJson ?? false))).toBe(true)
    }
  })

  const others: readonly (readonly [string, Dialect, Buffer])[] = [
    ['a comment', 'chat', Buffer.from(': hi\n\n')],
    ['broken JSON', 'chat', sse('{"choices":[{"delta":{"content":"x"')],
    ['a role', 'chat', sse({ choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] })],
    ['the name of a tool', 'chat', sse({ choices: [{ delta: { tool_calls: [{ function: { name: 'run' } }] } }] })],
    ['a summary', 'responses', sse({ type: 'response.reasoning_summary_text.delta', delta: 'x' })],
    ['sound', 'responses', sse({ type: 'response.audio.delta', delta: 'x' })],
    ['text that is repeated', 'responses', sse({ type: 'response.output_text.done', text: 'x' })],
  ]
  it.each(others)('finds nothing generated in %s', (_name, dialect, event) => {
    expect(createOutputReader(dialect, false).read(event)).toEqual([])
  })

  it('does not take another event for one of the kind it knows', () => {
    const reader = createOutputReader('chat', false)
    const chunk = (delta: object, rest: object = {}) => sse({ ...META, choices: [{ index: 0, delta, ...rest }] })
    expect(textOf(reader.read(chunk({ content: 'a' }, { finish_reason: null })))).toBe('a')
    expect(textOf(reader.read(chunk({ content: 'b', tool_calls: [{ function: { arguments: 'c' } }] })))).toBe('bc')
    expect(reader.isFinished).toBe(false)
    expect(textOf(reader.read(chunk({ content: 'd' }, { finish_reason: 'stop' })))).toBe('d')
    expect(reader.isFinished).toBe(true)
  })
})

/** The payloads of a piece of stream; `[DONE]` as text. */
function payloads(bytes: Buffer): unknown[] {
  return bytes
    .toString()
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => {
      const data = event.slice(event.indexOf('data: ') + 6)
      return data === '[DONE]' ? data : (JSON.parse(data) as unknown)
    })
}

function ended(reader: OutputReader, events: readonly Buffer[], fits: readonly number[]): unknown[] {
  for (const event of events) reader.read(event)
  return payloads(reader.end({ event: events.at(-1) as Buffer, fits, usage: { input: 3, output: 5 } }))
}

describe('output-reader ends', () => {
  const chunk = (index: number, delta: object, reason: string | null = null) =>
    sse({ ...META, choices: [{ index, delta, logprobs: null, finish_reason: reason }], usage: null, obfuscation: 'x' })
  const end = (index: number) => ({
    ...META,
    choices: [{ index, delta: {}, logprobs: null, finish_reason: 'length' }],
  })

  it('a chat stream in each choice that is open', () => {
    const events = [
      chunk(0, { content: 'a' }),
      chunk(1, { content: 'b' }),
      chunk(1, {}, 'stop'),
      chunk(2, { role: 'assistant', content: '' }),
      chunk(0, { content: 'too much' }),
    ]
    expect(ended(createOutputReader('chat', false), events, [3])).toEqual([
      { ...META, choices: [{ index: 0, delta: { content: 'too' }, logprobs: null, finish_reason: null }] },
      end(0),
      end(2),
      '[DONE]',
    ])
  })

  it('a chat stream with figures for a client that asked', () => {
    const usage = { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 }
    expect(ended(createOutputReader('chat', true), [chunk(0, { content: 'x' }, 'stop')], [0])).toEqual([
      { ...end(0), usage: null },
      { ...META, choices: [], usage },
      '[DONE]',
    ])
  })

  const response = { id: 'resp_9', object: 'response', model: 'm', status: 'in_progress', output: [], tools: [] }
  const created = sse({ type: 'response.created', sequence_number: 0, response })
  const item = (type: string, index: number, fields: object) =>
    sse({ type: `response.output_item.${type}`, sequence_number: 1, output_index: index, item: fields })
  const text = (delta: string, number: number) =>
    sse({
      type: 'response.output_text.delta',
      item_id: 'msg',
      output_index: 1,
      content_index: 0,
      delta,
      sequence_number: number,
    })
  const reasoning = { id: 'rs', type: 'reasoning', summary: [], encrypted_content: 'e' }
  const message = { id: 'msg', type: 'message', status: 'in_progress', role: 'assistant', content: [] }
  const figures = {
    input_tokens: 3,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 5,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 8,
  }

  it('a responses stream with its text so far', () => {
    const events = [
      created,
      item('added', 0, { ...reasoning, encrypted_content: '' }),
      item('done', 0, reasoning),
      item('added', 1, message),
      ...['Grü', 'ße ', '水门 over'].map((delta, at) => text(delta, 5 + at)),
    ]
    const place = { item_id: 'msg', output_index: 1, content_index: 0 }
    const part = { type: 'output_text', annotations: [], logprobs: [], text: 'Grüße 水门' }
    const closed = { ...message, status: 'incomplete', content: [part] }
    expect(ended(createOutputReader('responses', false), events, [2])).toEqual([
      { type: 'response.output_text.delta', ...place, delta: '水门', sequence_number: 7 },
      { type: 'response.output_text.done', ...place, text: part.text, logprobs: [], sequence_number: 8 },
      { type: 'response.content_part.done', ...place, part, sequence_number: 9 },
      { type: 'response.output_item.done', output_index: 1, item: closed, sequence_number: 10 },
      {
        type: 'response.incomplete',
        sequence_number: 11,
        response: {
          ...response,
          status: 'incomplete',
          incomplete_details: { reason: 'max_output_tokens' },
          output: [reasoning, closed],
          usage: figures,
        },
      },
    ])
  })

  it('a tool call without closing it, so that nobody runs half of one', () => {
    const call = { id: 'ctc', type: 'custom_tool_call', call_id: 'c', name: 'apply_patch', input: '' }
    const delta = { type: 'response.custom_tool_call_input.delta', item_id: 'ctc', output_index: 0, delta: 'rm -rf /' }
    const end = ended(createOutputReader('responses', false), [created, item('added', 0, call), sse(delta)], [0])
    expect(end).toMatchObject([{ type: 'response.incomplete', response: { id: 'resp_9', output: [] } }])
  })
})
