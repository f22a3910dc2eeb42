import fc from 'fast-check'
import { decode, encode } from 'gpt-tokenizer/encoding/o200k_base'
import { describe, expect, it } from 'vitest'
import { createSseRelay } from './sse-relay.ts'
import { createOutputMeter } from './output-meter.ts'
import type { Dialect } from '../dialects/dialect.ts'

const DONE = 'data: [DONE]\n\n'

function chat(delta: object, rest: object = {}, top: object = {}): string {
  const choices = [{ index: 0, delta, finish_reason: null, ...rest }]
  return `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices, ...top })}\n\n`
}

function responses(type: string, fields: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
}

const streams: Readonly<Record<'chat' | 'responses', (deltas: readonly string[]) => string>> = {
  chat: (deltas) =>
    [
      chat({ role: 'assistant', content: '' }),
      ...deltas.map((content) => chat({ content })),
      chat({}, { finish_reason: 'stop' }),
      DONE,
    ].join(''),
  responses: (deltas) =>
    [
      responses('response.created', { response: { id: 'r' } }),
      responses('response.output_item.added', { output_index: 0, item: { id: 'i', type: 'message' } }),
      ...deltas.map((delta, at) =>
        responses('response.output_text.delta', {
          sequence_number: at,
          item_id: 'i',
          output_index: 0,
          content_index: 0,
          delta,
        }),
      ),
      responses('response.completed', {
        response: { id: 'r', usage: { input_tokens: 1, output_tokens: deltas.length } },
      }),
    ].join(''),
}

/** Relayed in pieces that end at the given places. */
function relayed(dialect: Dialect, sent: string, tokens: number, borders: readonly number[] = []) {
  const relay = createSseRelay(dialect, false, { cap: { tokens, input: 9 } })
  const bytes = Buffer.from(sent)
  const places = [0, ...borders.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  const out: Buffer[] = []
  for (let at = 1; at < places.length && !relay.isCapped; at++) {
    const part = relay.push(bytes.subarray(places[at - 1], places[at]))
    if (part !== null) out.push(part)
  }
  return { relay, text: Buffer.concat(out).toString() }
}

/** The text that a client puts together. */
function seenText(stream: string): string {
  const deltas = stream
    .split('\n\n')
    .map((event) => event.slice(event.indexOf('data: ') + 6))
    .filter((data) => data.startsWith('{'))
    .map((data) => JSON.parse(data) as { delta?: unknown; choices?: { delta: { content?: string } }[] })
    .map((data) => data.choices?.[0]?.delta.content ?? data.delta)
  return deltas.filter((delta) => typeof delta === 'string').join('')
}

const words = (count: number): string[] => Array.from({ length: count }, (_, at) => `${at === 0 ? '' : ' '}word`)
const dialects = ['chat', 'responses'] as const
const borders = fc.array(fc.nat(), { maxLength: 12 })

describe('output-meter', () => {
  it.each(dialects)('never cuts an upstream that keeps to the cap, and changes no byte of it: %s', (dialect) => {
    const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 80 }), fc.lorem({ maxCount: 40 }))
    fc.assert(
      fc.property(text, borders, (written, places) => {
        const tokens = encode(written, { allowedSpecial: new Set(), disallowedSpecial: new Set() })
        // One event per token, as servers send them. A token may be half a character: those events are put together.
        const deltas = tokens.map((token) => decode([token]))
        const isWhole = deltas.every((delta) => !delta.includes('\uFFFD'))
        const sent = streams[dialect](isWhole ? deltas : [written])
        const { relay, text: seen } = relayed(dialect, sent, tokens.length, places)
        expect([relay.isCapped, relay.isComplete, seen]).toEqual([false, true, sent])
      }),
      { numRuns: 500 },
    )
  })

  it.each(dialects)('ends a stream at the cap at whatever borders it comes: %s', (dialect) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 80 }), borders, (cap, sent, places) => {
        const { relay, text } = relayed(dialect, streams[dialect](words(sent)), cap, places)
        expect(relay.isCapped).toBe(sent > cap)
        const shown = words(Math.min(cap, sent)).join('')
        expect(seenText(text)).toBe(shown)
        if (sent > cap) expect(relay.seenOutput).toBeGreaterThan(cap)
      }),
      { numRuns: 300 },
    )
  })

  it('shortens an event that holds the whole answer', () => {
    const { relay, text } = relayed('chat', chat({ content: words(50).join('') }, { finish_reason: 'stop' }), 10)
    expect(relay.isCapped).toBe(true)
    expect(seenText(text)).toBe(words(10).join(''))
    expect(text).toContain('"finish_reason":"length"')
    // What was generated, not what was passed on.
    expect(relay.seenOutput).toBeGreaterThanOrEqual(50)
  })

  it('does not tear a character of two units', () => {
    const { text } = relayed('chat', chat({ content: `${'水'.repeat(16)}${'😀'.repeat(300)}` }), 1)
    expect(seenText(text).isWellFormed()).toBe(true)
    expect(seenText(text)).toContain('😀')
  })

  it('counts all choices, and each by itself', () => {
    const sent = words(8).flatMap((content) => [0, 1].map((index) => chat({ content: content.trim() }, { index })))
    // Without a blank between them the words of one choice are one; mixed up they would be many.
    expect(relayed('chat', sent.join(''), 2).relay.isCapped).toBe(false)
    expect(relayed('chat', sent.join(''), 1).relay.isCapped).toBe(true)
  })

  const reported = (output: number, reason: string | null = null) =>
    chat({ content: 'x' }, { finish_reason: reason }, { usage: { prompt_tokens: 4, completion_tokens: output } })

  it('believes a provider that reports more while it goes on', () => {
    const { relay } = relayed('chat', reported(10) + reported(11), 10)
    expect([relay.isCapped, relay.usage?.output]).toEqual([true, 11])
  })

  it('lets an answer end that is reported above the cap when it is over', () => {
    const sent = reported(10) + reported(99, 'stop') + DONE
    const { relay, text } = relayed('chat', sent, 10)
    expect([relay.isCapped, relay.usage?.output, text]).toEqual([false, 99, sent])
  })

  it('forgets figures from before the cut', () => {
    const { relay } = relayed('chat', reported(1) + streams.chat(words(9)), 5)
    expect([relay.isCapped, relay.usage]).toEqual([true, null])
  })

  it('estimates by the text where events say less', () => {
    const meter = createOutputMeter('chat', { tokens: 1_000, input: 0 }, false)
    expect(meter.read(Buffer.from(chat({ content: '水门'.repeat(80) })), null)).toBe(null)
    expect([meter.atLeast, meter.estimate]).toEqual([10, 120])
  })
})
