/**
 * The wire of signing in to ChatGPT and of renewing tokens, as Codex speaks it. What it sends and gets is secret: errors
 * made here hold a status and a code of the provider's, never its words nor a piece of what was sent.
 */
import { AppError } from '../../shared/errors.ts'
import { isObject, parseJsonObject, type JsonObject } from '../dialects/json.ts'
import { readBounded } from './bounded-body.ts'
import { openDispatcher } from './connection.ts'
import { providerError } from './provider-error.ts'

/** The public client of Codex: it has no secret. */
export const CODEX_CLIENT_ID = 'app_EMoamEEZ73f0CkXaXp7hrann'

/** Who makes tokens, and by which way it is reached. */
export interface Issuer {
  /** Without a trailing slash. */
  readonly issuer: string
  readonly clientId: string
  readonly proxyUrl: string | null
  readonly proxyCredentials?: string | undefined
}

export interface TokenGrant {
  readonly accessToken: string
  readonly refreshToken: string | null
  readonly idToken: string | null
}

export interface DeviceCode {
  readonly deviceAuthId: string
  readonly userCode: string
  readonly intervalMs: number
}

/** The answer to a proof of the operator: a code to be exchanged. */
export interface Proof {
  readonly code: string
  readonly verifier: string
  readonly redirectUri: string
}

const TIMEOUT_MS = 30_000
const MAX_BODY_BYTES = 262_144
const DEFAULT_INTERVAL_MS = 5_000
const MIN_INTERVAL_MS = 1_000
const MAX_INTERVAL_MS = 60_000
const SLOW_DOWN_MS = 5_000
const LABEL = 'The sign-in server'

interface Asked {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: readonly string[]
  readonly body?: string
}

interface Answer {
  readonly status: number
  /** Null for a body that is no JSON object. */
  readonly json: JsonObject | null
  readonly retryAfterMs: number | null
}

/** @throws AppError `upstream_…` when no answer came. */
async function ask(server: Issuer, asked: Asked, signal: AbortSignal): Promise<Answer> {
  const base = new URL(server.issuer)
  const { proxyUrl, proxyCredentials } = server
  const secret = proxyCredentials === undefined ? null : { proxyCredentials }
  const account = { baseUrl: server.issuer, proxyUrl, secret }
  const dispatcher = openDispatcher(account, { connectTimeoutMs: TIMEOUT_MS, connections: 1 })
  try {
    const response = await dispatcher.request({
      origin: base.origin,
      path: base.pathname.replace(/\/+$/, '') + asked.path,
      method: asked.method,
      headers: ['accept', 'application/json', ...asked.headers],
      ...(asked.body === undefined ? {} : { body: asked.body }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    })
    const text = await readBounded(response.body, MAX_BODY_BYTES, tooLong)
    const wait = Number(response.headers['retry-after'] ?? Number.NaN)
    const retryAfterMs = Number.isFinite(wait) && wait >= 0 ? wait * 1_000 : null
    return { status: response.statusCode, json: parseJsonObject(text), retryAfterMs }
  } catch (error) {
    throw providerError(error, LABEL)
  } finally {
    await dispatcher.destroy()
  }
}

function tooLong(): AppError {
  return new AppError('upstream_bad_response', `${LABEL} answered with more than 256 KB.`)
}

function jsonRequest(path: string, body: object): Asked {
  return { method: 'POST', path, headers: ['content-type', 'application/json'], body: JSON.stringify(body) }
}

function formRequest(path: string, form: Record<string, string>): Asked {
  const headers = ['content-type', 'application/x-www-form-urlencoded']
  return { method: 'POST', path, headers, body: new URLSearchParams(form).toString() }
}

/** A word such as `invalid_grant`: nothing that a server could hide a token in. */
function word(value: unknown): string | null {
  return typeof value === 'string' && /^[a-z][a-z0-9_]{0,59}$/.test(value) ? value : null
}

/** OAuth's `{"error":"code"}`, or OpenAI's `{"error":{"code":…}}`. */
function codeIn(json: JsonObject | null): string | null {
  const error = json?.['error']
  if (isObject(error)) return word(error['code']) ?? word(error['type'])
  return word(error) ?? word(json?.['code'])
}

function textIn(json: JsonObject | null, name: string): string | null {
  const value = json?.[name]
  return typeof value === 'string' && value !== '' ? value : null
}

function grantIn(json: JsonObject | null): TokenGrant | null {
  const accessToken = textIn(json, 'access_token')
  if (accessToken === null) return null
  return { accessToken, refreshToken: textIn(json, 'refresh_token'), idToken: textIn(json, 'id_token') }
}

function failed(code: 'account_exchange_failed' | 'account_unreachable', answer: Answer, what: string): AppError {
  const cause = codeIn(answer.json)
  const shown = cause === null ? `status ${answer.status}` : `status ${answer.status}, ${cause}`
  return new AppError(code, `${LABEL} ${what} (${shown}).`, {
    details: { status: answer.status, ...(cause === null ? {} : { cause }) },
  })
}

/** The page at which the operator signs in. */
export function authorizeUrl(
  server: Issuer,
  asked: { readonly state: string; readonly challenge: string; readonly redirectUri: string },
): string {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: server.clientId,
    redirect_uri: asked.redirectUri,
    scope: 'openid profile email offline_access api.connectors.read api.connectors.invoke',
    code_challenge: asked.challenge,
    code_challenge_method: 'S256',
    id_token_add_organizations: 'true',
    codex_cli_simplified_flow: 'true',
    state: asked.state,
    originator: 'codex_cli_rs',
  })
  return `${server.issuer}/oauth/authorize?${query.toString().replaceAll('+', '%20')}`
}

