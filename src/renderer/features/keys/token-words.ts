/** Ephemeral tokens in words: what state one is in at this moment, what it may do, what it used. Pure. */
import type { EphemeralToken, TokenStatus } from '../../../shared/models/ephemeral-token.ts'
import type { KeyStatus, PoolKey } from '../../../shared/models/key.ts'
import { costOf } from '../../lib/cost.ts'
import { formatNoun, formatTokens, formatUsd } from '../../lib/format.ts'
import { switchParam, textParam } from '../../lib/url-state.ts'
import { limitsWords } from './limit-words.ts'

/** Names of their own: the list of keys beneath has its filters in the same address. */
export const tokenParams = {
  /** Those that have ended, too. */
  ended: switchParam(),
  token: textParam(),
}
export const tokenParamNames = Object.keys(tokenParams)

type KeyState = Pick<PoolKey, 'status' | 'expiresAt'>

/** Its time, or its key's, may have come since it was fetched. */
export function statusOfToken(token: EphemeralToken, key: KeyState, now: number): TokenStatus {
  if (token.status !== 'active') return token.status
  if (token.expiresAt <= now) return 'expired'
  return key.expiresAt !== null && key.expiresAt <= now ? 'keyEnded' : 'active'
}

/** It opens now, or would again with its key. */
export function isLive(token: EphemeralToken, key: KeyState, now: number): boolean {
  const status = statusOfToken(token, key, now)
  return status === 'active' || (status === 'keyEnded' && key.status === 'paused' && token.expiresAt > now)
}

const keyReasons: Readonly<Record<KeyStatus, string>> = {
  active: 'Its key has expired.',
  paused: 'Its key is paused: it works again when the key is resumed.',
  revoked: 'Its key is revoked.',
  expired: 'Its key has expired.',
}

/** Why a token does not open although its own time has not come; null where that is not so. */
export function statusReason(status: TokenStatus, key: KeyState): string | null {
  return status === 'keyEnded' ? keyReasons[key.status] : null
}

/** Why no token can be made; null where one can. */
export function madeNoMore({ status, expiresAt }: KeyState, now: number): string | null {
  if (status === 'revoked') return 'The key is revoked, so nothing can be made from it.'
  const hasExpired = status === 'expired' || (expiresAt !== null && expiresAt <= now)
  return hasExpired ? 'The key has expired, so nothing can be made from it.' : null
}

/** With its key, where that comes first. */
export function endOfToken({ expiresAt }: Pick<EphemeralToken, 'expiresAt'>, key: KeyState): number {
  return Math.min(expiresAt, key.expiresAt ?? expiresAt)
}

export function fitsToken({ name, prefix }: EphemeralToken, text: string): boolean {
  const wanted = text.trim().toLowerCase()
  return name.toLowerCase().includes(wanted) || prefix.toLowerCase().includes(wanted)
}

const AS_KEY = 'as the key'

/** One part each for models, limits and addresses; a single one where nothing is narrower than the key. */
export function scopeWords({ modelPolicy, limits, ipAllowlist }: EphemeralToken): readonly string[] {
  const models = { all: AS_KEY, none: 'none', selected: namesOf(modelPolicy) }[modelPolicy.mode]
  const caps = limitsWords(limits)
  const isAsKey = modelPolicy.mode === 'all' && caps.length === 0 && ipAllowlist.length === 0
  if (isAsKey) return ['models, limits and addresses as the key']
  return [
    `models ${models}`,
    `limits ${caps.length === 0 ? AS_KEY : caps.join(', ')}`,
    `addresses ${ipAllowlist.length === 0 ? AS_KEY : ipAllowlist.join(', ')}`,
  ]
}

function namesOf(policy: EphemeralToken['modelPolicy']): string {
  return policy.mode === 'selected' ? policy.models.join(', ') : ''
}

/** `12 requests, 4.5k tokens, $0.012`. */
export function usedWords({ used, lastUsedAt }: Pick<EphemeralToken, 'used' | 'lastUsedAt'>): string {
  const { requests, tokens, costNanos } = used
  // What was refused, or still runs, is not counted.
  if (requests === 0) return lastUsedAt === null ? 'nothing yet' : 'nothing counted'
  const cost = formatUsd(costOf({ input: tokens, output: 0, costNanos }))
  return `${formatNoun(requests, 'request')}, ${formatTokens(tokens)}, ${cost}`
}

/** How a key makes a token of its own, for a POSIX shell. The key is in the variable that the client snippets set. */
export function tokenRequestLine(gatewayUrl: string): string {
  return `curl ${gatewayUrl}/v1/ephemeral_tokens \\
  -H "Authorization: Bearer $WEIR_KEY" -H "Content-Type: application/json" \\
  -d '{"name": "script", "ttl_seconds": 3600}'`
}
