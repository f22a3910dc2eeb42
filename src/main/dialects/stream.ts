/** What the gateway must know of an event that passes, whatever the dialect. */
import { parseJsonObject } from './json.ts'
import { eventData } from './sse.ts'
import type { TokenUsage } from '../../shared/models/request.ts'

/**
 * `prelude`: nothing of the answer yet, the client can still be moved. `output`: part of the answer. `usage`: carries
 * only the figures. `quota`: says how the account stands, and nothing of the answer. `error`: the provider reports a failure. `garbled`: not what the protocol allows. `terminal`: nothing
 * follows.
 */
export type EventKind = 'prelude' | 'output' | 'usage' | 'quota' | 'error' | 'garbled' | 'terminal'

export interface StreamError {
  readonly code: string | null
  /** Who is the reason: the account's limit, the client's request (no other upstream would take it), or the provider. */
  readonly blame: 'account' | 'request' | 'provider'
  /** When the provider says that it may be tried again, in ms from then on or as epoch ms; null where it does not say. */
  readonly again: { readonly waitMs: number } | { readonly at: number } | null
}

export interface EventReader {
  /** Called with each complete event, in order. */
  read(event: Buffer): EventKind
  readonly usage: TokenUsage | null
  /** What a later request may go on from; null until the end told it, left out where a dialect has no such thing. */
  readonly responseId?: string | null
  /** Of the last `error` event. */
  readonly error: StreamError | null
  /** True when the answer is complete although no terminal event came: some providers leave it out. */
  isComplete(): boolean
}

const LF = 0x0a
const CR = 0x0d
const BLANK = 0x20
const CLOSE_BRACE = 0x7d

/** Whether the payload at `at` ends as a JSON object does. Most are one line, and its last byte tells enough. */
export function endsAsJson(event: Buffer, at: number): boolean {
  let end = event.indexOf(LF, at)
  if (end < 0) end = event.length
  while (end > at && (event[end - 1] === CR || event[end - 1] === BLANK)) end--
  return event[end - 1] === CLOSE_BRACE || parseJsonObject(eventData(event)) !== null
}

const RATE_CODES = new Set([
  'rate_limit_exceeded',
  'rate_limit_error',
  'insufficient_quota',
  'usage_limit_reached',
  'usage_not_included',
  'too_many_requests',
])

const REQUEST_CODES = new Set([
  'context_length_exceeded',
  'content_policy_violation',
  'content_filter',
  'cyber_policy',
  'invalid_prompt',
  'invalid_request_error',
  'invalid_request',
  'string_above_max_length',
])

/** Reads `{code?, type?}` of a provider's error object. Its message is content of a third party and stays out. */
export function toStreamError(error: unknown): StreamError {
  const fields = typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : {}
  const named = [fields['code'], fields['type']].filter((value) => typeof value === 'string')
  if (named.some((value) => RATE_CODES.has(value)) || fields['code'] === 429) {
    return { code: safeCode(named[0]), blame: 'account', again: againOf(fields) }
  }
  // The code is the exact word; the type stands for it only where there is none.
  return { code: safeCode(named[0]), blame: REQUEST_CODES.has(named[0] ?? '') ? 'request' : 'provider', again: null }
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** By a field, as ChatGPT's limits have it, or by the one phrase that OpenAI's own clients read in the message. */
function againOf(fields: Readonly<Record<string, unknown>>): StreamError['again'] {
  const { resets_in_seconds: inSeconds, resets_at: at, message } = fields
  if (typeof inSeconds === 'number' && inSeconds >= 0) return { waitMs: inSeconds * 1_000 }
  if (typeof at === 'number' && at > 0) return { at: at * 1_000 }
  if (typeof message !== 'string') return null
  const [, amount, unit = ''] =
    /try again in (\d{1,6}(?:\.\d{1,6})?) ?(ms|s|m|h)\b/i.exec(message.slice(0, 2_000)) ?? []
  return amount === undefined ? null : { waitMs: Math.round(Number(amount) * (UNIT_MS[unit.toLowerCase()] ?? 0)) }
}

/** A provider's code only when it looks like one: it goes into the log. */
export function safeCode(value: unknown): string | null {
  return typeof value === 'string' && /^[A-Za-z0-9_.-]{1,80}$/.test(value) ? value : null
}
