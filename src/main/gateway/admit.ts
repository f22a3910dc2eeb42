/** First stage: who calls, may it call at all, and what does it ask. Never touches the database. */
import { timingSafeEqual } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { AppError } from '../../shared/errors.ts'
import { readJsonFields } from '../dialects/json-fields.ts'
import { readRequest } from '../dialects/request.ts'
import { checkKey } from './key-checks.ts'
import { hashPoolKey, parsePoolKey, publicIdOf } from './pool-key.ts'
import { credentialOf, type RequestHeaders } from './request-headers.ts'
import type { Directory } from './directory.ts'
import type { KeyRecord, PoolRecord } from './ports.ts'
import type { Admitted, Received } from './stages.ts'

/** What a credential opened. */
export interface Opened {
  readonly key: KeyRecord
  /** Epoch ms: it is the secret before the last rotation, which opens until then. Null for the present one. */
  readonly graceUntil: number | null
}

export interface Caller extends Opened {
  readonly pool: PoolRecord
}

/**
 * The key a credential opens. An unknown id and a wrong secret look the same: nothing tells which keys exist. The
 * checksum is looked at only when nothing opened, to tell a mistyped key from an unknown one.
 */
export function findKey(directory: Pick<Directory, 'keyByPublicId'>, credential: string, now: number): Opened {
  const key = directory.keyByPublicId(publicIdOf(credential))
  if (key !== undefined) {
    const hash = hashPoolKey(credential)
    if (timingSafeEqual(hash, key.secretHash)) return { key, graceUntil: null }
    const { previousHash, previousUntil } = key
    // Up to its moment, and not at it.
    const isInGrace = previousHash !== null && previousUntil !== null && now < previousUntil
    if (isInGrace && timingSafeEqual(hash, previousHash)) return { key, graceUntil: previousUntil }
  }
  if (parsePoolKey(credential) === 'malformed') {
    const message = 'This is not a complete Weir key: it was mistyped or cut, or it is the key of another service.'
    throw new AppError('api_key_malformed', message)
  }
  const message = 'This key opens nothing here: it was rotated or deleted, or it belongs to another Weir.'
  throw new AppError('api_key_unknown', message)
}

/** What a connection's last request proved: clients keep theirs open, and hashing costs more than comparing. */
const proven = new WeakMap<object, { readonly credential: string; readonly opened: Opened }>()

/** A key that was changed, rotated or deleted since is another record, or none. Of an old secret the time is asked. */
function isStillOpen(directory: Directory, { key, graceUntil }: Opened, now: number): boolean {
  return directory.keyByPublicId(key.publicId) === key && (graceUntil === null || now < graceUntil)
}

function openedBy(directory: Directory, credential: string, { request, at }: Asking): Opened {
  const last = proven.get(request.socket)
  if (last?.credential === credential && isStillOpen(directory, last.opened, at)) return last.opened
  const opened = findKey(directory, credential, at)
  proven.set(request.socket, { credential, opened })
  return opened
}

interface Asking {
  readonly headers: RequestHeaders
  readonly clientIp: string
  /** Epoch ms. */
  readonly at: number
  readonly request: { readonly socket: object }
}

/** Key and Pool of a request, both usable. `onKey` hears of the key before it is judged, so that refusals are logged. */
export function identify(directory: Directory, asking: Asking, onKey: (opened: Opened) => void): Caller {
  const opened = openedBy(directory, credentialOf(asking.headers), asking)
  onKey(opened)
  const { key, graceUntil } = opened
  const question = { key, pool: directory.pool(key.poolId), address: asking.clientIp, at: asking.at }
  return { key, graceUntil, pool: checkKey(question) }
}

/** Whoever still sends an old secret learns of it from every answer, and until when it opens. */
export function tellOldSecret({ graceUntil }: Opened, response: Pick<ServerResponse, 'setHeader'>): void {
  if (graceUntil === null) return
  response.setHeader('x-weir-key-rotated', `until ${new Date(graceUntil).toISOString()}`)
}

/** The caller is known and its body has come: reads what it asks. */
export function admit<R extends Pick<Received, 'dialect'>>(
  received: R,
  caller: Caller,
  body: Buffer,
): R & Omit<Admitted, keyof Received> {
  const fields = readJsonFields(body)
  const facts = readRequest(received.dialect, fields, caller.key.enforced.model)
  return { ...received, ...caller, fields, facts }
}
