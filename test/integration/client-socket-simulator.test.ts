/** WebSockets on both sides: a client's turns through the gateway to the simulator's own WebSocket. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGateway, upstreamRecord, type GatewayRig } from '../support/gateway-rig.ts'
import { startSimulator, type TestSimulator } from '../support/simulator.ts'
import { openSocket, type Frame } from '../support/socket-client.ts'
import { exchange } from '../support/raw-client.ts'

let rig: GatewayRig
let simulator: TestSimulator
let key: string
const tools = [{ type: 'function', name: 'shell', parameters: { type: 'object' } }]
const base = { model: 'sim-tools', tools, store: false }
const user = (content: string) => ({ role: 'user', content })

beforeAll(async () => {
  rig = await startGateway()
  simulator = await startSimulator()
  const secret = { apiKey: simulator.token }
  key = rig.pool([upstreamRecord('sim', simulator.baseUrl('sim'), { kind: 'simulator', secret })])
})

afterAll(async () => {
  await rig.close()
  await simulator.close()
})

const responseOf = (frames: readonly Frame[]) => frames.at(-1)?.response

describe('a session over WebSockets', () => {
  it('runs a tool and goes on from its call with nothing but the output', async () => {
    const client = await openSocket({ port: rig.port, key })
    const ready = responseOf(await client.turn({ ...base, generate: false, input: [user('go')] }))
    const called = responseOf(await client.turn({ ...base, previous_response_id: ready?.id, input: [] }))
    const [call] = (called?.['output'] ?? []) as { type: string; call_id: string }[]
    expect(call?.type).toBe('function_call')
    const result = { type: 'function_call_output', call_id: call?.call_id, output: 'done!' }
    const frames = await client.turn({ ...base, previous_response_id: called?.id, input: [result] })
    expect(frames.map(({ delta }) => delta ?? '').join('')).toBe("The tool's output was received: 5 characters.")
    // What another client sends as a whole comes to the same.
    const input = [user('go'), ...((called?.['output'] as object[]) ?? []), result]
    const whole = await exchange(rig.port, { path: '/v1/responses', key, body: { ...base, input } })
    const { output } = JSON.parse(whole.body.toString('utf8')) as { output: unknown }
    expect(responseOf(frames)?.['output']).toEqual(output)
    client.ws.close()
    await client.closed
    expect(rig.rows().map(({ state, attempts, usage_source }) => [state, attempts, usage_source])).toEqual(
      Array.from({ length: 3 }, () => ['completed', 1, 'reported']),
    )
  })

  it('sends the whole conversation on a new socket, which does not know the old answers', async () => {
    const first = await openSocket({ port: rig.port, key })
    const called = responseOf(await first.turn({ ...base, input: [user('go')] }))
    first.ws.close()
    await first.closed
    const second = await openSocket({ port: rig.port, key })
    const next = { ...base, previous_response_id: called?.id, input: [user('more')] }
    expect(await second.turn(next)).toMatchObject([
      { type: 'error', status: 400, error: { code: 'previous_response_not_found' } },
    ])
    expect(responseOf(await second.turn({ ...base, input: [user('go')] }))?.status).toBe('completed')
    second.ws.terminate()
  })
})
