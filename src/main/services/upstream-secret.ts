/** An upstream's secret: checked, named by a fingerprint, written as one item, and kept out of every text about it. */
import { createHash } from 'node:crypto'
import { AppError } from '../../shared/errors.ts'
import { storedSecret, type Upstream, type UpstreamKind, type UpstreamSecret } from '../../shared/models/upstream.ts'
import { checkExtraHeaders } from '../providers/account-headers.ts'
import { providerOf } from '../providers/registry.ts'
import { invalidField } from './record-id.ts'

const FINGERPRINT_LENGTH = 12
/** Shorter pieces are no secret worth hiding, and hiding them would make holes in plain words. */
const MIN_HIDDEN_LENGTH = 6

export function secretItemId(upstreamId: string): string {
  return `upstream:${upstreamId}`
}

/** The same secret has one form, whatever the order and spelling of its header names. */
function canonical(secret: UpstreamSecret): string {
  const headers = Object.entries(secret.headers ?? {})
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const known = [secret.apiKey ?? null, headers, secret.proxyCredentials ?? null]
  const { account } = secret
  return JSON.stringify(account === undefined ? known : [...known, account.accessToken, account.refreshToken])
}

export function fingerprintOf(secret: UpstreamSecret): string {
  return createHash('sha256').update(canonical(secret)).digest('hex').slice(0, FINGERPRINT_LENGTH)
}

/** What may be shown of a secret. */
export function secretFacts(secret: UpstreamSecret, setAt: number): NonNullable<Upstream['secret']> {
  return {
    fingerprint: fingerprintOf(secret),
    setAt,
    headerNames: Object.keys(secret.headers ?? {}).sort(),
    hasApiKey: secret.apiKey !== undefined,
  }
}

export function serialiseSecret(secret: UpstreamSecret): string {
  return JSON.stringify(secret)
}

/** Null for an item that is not one of ours. Its text stays out of the error on purpose. */
export function parseSecret(text: string): UpstreamSecret | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The parser's message quotes the text.
    return null
  }
  const parsed = storedSecret.safeParse(value)
  return parsed.success ? parsed.data : null
}

/** The secret as it will be saved, null when it holds nothing. Throws for what its kind cannot use. */
export function usableSecret(kind: UpstreamKind, secret: UpstreamSecret | undefined): UpstreamSecret | null {
  if (secret === undefined) return null
  const isEmpty =
    secret.apiKey === undefined && !secret.proxyCredentials && Object.keys(secret.headers ?? {}).length === 0
  if (kind === 'simulator') {
    if (isEmpty) return null
    throw invalidField('secret', 'the simulator is built in and takes none')
  }
  if (kind === 'chatgpt') throw invalidField('secret', 'a ChatGPT account has tokens of its own; sign it in again')
  checkExtraHeaders(secret)
  if (isEmpty && !providerOf(kind).needsSecret) return null
  if (providerOf(kind).needsSecret && secret.apiKey === undefined) {
    throw invalidField('secret.apiKey', `an upstream of kind ${kind} needs one`)
  }
  return secret
}

/** A provider's words about a failure, without any piece of the secret that they may quote. */
export function withoutSecret(text: string, secret: UpstreamSecret | null): string {
  const { accessToken, refreshToken } = secret?.account ?? {}
  const tokens = [accessToken, refreshToken ?? undefined]
  const pieces = [secret?.apiKey, secret?.proxyCredentials, ...tokens, ...Object.values(secret?.headers ?? {})]
  const hidden = pieces.flatMap((piece) => (piece === undefined ? [] : [piece, ...piece.split(/[\s:]+/)]))
  return hidden
    .filter((piece) => piece.length >= MIN_HIDDEN_LENGTH)
    .sort((a, b) => b.length - a.length)
    .reduce((rest, piece) => rest.replaceAll(piece, '(hidden)'), text)
    .slice(0, 500)
}

export function missingSecret(name: string): AppError {
  return new AppError('upstream_secret_missing', `“${name}” has no secret, and its kind needs one. Set its secret.`)
}
