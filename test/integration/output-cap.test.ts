/**
 * An upstream that ignores the maximum it was sent, over real sockets: at the key's cap the client gets the end that its
 * dialect has for that, and the upstream is let go.
 */
import type { AddressInfo } from 'node:net'
import { createServer as createHttpServer } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { Pool } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Attempt } from '../../src/main/gateway/attempt.ts'
import type { AttemptResult } from '../../src/main/gateway/attempt-result.ts'
import { HttpStream } from '../../src/main/gateway/http-stream.ts'
import { defaultSettings } from '../../src/shared/settings.ts'
import { exchange } from '../support/raw-client.ts'
import {
  answerBytes,
  chunkBytes,
  EVENT_STREAM,
  headBytes,
  startRawUpstream,
  type RawUpstream,
} from '../support/raw-upstream.ts'
import { seeded, type Random } from '../support/recorded-answers.ts'
import type { Dialect } from '../../src/main/dialects/dialect.ts'

const CAP = 40
/** Far more than the cap, should nobody stop it. */
const MOST_WORDS = 20_000

function sse(data: object, name = ''): string {
  return `${name === '' ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`
}

const chat = (index: number, delta: object): string =>
  sse({
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index, delta, finish_reason: null }],
  })

const responses = (type: string, fields: object): string => sse({ type, ...fields }, type)

/** The beginning of a stream, and one word of it. */
const talk = {
  chat: {
    start: [0, 1].map((index) => chat(index, { role: 'assistant', content: '' })).join(''),
    word: (at: number) => chat(at % 2, { content: ` wörd${at % 7}` }),
  },
  responses: {
    start: [
      responses('response.created', {
        sequence_number: 0,
        response: { id: 'r', object: 'response', model: 'm', output: [] },
      }),
      responses('response.output_item.added', {
        sequence_number: 1,
        output_index: 0,
        item: { id: 'i', type: 'message', role: 'assistant', content: [] },
      }),
    ].join(''),
    word: (at: number) =>
      responses('response.output_text.delta', {
        sequence_number: at + 2,
        item_id: 'i',
        output_index: 0,
        content_index: 0,
        delta: ` wörd${at % 7}`,
      }),
  },
} as const

let random: Random
let dialect: 'chat' | 'responses'
let hideUsage = false
let results: AttemptResult[]
let upstream: RawUpstream
let json: Buffer | null = null
let gateway: ReturnType<typeof createHttpServer>
let pool: Pool

/** Bytes of the stream in pieces that end anywhere, until nobody listens. */
beforeAll(async () => {
  upstream = await startRawUpstream(async ({ socket }) => {
    if (json !== null) {
      socket.write(answerBytes(200, json))
      return
    }
    const { start, word } = talk[dialect]
    let pending = Buffer.from(start)
    socket.write(headBytes(200, EVENT_STREAM))
    for (let at = 0; at < MOST_WORDS && !socket.destroyed; at++) {
      pending = Buffer.concat([pending, Buffer.from(word(at))])
      const size = Math.floor(random() * 400)
      if (size === 0 || size > pending.length) continue
      socket.write(chunkBytes(pending.subarray(0, size)))
      pending = pending.subarray(size)
      await turn()
    }
  })
  pool = new Pool(`http://127.0.0.1:${upstream.port}`)
  gateway = createHttpServer((request, response) => {
    request.resume()
    const client = new HttpStream(response, () => performance.now(), 5_000)
    const job = {
      dialect: dialect satisfies Dialect,
      isCodex: false,
      hideUsage: dialect === 'chat' && hideUsage,
      isModelChanged: false,
      requestId: 'req_1',
      settings: defaultSettings,
      client,
      now: () => performance.now(),
      quota: { note: () => {}, event: () => {} },
      cap: { tokens: CAP, input: 11 },
    }
    const attempt = new Attempt(job, (result) => results.push(result))
    client.onGone(() => attempt.abort())
    pool.dispatch({ origin: upstream.url, path: '/v1/x', method: 'POST', headers: {}, body: '{}' }, attempt)
  })
  await new Promise<void>((resolve) => {
    gateway.listen(0, '127.0.0.1', resolve)
  })
})

