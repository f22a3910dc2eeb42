/**
 * The frames of Responses over a WebSocket, as what they are over HTTP: a turn's body, its events, a refusal with status
 * and headers. A frame's bytes go on as they came; only the lines around them are ours.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { errorCodeOf } from '../../dialects/chat.ts'
import { isObject, parseJsonObject } from '../../dialects/json.ts'

/** What a turn was refused with, in the shape of an HTTP answer. */
export interface SocketRefusal {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** The provider's word for it; null where it has none. */
  readonly code: string | null
}

/** After one of these a turn is over, and the socket is free for the next. */
const LAST: ReadonlySet<string> = new Set(['response.completed', 'response.failed', 'response.incomplete', 'error'])
/** Nothing of a turn itself: a refusal may still follow. */
const ASIDE: ReadonlySet<string> = new Set(['codex.rate_limits', 'keepalive'])

const OPEN_BRACE = 0x7b
const LF = 0x0a
const CR = 0x0d
const BEGINNING = Buffer.from('{"type":"response.create",')
const TYPE = /^[A-Za-z0-9_.-]{1,64}$/
const TYPE_NEAR_START = /^\s*\{\s*"type"\s*:\s*"([A-Za-z0-9_.-]{1,64})"/
const ID_NEAR_START = /"response"\s*:\s*\{\s*"id"\s*:\s*"([^"\\]{1,200})"/
const NEAR_TYPE = 100
const NEAR_ID = 400

/** The frame that asks for a turn. `body` is an object with at least one member, and none of them is `type`. */
export function createFrame(body: Buffer): Buffer {
  return Buffer.concat([BEGINNING, body.subarray(body.indexOf(OPEN_BRACE) + 1)])
}

function startOf(frame: Buffer, bytes: number): string {
  return frame.toString('latin1', 0, Math.min(frame.length, bytes))
}

/** Empty where it names none that can stand in a line of its own. */
export function frameType(frame: Buffer): string {
  const near = TYPE_NEAR_START.exec(startOf(frame, NEAR_TYPE))
  if (near?.[1] !== undefined) return near[1]
  const type = parseJsonObject(frame.toString('utf8'))?.['type']
  return typeof type === 'string' && TYPE.test(type) ? type : ''
}

export const isLastFrame = (type: string): boolean => LAST.has(type)

export const isAside = (type: string): boolean => ASIDE.has(type)

/** By type: the same few come again and again. Bounded, since providers choose the names. */
const heads = new Map<string, Buffer>()
const PLAIN_HEAD = Buffer.from('data: ')
const MOST_HEADS = 200

function headOf(type: string): Buffer {
  if (type === '') return PLAIN_HEAD
  const known = heads.get(type)
  if (known !== undefined) return known
  const head = Buffer.from(`event: ${type}\ndata: `)
  if (heads.size < MOST_HEADS) heads.set(type, head)
  return head
}

/** The frame as one server-sent event. Line ends between the parts of the JSON become lines of `data`. */
export function toSse(type: string, frame: Buffer): Buffer {
  const head = headOf(type)
  if (frame.includes(LF) || frame.includes(CR)) {
    const lines = frame.toString('utf8').replaceAll(/\r\n|\r|\n/g, '\ndata: ')
    return Buffer.concat([head, Buffer.from(`${lines}\n\n`)])
  }
  const event = Buffer.allocUnsafe(head.length + frame.length + 2)
  head.copy(event)
  frame.copy(event, head.length)
  event[event.length - 2] = LF
  event[event.length - 1] = LF
  return event
}

/** Which response this event is of; null where it does not say. */
export function responseIdIn(frame: Buffer): string | null {
  const near = ID_NEAR_START.exec(startOf(frame, NEAR_ID))
  if (near?.[1] !== undefined) return near[1]
  const response = parseJsonObject(frame.toString('utf8'))?.['response']
  const id = isObject(response) ? response['id'] : null
  return typeof id === 'string' && id !== '' ? id : null
}

const HEADER = /^[a-z0-9-]{1,100}$/
const HEADER_TEXT = /^[\x20-\x7e]{0,4000}$/

function headersIn(value: unknown): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = {}
  for (const [name, given] of Object.entries(isObject(value) ? value : {})) {
    const lower = name.toLowerCase()
    const text = typeof given === 'number' || typeof given === 'boolean' ? String(given) : given
    if (HEADER.test(lower) && typeof text === 'string' && HEADER_TEXT.test(text)) headers[lower] = text
  }
  delete headers['content-length']
  delete headers['content-encoding']
  headers['content-type'] = 'application/json'
  return headers
}

/** What an `error` frame says in place of an answer; null where it has no status, or is no error. */
export function refusalIn(frame: Buffer): SocketRefusal | null {
  const data = parseJsonObject(frame.toString('utf8'))
  if (data?.['type'] !== 'error') return null
  const { type: _type, status: named, status_code: older, headers, ...rest } = data
  const status = named ?? older
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 400 || status > 599) return null
  const answer = rest['error'] === undefined ? rest : { error: rest['error'] }
  return {
    status,
    headers: headersIn(headers),
    body: Buffer.from(JSON.stringify(answer)),
    code: errorCodeOf(answer),
  }
}
