/** What an upstream can do wrong: the client gets a proper error or another upstream's answer, and the log says why. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { errorSpec, type ErrorCode } from '../../src/shared/errors.ts'
import { closedPort } from '../support/http-peer.ts'
import { startGateway, upstreamRecord, type GatewayRig } from '../support/gateway-rig.ts'
import { errorOf, exchange, type RawAnswer } from '../support/raw-client.ts'
import { answerBytes, headBytes, startRawUpstream, streamBytes, type RawUpstream } from '../support/raw-upstream.ts'
import {
  asCodex,
  chatStream,
  events,
  formName,
  forms,
  goodAnswer,
  jsonBodies,
  requestFor,
  responsesStream,
  startOfStream,
  streamText,
  type Form,
} from '../support/upstream-answers.ts'
import type { Socket } from 'node:net'

const SILENCE_MS = 250

interface Fault {
  readonly name: string
  readonly send: (socket: Socket, form: Form) => void
  readonly error: ErrorCode
  readonly cause: RegExp
  /** Status of the attempt. */
  readonly status: number | null
  /** A stream has begun at the client by then: it can only be broken off. */
  readonly cutsStream?: boolean
  readonly retryAfter?: string
}

const refusal = (code: string) => JSON.stringify({ error: { message: 'no', type: 'some_error', param: null, code } })
const answers =
  (status: number, code: string, headers: Record<string, string> = {}) =>
  (socket: Socket) =>
    socket.write(answerBytes(status, refusal(code), { 'content-type': 'application/json', ...headers }))

/** What there is of an answer when it breaks off: some output of a stream, half of a JSON text. */
function half({ dialect, stream }: Form): Buffer {
  if (stream) return startOfStream(events[dialect].start + events[dialect].output)
  const body = jsonBodies[dialect]
  const head = headBytes(200, { 'content-type': 'application/json', 'content-length': String(body.length) })
  return Buffer.concat([head, Buffer.from(body.slice(0, 40))])
}

function truncated({ dialect, stream }: Form): Buffer {
  if (!stream) return answerBytes(200, jsonBodies[dialect].slice(0, -10))
  const { start, output, end } = events[dialect]
  return streamBytes(start + output + end.slice(0, 30))
}

const faults: readonly Fault[] = [
  {
    name: 'a refused connection',
    send: () => {},
    error: 'upstream_unreachable',
    cause: /^ECONNREFUSED$/,
    status: null,
  },
  {
    name: 'silence before the head',
    send: () => {},
    error: 'upstream_timeout',
    cause: /nothing for 250 ms/,
    status: null,
  },
  {
    name: 'silence in the middle',
    send: (socket, form) => socket.write(half(form)),
    error: 'upstream_timeout',
    cause: /silent for 250 ms/,
    status: 200,
    cutsStream: true,
  },
  {
    name: 'a reset in the middle',
    send: (socket, form) => socket.write(half(form), () => setImmediate(() => socket.resetAndDestroy())),
    error: 'upstream_reset',
    cause: /^(?:ECONNRESET|UND_ERR_SOCKET)$/,
    status: 200,
    cutsStream: true,
  },
  {
    name: '401',
    send: answers(401, 'invalid_api_key'),
    error: 'upstream_auth_failed',
    cause: /^invalid_api_key$/,
    status: 401,
  },
  {
    name: '404',
    send: answers(404, 'model_not_found'),
    error: 'upstream_rejected',
    cause: /^model_not_found$/,
    status: 404,
  },
  {
    name: '429',
    send: answers(429, 'rate_limit_exceeded'),
    error: 'upstream_rate_limited',
    cause: /^rate_limit_exceeded$/,
    status: 429,
  },
  {
    name: '429 with Retry-After',
    send: answers(429, 'rate_limit_exceeded', { 'Retry-After': '7' }),
    error: 'upstream_rate_limited',
    cause: /^rate_limit_exceeded$/,
    status: 429,
    retryAfter: '7',
  },
  { name: '500', send: answers(500, 'server_error'), error: 'upstream_error', cause: /^server_error$/, status: 500 },
  { name: '503', send: answers(503, 'overloaded'), error: 'upstream_error', cause: /^overloaded$/, status: 503 },
  {
    name: 'malformed events',
    send: (socket, { stream, dialect }) =>
      socket.write(
        stream
          ? streamBytes(`data: {"id":"c","choices":[\n\n${events[dialect].end}`)
          : answerBytes(200, '{"id": nonsense}'),
      ),
    error: 'upstream_bad_response',
    cause: /not valid JSON|cut off or broken/,
    status: 200,
  },
  {
    name: 'an answer that is cut off',
    send: (socket, form) => socket.write(truncated(form)),
    error: 'upstream_bad_response',
    cause: /cut off or broken|before it was complete/,
    status: 200,
    cutsStream: true,
  },
  {
    name: 'a web page',
    send: (socket) => socket.write(answerBytes(200, '<html>Hello</html>', { 'content-type': 'text/html' })),
    error: 'upstream_bad_response',
    cause: /text\/html/,
    status: 200,
  },
]

