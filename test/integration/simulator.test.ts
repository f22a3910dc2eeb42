/** The simulator over a real socket: models, chat, embeddings, and what all dialects share. */
import { zstdCompressSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { listModels } from '../../src/main/providers/model-list.ts'
import { providerOf } from '../../src/main/providers/registry.ts'
import {
  chatBody,
  eventsOf,
  hex,
  openClient,
  responsesBody,
  shellTool,
  type SimulatorClient,
} from '../support/simulator-client.ts'
import { startSimulator, type TestSimulator } from '../support/simulator.ts'

let simulator: TestSimulator
let client: SimulatorClient

beforeAll(async () => {
  simulator = await startSimulator()
  client = openClient(simulator)
})

afterEach(() => simulator.behave('sim'))

afterAll(async () => {
  await client.close()
  await simulator.close()
})

describe('simulator, models', () => {
  it('lists its models and shows one', async () => {
    const list = JSON.parse((await client.call('/models', undefined, { method: 'GET' })).text)
    expect(list.object).toBe('list')
    expect(list.data.map((row: { id: string }) => row.id)).toEqual([
      'sim-chat',
      'sim-reasoning',
      'sim-tools',
      'sim-embedding',
    ])
    const one = await client.call('/models/sim-chat', undefined, { method: 'GET' })
    expect(JSON.parse(one.text)).toEqual({
      id: 'sim-chat',
      object: 'model',
      created: 1_750_000_000,
      owned_by: 'weir-simulator',
    })
    expect((await client.call('/models/other', undefined, { method: 'GET' })).status).toBe(404)
  })

  it('is listed like any provider', async () => {
    const account = { baseUrl: simulator.baseUrl('sim'), proxyUrl: null, secret: { apiKey: simulator.token } }
    const options = { signal: new AbortController().signal, timeoutMs: 5_000 }
    const { models } = await listModels(providerOf('simulator'), account, options)
    expect(models).toEqual(['sim-chat', 'sim-embedding', 'sim-reasoning', 'sim-tools'])
    const stranger = listModels(providerOf('simulator'), { ...account, secret: { apiKey: 'no' } }, options)
    await expect(stranger).rejects.toMatchObject({ code: 'upstream_auth_failed' })
  })
})

describe('simulator, chat', () => {
  it('answers whole', async () => {
    const { status, headers, text } = await client.call('/chat/completions', chatBody)
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('application/json')
    expect(JSON.parse(text)).toEqual({
      id: hex('chatcmpl-'),
      object: 'chat.completion',
      created: 1_750_000_000,
      model: 'sim-chat',
      service_tier: 'default',
      system_fingerprint: 'fp_simulator',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'one two three four', refusal: null, annotations: [] },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: Math.ceil(JSON.stringify(chatBody.messages).length / 4),
        completion_tokens: 4,
        total_tokens: Math.ceil(JSON.stringify(chatBody.messages).length / 4) + 4,
        prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
        completion_tokens_details: {
          reasoning_tokens: 0,
          audio_tokens: 0,
          accepted_prediction_tokens: 0,
          rejected_prediction_tokens: 0,
        },
      },
    })
  })

  it('streams role, words, reason and end, with no usage unless asked', async () => {
    const { headers, text } = await client.call('/chat/completions', { ...chatBody, stream: true })
    expect(headers['content-type']).toBe('text/event-stream; charset=utf-8')
    const events = eventsOf(text)
    expect(events.at(-1)).toEqual({ event: null, data: '[DONE]' })
    const chunks = events.slice(0, -1).map(({ data }) => JSON.parse(data))
    expect(chunks.map((chunk) => chunk.choices[0].delta)).toEqual([
      { role: 'assistant', content: '', refusal: null },
      { content: 'one' },
      { content: ' two' },
      { content: ' three' },
      { content: ' four' },
      {},
    ])
    expect(chunks.map((chunk) => chunk.choices[0].finish_reason)).toEqual([null, null, null, null, null, 'stop'])
    for (const chunk of chunks) {
      expect(chunk).toMatchObject({ object: 'chat.completion.chunk', id: chunks[0].id, model: 'sim-chat' })
      expect('usage' in chunk).toBe(false)
    }
  })

  it('adds one usage chunk when asked, and null to the others', async () => {
    const body = { ...chatBody, stream: true, stream_options: { include_usage: true } }
    const chunks = eventsOf((await client.call('/chat/completions', body)).text)
      .slice(0, -1)
      .map(({ data }) => JSON.parse(data))
    const whole = JSON.parse((await client.call('/chat/completions', chatBody)).text)
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: whole.usage })
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null && chunk.choices.length === 1)).toBe(true)
  })

  it('completes a tool turn', async () => {
    const tools = [{ type: 'function', function: { name: shellTool.name, parameters: shellTool.parameters } }]
    const first = { model: 'sim-tools', messages: [{ role: 'user', content: 'go' }], tools }
    const { message, finish_reason: reason } = JSON.parse((await client.call('/chat/completions', first)).text)
      .choices[0]
    expect(reason).toBe('tool_calls')
    expect(message).toMatchObject({ content: null, tool_calls: [{ id: hex('call_'), type: 'function' }] })
    const [made] = message.tool_calls
    expect(JSON.parse(made.function.arguments)).toEqual({ command: ['echo', 'weir-simulator'] })

    const deltas = eventsOf((await client.call('/chat/completions', { ...first, stream: true })).text)
      .slice(0, -1)
      .map(({ data }) => JSON.parse(data).choices[0].delta.tool_calls?.[0])
    expect(deltas[0]).toEqual({ index: 0, id: made.id, type: 'function', function: { name: 'shell', arguments: '' } })
    expect(deltas.map((delta) => delta?.function.arguments ?? '').join('')).toBe(made.function.arguments)

    const result = { role: 'tool', tool_call_id: made.id, content: 'weir-simulator\n' }
    const second = { ...first, messages: [...first.messages, message, result] }
    const end = JSON.parse((await client.call('/chat/completions', second)).text).choices[0]
    expect(end).toMatchObject({ finish_reason: 'stop', message: { content: expect.stringContaining('15 characters') } })
  })
})

