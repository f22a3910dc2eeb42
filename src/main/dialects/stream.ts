/** What the gateway must know of an event that passes, whatever the dialect. */
import type { TokenUsage } from '../../shared/models/request.ts'

/**
 * `prelude`: nothing of the answer yet, the client can still be moved. `output`: part of the answer. `usage`: carries
 * only the figures. `error`: the provider reports a failure. `terminal`: nothing follows.
 */
export type EventKind = 'prelude' | 'output' | 'usage' | 'error' | 'terminal'

export interface StreamError {
  readonly code: string | null
  /** True when the provider says that the account, not the request, is the reason. */
  readonly rateLimited: boolean
}

export interface EventReader {
  /** Called with each complete event, in order. */
  read(event: Buffer): EventKind
  readonly usage: TokenUsage | null
  /** Of the last `error` event. */
  readonly error: StreamError | null
  /** True when the answer is complete although no terminal event came: some providers leave it out. */
  isComplete(): boolean
}

const RATE_CODES = new Set([
  'rate_limit_exceeded',
  'rate_limit_error',
  'insufficient_quota',
  'usage_limit_reached',
  'too_many_requests',
])

/** Reads `{code?, type?}` of a provider's error object. Its message is content of a third party and stays out. */
export function toStreamError(error: unknown): StreamError {
  const fields = typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : {}
  const named = [fields['code'], fields['type']].filter((value) => typeof value === 'string')
  return {
    code: safeCode(named[0]),
    rateLimited: named.some((value) => RATE_CODES.has(value)) || fields['code'] === 429,
  }
}

/** A provider's code only when it looks like one: it goes into the log. */
export function safeCode(value: unknown): string | null {
  return typeof value === 'string' && /^[A-Za-z0-9_.-]{1,80}$/.test(value) ? value : null
}
