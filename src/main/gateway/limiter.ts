/**
 * Between routing and dispatch: what a request may use up at most, charged to its key before it is sent, and replaced by
 * the real figures when it has ended. A bound that is cheap to have is charged first; only where a request would be
 * refused for it, the prompts that stand in the way are counted with a real tokenizer, and it is tried again: so nothing
 * that fits is refused, and nearly no request pays for counting.
 */
import { AppError } from '../../shared/errors.ts'
import { costOf, upperBoundCost } from '../../shared/price-math.ts'
import { cappedBound, choiceCount, outputBound } from '../dialects/output-cap.ts'
import { LimitRefused } from './limit-error.ts'
import { limitHeaders } from './limit-headers.ts'
import { hasBudget, needsTokens, outputCap, ruleFor } from './limits/rules.ts'
import type { TokenUsage, Exclusion } from '../../shared/models/request.ts'
import type { Directory } from './directory.ts'
import type { Ledger } from './limits/ledger.ts'
import type { Reservation } from './limits/reservation.ts'
import type { LimitRefusal } from './limits/verdict.ts'
import type { PriceSource, SettledRow, TokenSource, UpstreamRecord } from './ports.ts'
import type { Reserved, Routed } from './stages.ts'

export interface LimiterDeps {
  readonly ledger: Ledger
  readonly prices: PriceSource
  readonly tokens: TokenSource
  readonly directory: Pick<Directory, 'settings'>
  /** Epoch ms. */
  readonly clock: () => number
}

export interface Limiter {
  /** Charges the request. @throws LimitRefused, AppError `model_unpriced`: nothing is charged then. */
  reserve(routed: Routed): Reserved
  /** Counts what may have stood in the way of a refused request. False where counting can't help. */
  refine(routed: Routed, refused: LimitRefused): Promise<boolean>
  /** The request's own input as a tokenizer counts it, for an answer that brought no figures. */
  exactInput(reserved: Reserved): Promise<number>
  /** Nano-dollars of what an upstream reported; null where it has no price. */
  cost(routed: Routed, upstreamId: string | null, usage: TokenUsage): number | null
  settle(reservation: Reservation, settled: SettledRow): void
  /** Flat response headers about what the caller has left. `upstreamId` is who answers; null where nobody does. */
  headers(asked: LimitedRequest, upstreamId: string | null): string[]
}

/** What tells which limits apply to a request. */
export type LimitedRequest = Pick<Routed, 'key' | 'facts' | 'grant'>

/** What a running request holds that more exact figures can lower. */
interface Holder {
  readonly routed: Routed
  readonly candidates: readonly UpstreamRecord[]
  readonly output: number
}

/** A client may name any bound for its output; no answer is longer than this, and sums must stay whole numbers. */
const MAX_OUTPUT = 10_000_000

