/** Answers of every form, as the frames of a turn over a client's WebSocket. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGateway, upstreamRecord, type GatewayRig } from '../support/gateway-rig.ts'
import {
  answerBytes,
  chunkBytes,
  EVENT_STREAM,
  headBytes,
  LAST_CHUNK,
  startRawUpstream,
  type RawUpstream,
  type Script,
} from '../support/raw-upstream.ts'
import { asCodexSocket, openSocket, type Frame } from '../support/socket-client.ts'
import { events } from '../support/upstream-answers.ts'

let rig: GatewayRig
let upstream: RawUpstream
let script: Script
let key: string
const { start, output, end } = events.responses
const types = (frames: readonly Frame[]): string[] => frames.map(({ type }) => type)

beforeAll(async () => {
  rig = await startGateway({ settings: { 'accounts.useSockets': false } })
  upstream = await startRawUpstream((call) => script(call))
  key = rig.pool([upstreamRecord('a', upstream.url, { kind: 'openai' })])
})

afterAll(async () => {
  await rig.close()
  await upstream.close()
})

async function turn(headers = {}): Promise<readonly Frame[]> {
  const client = await openSocket({ port: rig.port, key, headers })
  try {
    return await client.turn()
  } finally {
    client.ws.terminate()
  }
}

describe('an answer that is no usual stream', () => {
  it('in one piece becomes the frames of a stream, whether it is held or passes as it comes', async () => {
    const item = { type: 'message', id: 'm', content: [{ type: 'output_text', text: 'x'.repeat(100_000) }] }
    for (const output of [[], [item]]) {
      const response = {
        id: 'r',
        object: 'response',
        status: 'completed',
        output,
        usage: { input_tokens: 3, output_tokens: 2 },
      }
      script = ({ socket }) => void socket.write(answerBytes(200, JSON.stringify(response)))
      const frames = await turn()
      expect(types(frames)).toEqual([
        'response.created',
        ...output.map(() => 'response.output_item.done'),
        'response.completed',
      ])
      expect(frames.at(-1)?.response).toEqual(response)
      expect(frames.slice(1, -1).map((frame) => frame['item'])).toEqual(output)
    }
  })

  it('may be cut anywhere, have line ends of its own and comments in between', async () => {
    const text = `: hello\n\n${start.replaceAll('\n', '\r\n')}${output}data: {"type":\ndata: "response.odd"}\n\n${end}data: [DONE]\n\n`
    script = async ({ socket }) => {
      socket.write(headBytes(200, EVENT_STREAM))
      for (const byte of Buffer.from(text)) socket.write(chunkBytes(Buffer.from([byte])))
      socket.write(LAST_CHUNK)
    }
    const frames = await turn()
    expect(types(frames)).toEqual([
      'response.created',
      ...Array(2).fill('response.output_text.delta'),
      'response.odd',
      'response.completed',
    ])
  })

  it('keeps Codex awake with a frame, and says its turn state', async () => {
    rig.directory.putSettings({ ...rig.directory.settings, 'gateway.keepAliveMs': 100 })
    script = ({ socket }) => {
      socket.write(headBytes(200, { ...EVENT_STREAM, 'x-codex-turn-state': 'state-1' }))
      socket.write(chunkBytes(start + output))
      setTimeout(() => socket.write(Buffer.concat([chunkBytes(end), LAST_CHUNK])), 500)
    }
    const ofCodex = types(await turn(asCodexSocket))
    expect(ofCodex).toContain('keepalive')
    expect(ofCodex[0]).toBe('response.metadata')
    const ofOther = types(await turn())
    expect(ofOther).toEqual(['response.created', ...Array(2).fill('response.output_text.delta'), 'response.completed'])
    rig.directory.putSettings({ ...rig.directory.settings, 'gateway.keepAliveMs': 15_000 })
  })
})
