/** Answers that are nearly right: error events, streams that end early, good statuses with bad contents. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { errorSpec, type ErrorCode } from '../../src/shared/errors.ts'
import { startGateway, upstreamRecord, type GatewayRig } from '../support/gateway-rig.ts'
import { errorOf, exchange } from '../support/raw-client.ts'
import {
  answerBytes,
  chunkBytes,
  headBytes,
  startRawUpstream,
  streamBytes,
  type RawUpstream,
} from '../support/raw-upstream.ts'
import {
  chatJson,
  chatStream,
  events,
  goodAnswer,
  requestFor,
  responsesStream,
  startOfStream,
  streamText,
} from '../support/upstream-answers.ts'

let rig: GatewayRig
let broken: RawUpstream
let healthy: RawUpstream
/** What the broken upstream sends, and whether it hangs up after it. */
let bytesSent: Buffer
let hangsUp = false

beforeAll(async () => {
  rig = await startGateway({ settings: { 'gateway.holdEventsMs': 60_000 } })
  broken = await startRawUpstream(({ socket }) => {
    if (hangsUp) socket.end(bytesSent)
    else socket.write(bytesSent)
  })
  healthy = await startRawUpstream(({ socket, path }) => {
    socket.write(goodAnswer(path.endsWith('/responses') ? responsesStream : chatStream))
  })
})

beforeEach(() => {
  hangsUp = false
  rig.core.health.clear('broken')
})

afterAll(async () => {
  await rig.close()
  await broken.close()
  await healthy.close()
})

function poolOf(bytes: Buffer, ...others: string[]): string {
  bytesSent = bytes
  return rig.pool([upstreamRecord('broken', broken.url), ...others.map((id) => upstreamRecord(id, healthy.url))])
}

/** The last request in the log with its attempts. */
function logged() {
  rig.journal.flush()
  const row = rig.rows().at(-1)
  return { row, tries: rig.attempts().filter((attempt) => attempt.request_id === row?.id) }
}

async function isQuietAgain(): Promise<void> {
  await expect.poll(() => rig.core.gateway.requestsInFlight).toBe(0)
  expect(rig.core.health.view('broken').inFlight).toBe(0)
}

describe.each([chatStream, responsesStream])('gateway streams, $dialect', (form) => {
  const { start, output, end } = events[form.dialect]
  const errorEvent = (code: string) =>
    `event: error\ndata: ${JSON.stringify({ type: 'error', error: { code, message: 'x' } })}\n\n`

  it('moves on after an error event that comes before any output', async () => {
    const key = poolOf(streamBytes(start + errorEvent('server_is_overloaded')), 'healthy')
    const answer = await exchange(rig.port, requestFor(form, key))
    expect(answer.body.toString()).toBe(streamText(form.dialect))
    const { tries } = logged()
    expect(tries[0]).toMatchObject({ status: 200, error_code: 'upstream_error', cause: 'server_is_overloaded' })
  })

  it('passes an error event on that comes after output', async () => {
    const text = start + output + errorEvent('server_error')
    const key = poolOf(streamBytes(text), 'healthy')
    const answer = await exchange(rig.port, requestFor(form, key))
    expect([answer.body.toString(), answer.end]).toEqual([text, 'complete'])
    expect(logged()).toMatchObject({ row: { state: 'failed', error_code: 'upstream_error', attempts: 1 } })
  })

  it('passes an error event on that blames the request, and lets no upstream rest for it', async () => {
    const text = start + errorEvent('context_length_exceeded')
    const key = poolOf(streamBytes(text), 'healthy')
    const answer = await exchange(rig.port, requestFor(form, key))
    expect([answer.status, answer.body.toString(), answer.end]).toEqual([200, text, 'complete'])
    expect(logged().row).toMatchObject({ state: 'failed', error_code: 'upstream_rejected', upstream_id: 'broken' })
    expect(rig.core.health.view('broken').state).toBe('ready')
  })

  it('logs a malformed event in the middle, which it passes on as it came', async () => {
    const text = `${start}${output}data: {"id":"c","choi\n\n${end}`
    const key = poolOf(streamBytes(text))
    const answer = await exchange(rig.port, requestFor(form, key))
    expect([answer.body.toString(), answer.end]).toEqual([text, 'complete'])
    expect(logged().row).toMatchObject({ state: 'failed', error_code: 'upstream_bad_response' })
  })

  it('never ends cleanly what ended early', async () => {
    const key = poolOf(streamBytes(start + output))
    const answer = await exchange(rig.port, requestFor(form, key))
    expect([answer.status, answer.body.toString(), answer.end]).toEqual([200, start + output, 'reset'])
    expect(logged()).toMatchObject({
      row: { state: 'failed', error_code: 'upstream_reset' },
      tries: [{ cause: 'ended before it was complete' }],
    })
  })

  it('ends after the terminal event although the upstream holds the connection open', async () => {
    const text = streamText(form.dialect)
    const key = poolOf(startOfStream(text))
    const answer = await exchange(rig.port, requestFor(form, key))
    expect([answer.body.toString(), answer.end]).toEqual([text, 'complete'])
    expect(logged().row).toMatchObject({ state: 'completed', error_code: null })
    await broken.calls.at(-1)?.gone
  })
})