let rig: GatewayRig
let broken: RawUpstream
let healthy: RawUpstream
let refusingUrl: string
let current: Fault | null

beforeAll(async () => {
  const settings = {
    'gateway.firstByteTimeoutMs': SILENCE_MS,
    'gateway.idleTimeoutMs': SILENCE_MS,
    'gateway.holdEventsMs': 10_000,
  }
  rig = await startGateway({ settings })
  const formOf = (path: string, body: Buffer): Form => {
    const dialect = path.endsWith('/responses') ? 'responses' : 'chat'
    return { dialect, path, stream: body.includes('"stream":true') }
  }
  broken = await startRawUpstream(({ socket, path, body }) => {
    const form = formOf(path, body)
    if (current === null) socket.write(goodAnswer(form))
    else current.send(socket, form)
  })
  healthy = await startRawUpstream(({ socket, path, body }) => void socket.write(goodAnswer(formOf(path, body))))
  refusingUrl = `http://127.0.0.1:${await closedPort()}/v1`
})

beforeEach(() => {
  rig.core.health.clear('broken')
  rig.authFailures.length = 0
})

afterAll(async () => {
  await rig.close()
  await broken.close()
  await healthy.close()
})

function poolOf(fault: Fault, ...others: string[]): string {
  current = fault
  const url = fault.status === null && fault.name.startsWith('a refused') ? refusingUrl : broken.url
  return rig.pool([upstreamRecord('broken', url), ...others.map((id) => upstreamRecord(id, healthy.url))])
}

/** The last request in the log with its attempts. */
function logged() {
  rig.journal.flush()
  const row = rig.rows().at(-1)
  return { row, tries: rig.attempts().filter((attempt) => attempt.request_id === row?.id) }
}

async function isQuietAgain(): Promise<void> {
  await vi.waitFor(() => expect(rig.core.gateway.requestsInFlight).toBe(0))
  expect(['broken', 'healthy'].map((id) => rig.core.health.view(id).inFlight)).toEqual([0, 0])
}

async function nextWorks(form: Form, key: string): Promise<void> {
  current = null
  rig.directory.putUpstream(upstreamRecord('broken', broken.url))
  rig.core.health.clear('broken')
  const next = await exchange(rig.port, requestFor(form, key))
  expect([next.status, next.end]).toEqual([200, 'complete'])
}

function expectRetryAdvice(answer: RawAnswer, code: ErrorCode): void {
  if (errorSpec(code).retry === 'never') {
    expect([answer.headers['x-should-retry'], answer.headers['retry-after']]).toEqual(['false', undefined])
  } else expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1)
}

