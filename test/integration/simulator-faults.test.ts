/** Every fault of the simulator, in every dialect, as the connection of a client sees it. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openDispatcher } from '../../src/main/providers/connection.ts'
import type { SimulatorBehaviour } from '../../src/shared/models/upstream.ts'
import { eventsOf, openClient, type Answer, type SimulatorClient } from '../support/simulator-client.ts'
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

interface Form {
  readonly name: string
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
}

const chatBody = { model: 'sim-chat', messages: [{ role: 'user', content: 'say: one two three four' }] }
const responsesBody = { model: 'sim-chat', input: 'say: one two three four' }

const whole: readonly Form[] = [
  { name: 'chat', path: '/chat/completions', body: chatBody },
  { name: 'responses', path: '/responses', body: responsesBody },
  { name: 'embeddings', path: '/embeddings', body: { model: 'sim-embedding', input: 'a' } },
]
const chatStream: Form = { name: 'chat stream', path: '/chat/completions', body: { ...chatBody, stream: true } }
const responsesStream: Form = { name: 'responses stream', path: '/responses', body: { ...responsesBody, stream: true } }
const streamed = [chatStream, responsesStream]

function send({ path, body }: Form, fault: Partial<SimulatorBehaviour>): Promise<Answer> {
  simulator.behave('sim', fault)
  return client.call(path, body)
}

/** Number of output pieces in a stream that may be cut off anywhere. */
function deltasIn(text: string): number {
  return text.match(/"delta":\{"content":"[^"]|"type":"response\.output_text\.delta","item_id"/g)?.length ?? 0
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe.each([...whole, ...streamed])('simulator faults, $name', (form) => {
  it('refuses the connection', async () => {
    expect(await send(form, { fault: 'refuse_connection' })).toMatchObject({ status: null, failure: 'upstream_reset' })
  })

  it.each([401, 404, 429, 500, 503])('answers status %i with and without Retry-After', async (faultStatus) => {
    const waiting = await send(form, { fault: 'status', faultStatus, retryAfterSeconds: 7 })
    expect([waiting.status, waiting.headers['retry-after'], waiting.failure]).toEqual([faultStatus, '7', null])
    const text = expect.any(String)
    const message = expect.stringContaining(String(faultStatus))
    expect(JSON.parse(waiting.text)).toEqual({ error: { message, type: text, param: null, code: text } })
    const plain = await send(form, { fault: 'status', faultStatus })
    expect([plain.status, plain.headers['retry-after']]).toEqual([faultStatus, undefined])
  })

  it('hangs before the head', async () => {
    simulator.behave('sim', { fault: 'hang_before_headers' })
    const answer = await client.call(form.path, form.body, { signal: AbortSignal.timeout(150) })
    expect(answer).toMatchObject({ status: null, failure: 'upstream_timeout' })
  })

  it('answers with a web page', async () => {
    const answer = await send(form, { fault: 'wrong_content_type' })
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(answer.text).toContain('<html>')
  })

  it('fails each third request only', async () => {
    const upstream = `count ${form.name}`
    simulator.behave(upstream, { fault: 'status', failEvery: 3 })
    const statuses: (number | null)[] = []
    for (let round = 0; round < 6; round += 1) {
      const { status } = await client.call(form.path, form.body, { upstream: encodeURIComponent(upstream) })
      statuses.push(status)
    }
    expect(statuses).toEqual([200, 200, 503, 200, 200, 503])
  })

  it('works again once the fault is switched off', async () => {
    await send(form, { fault: 'drop_mid_stream' })
    expect(await send(form, {})).toMatchObject({ status: 200, failure: null })
  })
})

describe.each(whole)('simulator faults, $name, whole', (form) => {
  it.each(['drop_mid_stream', 'end_early'] as const)('breaks off in the middle of the JSON: %s', async (fault) => {
    const answer = await send(form, { fault })
    expect(answer).toMatchObject({ status: 200, failure: 'upstream_reset' })
    expect(isJson(answer.text)).toBe(false)
  })

  it('hangs in the middle of the JSON', async () => {
    const answer = await callUntil(form, { fault: 'hang_mid_stream' }, (text) => text !== '')
    expect(answer).toMatchObject({ status: 200, failure: 'upstream_timeout' })
    expect(isJson(answer.text)).toBe(false)
  })

  it.each(['truncated_json', 'malformed_event'] as const)('ends cleanly with cut JSON: %s', async (fault) => {
    const answer = await send(form, { fault })
    expect(answer).toMatchObject({ status: 200, failure: null })
    expect([answer.text.length > 0, isJson(answer.text)]).toEqual([true, false])
  })

  it('sends an error with status 200', async () => {
    const { status, text } = await send(form, { fault: 'error_event' })
    expect([status, JSON.parse(text).error.code]).toEqual([200, 'server_error'])
  })
})

describe.each(streamed)('simulator faults, $name, in the stream', (form) => {
  it.each([1, 3, 99])('drops the connection after %i chunks', async (faultAfterChunks) => {
    const answer = await send(form, { fault: 'drop_mid_stream', faultAfterChunks })
    expect(answer).toMatchObject({ status: 200, failure: 'upstream_reset' })
    expect(deltasIn(answer.text)).toBe(Math.min(faultAfterChunks, 4))
    expect(answer.text).not.toMatch(/\[DONE\]|response\.completed/)
  })

  it('hangs after the wished number of chunks', async () => {
    const fault = { fault: 'hang_mid_stream', faultAfterChunks: 2 } as const
    const answer = await callUntil(form, fault, (text) => deltasIn(text) === 2)
    expect(answer).toMatchObject({ status: 200, failure: 'upstream_timeout' })
    expect(deltasIn(answer.text)).toBe(2)
  })

  it('ends cleanly without a terminal event', async () => {
    const answer = await send(form, { fault: 'end_early', faultAfterChunks: 1 })
    expect([answer.status, answer.failure, deltasIn(answer.text)]).toEqual([200, null, 1])
    expect(answer.text).not.toMatch(/\[DONE\]|finish_reason":"|response\.completed/)
  })

  it('sends one event that is not JSON and goes on', async () => {
    const answer = await send(form, { fault: 'malformed_event', faultAfterChunks: 1 })
    expect([answer.status, answer.failure, deltasIn(answer.text)]).toEqual([200, null, 4])
    const broken = eventsOf(answer.text).filter(({ data }) => data !== '[DONE]' && !isJson(data))
    expect(broken).toHaveLength(1)
    expect(answer.text).toMatch(/\[DONE\]|response\.completed/)
  })

  it('cuts its last event and ends cleanly', async () => {
    const answer = await send(form, { fault: 'truncated_json' })
    expect([answer.status, answer.failure, deltasIn(answer.text)]).toEqual([200, null, 4])
    expect(isJson(answer.text.slice(answer.text.lastIndexOf('data: ') + 6))).toBe(false)
    expect(answer.text).not.toContain('[DONE]')
  })

  it('sends an error after some output, and nothing after it', async () => {
    const answer = await send(form, { fault: 'error_event', faultAfterChunks: 2 })
    expect([answer.status, answer.failure, deltasIn(answer.text)]).toEqual([200, null, 2])
    expect(eventsOf(answer.text).at(-1)?.data).toContain('"code":"server_error"')
  })
})

describe('simulator faults, an error before any output', () => {
  it('is the only event of a chat stream', async () => {
    const events = eventsOf((await send(chatStream, { fault: 'error_event', faultAfterChunks: 0 })).text)
    expect(events.map(({ data }) => JSON.parse(data))).toEqual([
      { error: { message: expect.any(String), type: 'server_error', param: null, code: 'server_error' } },
    ])
  })

  it('follows the opening of a responses stream and fails the response', async () => {
    const events = eventsOf((await send(responsesStream, { fault: 'error_event', faultAfterChunks: 0 })).text)
    expect(events.map(({ event }) => event)).toEqual([
      'response.created',
      'response.in_progress',
      'error',
      'response.failed',
    ])
    const parsed = events.map(({ data }) => JSON.parse(data))
    expect(parsed.map((event) => event.sequence_number)).toEqual([0, 1, 2, 3])
    expect(parsed[2]).toMatchObject({ type: 'error', code: 'server_error', message: expect.any(String) })
    expect(parsed[3].response).toMatchObject({ status: 'failed', output: [], error: { code: 'server_error' } })
  })
})

/** Lets the client's own time-out strike once what is expected has arrived: nothing may follow until then. */
async function callUntil(
  form: Form,
  fault: Partial<SimulatorBehaviour>,
  isThere: (text: string) => boolean,
): Promise<Answer> {
  simulator.behave('sim', fault)
  const patience = new AbortController()
  const onText = (text: string) => {
    if (!isThere(text)) return
    AbortSignal.timeout(100).addEventListener('abort', () => patience.abort(new DOMException('late', 'TimeoutError')))
  }
  return client.call(form.path, form.body, { signal: patience.signal, onText })
}

describe('simulator, pace and end', () => {
  it('sends a paced stream piece by piece', async () => {
    simulator.behave('sim', { chunkDelayMs: 15, latencyMs: 5 })
    const seen = new Set<number>()
    const { path, body } = responsesStream
    const answer = await client.call(path, body, { onText: (text) => seen.add(deltasIn(text)) })
    expect(answer.text).toContain('response.completed')
    expect(seen.size).toBeGreaterThan(1)
  })

  it('closes at once, whatever its requests wait for', async () => {
    const own = await startSimulator({ latencyMs: 600_000 })
    own.behave('slow', { chunkDelayMs: 60_000 })
    own.behave('hung', { fault: 'hang_mid_stream', faultAfterChunks: 1 })
    const account = { baseUrl: own.baseUrl('sim'), proxyUrl: null, secret: null }
    const pool = openDispatcher(account, { connectTimeoutMs: 5_000 })
    const post = (id: string) =>
      pool.request({
        path: `/${id}/v1/responses`,
        method: 'POST',
        headers: { authorization: `Bearer ${own.token}` },
        body: JSON.stringify(responsesStream.body),
      })
    const failed = (call: Promise<unknown>) =>
      call.then(
        () => 'ended',
        () => 'broken',
      )
    const waiting = failed(post('sim'))
    const streams = [await post('slow'), await post('hung')]
    const ends = streams.map(({ body }) => failed(body.text()))
    await own.close()
    expect(await Promise.all([waiting, ...ends])).toEqual(['broken', 'broken', 'broken'])
    await pool.destroy()
  })
})
