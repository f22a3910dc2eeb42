/** Nothing of what is said over a WebSocket is written anywhere, however the turn ends, and keys are told to nobody. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findCanaries, findCanariesIn, plantCanaries } from '../support/canaries.ts'
import { startGateway, upstreamRecord, type GatewayRig } from '../support/gateway-rig.ts'
import { answerBytes, startRawUpstream, streamBytes, type RawUpstream } from '../support/raw-upstream.ts'
import { openSocket, refusedSocket, type SocketClient } from '../support/socket-client.ts'

const planted = plantCanaries('prompt', 'output', 'refusal', 'metadata', 'fieldName', 'agent', 'query', 'account')
let rig: GatewayRig
let upstream: RawUpstream
let key: string
let act: 'streams' | 'refuses' | 'errors' | 'breaks' = 'streams'

const event = (type: string, fields: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
const { prompt, output, refusal } = planted
const begun =
  event('response.created', { response: { id: 'r' } }) + event('response.output_text.delta', { delta: output })
const done = event('response.completed', { response: { id: 'r', usage: { input_tokens: 1, output_tokens: 1 } } })

beforeAll(async () => {
  rig = await startGateway({ settings: { 'accounts.useSockets': false } })
  upstream = await startRawUpstream(({ socket }) => {
    if (act === 'streams') socket.write(streamBytes(begun + done))
    else if (act === 'refuses')
      socket.write(answerBytes(400, JSON.stringify({ error: { code: 'x', message: refusal } })))
    else if (act === 'errors') socket.write(streamBytes(begun + event('error', { code: 'x', message: refusal })))
    else socket.end(`${refusal}\r\n\r\n`)
  })
  key = rig.pool([upstreamRecord('a', upstream.url, { kind: 'openai', secret: { apiKey: planted.account } })])
})

afterAll(async () => {
  await rig.close()
  await upstream.close()
})

const turn = {
  model: 'm',
  input: [{ role: 'user', content: prompt }],
  client_metadata: { 'x-codex-a': planted.metadata },
}

async function sayEverything(client: SocketClient): Promise<void> {
  for (const next of ['streams', 'refuses', 'errors', 'breaks'] as const) {
    act = next
    await client.turn(turn)
  }
  act = 'streams'
  await client.turn({ ...turn, generate: false })
  for (const frame of [
    `{"type":"response.create","input":"${prompt}`,
    `{"type":"response.create","${planted.fieldName}":1,"${planted.fieldName}":2}`,
    `{"type":"response.create","model":"m","reasoning":{"${prompt}":tru}}`,
    `{"type":"${planted.fieldName}"}`,
    prompt,
  ]) {
    client.send(frame)
    await client.until('error')
  }
}

describe('a WebSocket', () => {
  it('leaves nothing of what was said in the log, the database or the journal', async () => {
    const headers = { 'user-agent': `agent/1 ${planted.agent}`, cookie: planted.agent }
    const path = `/v1/responses?trace=${planted.query}`
    const client = await openSocket({ port: rig.port, key, headers, path })
    await sayEverything(client)
    client.ws.send(Buffer.from(prompt), { binary: true })
    expect((await client.closed)[0]).toBe(1003)
    const refused = await refusedSocket({ port: rig.port, key: `${key}x`, headers, path })
    // It was there to be found: the client was answered with it, and the upstream asked.
    expect(client.texts.join('\n')).toContain(output)
    expect(client.texts.join('\n')).toContain(refusal)
    expect(upstream.calls.at(0)?.body.toString('utf8')).toContain(prompt)
    expect(rig.rows()).toHaveLength(9)

    const secrets = { ...planted, key }
    rig.journal.flush()
    expect(findCanaries([rig.dataDir], secrets)).toEqual([])
    expect(rig.log.flatMap((line) => findCanariesIn(line, secrets))).toEqual([])
    const told = [...client.texts, JSON.stringify(refused), JSON.stringify(client.headers)]
    expect(told.flatMap((text) => findCanariesIn(text, { key, account: planted.account }))).toEqual([])
    const own = client.frames.filter(({ status }) => status !== undefined && status !== 502)
    expect(own.flatMap((frame) => findCanariesIn(JSON.stringify(frame), { prompt }))).toEqual([])
  })
})
