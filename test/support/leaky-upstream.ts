/**
 * An upstream that talks: it repeats what it was sent, in answers and in every kind of failure, in bodies, headers, events
 * and in bytes that are no HTTP at all. The header `x-test-act` of a request chooses what it does.
 */
import {
  answerBytes,
  chunkBytes,
  EVENT_STREAM,
  headBytes,
  JSON_TYPE,
  type RawUpstream,
  startRawUpstream,
  streamBytes,
  type UpstreamCall,
} from './raw-upstream.ts'

export const ACT_HEADER = 'x-test-act'

export interface Leaks {
  readonly output: string
  readonly toolArguments: string
  readonly errorBody: string
  readonly answerHeader: string
}

type Act = (call: UpstreamCall, leaks: Leaks) => Buffer | null

const usage = { prompt_tokens: 7, completion_tokens: 3 }

/** Everything that came, credential and all. */
function told(call: UpstreamCall, leaks: Leaks): string {
  return `${leaks.errorBody} ${call.rawHeaders.flat().join(' ')} ${call.body.toString('utf8')}`
}

function error(status: number, headers: Record<string, string> = {}): Act {
  return (call, leaks) => {
    const message = told(call, leaks)
    const body = JSON.stringify({ error: { message, type: 'some_error', param: message, code: null }, detail: message })
    return answerBytes(status, body, { ...JSON_TYPE, 'x-detail': leaks.errorBody, ...headers })
  }
}

function completion(call: UpstreamCall, leaks: Leaks, tool: boolean): string {
  const use = {
    id: 'call_1',
    type: 'function',
    function: { name: 'write', arguments: JSON.stringify(leaks.toolArguments) },
  }
  const text = { role: 'assistant', content: `${leaks.output} ${call.body.toString('utf8')}` }
  const message = tool ? { role: 'assistant', content: null, tool_calls: [use] } : text
  return JSON.stringify({ object: 'chat.completion', choices: [{ index: 0, message, finish_reason: 'stop' }], usage })
}

const event = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`
const delta = (content: string) =>
  event({ object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content }, finish_reason: null }] })
const finish = event({ object: 'chat.completion.chunk', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })

const acts: Readonly<Record<string, Act>> = {
  answer: (call, leaks) => {
    const headers = { ...JSON_TYPE, 'x-trace': leaks.answerHeader, 'set-cookie': `a=${leaks.answerHeader}` }
    return answerBytes(200, completion(call, leaks, false), headers)
  },
  tool: (call, leaks) => answerBytes(200, completion(call, leaks, true)),
  stream: (_, leaks) => streamBytes(`${delta(leaks.output)}${finish}${event({ choices: [], usage })}data: [DONE]\n\n`),
  rejects: error(400),
  forbids: error(403),
  fails: error(500),
  limits: error(429, { 'retry-after': '0' }),
  redirects: error(302, { location: 'http://127.0.0.1:1/elsewhere' }),
  refuses_account: error(401, { 'www-authenticate': 'Bearer realm="x"' }),
  error_event_first: (call, leaks) => streamBytes(event({ error: { message: told(call, leaks), code: null } })),
  error_event_later: (call, leaks) =>
    streamBytes(`${delta(leaks.output)}${event({ error: { message: told(call, leaks), code: null } })}`),
  garbled_event: (_, leaks) => streamBytes(`${delta(leaks.output)}data: {"${leaks.errorBody}\n\n`),
  cut_json: (_, leaks) => answerBytes(200, `{"choices":["${leaks.errorBody}`),
  web_page: (call, leaks) => answerBytes(200, told(call, leaks), { 'content-type': `text/html; x=${leaks.errorBody}` }),
  no_http: (call, leaks) => Buffer.from(`${leaks.errorBody} ${told(call, leaks)}\r\n\r\n`, 'latin1'),
  bad_header: (_, leaks) => Buffer.from(`HTTP/1.1 200 OK\r\n${leaks.errorBody}\0: x\r\n\r\n`, 'latin1'),
  breaks_off: (call, leaks) => {
    call.socket.write(headBytes(200, EVENT_STREAM))
    call.socket.write(chunkBytes(delta(leaks.output)))
    setImmediate(() => call.socket.resetAndDestroy())
    return null
  },
  // Sends a beginning and nothing more: the client has to leave.
  hangs: (call, leaks) => {
    call.socket.write(headBytes(200, EVENT_STREAM))
    call.socket.write(chunkBytes(delta(leaks.output)))
    return null
  },
}

export const actNames = Object.keys(acts)

export interface LeakyUpstream extends RawUpstream {
  /** Its model list answers with an error that repeats everything. */
  readonly modelListFails: { value: boolean }
}

export async function startLeakyUpstream(leaks: Leaks): Promise<LeakyUpstream> {
  const modelListFails = { value: false }
  const upstream = await startRawUpstream((call) => {
    const list = answerBytes(200, JSON.stringify({ object: 'list', data: [{ id: 'leaky', object: 'model' }] }))
    const models: Act = modelListFails.value ? error(500) : () => list
    const act = call.method === 'GET' ? models : acts[call.headers[ACT_HEADER] ?? 'answer']
    const bytes = act?.(call, leaks) ?? null
    if (bytes !== null) call.socket.write(bytes)
  })
  return Object.assign(upstream, { modelListFails })
}
