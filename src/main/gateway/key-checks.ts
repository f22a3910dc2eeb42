/** Whether a key may be used at all, before it is looked at what it asks: in this order, and each by itself. Pure. */
import { AppError } from '../../shared/errors.ts'
import type { KeyRecord, PoolRecord } from './ports.ts'

export interface KeyQuestion {
  readonly key: KeyRecord
  readonly pool: PoolRecord | undefined
  /** The client's, IPv4 in its own form. */
  readonly address: string
  /** Epoch ms. */
  readonly at: number
}

export type KeyCheckId = 'revoked' | 'expiry' | 'paused' | 'address' | 'pool'

export interface KeyCheck {
  readonly id: KeyCheckId
  /** Null where the key passes. */
  refusal(question: KeyQuestion): AppError | null
}

/** The first that refuses is what the client is told. */
export const KEY_CHECKS: readonly KeyCheck[] = [
  { id: 'revoked', refusal: ({ key }) => (key.status === 'revoked' ? revoked(key) : null) },
  {
    id: 'expiry',
    refusal: ({ key, at }) => (key.expiresAt !== null && key.expiresAt <= at ? expired(key, key.expiresAt) : null),
  },
  { id: 'paused', refusal: ({ key }) => (key.status === 'paused' ? paused(key) : null) },
  {
    id: 'address',
    refusal: ({ key, address }) =>
      key.isIpAllowed === null || key.isIpAllowed(address) ? null : notFrom(key, address),
  },
  { id: 'pool', refusal: ({ key, pool }) => (pool?.status === 'active' ? null : notActive(key)) },
]

/** @throws AppError when the key or its Pool is not usable now, or not from this address. */
export function checkKey(question: KeyQuestion): PoolRecord {
  for (const check of KEY_CHECKS) {
    const refusal = check.refusal(question)
    if (refusal !== null) throw refusal
  }
  const { key, pool } = question
  if (pool === undefined) throw notActive(key)
  return pool
}

function revoked({ prefix }: KeyRecord): AppError {
  const message = `The key ${prefix} was revoked. Ask the operator for a new one.`
  return new AppError('api_key_revoked', message, { details: { key: prefix } })
}

function expired({ prefix }: KeyRecord, at: number): AppError {
  const message = `The key ${prefix} expired on ${new Date(at).toISOString()}.`
  return new AppError('api_key_expired', message, { details: { key: prefix } })
}

function paused({ prefix }: KeyRecord): AppError {
  return new AppError('api_key_paused', `The key ${prefix} is paused by the operator.`, { details: { key: prefix } })
}

function notFrom({ prefix }: KeyRecord, address: string): AppError {
  const message = `The key ${prefix} may not be used from ${address}.`
  return new AppError('ip_not_allowed', message, { details: { key: prefix, address } })
}

function notActive({ prefix }: KeyRecord): AppError {
  return new AppError('pool_disabled', `The Pool of the key ${prefix} is not active.`, { details: { key: prefix } })
}
