/**
 * What providers say of an account's limits in the heads of their answers: the last word per upstream, in memory. The
 * request path only keeps the header's texts; they are read when an operator looks. An answer without such headers, as
 * most are, costs four look-ups and no allocation.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { QuotaWindow, UpstreamKind } from '../../shared/models/upstream.ts'
import { createAccountQuotas, type AccountQuotas } from './account-quota.ts'
import type { QuotaLeft, QuotaNotes, QuotaView } from './quota-view.ts'

export interface QuotaEvidence extends QuotaView {
  /** Those with windows of their own. */
  readonly accounts: AccountQuotas
  /** The upstream's notes, to be written to. */
  of(upstreamId: string, kind: UpstreamKind): QuotaNotes
  windows(upstreamId: string): QuotaWindow[]
  /** For an upstream that was deleted, or is another account now. */
  forget(upstreamId: string): void
}

type Header = string | string[] | undefined

/** The texts of one kind of limit: `x-ratelimit-limit-requests` and its like. */
interface Texts {
  readonly name: string
  limit: Header
  remaining: Header
  reset: Header
  at: number
  /** Grows with each note. */
  version: number
}

function emptyTexts(name: string): Texts {
  return { name, limit: undefined, remaining: undefined, reset: undefined, at: 0, version: 0 }
}

function numberOf(header: Header): number | null {
  const text = Array.isArray(header) ? header[0] : header
  if (text === undefined || !/^\s*\d{1,15}(?:\.\d+)?\s*$/.test(text)) return null
  return Number(text)
}

const UNIT_MS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 }
/** No window of a provider is longer; larger numbers are a time of day. */
const LONGEST_WINDOW_S = 100 * 86_400

/** `6m0s`, `1.5s`, `12ms`, seconds, epoch seconds or ms, or a date. Null for what cannot be read. */
export function resetAt(header: Header, seenAt: number): number | null {
  const text = (Array.isArray(header) ? header[0] : header)?.trim() ?? ''
  if (/^(?:\d+(?:\.\d+)?(?:ms|[dhms]))+$/.test(text)) {
    let after = 0
    for (const [, amount, unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g)) {
      after += Number(amount) * (UNIT_MS[unit] ?? 0)
    }
    return Math.round(seenAt + after)
  }
  const plain = numberOf(text)
  if (plain !== null) {
    if (plain <= LONGEST_WINDOW_S) return Math.round(seenAt + plain * 1_000)
    return Math.round(plain < 1e11 ? plain * 1_000 : plain)
  }
  const date = /^\d{4}-\d\d-\d\dT|GMT$/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? null : date
}

function windowOf({ name, limit, remaining, reset, at }: Texts): QuotaWindow[] {
  const read = { name, limit: numberOf(limit), remaining: numberOf(remaining), resetsAt: resetAt(reset, at) }
  return at === 0 || (read.limit === null && read.remaining === null) ? [] : [{ ...read, observedAt: at }]
}

/** What it was last read from is the same as long as nothing newer was noted. */
interface ReadWindow {
  at: number
  share: number | null
  resetsAt: number | null
}

/** Read at most once for each note: the texts of a busy upstream are looked at far more often than they change. */
function readAgain(texts: Texts, read: ReadWindow): void {
  if (read.at === texts.version) return
  read.at = texts.version
  const limit = numberOf(texts.limit)
  const remaining = numberOf(texts.remaining)
  const isKnown = limit !== null && remaining !== null && limit > 0
  read.share = isKnown ? Math.min(1, remaining / limit) : null
  read.resetsAt = resetAt(texts.reset, texts.at)
}

function leftOf(all: readonly Texts[], reads: readonly ReadWindow[], now: number): QuotaLeft | null {
  let least: QuotaLeft | null = null
  for (let i = 0; i < all.length; i++) {
    const [texts, read] = [all[i], reads[i]]
    if (texts === undefined || read === undefined || texts.at === 0) continue
    readAgain(texts, read)
    if (read.share === null) continue
    const isFull = read.resetsAt !== null && read.resetsAt <= now
    const percent = isFull ? 100 : read.share * 100
    if (least === null || percent < least.percent) least = { percent, resetsAt: isFull ? null : read.resetsAt }
  }
  return least
}

function createNotes(now: () => number) {
  const requests = emptyTexts('requests')
  const tokens = emptyTexts('tokens')
  const whole = emptyTexts('all')

  function keep(texts: Texts, limit: Header, remaining: Header, reset: Header): void {
    texts.limit = limit
    texts.remaining = remaining
    texts.reset = reset
    texts.at = now()
    texts.version++
  }

  const all = [requests, tokens, whole]
  const reads = all.map((): ReadWindow => ({ at: 0, share: null, resetsAt: null }))
  return {
    all,
    left: (at: number) => leftOf(all, reads, at),
    event: () => {},
    note(headers: IncomingHttpHeaders): void {
      const ofRequests = headers['x-ratelimit-remaining-requests']
      if (ofRequests !== undefined) {
        const { 'x-ratelimit-limit-requests': limit, 'x-ratelimit-reset-requests': reset } = headers
        keep(requests, limit, ofRequests, reset)
      }
      const ofTokens = headers['x-ratelimit-remaining-tokens']
      if (ofTokens !== undefined) {
        const { 'x-ratelimit-limit-tokens': limit, 'x-ratelimit-reset-tokens': reset } = headers
        keep(tokens, limit, ofTokens, reset)
      }
      const ofAll = headers['x-ratelimit-remaining'] ?? headers['ratelimit-remaining']
      if (ofAll !== undefined) {
        const limit = headers['x-ratelimit-limit'] ?? headers['ratelimit-limit']
        keep(whole, limit, ofAll, headers['x-ratelimit-reset'] ?? headers['ratelimit-reset'])
      }
    },
  }
}

export function createQuotaEvidence(now: () => number): QuotaEvidence {
  const known = new Map<string, ReturnType<typeof createNotes>>()
  const accounts = createAccountQuotas(now)
  return {
    accounts,
    of(id, kind) {
      if (kind === 'chatgpt') return accounts.of(id)
      const notes = known.get(id) ?? createNotes(now)
      known.set(id, notes)
      return notes
    },
    left: (id, at, model) => known.get(id)?.left(at) ?? accounts.left(id, at, model ?? ''),
    standing: accounts.standing,
    windows: (id) => known.get(id)?.all.flatMap(windowOf) ?? [],
    forget(id) {
      known.delete(id)
      accounts.forget(id)
    },
  }
}
