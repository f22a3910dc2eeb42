/**
 * Upstream answers as providers really send them, made from a seed: the same seed gives the same bytes. Each knows what a
 * client must get and which figures must be in the log.
 */
import type { TokenUsage } from '../../src/shared/models/request.ts'

export interface RecordedAnswer {
  readonly name: string
  readonly path: '/v1/chat/completions' | '/v1/responses' | '/v1/embeddings'
  readonly stream: boolean
  /** Of a chat stream: does the client itself ask for usage. */
  readonly asksUsage: boolean
  /** What the upstream sends. */
  readonly sent: Buffer
  /** What the client must get. */
  readonly expected: Buffer
  readonly contentType: string
  readonly isChunked: boolean
  readonly usage: TokenUsage
  /** The pieces in which it is sent. */
  readonly pieces: readonly Buffer[]
}

export type Random = () => number

/** Mulberry32: small, and good enough to pick shapes. */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const WORDS = [
  'weir',
  'Größe',
  'naïve',
  '水门',
  '数据',
  'поток',
  '🌊',
  '👩‍👩‍👧',
  'e\u0301',
  'usage',
  '"usage":null',
  'data:',
  'Zürich',
]
const TRICKY = [
  '\n\ndata: [DONE]\n\n',
  ',"usage":null',
  '"choices":[]',
  '\\"',
  '}\r\n\r\n',
  'event: response.completed',
]

function whole(random: Random, min: number, max: number): number {
  return min + Math.floor(random() * (max - min + 1))
}

function pick<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T
}

function words(random: Random, count: number): string {
  return Array.from({ length: count }, () => pick(random, random() < 0.1 ? TRICKY : WORDS)).join(' ')
}

function usageOf(random: Random): TokenUsage {
  const input = whole(random, 10, 90_000)
  const output = whole(random, 1, 9_000)
  return { input, cached: whole(random, 0, input), output, reasoning: whole(random, 0, output) }
}

/** JSON as JavaScript writes it, or with Python's blanks. */
function jsonWriter(isSpaced: boolean): (value: unknown) => string {
  if (!isSpaced) return (value) => JSON.stringify(value)
  const write = (value: unknown): string => {
    if (Array.isArray(value)) return `[${value.map(write).join(', ')}]`
    if (typeof value !== 'object' || value === null) return JSON.stringify(value)
    return `{${Object.entries(value)
      .map(([name, inner]) => `${JSON.stringify(name)}: ${write(inner)}`)
      .join(', ')}}`
  }
  return write
}

interface Style {
  readonly eol: string
  readonly json: (value: unknown) => string
  readonly data: string
}

function styleOf(random: Random): Style {
  return {
    eol: pick(random, ['\n', '\r\n']),
    json: jsonWriter(random() < 0.3),
    data: pick(random, ['data: ', 'data:']),
  }
}

/** One event as sent; `seen` is what a client gets that did not ask for usage. */
interface Part {
  readonly sent: string
  readonly seen: string
  readonly isTerminal?: boolean
}

function same(text: string): Part {
  return { sent: text, seen: text }
}

/** Keep-alive comments of a proxy on the way: it need not use the line ends of the origin. */
function comment(random: Random, style: Style): Part {
  const eol = random() < 0.3 ? '\n' : style.eol
  return same(pick(random, [`: ping${eol}${eol}`, `:${eol}${eol}`, `: PROCESSING ☕${eol}${eol}`]))
}

function chatUsage({ input, cached, output, reasoning }: TokenUsage): unknown {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cached, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: reasoning },
  }
}

function responsesUsage({ input, cached, output, reasoning }: TokenUsage): unknown {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cached },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  }
}

function chatStream(random: Random, usage: TokenUsage): Part[] {
  const style = styleOf(random)
  const saysNull = random() < 0.7
  const event = (fields: object): Part => {
    const plain = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', ...fields }
    const line = (value: object): string => `${style.data}${style.json(value)}${style.eol}${style.eol}`
    return { seen: line(plain), sent: line(saysNull ? { ...plain, usage: null } : plain) }
  }
  const delta = (fields: object, reason: string | null = null): Part =>
    event({ choices: [{ index: 0, delta: fields, logprobs: null, finish_reason: reason }] })
  const parts = [delta({ role: 'assistant', content: '', refusal: null })]
  if (random() < 0.2) parts.unshift(comment(random, style))
  const count = whole(random, 1, 25)
  for (let index = 0; index < count; index += 1) {
    if (random() < 0.1) parts.push(comment(random, style))
    const size = random() < 0.01 ? 40_000 : whole(random, 1, 6)
    parts.push(
      delta(
        random() < 0.2
          ? { tool_calls: [{ index: 0, function: { arguments: words(random, size) } }] }
          : { content: words(random, size) },
      ),
    )
  }
  parts.push(delta({}, pick(random, ['stop', 'length', 'tool_calls'])))
  const last = event({ choices: [] })
  parts.push({ seen: '', sent: last.seen.replace(/\}(\s+)$/, `,"usage":${style.json(chatUsage(usage))}}$1`) })
  if (random() < 0.85) parts.push({ ...same(`${style.data}[DONE]${style.eol}${style.eol}`), isTerminal: true })
  return parts
}

