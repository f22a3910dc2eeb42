/**
 * The simulator's WebSockets: turns of Responses in text frames, one at a time, as Codex's backend serves them. A socket
 * knows the answers that it gave, so that a turn may go on from one of them by its id.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { WebSocketServer, type RawData, type WebSocket } from 'ws'
import { createConversation, type Conversation } from './conversation.ts'
import { faultIndex, hang, page, type Delivery } from './delivery.ts'
import { isObject, type JsonObject } from './json.ts'
import { serverError, type Rendering } from './rendering.ts'
import { render } from './routes.ts'
import { faultError, SimulatorError } from './simulator-error.ts'

/** How the next turn goes. @throws SimulatorError where its upstream is gone. */
type NextTurn = () => Pick<Delivery, 'behaviour' | 'fault'>

export interface SimulatorSockets {
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void
  close(): void
}

const MAX_FRAME_BYTES = 128 * 1024 * 1024
/** Close codes: a frame that is no text, and an end that nobody wanted. */
const NOT_TEXT = 1003
const BROKEN = 1011

/** `admit` throws a SimulatorError for whom it does not serve. */
export function createSimulatorSockets(admit: (req: IncomingMessage) => NextTurn): SimulatorSockets {
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: MAX_FRAME_BYTES })
  return {
    upgrade(req, socket, head) {
      socket.on('error', () => {}) // `close` follows.
      try {
        const nextTurn = admit(req)
        server.handleUpgrade(req, socket, head, (ws) => converse(ws, nextTurn))
      } catch (error) {
        const known = error instanceof SimulatorError ? error : new SimulatorError(500, 'The simulator failed.')
        const body = JSON.stringify(known.body())
        const head = `HTTP/1.1 ${known.status} Refused\r\nconnection: close\r\ncontent-type: application/json`
        socket.end(`${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
      }
    },
    close() {
      for (const ws of server.clients) ws.terminate()
    },
  }
}

interface Turn extends Pick<Delivery, 'behaviour' | 'fault' | 'signal'> {
  readonly ws: WebSocket
}

function converse(ws: WebSocket, nextTurn: NextTurn): void {
  const gone = new AbortController()
  const conversation = createConversation()
  let last: Promise<void> = Promise.resolve()
  ws.on('close', () => gone.abort())
  // What a client does wrong closes the connection; `close` follows.
  ws.on('error', () => {})
  ws.on('message', (data, isBinary) => {
    if (isBinary) ws.close(NOT_TEXT)
    else last = last.then(() => serveFrame(ws, data))
  })

  /** Never rejects. */
  async function serveFrame(ws: WebSocket, data: RawData): Promise<void> {
    try {
      const body = readFrame(data)
      if (body !== null) await serveTurn({ ws, signal: gone.signal, ...nextTurn() }, body, conversation)
    } catch (error) {
      if (gone.signal.aborted) return
      sendError(ws, error instanceof SimulatorError ? error : new SimulatorError(500, 'The simulator failed.'))
    }
  }
}

/** Null for a note that asks for nothing. @throws SimulatorError. */
function readFrame(data: RawData): JsonObject | null {
  let frame: unknown
  try {
    frame = JSON.parse((data as Buffer).toString('utf8'))
  } catch {
    throw new SimulatorError(400, 'The frame is not valid JSON.')
  }
  if (!isObject(frame)) throw new SimulatorError(400, 'The frame must be a JSON object.')
  const { type, ...body } = frame
  if (type === 'response.processed') return null
  if (type !== 'response.create') throw new SimulatorError(400, 'Frames of this type are not known.', 'type')
  return { ...body, stream: true }
}

async function serveTurn(turn: Turn, body: JsonObject, conversation: Conversation): Promise<void> {
  const { ws, signal, behaviour, fault } = turn
  if (body['generate'] === false) {
    for (const event of conversation.prepare(body)) await send(turn, JSON.stringify(event))
    return
  }
  if (fault === 'refuse_connection') {
    ws.terminate()
    return
  }
  const whole = conversation.continued(body)
  if (behaviour.latencyMs > 0) await delay(behaviour.latencyMs, undefined, { signal })
  if (fault === 'hang_before_headers') await hang(signal)
  else if (fault === 'status') sendError(ws, faultError(behaviour.faultStatus), behaviour.retryAfterSeconds)
  else if (fault === 'wrong_content_type') await send(turn, page)
  else {
    const { rendering } = render('responses', whole, behaviour)
    if (await sendEvents(turn, rendering)) conversation.remember(whole, rendering.body())
  }
}

/** Whether all of them were sent. */
async function sendEvents(turn: Turn, rendering: Rendering): Promise<boolean> {
  const { fault, behaviour, signal } = turn
  const events = rendering.events()
  const faultAt = faultIndex(events, fault, behaviour.faultAfterChunks)
  let isFirst = true
  for (const [index, event] of events.entries()) {
    if (index === faultAt) {
      if (fault === 'malformed_event') await send(turn, dataOf(rendering.malformedEvent))
      else {
        await breakOff(turn, dataOf(event.text))
        return false
      }
    }
    if (event.phase === 'delta') {
      if (!isFirst && behaviour.chunkDelayMs > 0) await delay(behaviour.chunkDelayMs, undefined, { signal })
      isFirst = false
    }
    await send(turn, dataOf(event.text))
  }
  return true
}

async function breakOff(turn: Turn, next: string): Promise<void> {
  const { ws, fault, signal } = turn
  if (fault === 'hang_mid_stream') await hang(signal)
  else if (fault === 'error_event') sendError(ws, new SimulatorError(500, serverError.message, null, serverError.code))
  else if (fault === 'drop_mid_stream') ws.terminate()
  else if (fault === 'end_early') ws.close(1000)
  else {
    await send(turn, next.slice(0, Math.ceil(next.length / 2)))
    ws.close(BROKEN)
  }
}

/** What an event of a stream carries; each is one frame. */
function dataOf(event: string): string {
  return event.slice(event.indexOf('\ndata: ') + '\ndata: '.length).trimEnd()
}

/** Waits until the operating system has it. */
async function send({ ws, signal }: Turn, data: string): Promise<void> {
  signal.throwIfAborted()
  await new Promise<void>((resolve, reject) => ws.send(data, (error) => (error ? reject(error) : resolve())))
}

function sendError(ws: WebSocket, error: SimulatorError, retryAfter: number | null = null): void {
  const headers = retryAfter === null ? {} : { headers: { 'retry-after': String(retryAfter) } }
  const frame = { type: 'error', status: error.status, ...error.body(), ...headers }
  if (ws.readyState === ws.OPEN) ws.send(JSON.stringify(frame))
}