/** @throws AppError `account_exchange_failed`, `upstream_…` */
export async function exchangeCode(server: Issuer, proof: Proof, signal: AbortSignal): Promise<TokenGrant> {
  const form = {
    grant_type: 'authorization_code',
    code: proof.code,
    redirect_uri: proof.redirectUri,
    client_id: server.clientId,
    code_verifier: proof.verifier,
  }
  const answer = await ask(server, formRequest('/oauth/token', form), signal)
  const grant = answer.status === 200 ? grantIn(answer.json) : null
  if (grant === null) throw failed('account_exchange_failed', answer, 'gave no tokens for the code')
  return grant
}

export type Renewal =
  | { readonly kind: 'granted'; readonly grant: TokenGrant }
  /** For good: the operator must sign in. */
  | { readonly kind: 'refused'; readonly cause: string }
  | { readonly kind: 'later'; readonly cause: string; readonly retryAfterMs: number | null }

/** Codes of an answer 4xx that do not speak about the token. */
const PASSING: ReadonlySet<string> = new Set([
  'temporarily_unavailable',
  'slow_down',
  'server_error',
  'rate_limit_exceeded',
])
const FINAL_STATUS: ReadonlySet<number> = new Set([400, 401, 403])

/** One attempt to renew, without a word of the tokens in what it tells. Never rejects. */
export async function renewTokens(server: Issuer, refreshToken: string, signal: AbortSignal): Promise<Renewal> {
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: server.clientId }
  let answer: Answer
  try {
    answer = await ask(server, formRequest('/oauth/token', { ...form, scope: 'openid profile email' }), signal)
  } catch (thrown) {
    const { code, details } = AppError.from(thrown)
    const cause = details?.['cause']
    return { kind: 'later', cause: typeof cause === 'string' ? cause : code, retryAfterMs: null }
  }
  const { status, json, retryAfterMs } = answer
  const grant = status === 200 ? grantIn(json) : null
  if (grant !== null) return { kind: 'granted', grant }
  const code = codeIn(json)
  // A page in front of the server may say 403, too; only its own word in its own form is believed.
  if (FINAL_STATUS.has(status) && code !== null && !PASSING.has(code)) return { kind: 'refused', cause: code }
  return { kind: 'later', cause: code ?? `status ${status}`, retryAfterMs }
}

