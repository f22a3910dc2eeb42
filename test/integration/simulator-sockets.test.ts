/** The simulator's WebSockets: turns that go on from each other, and every fault as a client of them sees it. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { setTimeout as delay } from 'node:timers/promises'
import type { SimulatorBehaviour } from '../../src/shared/models/upstream.ts'
import { openClient, type SimulatorClient } from '../support/simulator-client.ts'
import { startSimulator, type TestSimulator } from '../support/simulator.ts'
import { openSocket, refusedSocket, type SocketClient } from '../support/socket-client.ts'

let simulator: TestSimulator
let http: SimulatorClient
const open: SocketClient[] = []
const path = '/sim/v1/responses'
const user = (content: string) => ({ role: 'user', content })
const turn = { model: 'sim-chat', input: [user('say: one two three four')] }

beforeAll(async () => {
  simulator = await startSimulator()
  http = openClient(simulator)
})

afterEach(() => {
  simulator.behave('sim')
  for (const client of open.splice(0)) client.ws.terminate()
})

afterAll(async () => {
  await http.close()
  await simulator.close()
})

async function connect(): Promise<SocketClient> {
  const client = await openSocket({ port: simulator.port, key: simulator.token, path })
  open.push(client)
  return client
}

const whole = async (body: object): Promise<unknown> => JSON.parse((await http.call('/responses', body)).text)

describe('a turn', () => {
  it('is the frames of what comes over HTTP', async () => {
    const client = await connect()
    const frames = await client.turn(turn)
    const { text } = await http.call('/responses', { ...turn, stream: true })
    const events = text.split('\n').filter((line) => line.startsWith('data: '))
    expect(client.texts).toEqual(events.map((line) => line.slice('data: '.length)))
    expect(frames.at(-1)?.response).toEqual(await whole(turn))
  })

  it('goes on from an answer of the same socket as if all of it was sent', async () => {
    const client = await connect()
    const first = (await client.turn(turn)).at(-1)?.response
    const next = { model: 'sim-chat', previous_response_id: first?.id, input: [user('say: five')] }
    const second = (await client.turn(next)).at(-1)?.response
    const { previous_response_id: _id, ...rest } = { previous_response_id: null, ...second }
    const input = [...turn.input, ...((first?.['output'] as object[] | undefined) ?? []), ...next.input]
    expect(await whole({ model: 'sim-chat', input })).toMatchObject({ ...rest, previous_response_id: null })
    const other = await connect()
    expect(await other.turn(next)).toMatchObject([
      { type: 'error', status: 400, error: { code: 'previous_response_not_found', param: 'previous_response_id' } },
    ])
  })

  it('calls a tool, and takes only its output after that', async () => {
    const client = await connect()
    const tools = [{ type: 'function', name: 'shell', parameters: { type: 'object' } }]
    const asked = (await client.turn({ model: 'sim-tools', tools, input: [user('go')] })).at(-1)?.response
    const [call] = (asked?.['output'] ?? []) as { type: string; call_id: string }[]
    expect(call?.type).toBe('function_call')
    const input = [{ type: 'function_call_output', call_id: call?.call_id, output: 'done!' }]
    const frames = await client.turn({ model: 'sim-tools', tools, previous_response_id: asked?.id, input })
    expect(frames.map(({ delta }) => delta ?? '').join('')).toBe("The tool's output was received: 5 characters.")
  })

  it('may be made ready first', async () => {
    const client = await connect()
    const ready = await client.turn({ ...turn, generate: false })
    expect(ready.map(({ type }) => type)).toEqual(['response.created', 'response.completed'])
    const last = (await client.turn({ model: 'sim-chat', previous_response_id: ready[0]?.response?.id, input: [] })).at(
      -1,
    )
    expect(last?.response?.['output']).toEqual(((await whole(turn)) as { output: unknown }).output)
  })

  it('waits for the one before it, and notes are no turns', async () => {
    simulator.behave('sim', { chunkDelayMs: 20 })
    const client = await connect()
    client.send({ type: 'response.create', ...turn })
    client.send({ type: 'response.processed', response_id: 'r' })
    const both = [await client.turn(turn), await client.until('response.completed')]
    expect(both.map((frames) => frames[0]?.type)).toEqual(['response.created', 'response.created'])
  })
})

describe('a refusal', () => {
  it('of an upgrade is an answer', async () => {
    const at = { port: simulator.port, path }
    expect(await refusedSocket({ ...at, key: 'wrong' })).toMatchObject({ status: 401, code: 'invalid_api_key' })
    const headers = { origin: 'http://page.example' }
    expect(await refusedSocket({ ...at, key: simulator.token, headers })).toMatchObject({ status: 403 })
    for (const wrong of ['/sim/v1/chat/completions', '/nobody/v1/responses']) {
      expect(await refusedSocket({ ...at, path: wrong, key: simulator.token })).toMatchObject({ status: 404 })
    }
  })

  it.each([
    ['{', 400],
    ['[]', 400],
    ['{"type":"other"}', 400],
    ['{"type":"response.create","model":"none","input":"x"}', 404],
    ['{"type":"response.create","model":"sim-chat"}', 400],
  ])('of a frame is a frame: %s', async (text, status) => {
    const client = await connect()
    client.send(text)
    expect(await client.until('error')).toMatchObject([{ status, error: { message: expect.any(String) } }])
    expect((await client.turn(turn)).at(-1)?.type).toBe('response.completed')
  })

  it('of a frame that is no text is a close', async () => {
    const client = await connect()
    client.ws.send(Buffer.from('{}'), { binary: true })
    expect((await client.closed)[0]).toBe(1003)
  })
})

describe('a fault', () => {
  const withFault = async (behaviour: Partial<SimulatorBehaviour>): Promise<SocketClient> => {
    simulator.behave('sim', behaviour)
    const client = await connect()
    client.send({ type: 'response.create', ...turn })
    return client
  }
  const deltas = ({ frames }: SocketClient): number => frames.filter(({ delta }) => delta !== undefined).length

  it('status is an error frame with that status, and Retry-After where it has one', async () => {
    const client = await withFault({ fault: 'status', faultStatus: 429, retryAfterSeconds: 7 })
    expect(await client.until('error')).toMatchObject([{ status: 429, headers: { 'retry-after': '7' } }])
    simulator.behave('sim', { fault: 'status', faultStatus: 503 })
    expect((await client.turn(turn))[0]).not.toHaveProperty('headers')
  })

  it('error_event is an error frame in the middle', async () => {
    const client = await withFault({ fault: 'error_event', faultAfterChunks: 2 })
    expect((await client.until('error')).at(-1)).toMatchObject({ status: 500, error: { code: 'server_error' } })
    expect(deltas(client)).toBe(2)
  })

  it.each([
    ['drop_mid_stream', 1006],
    ['end_early', 1000],
  ] as const)('%s ends the connection in the middle with %i', async (fault, code) => {
    const client = await withFault({ fault, faultAfterChunks: 3 })
    expect((await client.closed)[0]).toBe(code)
    expect(deltas(client)).toBe(3)
  })

  it('refuse_connection ends it before anything', async () => {
    const client = await withFault({ fault: 'refuse_connection' })
    expect([(await client.closed)[0], client.frames.length]).toEqual([1006, 0])
  })

  it.each(['hang_before_headers', 'hang_mid_stream'] as const)('%s says no more', async (fault) => {
    const client = await withFault({ fault, faultAfterChunks: 1 })
    await delay(200)
    expect(client.frames.map(({ type }) => type)).not.toContain('response.completed')
    expect([deltas(client), client.ws.readyState]).toEqual([fault === 'hang_mid_stream' ? 1 : 0, client.ws.OPEN])
  })

  it.each(['malformed_event', 'truncated_json', 'wrong_content_type'] as const)('%s is no JSON', async (fault) => {
    simulator.behave('sim', { fault })
    const client = await connect()
    client.ws.removeAllListeners('message')
    const broken = new Promise<string>((resolve) => {
      client.ws.on('message', (data) => {
        const text = (data as Buffer).toString('utf8')
        try {
          JSON.parse(text)
        } catch {
          resolve(text)
        }
      })
    })
    client.send({ type: 'response.create', ...turn })
    expect(await broken).toMatch(fault === 'wrong_content_type' ? /<html>/ : /^\{"type":"response\./)
  })
})