afterAll(async () => {
  gateway.close()
  await pool.destroy()
  await upstream.close()
})

async function ask(seed: number, kind: 'chat' | 'responses', hidden = true) {
  random = seeded(seed)
  dialect = kind
  hideUsage = hidden
  results = []
  const before = upstream.calls.length
  const { port } = gateway.address() as AddressInfo
  const answer = await exchange(port, { key: 'k', body: {} })
  return { answer, call: await upstream.call(before) }
}

/** The payloads of an answer's events. */
function payloads(body: Buffer): string[] {
  const events = body.toString().split('\n\n')
  return events.filter((event) => event !== '').map((event) => event.slice(event.indexOf('data: ') + 6))
}

const seeds = Array.from({ length: 15 }, (_, index) => index + 1)
const capped = { kind: 'delivered', status: 200, error: null, usage: null, capped: true }

describe('output cap on sockets', () => {
  it.each(seeds)('ends a chat stream, seed %i', async (seed) => {
    const { answer, call } = await ask(seed, 'chat', seed % 2 === 0)
    const events = payloads(answer.body)
    const data = events.slice(0, -1).map((event) => JSON.parse(event))
    expect([answer.status, answer.end, events.at(-1)]).toEqual([200, 'complete', '[DONE]'])
    const choices = data.flatMap((chunk) => chunk.choices)
    const texts = [0, 1].map((index) =>
      choices
        .filter((choice) => choice.index === index)
        .map((choice) => choice.delta.content ?? '')
        .join(''),
    )
    // A word and its digit are two tokens, so the two choices have twenty words together.
    expect(texts.join(' ').match(/wörd\d?/g)).toHaveLength(CAP / 2)
    const reasons = choices.filter((choice) => choice.finish_reason !== null)
    expect(reasons.map((choice) => [choice.index, choice.finish_reason])).toEqual([
      [0, 'length'],
      [1, 'length'],
    ])
    const usage = data.at(-1).usage
    if (seed % 2 === 0) expect(usage).toBeUndefined()
    else expect(usage).toMatchObject({ prompt_tokens: 11, total_tokens: 11 + usage.completion_tokens })
    await call.gone
    expect(results).toMatchObject([capped])
  })

  it.each(seeds)('ends a responses stream, seed %i', async (seed) => {
    const { answer, call } = await ask(seed, 'responses')
    const data = payloads(answer.body).map((event) => JSON.parse(event))
    expect([answer.status, answer.end]).toEqual([200, 'complete'])
    expect(data.map((event) => event.sequence_number)).toEqual(data.map((_, at) => at))
    const text = data.map((event) => event.delta ?? '').join('')
    expect(text.match(/wörd\d/g)).toHaveLength(CAP / 2)
    const { type, response } = data.at(-1)
    expect(type).toBe('response.incomplete')
    expect(response).toMatchObject({
      id: 'r',
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: [{ id: 'i', status: 'incomplete', content: [{ type: 'output_text', text }] }],
    })
    await call.gone
    expect(results).toMatchObject([capped])
    expect(results[0]).toHaveProperty('seenOutput', response.usage.output_tokens)
    expect(response.usage.output_tokens).toBeGreaterThan(CAP)
  })

  it('passes a JSON answer above the cap as it is, with its figures', async () => {
    const usage = { prompt_tokens: 1, completion_tokens: 5_000 }
    json = Buffer.from(JSON.stringify({ object: 'chat.completion', choices: [], usage }))
    const { answer } = await ask(1, 'chat')
    expect(answer.body.equals(json)).toBe(true)
    expect(results).toMatchObject([{ kind: 'delivered', error: null, capped: false, usage: { output: 5_000 } }])
    json = null
  })
})
