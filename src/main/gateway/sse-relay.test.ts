import { describe, expect, it } from 'vitest'
import { createSseRelay, keepAliveFor } from './sse-relay.ts'
import type { Dialect } from '../dialects/dialect.ts'

const chunk = (fields: string, usage = ',"usage":null'): string => `data: {"id":"c",${fields}${usage}}\n\n`
const delta = (content: string, usage?: string): string =>
  chunk(`"choices":[{"index":0,"delta":{"content":${JSON.stringify(content)}},"finish_reason":null}]`, usage)

const FIGURES = ',"usage":{"prompt_tokens":7,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":2}}'
const TEXTS = ['Grüße 🌊', 'usage', ',"usage":null}', '\n\ndata: [DONE]\n\n']
const END = 'data: [DONE]\n\n'
const SENT = `: hi\n\n${TEXTS.map((text) => delta(text)).join('')}${chunk('"choices":[]', FIGURES)}${END}`
const SEEN = `: hi\n\n${TEXTS.map((text) => delta(text, '')).join('')}${END}`

const crlf = (text: string): string => text.replaceAll('\n', '\r\n')

const answer = '{"type":"response.completed","response":{"id":"r","usage":{"input_tokens":7,"output_tokens":5}}}'
const RESPONSES = `event: response.created\ndata: {"type":"response.created"}\n\ndata: {"type":"response.output_text.delta","delta":"ü"}\n\nevent: response.completed\ndata: ${answer}\n\n`

interface Case {
  readonly name: string
  readonly dialect: Dialect
  readonly hideUsage: boolean
  readonly sent: string
  readonly seen: string
}

const cases: readonly Case[] = [
  { name: 'chat with usage hidden', dialect: 'chat', hideUsage: true, sent: SENT, seen: SEEN },
  { name: 'chat with usage hidden, CRLF', dialect: 'chat', hideUsage: true, sent: crlf(SENT), seen: crlf(SEEN) },
  { name: 'chat untouched', dialect: 'chat', hideUsage: false, sent: SENT, seen: SENT },
  { name: 'responses', dialect: 'responses', hideUsage: false, sent: RESPONSES, seen: RESPONSES },
  { name: 'responses, CRLF', dialect: 'responses', hideUsage: false, sent: crlf(RESPONSES), seen: crlf(RESPONSES) },
  {
    name: 'chat with comments of a proxy, line ends mixed',
    dialect: 'chat',
    hideUsage: true,
    sent: `: PROXY\n\n${crlf(SENT)}: PROXY\n\n`,
    seen: `: PROXY\n\n${crlf(SEEN)}: PROXY\n\n`,
  },
  {
    name: 'responses with comments of a proxy, line ends mixed',
    dialect: 'responses',
    hideUsage: false,
    sent: `: PROXY\n\n${crlf(RESPONSES)}`,
    seen: `: PROXY\n\n${crlf(RESPONSES)}`,
  },
  {
    name: 'LF events among CRLF comments',
    dialect: 'chat',
    hideUsage: true,
    sent: `: PROXY\r\n\r\n${SENT}`,
    seen: `: PROXY\r\n\r\n${SEEN}`,
  },
]

function relayed({ dialect, hideUsage }: Case, pieces: readonly Buffer[]) {
  const relay = createSseRelay(dialect, hideUsage)
  const out = pieces.map((piece) => relay.push(piece)).filter((part) => part !== null)
  const rest = relay.finish()
  return { relay, text: Buffer.concat(rest === null ? out : [...out, rest]).toString() }
}

