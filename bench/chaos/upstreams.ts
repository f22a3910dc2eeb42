/**
 * `node bench/chaos/upstreams.ts COUNT`: the upstreams of the chaos run. The first is healthy; the others fail every
 * second request, each time in another way. They tell the runner what they did to whom, over the process channel.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { WebSocketServer, type WebSocket } from 'ws'
import { draw, EVENTS_BEFORE_OUTPUT, isLasting, refusalBody, turnOf, WORDS, type Fault } from './faults.ts'

const count = Number(process.argv[2] ?? 4)
const BETWEEN_MS = 15
const DRIP_MS = 60
const FAILS = 0.5

const tell = (message: object): void => void process.send?.(message)
const text = (event: Record<string, unknown>): string =>
  `event: ${String(event['type'])}\ndata: ${JSON.stringify(event)}\n\n`

interface Asked {
  readonly mark: string
  readonly stream: boolean
}

function askedOf(body: string): Asked {
  const fields = JSON.parse(body) as { input?: unknown; stream?: unknown }
  return { mark: String(fields.input), stream: fields.stream === true }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}

function faultFor(upstream: number, transport: 'http' | 'socket', mark: string): Fault | null {
  const fault = upstream === 0 || Math.random() >= FAILS ? null : draw(transport, Math.random)
  tell({ kind: 'asked', mark, upstream, fault, isLasting: fault !== null && isLasting(fault) })
  return fault
}

function refuse(response: ServerResponse, status: number, code: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(refusalBody(code))
}

/** True where that is all of the answer. */
function failedEarly(response: ServerResponse, fault: Fault): boolean {
  if (fault === 'reset-before-head') response.socket?.resetAndDestroy()
  else if (fault === 'hang-before-head') return true
  else if (fault === 'status-401') refuse(response, 401, 'invalid_api_key')
  else if (fault === 'status-404-model') refuse(response, 404, 'model_not_found')
  else if (fault === 'status-429') refuse(response, 429, 'rate_limit_exceeded')
  else if (fault === 'status-429-retry-after') refuse(response, 429, 'rate_limit_exceeded', { 'retry-after': '1' })
  else if (fault === 'status-500') refuse(response, 500, 'server_error')
  else if (fault === 'status-503') refuse(response, 503, 'overloaded')
  else if (fault === 'wrong-content-type') response.writeHead(200, { 'content-type': 'text/html' }).end('<p>no</p>')
  else return false
  return true
}

const EVENT_STREAM = { 'content-type': 'text/event-stream' }
const limitEvent = (code: string) => ({ type: 'error', code, message: 'try again in 1s', param: null })

async function answerEvents(response: ServerResponse, asked: Asked, upstream: number, fault: Fault | null) {
  response.writeHead(200, EVENT_STREAM)
  const events = turnOf(asked.mark, upstream)
  for (const [index, event] of events.entries()) {
    if (fault === 'malformed-events' && index === 1) {
      response.end('event: response.created\ndata: {"type": "resp\n\nnonsense\n\n')
      return
    }
    if (index === EVENTS_BEFORE_OUTPUT) {
      if (fault === 'limit-event') return void response.end(text(limitEvent('rate_limit_exceeded')))
      if (fault === 'overload-event') return void response.end(text(limitEvent('server_is_overloaded')))
      if (fault === 'ended-before-output' || fault === 'truncated-json') return void response.end()
    }
    if (index === EVENTS_BEFORE_OUTPUT + 4) {
      if (fault === 'reset-mid-stream') return void setImmediate(() => response.socket?.resetAndDestroy())
      if (fault === 'end-mid-stream') return void response.end()
      if (fault === 'hang-mid-stream') return
    }
    if (response.destroyed) return
    response.write(text(event))
    await pause(fault === 'slow-drip' ? DRIP_MS : BETWEEN_MS)
  }
  response.end()
  tell({ kind: 'answered', mark: asked.mark, upstream })
}