describe('gateway with odd answers', () => {
  const moved = { location: 'http://127.0.0.1:9/', 'content-type': 'application/json' }
  const zipped = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
  const large = Buffer.alloc(100_000, 'x')
  const odd: readonly (readonly [string, Buffer, ErrorCode, RegExp])[] = [
    [
      'an error object with status 200',
      answerBytes(200, '{"error":{"code":"overloaded"}}'),
      'upstream_error',
      /^overloaded$/,
    ],
    ['an error text with status 200', answerBytes(200, '{"error":"no such model"}'), 'upstream_error', /^no code$/],
    ['a redirection', answerBytes(307, '{}', moved), 'upstream_bad_response', /^307$/],
    ['no content', headBytes(204, {}), 'upstream_bad_response', /no content type/],
    ['an encoding nobody asked for', answerBytes(200, 'x', zipped), 'upstream_bad_response', /encoding/],
    ['an empty event stream', streamBytes(''), 'upstream_bad_response', /before any answer/],
    ['comments only', streamBytes(': hello\n\n'), 'upstream_bad_response', /before any answer/],
    ['something that is not HTTP', Buffer.from('SSH-2.0-x\r\n\r\n'), 'upstream_bad_response', /HPE_/],
    [
      'a web page with status 400',
      answerBytes(400, '<html>', { 'content-type': 'text/html' }),
      'upstream_bad_response',
      /^400$/,
    ],
    [
      'an endless refusal',
      Buffer.concat([headBytes(500, { 'content-length': '9999999' }), large]),
      'upstream_error',
      /^500$/,
    ],
    [
      'a refusal that breaks off',
      Buffer.concat([headBytes(429, { 'content-length': '99', 'retry-after': '3' }), Buffer.from('{')]),
      'upstream_rate_limited',
      /^429$/,
    ],
  ]

  it.each(odd)('treats %s as a failure of the upstream', async (name, bytes, code, cause) => {
    const isBreaking = name.endsWith('breaks off')
    hangsUp = isBreaking
    const key = poolOf(bytes)
    const answer = await exchange(rig.port, requestFor(chatStream, key))
    expect([answer.status, answer.end, errorOf(answer).code]).toEqual([errorSpec(code).status, 'complete', code])
    const { row, tries } = logged()
    expect(row).toMatchObject({ state: 'failed', error_code: code })
    expect(tries[0]?.cause ?? String(tries[0]?.status)).toMatch(cause)
    if (isBreaking) expect(answer.headers['retry-after']).toBe('3')
    await isQuietAgain()
  })

  const long = JSON.stringify({ object: 'chat.completion', text: 'x'.repeat(200_000), usage: { prompt_tokens: 1 } })
  const typed = { 'content-type': 'application/json' }
  const cutShort: readonly (readonly [string, Buffer, string])[] = [
    ['its own length', answerBytes(200, long.slice(0, -20)), 'upstream_bad_response'],
    [
      'the length it named',
      Buffer.concat([headBytes(200, { ...typed, 'content-length': '999999' }), Buffer.from(long)]),
      'upstream_reset',
    ],
    [
      'the last chunk',
      Buffer.concat([headBytes(200, { ...typed, 'transfer-encoding': 'chunked' }), chunkBytes(long)]),
      'upstream_reset',
    ],
  ]

  it.each(cutShort)('breaks a long JSON answer off that ends before %s', async (_name, bytes, code) => {
    hangsUp = true
    const answer = await exchange(rig.port, requestFor(chatJson, poolOf(bytes, 'healthy')))
    expect(answer.status).toBe(200)
    // With a length of its own the client has all of it by then; else it must see that something is missing.
    if (code === 'upstream_reset') expect(answer.end).toBe('reset')
    expect(logged()).toMatchObject({ row: { state: 'failed', error_code: code, attempts: 1 } })
    await isQuietAgain()
  })
})