export function createLimiter({ ledger, prices, tokens, directory, clock }: LimiterDeps): Limiter {
  /** Of requests that were counted before they were charged. */
  const counted = new WeakMap<Buffer, number>()

  function costBound(
    { grant }: Routed,
    candidates: readonly UpstreamRecord[],
    amounts: { readonly input: number; readonly output: number },
  ): number {
    let worst = 0
    for (const { id } of candidates) {
      const rates = prices.rates(grant.model, id)
      if (rates !== null) worst = Math.max(worst, upperBoundCost(rates, amounts, grant.serviceTier ?? undefined))
    }
    return worst
  }

  function outputOf({ dialect, fields, grant }: Routed, cap: number | null): { output: number; cap: number | null } {
    const choices = choiceCount(dialect, fields)
    const ofModel = prices.maxOutput(grant.model)
    const own = outputBound(dialect, fields) ?? (ofModel === null ? null : ofModel * choices)
    // Where nobody says how long the answer may get, the bound that is charged is the one that is enforced.
    const enforced = own === null ? Math.min(cap ?? Infinity, directory.settings['limits.defaultOutputTokens']) : cap
    if (enforced === null) return { output: Math.min(own ?? 0, MAX_OUTPUT), cap: null }
    const output = cappedBound(dialect, fields, Math.max(1, enforced))
    return { output: Math.min(own ?? output, output), cap: enforced }
  }

  function exactly(input: number, body: Buffer): number {
    return counted.get(body) ?? input
  }

  return {
    reserve(routed) {
      const { key, facts, grant, dialect, fields } = routed
      const { limits } = key
      const at = clock()
      const asked = { at, model: facts.model, sentModel: grant.model }
      if (limits === null) {
        const ask = { ...asked, input: grant.reservedInput, output: grant.reservedOutput, costNanos: null }
        return { ...routed, claim: claimOf(ledger.reserve(key, ask), at, null) }
      }
      const rule = ruleFor(limits, facts.model, grant.model)
      const cap = outputCap(limits, rule)
      if (!needsTokens(limits, rule)) {
        const ask = { ...asked, input: grant.reservedInput, output: grant.reservedOutput, costNanos: null }
        return { ...routed, claim: claimOf(ledger.reserve(key, ask), at, dialect === 'embeddings' ? null : cap) }
      }
      const priced = hasBudget(limits, rule) ? withPrices(routed, prices) : routed
      const input = exactly(tokens.upperBound(dialect, fields.bytes, grant.model), fields.bytes)
      const { output, cap: enforced } = dialect === 'embeddings' ? { output: 0, cap: null } : outputOf(routed, cap)
      const { candidates } = priced.plan
      const costNanos = hasBudget(limits, rule) ? costBound(routed, candidates, { input, output }) : null
      const isExact = counted.has(fields.bytes)
      const claim = claimOf(ledger.reserve(key, { ...asked, input, output, costNanos, isExact }), at, enforced)
      claim.reservation.holder = { routed: priced, candidates, output } satisfies Holder
      return { ...priced, grant: { ...grant, reservedInput: input, reservedOutput: output }, claim }
    },

    async refine(routed, { refusal }) {
      const { field, rule, limit } = refusal
      if (limit === 0 || field.startsWith('requests') || field === 'concurrentRequests') return false
      const { dialect, fields, grant } = routed
      const isKnown = counted.has(fields.bytes)
      const others = ledger.unrefined(routed.key.id, rule).filter(({ holder }) => holder !== null)
      if (isKnown && others.length === 0) return false
      const count = async (body: Buffer, holder: Holder | null) => {
        const of = holder?.routed ?? routed
        return (await tokens.count(of.dialect, body, of.grant.model)).tokens
      }
      await Promise.all([
        isKnown
          ? null
          : tokens.count(dialect, fields.bytes, grant.model).then(({ tokens: n }) => counted.set(fields.bytes, n)),
        ...others.map(async (reservation) => {
          const holder = reservation.holder as Holder
          const body = holder.routed.fields.bytes
          const input = counted.get(body) ?? (await count(body, holder))
          counted.set(body, input)
          const amounts = { input, output: holder.output }
          const costNanos = reservation.costNanos === 0 ? null : costBound(holder.routed, holder.candidates, amounts)
          ledger.refine(reservation, { input, costNanos })
        }),
      ])
      return true
    },

    async exactInput({ key, fields, dialect, grant, claim }) {
      const known = counted.get(fields.bytes)
      if (known !== undefined) return known
      if (key.limits === null || claim.reservation.holder === null) return grant.reservedInput
      return (await tokens.count(dialect, fields.bytes, grant.model)).tokens
    },

    cost({ grant }, upstreamId, usage) {
      if (upstreamId === null || usage.input + usage.output === 0) return null
      const rates = prices.rates(grant.model, upstreamId)
      return rates === null ? null : costOf(rates, usage, grant.serviceTier)
    },

    settle(reservation, { state, usage, costNanos }) {
      if (state === 'refused') ledger.release(reservation)
      else ledger.settle(reservation, { tokens: usage.input + usage.output, costNanos })
    },

    headers(asked, upstreamId) {
      const { key, facts, grant } = asked
      if (key.limits === null) return NO_HEADERS
      const at = clock()
      const left = ledger.remaining(key, { at, model: facts.model, sentModel: grant.model })
      return limitHeaders(left, at, isUnpriced(asked, upstreamId, prices))
    },
  }
}

/** Whether the operator wants a word about an answer that no budget of the key can count. */
function isUnpriced({ key, facts, grant }: LimitedRequest, upstreamId: string | null, prices: PriceSource): boolean {
  if (key.unpriced !== 'warn' || upstreamId === null) return false
  return (
    hasBudget(key.limits, ruleFor(key.limits, facts.model, grant.model)) &&
    prices.rates(grant.model, upstreamId) === null
  )
}

const NO_HEADERS: string[] = []

function claimOf(answer: Reservation | LimitRefusal, now: number, cap: number | null) {
  if (answer.kind !== 'reserved') throw new LimitRefused(answer, now)
  return { reservation: answer, outputCap: cap, at: now }
}

/**
 * Under a budget, what has no price can't be bounded: by the key's choice such upstreams are left out.
 * @throws AppError `model_unpriced` when none is left.
 */
function withPrices(routed: Routed, prices: PriceSource): Routed {
  const { key, plan, grant } = routed
  if (key.unpriced !== 'refuse') return routed
  const isPriced = ({ id }: UpstreamRecord): boolean => prices.rates(grant.model, id) !== null
  const candidates = plan.candidates.filter(isPriced)
  if (candidates.length === plan.candidates.length) return routed
  const exclusions: Exclusion[] = plan.candidates
    .filter((record) => !isPriced(record))
    .map(({ id }) => ({ upstreamId: id, reason: 'model_unpriced', until: null }))
  if (candidates.length > 0) {
    return { ...routed, plan: { candidates, exclusions: [...plan.exclusions, ...exclusions] } }
  }
  const message = `The key ${key.prefix} has a budget and refuses models without a price; "${grant.model}" has none.`
  throw new AppError('model_unpriced', message, { details: { key: key.prefix, model: grant.model, rule: 'unpriced' } })
}