/** @throws AppError `account_device_disabled`, `account_unreachable`, `upstream_…` */
export async function requestDeviceCode(server: Issuer, signal: AbortSignal): Promise<DeviceCode> {
  const asked = jsonRequest('/api/accounts/deviceauth/usercode', { client_id: server.clientId })
  const answer = await ask(server, asked, signal)
  if (answer.status === 404 || answer.status === 403) {
    throw new AppError('account_device_disabled', `${LABEL} offers no sign-in by device code.`)
  }
  const deviceAuthId = textIn(answer.json, 'device_auth_id')
  const userCode = textIn(answer.json, 'user_code') ?? textIn(answer.json, 'usercode')
  if (answer.status !== 200 || deviceAuthId === null || userCode === null || userCode.length > 40) {
    throw failed('account_unreachable', answer, 'gave no device code')
  }
  return { deviceAuthId, userCode, intervalMs: intervalIn(answer.json) }
}

/** Seconds, as a number or as text. */
function intervalIn(json: JsonObject | null): number {
  const seconds = Number(json?.['interval'] ?? Number.NaN)
  if (!Number.isFinite(seconds) || seconds < 0) return DEFAULT_INTERVAL_MS
  return Math.min(Math.max(seconds * 1_000, MIN_INTERVAL_MS), MAX_INTERVAL_MS)
}

/** Where the operator types the device code. */
export function devicePage(server: Issuer): string {
  return `${server.issuer}/codex/device`
}

export type DevicePoll =
  | { readonly kind: 'waiting'; readonly slowerByMs: number }
  | { readonly kind: 'proved'; readonly proof: Proof }
  | { readonly kind: 'over'; readonly error: AppError }

/** Asks once whether the operator has signed in. @throws AppError `upstream_…` when no answer came. */
export async function pollDeviceCode(server: Issuer, device: DeviceCode, signal: AbortSignal): Promise<DevicePoll> {
  const body = { device_auth_id: device.deviceAuthId, user_code: device.userCode }
  const answer = await ask(server, jsonRequest('/api/accounts/deviceauth/token', body), signal)
  const { status, json } = answer
  const code = textIn(json, 'authorization_code')
  const verifier = textIn(json, 'code_verifier')
  if (status === 200 && code !== null && verifier !== null) {
    const redirectUri = `${server.issuer}/deviceauth/callback`
    return { kind: 'proved', proof: { code, verifier, redirectUri } }
  }
  const said = codeIn(json)
  if (said === 'slow_down' || status === 429)
    return { kind: 'waiting', slowerByMs: answer.retryAfterMs ?? SLOW_DOWN_MS }
  if (said === 'access_denied') {
    return { kind: 'over', error: new AppError('account_denied', 'The sign-in was refused at the provider.') }
  }
  if (said === 'expired_token') {
    return { kind: 'over', error: new AppError('account_flow_expired', 'The device code has expired.') }
  }
  // So it says "not yet", without a word.
  if (status === 403 || status === 404 || status >= 500) return { kind: 'waiting', slowerByMs: 0 }
  return { kind: 'over', error: failed('account_exchange_failed', answer, 'ended the sign-in') }
}

export interface TokenOwner {
  readonly accountId: string
  readonly userId: string | null
  readonly email: string | null
  readonly plan: string | null
}

/** Whose business access token this is. @throws AppError `account_token_invalid`, `account_unreachable`, `upstream_…` */
export async function ownerOfToken(server: Issuer, token: string, signal: AbortSignal): Promise<TokenOwner> {
  const path = '/api/accounts/v1/user-auth-credential/whoami'
  const answer = await ask(server, { method: 'GET', path, headers: ['authorization', `Bearer ${token}`] }, signal)
  if (answer.status === 401 || answer.status === 403 || answer.status === 404) {
    throw new AppError('account_token_invalid', `${LABEL} does not know this token (status ${answer.status}).`)
  }
  const accountId = textIn(answer.json, 'chatgpt_account_id')
  if (answer.status !== 200 || accountId === null || !/^[\x21-\x7e]{1,200}$/.test(accountId)) {
    throw failed('account_unreachable', answer, 'did not say whose token this is')
  }
  const { json } = answer
  return {
    accountId,
    userId: textIn(json, 'chatgpt_user_id')?.slice(0, 200) ?? null,
    email: textIn(json, 'email')?.slice(0, 200) ?? null,
    plan: textIn(json, 'chatgpt_plan_type')?.slice(0, 200) ?? null,
  }
}
