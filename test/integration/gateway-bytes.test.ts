/** What the upstream sends is what the client gets, to the byte, at whatever borders it comes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGateway, upstreamRecord, type GatewayRig } from '../support/gateway-rig.ts'
import { exchange } from '../support/raw-client.ts'
import { answerBytes, headBytes, sendPieces, startRawUpstream, type RawUpstream } from '../support/raw-upstream.ts'
import { recordedAnswer, type RecordedAnswer } from '../support/recorded-answers.ts'

let rig: GatewayRig
let upstream: RawUpstream
let key: string
let current: RecordedAnswer

beforeAll(async () => {
  rig = await startGateway()
  upstream = await startRawUpstream(async ({ socket }) => {
    const { sent, pieces, contentType, isChunked } = current
    if (isChunked) {
      await sendPieces(socket, pieces, { 'content-type': contentType, 'transfer-encoding': 'chunked' })
      return
    }
    socket.write(headBytes(200, { 'content-type': contentType, 'content-length': String(sent.length) }))
    for (const piece of pieces) {
      await new Promise<void>((resolve) => setImmediate(resolve))
      socket.write(piece)
    }
  })
})

afterAll(async () => {
  await rig.close()
  await upstream.close()
})

function bodyFor({ path, stream, asksUsage }: RecordedAnswer): unknown {
  if (path === '/v1/embeddings') return { model: 'm', input: 'x' }
  const options = asksUsage ? { stream_options: { include_usage: true } } : {}
  const content = path === '/v1/responses' ? { input: 'x' } : { messages: [{ role: 'user', content: 'x' }] }
  return { model: 'm', ...content, ...(stream ? { stream: true, ...options } : {}) }
}

/** The first place where they differ, readable; null when they are equal. */
function difference(got: Buffer, wanted: Buffer): string | null {
  if (got.equals(wanted)) return null
  let at = 0
  while (at < got.length && got[at] === wanted[at]) at += 1
  const around = (bytes: Buffer): string => JSON.stringify(bytes.toString('utf8', Math.max(0, at - 40), at + 80))
  return `byte ${at} of ${wanted.length} (got ${got.length}): ${around(got)} instead of ${around(wanted)}`
}

const chatText = `${JSON.stringify({ object: 'chat.completion', usage: { prompt_tokens: 1, completion_tokens: 2 } })}\n`
const streamText = 'data: {"choices":[{"delta":{"content":"ü"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
const typed = (type: string): Buffer => headBytes(200, { 'content-type': type, connection: 'close' })

const framings: readonly (readonly [string, boolean, Buffer[], string])[] = [
  ['JSON that ends with the connection', false, [typed('application/json'), Buffer.from(chatText)], chatText],
  ['events that end with the connection', true, [typed('text/event-stream'), Buffer.from(streamText)], streamText],
  ['hints before the head', false, [headBytes(103, { link: '</x>' }), answerBytes(200, chatText)], chatText],
  [
    'the answer of an old server',
    true,
    [Buffer.from('HTTP/1.0 200 OK\r\ncontent-type: text/event-stream\r\n\r\n'), Buffer.from(streamText)],
    streamText,
  ],
]

describe('gateway framing', () => {
  it.each(framings)('of its own for %s', async (_name, stream, sent, expected) => {
    const peer = await startRawUpstream(({ socket }) => void socket.end(Buffer.concat(sent)))
    const other = rig.pool([upstreamRecord('peer', peer.url)])
    const got = await exchange(rig.port, { key: other, body: { model: 'm', messages: [], stream } })
    expect([got.status, got.end, got.body.toString()]).toEqual([200, 'complete', expected])
    rig.journal.flush()
    expect(rig.rows().at(-1)).toMatchObject({ state: 'completed', upstream_id: 'peer' })
    await peer.close()
  })
})

describe('gateway bytes', () => {
  beforeAll(() => {
    key = rig.pool([upstreamRecord('a', upstream.url)])
  })

  it.each(Array.from({ length: 200 }, (_, index) => recordedAnswer(index)))('passes on $name', async (answer) => {
    current = answer
    const got = await exchange(rig.port, { path: answer.path, key, body: bodyFor(answer) })
    expect(difference(got.body, answer.expected)).toBeNull()
    expect([got.status, got.end, got.headers['content-type']]).toEqual([200, 'complete', answer.contentType])

    const asked = JSON.parse(upstream.calls.at(-1)?.body.toString('utf8') ?? '{}') as Record<string, unknown>
    const wanted = answer.stream && answer.path === '/v1/chat/completions' ? { include_usage: true } : undefined
    expect(asked['stream_options']).toEqual(wanted)

    rig.journal.flush()
    const row = rig.rows().at(-1)
    expect(row).toMatchObject({ state: 'completed', status: 200, error_code: null, usage_source: 'reported' })
    const { input_tokens: input, cached_tokens: cached, output_tokens: output, reasoning_tokens: reasoning } = row ?? {}
    expect({ input, cached, output, reasoning }).toEqual(answer.usage)
  })
})