/** A relayed refusal carries the upstream's own words, any other error ours. */
function expectError(answer: RawAnswer, fault: Fault, status: number): void {
  expect([answer.status, answer.end]).toEqual([status, 'complete'])
  expect(answer.headers['content-type']).toBe('application/json')
  expect(answer.headers['x-weir-request-id']).toMatch(/^req_[0-9a-z]{12}$/)
  if (fault.error === 'upstream_rejected') expect(answer.body.toString()).toBe(refusal('model_not_found'))
  else expect(errorOf(answer).code).toBe(fault.error)
  expectRetryAdvice(answer, fault.error)
  if (fault.retryAfter !== undefined) expect(answer.headers['retry-after']).toBe(fault.retryAfter)
}

function expectCut(answer: RawAnswer, form: Form): void {
  expect([answer.status, answer.end]).toEqual([200, 'reset'])
  expect(answer.body.toString()).toContain(events[form.dialect].output.slice(0, 30))
}

function codeIn(fault: Fault, form: Form): ErrorCode {
  // A stream that ends early is told from a JSON text that does.
  return fault.name === 'an answer that is cut off' && form.stream ? 'upstream_reset' : fault.error
}

describe.each(faults)('gateway with an upstream that gives $name', (fault) => {
  describe.each(forms.map((form) => [formName(form), form] as const))('%s', (_name, form) => {
    const isCut = fault.cutsStream === true && form.stream

    it('tells the client when there is no other', async () => {
      const key = poolOf(fault)
      const answer = await exchange(rig.port, requestFor(form, key))
      if (isCut) expectCut(answer, form)
      else expectError(answer, fault, fault.error === 'upstream_rejected' ? 404 : errorSpec(fault.error).status)

      const { row, tries } = logged()
      const code = codeIn(fault, form)
      expect(row).toMatchObject({ state: 'failed', error_code: code, upstream_id: 'broken', attempts: tries.length })
      expect(row?.status).toBe(answer.status)
      expect(tries[0]).toMatchObject({ upstream_id: 'broken', status: fault.status, error_code: code })
      expect(tries[0]?.cause).toMatch(fault.cause)
      expect(rig.authFailures).toEqual(fault.error === 'upstream_auth_failed' ? ['broken'] : [])
      await isQuietAgain()
      await nextWorks(form, key)
    })

    it('moves on to the next while the client has seen nothing', async () => {
      const key = poolOf(fault, 'healthy')
      const answer = await exchange(rig.port, requestFor(form, key))
      const { row, tries } = logged()
      if (isCut) {
        expectCut(answer, form)
        expect(tries.map((entry) => entry.upstream_id)).toEqual(['broken'])
      } else {
        expect([answer.status, answer.end]).toEqual([200, 'complete'])
        expect(answer.body.toString()).toBe(form.stream ? streamText(form.dialect) : jsonBodies[form.dialect])
        expect(row).toMatchObject({
          state: 'completed',
          error_code: null,
          upstream_id: 'healthy',
          attempts: tries.length,
        })
        expect(tries.at(-1)).toMatchObject({ upstream_id: 'healthy', status: 200, error_code: null, cause: null })
      }
      expect(tries[0]).toMatchObject({ upstream_id: 'broken', status: fault.status, error_code: codeIn(fault, form) })
      await isQuietAgain()
      await nextWorks(form, key)
    })

    it('answers Codex with the status it understands', async () => {
      const key = poolOf(fault)
      const answer = await exchange(rig.port, requestFor(form, key, asCodex))
      const { codexStatus, status } = errorSpec(fault.error)
      if (isCut) expectCut(answer, form)
      else expectError(answer, fault, codexStatus ?? status)
      expect(logged().row).toMatchObject({ client: 'codex', status: answer.status })
    })
  })
})

