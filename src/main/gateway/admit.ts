/** First stage: who calls, may it call at all, and what does it ask. Never touches the database. */
import { timingSafeEqual } from 'node:crypto'
import { AppError } from '../../shared/errors.ts'
import { readJsonFields } from '../dialects/json-fields.ts'
import { readRequest } from '../dialects/request.ts'
import { hashPoolKey, parsePoolKey, publicIdOf } from './pool-key.ts'
import { credentialOf, type RequestHeaders } from './request-headers.ts'
import type { Directory } from './directory.ts'
import type { KeyRecord, PoolRecord } from './ports.ts'
import type { Admitted, Received } from './stages.ts'

export interface Caller {
  readonly key: KeyRecord
  readonly pool: PoolRecord
}

/**
 * The key a credential opens. An unknown id and a wrong secret look the same: nothing tells which keys exist. The
 * checksum is looked at only when nothing opened, to tell a mistyped key from an unknown one.
 */
export function findKey(directory: Directory, credential: string): KeyRecord {
  const key = directory.keyByPublicId(publicIdOf(credential))
  if (key !== undefined && timingSafeEqual(hashPoolKey(credential), key.secretHash)) return key
  if (parsePoolKey(credential) === 'malformed') {
    const message = 'This is not a complete Weir key: it was mistyped or cut, or it is the key of another service.'
    throw new AppError('api_key_malformed', message)
  }
  const message = 'This key opens nothing here: it was rotated or deleted, or it belongs to another Weir.'
  throw new AppError('api_key_unknown', message)
}

/** @throws AppError when the key or its Pool is not usable now, or not from this address. */
export function checkKey(key: KeyRecord, pool: PoolRecord | undefined, address: string, now: number): PoolRecord {
  const details = { key: key.prefix }
  if (key.status === 'revoked') {
    throw new AppError('api_key_revoked', `The key ${key.prefix} was revoked. Ask the operator for a new one.`, {
      details,
    })
  }
  if (key.expiresAt !== null && key.expiresAt <= now) {
    throw new AppError(
      'api_key_expired',
      `The key ${key.prefix} expired on ${new Date(key.expiresAt).toISOString()}.`,
      { details },
    )
  }
  if (key.status === 'paused') {
    throw new AppError('api_key_paused', `The key ${key.prefix} is paused by the operator.`, { details })
  }
  if (key.isIpAllowed !== null && !key.isIpAllowed(address)) {
    throw new AppError('ip_not_allowed', `The key ${key.prefix} may not be used from ${address}.`, {
      details: { ...details, address },
    })
  }
  if (pool === undefined || pool.status !== 'active') {
    throw new AppError('pool_disabled', `The Pool of the key ${key.prefix} is not active.`, { details })
  }
  return pool
}

/** What a connection's last request proved: clients keep theirs open, and hashing costs more than comparing. */
const proven = new WeakMap<object, { readonly credential: string; readonly key: KeyRecord }>()

/** A key that was changed, rotated or deleted since is another record, or none, and must be proved anew. */
function keyOf(directory: Directory, credential: string, connection: object): KeyRecord {
  const last = proven.get(connection)
  if (last?.credential === credential && directory.keyByPublicId(last.key.publicId) === last.key) return last.key
  const key = findKey(directory, credential)
  proven.set(connection, { credential, key })
  return key
}

interface Asking {
  readonly headers: RequestHeaders
  readonly clientIp: string
  /** Epoch ms. */
  readonly at: number
  readonly request: { readonly socket: object }
}

/** Key and Pool of a request, both usable. `onKey` hears of the key before it is judged, so that refusals are logged. */
export function identify(directory: Directory, asking: Asking, onKey: (key: KeyRecord) => void): Caller {
  const key = keyOf(directory, credentialOf(asking.headers), asking.request.socket)
  onKey(key)
  return { key, pool: checkKey(key, directory.pool(key.poolId), asking.clientIp, asking.at) }
}

/** The caller is known and its body has come: reads what it asks. */
export function admit(received: Received, caller: Caller, body: Buffer): Admitted {
  const fields = readJsonFields(body)
  const facts = readRequest(received.dialect, fields, caller.key.enforced.model)
  return { ...received, ...caller, fields, facts }
}