describe('simulator, embeddings', () => {
  it('gives unit vectors of the wished length, the same as numbers and as base64', async () => {
    const body = { model: 'sim-embedding', input: ['a', 'bcdefgh'], dimensions: 12 }
    const numbers = JSON.parse((await client.call('/embeddings', body)).text)
    const packed = JSON.parse((await client.call('/embeddings', { ...body, encoding_format: 'base64' })).text)
    expect(numbers).toMatchObject({
      object: 'list',
      model: 'sim-embedding',
      usage: { prompt_tokens: 3, total_tokens: 3 },
    })
    expect(numbers.data).toHaveLength(2)
    for (const [index, row] of numbers.data.entries()) {
      expect(row).toMatchObject({ object: 'embedding', index })
      expect(row.embedding).toHaveLength(12)
      expect(Math.hypot(...row.embedding)).toBeCloseTo(1, 5)
      const bytes = Buffer.from(packed.data[index].embedding, 'base64')
      expect(row.embedding).toEqual(Array.from({ length: 12 }, (_, at) => bytes.readFloatLE(at * 4)))
    }
    expect(numbers.data[0].embedding).not.toEqual(numbers.data[1].embedding)
  })

  it('takes one text or tokens, and has 256 dimensions by default', async () => {
    const text = JSON.parse((await client.call('/embeddings', { model: 'sim-embedding', input: 'a' })).text)
    expect(text.data[0].embedding).toHaveLength(256)
    const tokens = JSON.parse((await client.call('/embeddings', { model: 'sim-embedding', input: [1, 2, 3] })).text)
    expect([tokens.data.length, tokens.usage.prompt_tokens]).toEqual([1, 3])
  })

  it.each([{ input: '' }, { input: [] }, {}, { input: { a: 1 } }, { input: 'a', dimensions: 0 }])(
    'refuses %j',
    async (part) => {
      const { status, text } = await client.call('/embeddings', { model: 'sim-embedding', ...part })
      expect(status).toBe(400)
      expect(JSON.parse(text).error.type).toBe('invalid_request_error')
    },
  )
})

describe('simulator, every dialect', () => {
  it.each([
    ['/chat/completions', chatBody],
    ['/chat/completions', { ...chatBody, stream: true }],
    ['/responses', responsesBody],
    ['/responses', { ...responsesBody, stream: true }],
    ['/embeddings', { model: 'sim-embedding', input: 'a' }],
  ])('gives the same bytes to the same request at %s', async (path, body) => {
    const [first, second] = [await client.call(path, body), await client.call(path, body)]
    expect(first.text).toBe(second.text)
    expect(first.headers['x-request-id']).toBe(second.headers['x-request-id'])
  })

  it('reads a compressed body', async () => {
    const body = zstdCompressSync(Buffer.from(JSON.stringify(chatBody)))
    const zstd = await client.call('/chat/completions', body, { headers: { 'content-encoding': 'zstd' } })
    expect(zstd.text).toBe((await client.call('/chat/completions', chatBody)).text)
    const broken = await client.call('/chat/completions', 'plain', { headers: { 'content-encoding': 'zstd' } })
    expect(broken.status).toBe(400)
  })

  it('sends rate limit headers when told to', async () => {
    expect((await client.call('/responses', responsesBody)).headers['x-ratelimit-limit-requests']).toBeUndefined()
    simulator.behave('sim', { rateLimitHeaders: true })
    const { headers } = await client.call('/responses', responsesBody)
    expect(headers).toMatchObject({ 'x-ratelimit-limit-requests': '10000', 'x-ratelimit-remaining-tokens': '1999993' })
  })

  it.each([
    ['/chat/completions', '{', 400, null],
    ['/chat/completions', '[]', 400, null],
    ['/chat/completions', { messages: [] }, 400, null],
    ['/chat/completions', { model: 'sim-chat' }, 400, null],
    ['/chat/completions', { ...chatBody, model: 'sim-embedding' }, 400, null],
    ['/chat/completions', { ...chatBody, model: 'gpt-0' }, 404, 'model_not_found'],
    ['/responses', { model: 'sim-chat' }, 400, null],
    ['/responses', { ...responsesBody, model: 'gpt-0' }, 404, 'model_not_found'],
    ['/other', {}, 404, 'unknown_url'],
  ])('refuses a bad request at %s: %j', async (path, body, status, code) => {
    const answer = await client.call(path, body)
    expect(answer.status).toBe(status)
    const type = 'invalid_request_error'
    expect(JSON.parse(answer.text)).toEqual({
      error: { message: expect.any(String), type, code, param: expect.toSatisfy(() => true) },
    })
  })

  it('refuses strangers, web pages and unknown upstreams', async () => {
    expect(
      (await client.call('/responses', responsesBody, { headers: { authorization: 'Bearer wrong' } })).status,
    ).toBe(401)
    expect((await client.call('/responses', responsesBody, { headers: { origin: 'http://127.0.0.1' } })).status).toBe(
      403,
    )
    expect((await client.call('/responses', responsesBody, { upstream: 'none' })).status).toBe(404)
  })
})