function responsesStream(random: Random, usage: TokenUsage): Part[] {
  const style = styleOf(random)
  const namesEvents = random() < 0.7
  let sequence = 0
  const event = (type: string, fields: object): Part => {
    const name = namesEvents ? `event: ${type}${style.eol}` : ''
    const value = { type, sequence_number: sequence++, ...fields }
    return same(`${name}${style.data}${style.json(value)}${style.eol}${style.eol}`)
  }
  const response = { id: 'resp_1', object: 'response', model: 'm', error: null, metadata: {} }
  const parts = [
    event('response.created', { response: { ...response, status: 'in_progress', usage: null } }),
    event('response.in_progress', { response: { ...response, status: 'in_progress', usage: null } }),
  ]
  let text = ''
  if (random() < 0.2) parts.unshift(comment(random, style))
  const count = whole(random, 1, 25)
  for (let index = 0; index < count; index += 1) {
    if (random() < 0.1) parts.push(comment(random, style))
    if (random() < 0.1) parts.push(event('response.future_thing.delta', { payload: { nested: [words(random, 3)] } }))
    const size = random() < 0.01 ? 40_000 : whole(random, 1, 6)
    const piece = words(random, size)
    text += piece
    parts.push(
      event('response.output_text.delta', { item_id: 'msg_1', output_index: 0, content_index: 0, delta: piece }),
    )
  }
  const output = [{ id: 'msg_1', type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] }]
  parts.push(event('response.output_item.done', { output_index: 0, item: output[0] }))
  const isCut = random() < 0.15
  const end = event(isCut ? 'response.incomplete' : 'response.completed', {
    response: { ...response, status: isCut ? 'incomplete' : 'completed', output, usage: responsesUsage(usage) },
  })
  parts.push({ ...end, isTerminal: true })
  if (random() < 0.3) parts.push(same(`data: [DONE]${style.eol}${style.eol}`))
  return parts
}

function jsonAnswer(random: Random, path: RecordedAnswer['path'], usage: TokenUsage): string {
  const json = jsonWriter(random() < 0.3)
  const isLarge = random() < 0.4
  if (path === '/v1/embeddings') {
    const embedding = Array.from({ length: isLarge ? 9_000 : 20 }, () => random() * 2 - 1)
    return json({
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding }],
      model: 'm',
      usage: { prompt_tokens: usage.input, total_tokens: usage.input },
    })
  }
  const text = words(random, isLarge ? 20_000 : whole(random, 1, 50))
  if (path === '/v1/responses') {
    const output = [{ id: 'msg_1', type: 'message', content: [{ type: 'output_text', text }] }]
    return json({
      id: 'resp_1',
      object: 'response',
      error: null,
      output,
      tools: [],
      usage: responsesUsage(usage),
      metadata: {},
    })
  }
  const choices = [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }]
  return json({ id: 'c', object: 'chat.completion', choices, usage: chatUsage(usage), system_fingerprint: null })
}

/** Cuts at random, inside a UTF-8 character and inside `data:` too; nothing is cut from `keepFrom` on. */
export function cut(bytes: Buffer, random: Random, keepFrom: number = bytes.length): Buffer[] {
  const borders = new Set<number>()
  const count = whole(random, 0, Math.min(40, keepFrom - 1))
  for (let index = 0; index < count; index += 1) {
    let at = whole(random, 1, keepFrom - 1)
    const aim = random()
    if (aim < 0.3) while (at < keepFrom - 1 && ((bytes[at] ?? 0) & 0xc0) !== 0x80) at += 1
    else if (aim < 0.5) at = Math.min(keepFrom - 1, Math.max(1, bytes.indexOf('data:', at) + whole(random, 1, 4)))
    else if (aim < 0.7) at = Math.min(keepFrom - 1, Math.max(1, bytes.indexOf('\n', at) + whole(random, 0, 2)))
    borders.add(at)
  }
  const pieces: Buffer[] = []
  let from = 0
  for (const border of [...borders].sort((a, b) => a - b)) {
    pieces.push(bytes.subarray(from, border))
    from = border
  }
  return [...pieces, bytes.subarray(from)]
}

export function recordedAnswer(index: number): RecordedAnswer {
  const random = seeded(index + 1)
  const figures = usageOf(random)
  const isChunked = random() < 0.7
  const shape = index % 8
  if (shape >= 5) {
    const path = (['/v1/chat/completions', '/v1/responses', '/v1/embeddings'] as const)[shape - 5] ?? '/v1/responses'
    const usage = path === '/v1/embeddings' ? { ...figures, cached: 0, output: 0, reasoning: 0 } : figures
    const sent = Buffer.from(jsonAnswer(random, path, usage))
    const contentType = pick(random, ['application/json', 'application/json; charset=utf-8'])
    const name = `${index}: ${path} as ${sent.length} bytes of JSON`
    return {
      name,
      path,
      stream: false,
      asksUsage: false,
      sent,
      expected: sent,
      contentType,
      isChunked,
      usage,
      pieces: cut(sent, random),
    }
  }
  const path = shape < 3 ? '/v1/chat/completions' : '/v1/responses'
  const asksUsage = shape === 2
  const parts = shape < 3 ? chatStream(random, figures) : responsesStream(random, figures)
  const sent = Buffer.from(parts.map((part) => part.sent).join(''))
  const expected = shape < 2 ? Buffer.from(parts.map((part) => part.seen).join('')) : sent
  // What follows the terminal event must not wait for a turn of its own: the gateway waits for it a moment only.
  const end = parts.findIndex((part) => part.isTerminal === true)
  const before = end < 0 ? parts : parts.slice(0, end + 1)
  const keepFrom = Buffer.byteLength(before.map((part) => part.sent).join(''))
  return {
    name: `${index}: ${path} as ${sent.length} bytes of events`,
    path,
    stream: true,
    asksUsage,
    sent,
    expected,
    contentType: pick(random, ['text/event-stream', 'text/event-stream; charset=utf-8']),
    isChunked: true,
    usage: figures,
    pieces: cut(sent, random, keepFrom),
  }
}
