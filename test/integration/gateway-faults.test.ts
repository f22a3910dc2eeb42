/** What an upstream can do wrong: the client gets a proper error or another upstream's answer, and the log says why. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { errorSpec, type ErrorCode } from '../../src/shared/errors.ts'
import { defaultSettings } from '../../src/shared/settings.ts'
import { closedPort } from '../support/http-peer.ts'
import { startGateway, upstreamRecord, type GatewayRig } from '../support/gateway-rig.ts'
import { errorOf, exchange, type RawAnswer } from '../support/raw-client.ts'
import { answerBytes, headBytes, startRawUpstream, streamBytes, type RawUpstream } from '../support/raw-upstream.ts'
import {
  asCodex,
  events,
  formName,
  forms,
  goodAnswer,
  jsonBodies,
  requestFor,
  startOfStream,
  streamText,
  type Form,
} from '../support/upstream-answers.ts'
import type { Socket } from 'node:net'

/** Only where silence is the fault: on a busy machine a healthy upstream may need a moment. */
const SILENCE_MS = 400

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
    cause: /nothing for 400 ms/,
    status: null,
  },
  {
    name: 'silence in the middle',
    send: (socket, form) => socket.write(half(form)),
    error: 'upstream_timeout',
    cause: /silent for 400 ms/,
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
  rig = await startGateway()
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
  const limit = fault.error === 'upstream_timeout' ? SILENCE_MS : 60_000
  rig.directory.putSettings({
    ...defaultSettings,
    'gateway.firstByteTimeoutMs': limit,
    'gateway.idleTimeoutMs': limit,
    'gateway.holdEventsMs': 60_000,
  })
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
  await expect.poll(() => rig.core.gateway.requestsInFlight).toBe(0)
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
