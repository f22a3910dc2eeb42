/** Turns over a client's WebSocket: what the upstream is asked, what comes back in frames, what the log says. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { rulesOf } from '../support/limits-rig.ts'
import { startGateway, upstreamRecord, type GatewayRig } from '../support/gateway-rig.ts'
import {
  answerBytes,
  chunkBytes,
  EVENT_STREAM,
  headBytes,
  startRawUpstream,
  streamBytes,
  type RawUpstream,
  type Script,
} from '../support/raw-upstream.ts'
import { aTurn, asCodexSocket, openSocket, type SocketClient } from '../support/socket-client.ts'
import { events, streamText } from '../support/upstream-answers.ts'

let rig: GatewayRig
let upstream: RawUpstream
let script: Script
let key: string
const { start, output, end } = events.responses
const good: Script = ({ socket }) => void socket.write(streamBytes(streamText('responses')))

beforeAll(async () => {
  rig = await startGateway({ settings: { 'accounts.useSockets': false, 'gateway.holdEventsMs': 60_000 } })
  upstream = await startRawUpstream((call) => script(call))
})

beforeEach(() => {
  script = good
  rig.core.health.clear('a')
  key = rig.pool([upstreamRecord('a', upstream.url, { kind: 'openai' })])
})

afterAll(async () => {
  await rig.close()
  await upstream.close()
})

async function withSocket<T>(use: (client: SocketClient) => Promise<T>, headers = {}): Promise<T> {
  const client = await openSocket({ port: rig.port, key, headers })
  try {
    return await use(client)
  } finally {
    client.ws.terminate()
  }
}

const types = (frames: readonly { type: string }[]): string[] => frames.map(({ type }) => type)
async function settled(): Promise<void> {
  await expect.poll(() => rig.rows().at(-1)?.state).not.toBe('open')
}
const lastCall = () => {
  const call = upstream.calls.at(-1)
  if (call === undefined) throw new Error('the upstream was not asked')
  return call
}

describe('a turn', () => {
  it('is answered in frames, one per event, and logged as a request', async () => {
    const before = rig.rows().length
    const frames = await withSocket((client) => client.turn())
    expect(types(frames)).toEqual([
      'response.created',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.completed',
    ])
    const sent = streamText('responses')
      .split('\n')
      .filter((line) => line.startsWith('data: '))
    expect(frames).toEqual(sent.map((line) => JSON.parse(line.slice('data: '.length))))
    await settled()
    expect(rig.rows().slice(before)).toMatchObject([
      {
        route: 'WS /v1/responses',
        state: 'completed',
        status: 200,
        error_code: null,
        upstream_id: 'a',
        model: 'm',
        stream: 1,
        input_tokens: 3,
        output_tokens: 2,
        usage_source: 'reported',
        attempts: 1,
        client: 'other',
      },
    ])
  })

  it('goes on as a body over HTTP, its own words left as they were', async () => {
    const text = '{ "type":"response.create", "model":"m", "input":[1.0, {"a": "ü"}],"store":false ,"generate":true}'
    await withSocket(async (client) => {
      client.send(text)
      await client.until('response.completed')
    })
    const { body, headers, path } = lastCall()
    expect(body.toString('utf8')).toBe('{"model":"m", "input":[1.0, {"a": "ü"}],"store":false,"stream":true}')
    expect(path).toBe('/v1/responses')
    expect(headers).toMatchObject({ 'content-type': 'application/json', accept: 'text/event-stream' })
    const names = Object.keys(headers)
    expect(names.filter((name) => name.startsWith('sec-websocket') || name === 'upgrade')).toEqual([])
    expect(headers['authorization']).toBe('Bearer secret-of-a')
  })

  it('says what is of one turn in its own frame, and what is of all in the upgrade', async () => {
    const upgrade = {
      ...asCodexSocket,
      'openai-beta': 'responses_websockets=2026-02-06',
      'thread-id': 'thread-1',
      'x-codex-turn-state': 'state-of-the-upgrade',
      'x-codex-window-id': 'window-0',
    }
    const metadata = {
      'x-codex-window-id': 'window-1',
      'x-bad': 'x',
      authorization: 'Bearer x',
      'x-codex-odd': 'a\r\nb: c',
    }
    await withSocket(async (client) => {
      await client.turn()
      expect(lastCall().headers).toMatchObject({
        'thread-id': 'thread-1',
        'x-codex-turn-state': 'state-of-the-upgrade',
      })
      await client.turn({ ...aTurn, client_metadata: metadata })
      expect(lastCall().headers).toMatchObject({ 'thread-id': 'thread-1', 'x-codex-window-id': 'window-1' })
      const { headers } = lastCall()
      for (const name of ['x-codex-turn-state', 'openai-beta', 'x-bad', 'x-codex-odd', 'b']) {
        expect(headers[name]).toBeUndefined()
      }
      expect(headers['authorization']).toBe('Bearer secret-of-a')
    }, upgrade)
  })

  it('follows another on the same socket, a tool call among them, each with a row of its own', async () => {
    const before = rig.rows().length
    const call = { type: 'function_call', id: 'fc_1', call_id: 'c_1', name: 'shell', arguments: '{}' }
    const toolEvent = `event: response.output_item.done\ndata: ${JSON.stringify({ type: 'response.output_item.done', output_index: 0, item: call })}\n\n`
    await withSocket(async (client) => {
      script = ({ socket }) => void socket.write(streamBytes(start + toolEvent + end))
      const first = await client.turn()
      expect(first.find(({ type }) => type === 'response.output_item.done')?.['item']).toEqual(call)
      script = good
      const input = [{ type: 'function_call_output', call_id: 'c_1', output: 'done' }]
      const second = await client.turn({ model: 'm', previous_response_id: 'r', input })
      expect(types(second).at(-1)).toBe('response.completed')
      expect(JSON.parse(lastCall().body.toString('utf8'))).toEqual({
        model: 'm',
        previous_response_id: 'r',
        input,
        stream: true,
      })
    })
    await settled()
    const rows = rig.rows().slice(before)
    expect(rows.map(({ state, status }) => [state, status])).toEqual([
      ['completed', 200],
      ['completed', 200],
    ])
    expect(new Set(rows.map(({ id }) => id)).size).toBe(2)
  })

  it('waits for the one before it; beyond the bound one is told so, and all are logged', async () => {
    const before = rig.rows().length
    const calls = upstream.calls.length
    let release: () => void = () => {}
    script = ({ socket }) => {
      release = () => void socket.write(streamBytes(streamText('responses')))
    }
    await withSocket(async (client) => {
      for (let turn = 0; turn < 10; turn += 1) client.send({ type: 'response.create', ...aTurn })
      const [refused] = await client.until('error')
      expect(refused).toMatchObject({ status: 429, error: { code: 'socket_busy' }, headers: { 'retry-after': '2' } })
      expect(upstream.calls.length).toBe(calls + 1)
      script = good
      release()
      for (let turn = 0; turn < 9; turn += 1) await client.until('response.completed')
    })
    await settled()
    const states = rig
      .rows()
      .slice(before)
      .map(({ state, error_code }) => `${state} ${error_code}`)
    expect(states.filter((state) => state === 'completed null')).toHaveLength(9)
    expect(states.filter((state) => state === 'refused socket_busy')).toHaveLength(1)
    expect(upstream.calls.length).toBe(calls + 9)
  })

  it('is charged to its key once', async () => {
    key = rig.pool([upstreamRecord('a', upstream.url, { kind: 'openai' })], {
      limits: rulesOf({ requestsPerMinute: 2 }),
    })
    const before = rig.rows().length
    await withSocket(async (client) => {
      expect(types(await client.turn()).at(-1)).toBe('response.completed')
      expect(types(await client.turn()).at(-1)).toBe('response.completed')
      const [refused, ...rest] = await client.turn()
      expect(rest).toEqual([])
      expect(refused).toMatchObject({ type: 'error', status: 429, error: { type: 'rate_limit_error' } })
      expect(Number(refused?.headers?.['retry-after'])).toBeGreaterThan(0)
      expect(refused?.headers?.['x-weir-request-id']).toMatch(/^req_/)
    }, asCodexSocket)
    await settled()
    expect(
      rig
        .rows()
        .slice(before)
        .map(({ state, client }) => `${state} ${client}`),
    ).toEqual(['completed codex', 'completed codex', 'refused codex'])
  })
})

describe('what goes wrong with a turn', () => {
  const bad = [
    ['no JSON', '{"type":"response.create"', 'invalid_json'],
    ['another type', '{"type":"session.update"}', 'invalid_request'],
    ['no type', '{"model":"m"}', 'invalid_request'],
    ['no model', '{"type":"response.create","input":[]}', 'invalid_request'],
    ['a model that is no text', '{"type":"response.create","generate":false,"model":7}', 'invalid_request'],
    ['a field that is broken inside', '{"type":"response.create","model":"m","reasoning":{"a":tru}}', 'invalid_json'],
  ] as const

  it.each(bad)('is told in a frame, and the socket stays: %s', async (_name, text, code) => {
    const before = rig.rows().length
    await withSocket(async (client) => {
      client.send(text)
      const [frame] = await client.until('error')
      expect(frame).toMatchObject({ status: 400, error: { code } })
      expect(types(await client.turn()).at(-1)).toBe('response.completed')
    })
    await settled()
    expect(
      rig
        .rows()
        .slice(before)
        .map(({ state, error_code }) => [state, error_code]),
    ).toEqual([
      ['refused', code],
      ['completed', null],
    ])
  })

  it('closes the socket over what is no text, or too long', async () => {
    const binary = await openSocket({ port: rig.port, key })
    binary.ws.send(Buffer.from('{"type":"response.create"}'), { binary: true })
    expect((await binary.closed)[0]).toBe(1003)
    const before = rig.rows().length
    rig.directory.putSettings({ ...rig.directory.settings, 'gateway.maxBodyBytes': 2_000 })
    const large = await openSocket({ port: rig.port, key })
    large.send({ type: 'response.create', ...aTurn, instructions: 'x'.repeat(2_000) })
    expect((await large.closed)[0]).toBe(1009)
    rig.directory.putSettings({ ...rig.directory.settings, 'gateway.maxBodyBytes': 67_108_864 })
    expect(rig.rows().length).toBe(before)
  })

  it.each([
    [400, '{"error":{"code":"context_length_exceeded","message":"too long"}}', 400, 'context_length_exceeded'],
    [404, '{"error":{"code":"gone","message":"gone"}}', 400, 'gone'],
    [429, '{"error":{"code":"rate_limit_exceeded","message":"later"}}', 429, 'upstream_rate_limited'],
    [500, '{"error":{"code":"server_error"}}', 429, 'upstream_error'],
    [401, '{"error":{"code":"invalid_api_key"}}', 400, 'upstream_auth_failed'],
  ])('of an upstream that answers %i has a numeric status that Codex understands', async (status, body, told, code) => {
    script = ({ socket }) => void socket.write(answerBytes(status, body))
    const frames = await withSocket((client) => client.turn(), asCodexSocket)
    expect(frames).toHaveLength(1)
    expect(frames[0]).toMatchObject({ type: 'error', status: told, error: { code } })
    if (told === 429) expect(Number(frames[0]?.headers?.['retry-after'])).toBeGreaterThan(0)
  })

  it('in the middle of an answer is told once, and nothing is sent again', async () => {
    const calls = upstream.calls.length
    script = ({ socket }) => {
      socket.write(Buffer.concat([headBytes(200, EVENT_STREAM), chunkBytes(start + output)]))
      setTimeout(() => socket.destroy(), 20)
    }
    const frames = await withSocket(async (client) => {
      const all = await client.turn()
      script = good
      expect(types(await client.turn()).at(-1)).toBe('response.completed')
      return all
    }, asCodexSocket)
    expect(types(frames)).toEqual(['response.created', ...Array(2).fill('response.output_text.delta'), 'error'])
    expect(frames.at(-1)).toMatchObject({ status: 429, error: { code: 'upstream_reset' } })
    expect(upstream.calls.length).toBe(calls + 2)
    expect(rig.rows().at(-2)).toMatchObject({ state: 'failed', error_code: 'upstream_reset', attempts: 1 })
  })

  it('in the events themselves gets a status, where they have none', async () => {
    const event = 'event: error\ndata: {"type":"error","code":"server_error","message":"m","param":null}\n\n'
    script = ({ socket }) => void socket.write(streamBytes(start + output + event))
    const frames = await withSocket((client) => client.turn())
    expect(frames.at(-1)).toMatchObject({ type: 'error', status: 502, error: { code: 'server_error', message: 'm' } })
  })
})