describe('sse-relay', () => {
  it.each(cases)('gives the same at every border: $name', (entry) => {
    const bytes = Buffer.from(entry.sent)
    const wrong: number[] = []
    for (let at = 0; at <= bytes.length; at += 1) {
      const { relay, text } = relayed(entry, [bytes.subarray(0, at), bytes.subarray(at)])
      const isRight = text === entry.seen && relay.usage?.input === 7 && relay.usage.output === 5 && relay.isComplete
      if (!isRight || relay.isGarbled || relay.error !== null) wrong.push(at)
    }
    expect(wrong).toEqual([])
  })

  it.each(cases)('gives the same byte by byte: $name', (entry) => {
    const bytes = Buffer.from(entry.sent)
    const { relay, text } = relayed(
      entry,
      Array.from(bytes, (byte) => Buffer.from([byte])),
    )
    expect(text).toBe(entry.seen)
    expect([relay.usage?.input, relay.isComplete, relay.isOver]).toEqual([7, true, true])
  })

  it('reads a last event that lacks its blank line', () => {
    const entry = { name: '', dialect: 'chat', hideUsage: true, sent: SENT.trimEnd(), seen: SEEN.trimEnd() } as const
    const { relay, text } = relayed(entry, [Buffer.from(entry.sent)])
    expect([text, relay.isComplete]).toEqual([entry.seen, true])
  })

  it.each([
    ['usage last', '{"a":1,"usage":null}', '{"a":1}'],
    ['usage last, with blanks', '{"a": 1, "usage": null}', '{"a": 1}'],
    ['usage first', '{"usage":null,"choices":[{"delta":{"content":"x"}}]}', '{"choices":[{"delta":{"content":"x"}}]}'],
    ['usage in the middle', '{"a":1,"usage":null,"b":2}', '{"a":1,"b":2}'],
    ['a value that says usage', '{"a":"usage","usage":null}', '{"a":"usage"}'],
    ['a text that looks like it', String.raw`{"a":",\"usage\":null}"}`, String.raw`{"a":",\"usage\":null}"}`],
    [
      'usage with figures and an answer',
      '{"choices":[{}],"usage":{"prompt_tokens":1}}',
      '{"choices":[{}],"usage":{"prompt_tokens":1}}',
    ],
    ['a longer word', '{"a":1,"usage":nullable}', '{"a":1,"usage":nullable}'],
  ])('hides exactly the empty member: %s', (_name, sent, seen) => {
    const relay = createSseRelay('chat', true)
    expect(relay.push(Buffer.from(`data: ${sent}\n\n`))?.toString()).toBe(`data: ${seen}\n\n`)
  })

  it('knows where a keep-alive may stand', () => {
    const plain = createSseRelay('responses', false)
    const steps = ['data: {"type":"x"', '}\n', '\n', ': c\r\n\r', '\n'].map((text) => {
      plain.push(Buffer.from(text))
      return plain.isAtBorder
    })
    expect(steps).toEqual([false, false, true, false, true])
  })

  it('speaks to Codex in events and to others in comments', () => {
    expect(keepAliveFor('responses', true).toString()).toBe('event: keepalive\ndata: {"type":"keepalive"}\n\n')
    for (const other of [keepAliveFor('responses', false), keepAliveFor('chat', true), keepAliveFor('chat', false)]) {
      expect(other.toString()).toBe(': keep-alive\n\n')
    }
  })

  it('passes an event on that is too large to be held back', () => {
    const relay = createSseRelay('chat', true)
    const large = Buffer.alloc(40 * 1024 * 1024, 'x')
    const sent = ['data: {"choices":[{"delta":{"content":"', large, large, '"}}]}\n\n', END].map((part) =>
      Buffer.from(part),
    )
    const got = sent.map((part) => relay.push(part)).filter((part) => part !== null)
    expect(Buffer.concat(got).equals(Buffer.concat(sent))).toBe(true)
    expect(relay.isComplete).toBe(true)
  })
})

describe('how an account stands', () => {
  const event = (data: Readonly<Record<string, unknown>> & { readonly type: string }) =>
    `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`
  const LIMITS = event({ type: 'codex.rate_limits', rate_limits: { primary: { used_percent: 5 } } })
  const TURN = [
    event({ type: 'response.created', response: {} }),
    LIMITS,
    event({ type: 'response.output_text.delta', delta: 'codex.rate_limits' }),
    LIMITS,
    event({ type: 'response.completed', response: { id: 'r', usage: { input_tokens: 1, output_tokens: 1 } } }),
  ]
  const SHOWN = TURN.filter((part) => part !== LIMITS).join('')

  it('is heard, and not passed on, wherever the stream is cut', () => {
    const bytes = Buffer.from(TURN.join(''))
    for (let size = 1; size <= bytes.length; size += size < 40 ? 1 : 37) {
      const heard: string[] = []
      const relay = createSseRelay('responses', false, { quota: { event: (part) => heard.push(part.toString()) } })
      const out: Buffer[] = []
      for (let at = 0; at < bytes.length; at += size)
        out.push(relay.push(bytes.subarray(at, at + size)) ?? Buffer.alloc(0))
      expect(Buffer.concat([...out, relay.finish() ?? Buffer.alloc(0)]).toString()).toBe(SHOWN)
      expect(heard).toEqual([LIMITS, LIMITS])
      expect([relay.isComplete, relay.usage?.output]).toEqual([true, 1])
    }
  })

  it('passes where nobody hides it, and chunks of whole events stay as they are', () => {
    const plain = createSseRelay('responses', false)
    expect(plain.push(Buffer.from(LIMITS))?.toString()).toBe(LIMITS)
    expect(plain.hasOutput).toBe(false)
    const hiding = createSseRelay('responses', false, { quota: { event: () => {} } })
    const chunk = Buffer.from((TURN[0] ?? '') + (TURN[2] ?? ''))
    expect(hiding.push(chunk)).toBe(chunk)
  })
})
