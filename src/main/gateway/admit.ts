/** First stage: who calls, may it call at all, and what does it ask. Never touches the database. */
import { timingSafeEqual } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { AppError } from '../../shared/errors.ts'
import { readJsonFields } from '../dialects/json-fields.ts'
import { readRequest } from '../dialects/request.ts'
import { checkKey, checkToken } from './key-checks.ts'
import { readPlain } from './plain.ts'
import { hashPoolKey, isToken, parsePoolKey, publicIdOf } from './pool-key.ts'
import { credentialOf, type RequestHeaders } from './request-headers.ts'
import type { Directory } from './directory.ts'
import type { KeyRecord, PoolRecord, TokenRecord } from './ports.ts'
import type { Admitted, Received } from './stages.ts'

/** What a credential opened. */
export interface Opened {
  readonly key: KeyRecord
  /** The ephemeral token that it was lent by; null for a key itself. */
  readonly token: TokenRecord | null
  /** Epoch ms: it is the secret before the last rotation, which opens until then. Null for the present one. */
  readonly graceUntil: number | null
}

export interface Caller extends Opened {
  readonly pool: PoolRecord
}

/** What is looked at to open a credential. */
type Locks = Pick<Directory, 'keyByPublicId' | 'tokenByPublicId'>

/**
 * The key a credential opens, its own or by a token of it. An unknown id and a wrong secret look the same: nothing tells
 * which keys exist. The checksum is looked at only when nothing opened, to tell a mistyped key from an unknown one.
 */
export function findKey(directory: Locks, credential: string, now: number): Opened {
  const opened = isToken(credential) ? byToken(directory, credential) : byKey(directory, credential, now)
  if (opened !== null) return opened
  const what = isToken(credential) ? 'token' : 'key'
  if (parsePoolKey(credential) === 'malformed') {
    const message = `This is not a complete Weir ${what}: it was mistyped or cut, or it is the key of another service.`
    throw new AppError('api_key_malformed', message)
  }
  const end = what === 'token' ? 'it ended long ago, or its key was deleted' : 'it was rotated or deleted'
  throw new AppError('api_key_unknown', `This ${what} opens nothing here: ${end}, or it belongs to another Weir.`)
}

function byKey(directory: Locks, credential: string, now: number): Opened | null {
  const key = directory.keyByPublicId(publicIdOf(credential))
  if (key === undefined) return null
  const hash = hashPoolKey(credential)
  if (timingSafeEqual(hash, key.secretHash)) return { key, token: null, graceUntil: null }
  const { previousHash, previousUntil } = key
  // Up to its moment, and not at it.
  const isInGrace = previousHash !== null && previousUntil !== null && now < previousUntil
  if (!isInGrace || !timingSafeEqual(hash, previousHash)) return null
  return { key, token: null, graceUntil: previousUntil }
}

/** Lent by the key, not by one of its secrets: a rotation changes nothing about it. */
function byToken(directory: Locks, credential: string): Opened | null {
  const token = directory.tokenByPublicId(publicIdOf(credential))
  const key = token && directory.keyByPublicId(token.keyPublicId)
  if (token === undefined || key === undefined) return null
  return timingSafeEqual(hashPoolKey(credential), token.secretHash) ? { key, token, graceUntil: null } : null
}

/** What a connection's last request proved: clients keep theirs open, and hashing costs more than comparing. */
const proven = new WeakMap<object, { readonly credential: string; readonly opened: Opened }>()

/**
 * A key or token that was changed, rotated, revoked or deleted since is another record, or none. Of an old secret the time
 * is asked.
 */
function isStillOpen(directory: Directory, { key, token, graceUntil }: Opened, now: number): boolean {
  if (token !== null && directory.tokenByPublicId(token.publicId) !== token) return false
  return directory.keyByPublicId(key.publicId) === key && (graceUntil === null || now < graceUntil)
}

function openedBy(directory: Directory, credential: string, { request, at }: Asking): Opened {
  const last = proven.get(request.socket)
  if (last?.credential === credential && isStillOpen(directory, last.opened, at)) return last.opened
  const opened = findKey(directory, credential, at)
  proven.set(request.socket, { credential, opened })
  return opened
}

/** Who asks, as far as a connection tells. */
export interface Asking {
  readonly headers: RequestHeaders
  readonly clientIp: string
  /** Epoch ms. */
  readonly at: number
  readonly request: { readonly socket: object }
}

/** Key, token and Pool of a request, all usable. `onKey` hears of them before they are judged, so that refusals are logged. */
export function identify(directory: Directory, asking: Asking, onKey: (opened: Opened) => void): Caller {
  const opened = openedBy(directory, credentialOf(asking.headers), asking)
  onKey(opened)
  const { key, token, graceUntil } = opened
  const { clientIp: address, at } = asking
  if (token !== null) checkToken({ token, address, at })
  return { key, token, graceUntil, pool: checkKey({ key, pool: directory.pool(key.poolId), address, at }) }
}

/** Whoever still sends an old secret learns of it from every answer, and until when it opens. */
export function tellOldSecret({ graceUntil }: Opened, response: Pick<ServerResponse, 'setHeader'>): void {
  if (graceUntil === null) return
  response.setHeader('x-weir-key-rotated', `until ${new Date(graceUntil).toISOString()}`)
}

/** The caller is known and its body has come: reads what it asks. */
export function admit<R extends Pick<Received, 'dialect' | 'plain'>>(
  received: R,
  caller: Caller,
  body: Buffer,
): R & Omit<Admitted, keyof Received> {
  const { dialect, plain } = received
  const { model } = caller.key.enforced
  if (plain !== undefined) return { ...received, ...caller, ...readPlain(plain, body, model) }
  const fields = readJsonFields(body)
  return { ...received, ...caller, fields, facts: readRequest(dialect, fields, model) }
}
