/**
 * Whether a key may be used at all, before it is looked at what it asks: in this order, and each by itself. A token is
 * asked before its key, and then the key as if it had come itself. Pure.
 */
import { AppError } from '../../shared/errors.ts'
import type { KeyRecord, PoolRecord, TokenRecord } from './ports.ts'

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

export interface TokenQuestion extends Pick<KeyQuestion, 'address' | 'at'> {
  readonly token: TokenRecord
}

export type TokenCheckId = 'tokenRevoked' | 'tokenExpiry' | 'tokenAddress'

export interface TokenCheck {
  readonly id: TokenCheckId
  /** Null where the token passes. */
  refusal(question: TokenQuestion): AppError | null
}

/** Asked before those of its key. What else ends it is the key's. */
export const TOKEN_CHECKS: readonly TokenCheck[] = [
  { id: 'tokenRevoked', refusal: ({ token }) => (token.revokedAt !== null ? tokenRevoked(token) : null) },
  { id: 'tokenExpiry', refusal: ({ token, at }) => (token.expiresAt <= at ? tokenExpired(token) : null) },
  {
    id: 'tokenAddress',
    refusal: ({ token, address }) =>
      token.isIpAllowed === null || token.isIpAllowed(address) ? null : tokenNotFrom(token, address),
  },
]

/** @throws AppError when the token is not usable now, or not from this address. Its key is not asked. */
export function checkToken(question: TokenQuestion): void {
  for (const check of TOKEN_CHECKS) {
    const refusal = check.refusal(question)
    if (refusal !== null) throw refusal
  }
}

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

function tokenRevoked({ prefix }: TokenRecord): AppError {
  const message = `The token ${prefix} was revoked. Make a new one.`
  return new AppError('token_revoked', message, { details: { key: prefix } })
}

function tokenExpired({ prefix, expiresAt }: TokenRecord): AppError {
  const message = `The token ${prefix} expired on ${new Date(expiresAt).toISOString()}. Make a new one.`
  return new AppError('token_expired', message, { details: { key: prefix } })
}

function tokenNotFrom({ prefix }: TokenRecord, address: string): AppError {
  const message = `The token ${prefix} may not be used from ${address}.`
  return new AppError('ip_not_allowed', message, { details: { key: prefix, address } })
}
