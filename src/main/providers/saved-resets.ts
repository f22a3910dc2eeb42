/**
 * The wire of saved resets, beside the Codex backend. Using one must never be repeated on a doubt, so an answer is read
 * with care: only what the provider says in its own words, or what cannot have reached it, is a certain end.
 */
import { AppError } from '../../shared/errors.ts'
import type { SavedReset } from '../../shared/models/quota.ts'
import { isObject, parseJsonObject, type JsonObject } from '../dialects/json.ts'
import { readBounded } from './bounded-body.ts'
import { openDispatcher } from './connection.ts'
import { providerError } from './provider-error.ts'
import type { Provider, ProviderAccount } from './provider.ts'

export interface ResetCall {
  readonly provider: Provider
  readonly account: ProviderAccount
  readonly signal: AbortSignal
  /** For the whole call. */
  readonly timeoutMs: number
}

/** A reset as the provider lists it, also those that cannot be used any more. */
export interface ListedReset extends SavedReset {
  readonly state: 'available' | 'used' | 'other'
}

export type Redemption =
  | { readonly kind: 'done' }
  /** It was not used. `reason`: a sentence. `isSignedOut`: the token was refused, and nothing else looked at. */
  | { readonly kind: 'refused'; readonly reason: string; readonly isSignedOut: boolean }
  /** It was sent, and nobody can say what became of it. */
  | { readonly kind: 'unclear'; readonly reason: string }

const PATH = '/wham/rate-limit-reset-credits'
const MAX_BODY_BYTES = 262_144
const MAX_RESETS = 100
const LABEL = 'The provider'

/** These come before the provider does anything; a proxy's refusal has no answer of the provider behind it. */
const REFUSING: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 410, 415, 422, 429])
const NEVER_SENT = /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|UND_ERR_CONNECT_TIMEOUT|proxy \d{3})$/

interface Answer {
  readonly status: number
  /** Null for a body that is no JSON object. */
  readonly json: JsonObject | null
}

async function ask(call: ResetCall, path: string, body?: object): Promise<Answer> {
  const { provider, account } = call
  const base = new URL(provider.apiBase(account.baseUrl))
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  const type = body === undefined ? [] : ['content-type', 'application/json']
  const dispatcher = openDispatcher(account, { connectTimeoutMs: call.timeoutMs, connections: 1 })
  try {
    const response = await dispatcher.request({
      origin: base.origin,
      path: base.pathname.replace(/\/codex$/, '') + path,
      method: body === undefined ? 'GET' : 'POST',
      headers: ['accept', 'application/json', ...type, ...provider.headers(account.secret)],
      signal: AbortSignal.any([call.signal, AbortSignal.timeout(call.timeoutMs)]),
      ...sent,
    })
    return {
      status: response.statusCode,
      json: parseJsonObject(await readBounded(response.body, MAX_BODY_BYTES, tooLong)),
    }
  } catch (error) {
    throw providerError(error, LABEL)
  } finally {
    await dispatcher.destroy()
  }
}

function tooLong(): AppError {
  return new AppError('upstream_bad_response', `${LABEL} answered with more than 256 KB.`)
}

/** Null where the provider knows nothing of saved resets. @throws AppError `upstream_…` */
export async function listSavedResets(call: ResetCall): Promise<ListedReset[] | null> {
  const { status, json } = await ask(call, PATH)
  const details = { status }
  if (status === 404) return null
  if (status === 401)
    throw new AppError('upstream_auth_failed', `${LABEL} refused the account (status 401).`, { details })
  const credits = json?.['credits']
  if (status !== 200 || !Array.isArray(credits)) {
    throw new AppError('upstream_bad_response', `${LABEL} did not list the saved resets (status ${status}).`, {
      details,
    })
  }
  return credits.slice(0, MAX_RESETS).flatMap((each: unknown) => (isObject(each) ? readReset(each) : []))
}

function readReset(row: JsonObject): ListedReset[] {
  const { id, status } = row
  if (typeof id !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(id)) return []
  const state = status === 'available' ? 'available' : status === 'redeemed' ? 'used' : 'other'
  return [{ id, state, title: titleIn(row['title']), expiresAt: momentIn(row['expires_at']) }]
}

function titleIn(value: unknown): string | null {
  if (typeof value !== 'string') return null
  const line = value.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim()
  return line === '' ? null : line.slice(0, 120)
}

function momentIn(value: unknown): number | null {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isSafeInteger(at) && at >= 0 ? at : null
}

/** Sends it, once. `requestId` names the act to the provider, which would not do the same act twice. Never rejects. */
export async function redeemSavedReset(call: ResetCall, resetId: string, requestId: string): Promise<Redemption> {
  try {
    return readRedemption(await ask(call, `${PATH}/consume`, { redeem_request_id: requestId, credit_id: resetId }))
  } catch (thrown) {
    const { code, message, details } = AppError.from(thrown)
    const cause = details?.['cause']
    const isUnsent = code === 'upstream_unreachable' && typeof cause === 'string' && NEVER_SENT.test(cause)
    return isUnsent ? { kind: 'refused', reason: message, isSignedOut: false } : { kind: 'unclear', reason: message }
  }
}

function readRedemption({ status, json }: Answer): Redemption {
  if (REFUSING.has(status)) {
    const reason = `${LABEL} refused it (status ${status}).`
    return { kind: 'refused', reason, isSignedOut: status === 401 }
  }
  const refused = (reason: string): Redemption => ({ kind: 'refused', reason, isSignedOut: false })
  if (status === 200) {
    const code = json?.['code']
    // The second says that this very act was done before: what a proxy sent twice took once.
    if (code === 'reset' || code === 'already_redeemed') return { kind: 'done' }
    if (code === 'nothing_to_reset') return refused(`${LABEL} says that there is nothing to reset now.`)
    if (code === 'no_credit') return refused(`${LABEL} says that the account has no such reset.`)
  }
  return { kind: 'unclear', reason: `${LABEL} answered in a way that says neither yes nor no (status ${status}).` }
}