function answerWhole(response: ServerResponse, asked: Asked, upstream: number, fault: Fault | null): void {
  const last = turnOf(asked.mark, upstream).at(-1)?.['response']
  const body = JSON.stringify(last)
  const isCut = fault !== null && fault !== 'slow-drip'
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) })
  if (isCut) {
    response.write(body.slice(0, 40))
    setImmediate(() => response.socket?.resetAndDestroy())
    return
  }
  response.end(body)
  tell({ kind: 'answered', mark: asked.mark, upstream })
}

async function onRequest(upstream: number, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.on('error', () => {})
  if (request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"object":"list","data":[{"id":"m"}]}')
    return
  }
  const asked = askedOf(await bodyOf(request))
  const fault = faultFor(upstream, 'http', asked.mark)
  if (fault !== null && failedEarly(response, fault)) return
  if (asked.stream) await answerEvents(response, asked, upstream, fault)
  else {
    await pause(BETWEEN_MS * WORDS)
    answerWhole(response, asked, upstream, fault)
  }
}

const errorFrame = (status: number, code: string, headers = {}) =>
  JSON.stringify({ type: 'error', status, error: { type: 'error', code, message: 'refused' }, headers })

/** True where that is all of the turn. */
function failedTurnEarly(socket: WebSocket, fault: Fault): boolean {
  if (fault === 'reset-before-head') socket.terminate()
  else if (fault === 'hang-before-head') return true
  else if (fault === 'status-401') socket.send(errorFrame(401, 'invalid_api_key'))
  else if (fault === 'status-429') socket.send(errorFrame(429, 'rate_limit_exceeded'))
  else if (fault === 'status-429-retry-after')
    socket.send(errorFrame(429, 'rate_limit_exceeded', { 'retry-after': '1' }))
  else if (fault === 'status-500') socket.send(errorFrame(500, 'server_error'))
  else if (fault === 'status-503') socket.send(errorFrame(503, 'overloaded'))
  else if (fault.startsWith('socket-close-1')) socket.close(Number(fault.slice('socket-close-'.length)), 'chaos')
  else return false
  return true
}

async function onTurn(upstream: number, socket: WebSocket, data: string): Promise<void> {
  const asked = askedOf(data)
  const fault = faultFor(upstream, 'socket', asked.mark)
  if (fault !== null && failedTurnEarly(socket, fault)) return
  for (const [index, event] of turnOf(asked.mark, upstream).entries()) {
    if (index === EVENTS_BEFORE_OUTPUT) {
      if (fault === 'limit-event') return socket.send(JSON.stringify(limitEvent('rate_limit_exceeded')))
      if (fault === 'overload-event') return socket.send(JSON.stringify(limitEvent('server_is_overloaded')))
    }
    if (index === EVENTS_BEFORE_OUTPUT + 4) {
      if (fault === 'reset-mid-stream') return socket.terminate()
      if (fault === 'socket-close-mid-turn') return socket.close(1011, 'chaos')
      if (fault === 'hang-mid-stream') return
    }
    if (socket.readyState !== socket.OPEN) return
    socket.send(JSON.stringify(event))
    await pause(fault === 'slow-drip' ? DRIP_MS : BETWEEN_MS)
  }
  tell({ kind: 'answered', mark: asked.mark, upstream })
}

const ports: number[] = []
for (let upstream = 0; upstream < count; upstream++) {
  const server = createServer((request, response) => {
    onRequest(upstream, request, response).catch(() => response.destroy())
  })
  const sockets = new WebSocketServer({ server, perMessageDeflate: false })
  sockets.on('connection', (socket) => {
    socket.on('error', () => {})
    socket.on('message', (data: Buffer) => {
      onTurn(upstream, socket, data.toString('utf8')).catch(() => socket.terminate())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ports.push((server.address() as AddressInfo).port)
}
tell({ kind: 'ready', ports })
process.on('disconnect', () => process.exit())
