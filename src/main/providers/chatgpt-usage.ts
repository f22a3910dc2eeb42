/** The usage page of an account, beside the Codex backend: one GET on a connection of its own, with a bounded body. */
import { AppError } from '../../shared/errors.ts'
import { parseJsonObject, type JsonObject } from '../dialects/json.ts'
import { readBounded } from './bounded-body.ts'
import { openDispatcher } from './connection.ts'
import { providerError } from './provider-error.ts'
import type { Provider, ProviderAccount } from './provider.ts'

export interface UsageCall {
  readonly provider: Provider
  readonly account: ProviderAccount
  readonly signal: AbortSignal
  /** For the whole call. */
  readonly timeoutMs: number
}

export type UsageAnswer =
  | { readonly kind: 'page'; readonly body: JsonObject }
  /** The token was refused. */
  | { readonly kind: 'signedOut' }
  /** `retryAfter`: the header as it came; empty where there was none. */
  | { readonly kind: 'refused'; readonly status: number; readonly retryAfter: string }

const MAX_BODY_BYTES = 262_144
const LABEL = 'The provider'

/** `…/backend-api/codex` has it at `…/backend-api/wham/usage`. */
export function usagePath(basePath: string): string {
  return `${basePath.replace(/\/codex$/, '')}/wham/usage`
}

/** @throws AppError `upstream_…` */
export async function fetchUsage({ provider, account, signal, timeoutMs }: UsageCall): Promise<UsageAnswer> {
  const base = new URL(provider.apiBase(account.baseUrl))
  const dispatcher = openDispatcher(account, { connectTimeoutMs: timeoutMs, connections: 1 })
  try {
    const { statusCode, headers, body } = await dispatcher.request({
      origin: base.origin,
      path: usagePath(base.pathname),
      method: 'GET',
      headers: ['accept', 'application/json', ...provider.headers(account.secret)],
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    })
    const text = await readBounded(body, MAX_BODY_BYTES, tooLong)
    if (statusCode === 401) return { kind: 'signedOut' }
    const retryAfter = headers['retry-after']
    if (statusCode !== 200) return { kind: 'refused', status: statusCode, retryAfter: String(retryAfter ?? '') }
    const page = parseJsonObject(text)
    if (page === null) throw new AppError('upstream_bad_response', `${LABEL} answered with no usage page.`)
    return { kind: 'page', body: page }
  } catch (error) {
    throw providerError(error, LABEL)
  } finally {
    await dispatcher.destroy()
  }
}

function tooLong(): AppError {
  return new AppError('upstream_bad_response', `${LABEL} answered with more than 256 KB.`)
}