describe.each([chatStream, responsesStream])('gateway streams, $dialect', (form) => {
  const { start, output, end } = events[form.dialect]
  const errorEvent = (code: string) =>
    `event: error\ndata: ${JSON.stringify({ type: 'error', error: { code, message: 'x' } })}\n\n`
  const playing = (text: string): Fault => ({
    name: 'a script',
    send: (socket) => socket.write(streamBytes(text)),
    error: 'upstream_error',
    cause: /./,
    status: 200,
  })

  it('moves on after an error event that comes before any output', async () => {
    const key = poolOf(playing(start + errorEvent('server_is_overloaded')), 'healthy')
    const answer = await exchange(rig.port, requestFor(form, key))
    expect(answer.body.toString()).toBe(streamText(form.dialect))
    const { tries } = logged()
    expect(tries[0]).toMatchObject({ status: 200, error_code: 'upstream_error', cause: 'server_is_overloaded' })
  })

  it('passes an error event on that comes after output', async () => {
    const text = start + output + errorEvent('server_error')
    const key = poolOf(playing(text), 'healthy')
    const answer = await exchange(rig.port, requestFor(form, key))
    expect([answer.body.toString(), answer.end]).toEqual([text, 'complete'])
    expect(logged()).toMatchObject({ row: { state: 'failed', error_code: 'upstream_error', attempts: 1 } })
  })

  it('passes an error event on that blames the request, and lets no upstream rest for it', async () => {
    const text = start + errorEvent('context_length_exceeded')
    const key = poolOf(playing(text), 'healthy')
    const answer = await exchange(rig.port, requestFor(form, key))
    expect([answer.status, answer.body.toString(), answer.end]).toEqual([200, text, 'complete'])
    expect(logged().row).toMatchObject({ state: 'failed', error_code: 'upstream_rejected', upstream_id: 'broken' })
    expect(rig.core.health.view('broken').state).toBe('ready')
  })

  it('logs a malformed event in the middle, which it passes on as it came', async () => {
    const text = `${start}${output}data: {"id":"c","choi\n\n${end}`
    const key = poolOf(playing(text))
    const answer = await exchange(rig.port, requestFor(form, key))
    expect([answer.body.toString(), answer.end]).toEqual([text, 'complete'])
    expect(logged().row).toMatchObject({ state: 'failed', error_code: 'upstream_bad_response' })
  })

  it('never ends cleanly what ended early', async () => {
    const key = poolOf(playing(start + output))
    const answer = await exchange(rig.port, requestFor(form, key))
    expect([answer.status, answer.body.toString(), answer.end]).toEqual([200, start + output, 'reset'])
    expect(logged()).toMatchObject({
      row: { state: 'failed', error_code: 'upstream_reset' },
      tries: [{ cause: 'ended before it was complete' }],
    })
  })

  it('ends after the terminal event although the upstream holds the connection open', async () => {
    const text = streamText(form.dialect)
    const key = poolOf({ ...playing(''), send: (socket) => socket.write(startOfStream(text)) })
    const answer = await exchange(rig.port, requestFor(form, key))
    expect([answer.body.toString(), answer.end]).toEqual([text, 'complete'])
    expect(logged().row).toMatchObject({ state: 'completed', error_code: null })
    await (
      await broken.call(broken.calls.length - 1)
    ).gone
  })
})

describe('gateway with odd answers', () => {
  const sending = (bytes: Buffer): Fault => ({
    name: 'odd bytes',
    send: (socket) => socket.write(bytes),
    error: 'upstream_error',
    cause: /./,
    status: 200,
  })
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
    const fault = sending(bytes)
    const key = poolOf(isBreaking ? { ...fault, send: (socket) => socket.end(bytes) } : fault)
    const answer = await exchange(rig.port, requestFor(chatStream, key))
    expect([answer.status, answer.end, errorOf(answer).code]).toEqual([errorSpec(code).status, 'complete', code])
    const { row, tries } = logged()
    expect(row).toMatchObject({ state: 'failed', error_code: code })
    expect(tries[0]?.cause ?? String(tries[0]?.status)).toMatch(cause)
    if (isBreaking) expect(answer.headers['retry-after']).toBe('3')
    await isQuietAgain()
  })
})
