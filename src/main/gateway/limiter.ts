/**
 * Between routing and dispatch: what a request may use up at most, charged to its key, and to its token, before it is
 * sent, and replaced by the real figures when it has ended. A bound that is cheap to have is charged first; only where a
 * request would be refused for it, the prompts that stand in the way are counted with a real tokenizer, and it is tried
 * again: so nothing that fits is refused, and nearly no request pays for counting.
 */
import { costOf, upperBoundCost } from '../../shared/price-math.ts'
import { cappedBound, choiceCount, outputBound } from '../dialects/output-cap.ts'
import { LimitRefused } from './limit-error.ts'
import { limitHeaders } from './limit-headers.ts'
import {
  capOf,
  isBudgeted,
  isLimited,
  isMeasured,
  isUnpriced,
  modelsOf,
  mostOutput,
  withPrices,
  type LimitedRequest,
} from './limited-request.ts'
import { tightest } from './limits/figures.ts'
import { ruleFor } from './limits/rules.ts'
import { modelAt } from './model-at.ts'
import { guessedInput, inputBound, isCountable, uncappedOutput } from './plain-bounds.ts'
import type { TokenUsage } from '../../shared/models/request.ts'
import type { Directory } from './directory.ts'
import type { Ask, Ledger } from './limits/ledger.ts'
import type { Reservation } from './limits/reservation.ts'
import type { LimitRefusal } from './limits/verdict.ts'
import type { PriceSource, SettledRow, TokenSource, UpstreamRecord } from './ports.ts'
import type { Claim, Grant, Plan, Reserved, Routed } from './stages.ts'

export interface LimiterDeps {
  readonly ledger: Ledger
  readonly prices: PriceSource
  readonly tokens: TokenSource
  readonly directory: Pick<Directory, 'settings'>
  /** Epoch ms. */
  readonly clock: () => number
}

export interface Limiter {
  /** What `reserve` would charge; charges nothing. @throws AppError `model_unpriced`. */
  quote(routed: LimitedPlan): Quote
  /** Charges the request. @throws LimitRefused, AppError `model_unpriced`: nothing is charged then. */
  reserve(routed: Routed): Reserved
  /** Counts what may have stood in the way of a refused request. False where counting can't help. */
  refine(routed: LimitedPlan, refused: LimitRefused): Promise<boolean>
  /** From now on this body counts so many tokens: for one that stands for another of that size. */
  assume(body: Buffer, tokens: number): void
  /** The request's own input as a tokenizer counts it, for an answer that brought no figures. */
  exactInput(reserved: Reserved): Promise<number>
  /** Nano-dollars of what an upstream reported; null where it has no price. */
  cost(routed: Routed, upstreamId: string | null, usage: TokenUsage): number | null
  settle(claim: Pick<Claim, 'reservation' | 'ofToken'>, settled: SettledRow): void
  /** Flat response headers about what the caller has left. `upstreamId` is who answers; null where nobody does. */
  headers(asked: LimitedRequest, upstreamId: string | null): string[]
}

/** What tells how much of them it needs. */
export type LimitedPlan = LimitedRequest & Pick<Routed, 'dialect' | 'plain' | 'fields' | 'form' | 'plan'>

export interface Quote {
  readonly grant: Grant
  /** Without the upstreams that the key refuses for want of a price. */
  readonly plan: Plan
  readonly ask: Ask
  /** The most output tokens that will be let pass; null for no cap. */
  readonly outputCap: number | null
  /** Whether a limit asks for its tokens, so that more exact ones can lower what is charged. */
  readonly isMeasured: boolean
}

/** What a running request holds that more exact figures can lower. */
interface Holder {
  readonly routed: LimitedPlan
  readonly candidates: readonly UpstreamRecord[]
  readonly output: number
}

/** A client may name any bound for its output; no answer is longer than this, and sums must stay whole numbers. */
const MAX_OUTPUT = 10_000_000

export function createLimiter({ ledger, prices, tokens, directory, clock }: LimiterDeps): Limiter {
  /** Of requests that were counted before they were charged. */
  const counted = new WeakMap<Buffer, number>()

  function costBound(
    { grant }: LimitedPlan,
    candidates: readonly UpstreamRecord[],
    amounts: { readonly input: number; readonly output: number },
  ): number {
    let worst = 0
    for (const { id } of candidates) {
      const rates = prices.rates(modelAt(grant, id), id)
      if (rates !== null) worst = Math.max(worst, upperBoundCost(rates, amounts, grant.serviceTier ?? undefined))
    }
    return worst
  }

  function outputOf(
    { dialect, fields, grant, plan }: LimitedPlan,
    cap: number | null,
  ): { output: number; cap: number | null } {
    const choices = choiceCount(dialect, fields)
    const ofModel = mostOutput(grant, plan.candidates, prices)
    const own = outputBound(dialect, fields) ?? (ofModel === null ? null : ofModel * choices)
    // Where nobody says how long the answer may get, the bound that is charged is the one that is enforced.
    const enforced = own === null ? Math.min(cap ?? Infinity, directory.settings['limits.defaultOutputTokens']) : cap
    if (enforced === null) return { output: Math.min(own ?? 0, MAX_OUTPUT), cap: null }
    const output = cappedBound(dialect, fields, Math.max(1, enforced))
    return { output: Math.min(own ?? output, output), cap: enforced }
  }

  function uncapped(routed: LimitedPlan): { output: number; cap: null } {
    const ofModel = mostOutput(routed.grant, routed.plan.candidates, prices)
    const usual = directory.settings['limits.defaultOutputTokens']
    return { output: Math.min(uncappedOutput(routed, ofModel, usual), MAX_OUTPUT), cap: null }
  }

  function quote(routed: LimitedPlan): Quote {
    const { grant, dialect, fields, plan, plain } = routed
    const { model, sentModel } = modelsOf(routed)
    const at = clock()
    if (routed.facts.modelIs === 'none') {
      const ask = { at, model, sentModel, input: 0, output: 0, costNanos: null }
      return { grant, plan, ask, outputCap: null, isMeasured: false }
    }
    const rule = ruleFor(routed.key.limits, model, sentModel)
    const hasCap = plain === undefined && dialect !== 'embeddings'
    const cap = hasCap ? capOf(routed, rule) : null
    if (!isMeasured(routed, rule)) {
      const { reservedInput: input, reservedOutput: output } = grant
      const ask = { at, model, sentModel, input, output, costNanos: null }
      return { grant, plan, ask, outputCap: cap, isMeasured: false }
    }
    const inBudget = isBudgeted(routed, rule)
    const priced = inBudget ? withPrices(routed, prices) : plan
    const known = counted.get(fields.bytes)
    const input = known ?? inputBound(routed, tokens)
    const { output, cap: enforced } = hasCap ? outputOf(routed, cap) : uncapped(routed)
    const costNanos = inBudget ? costBound(routed, priced.candidates, { input, output }) : null
    return {
      grant: { ...grant, reservedInput: input, reservedOutput: output },
      plan: priced,
      ask: { at, model, sentModel, input, output, costNanos, isExact: known !== undefined },
      outputCap: enforced,
      isMeasured: true,
    }
  }

  /** Null where there is nothing of its own to keep to. */
  function reserveToken({ token }: Routed, ask: Ask): Reservation | LimitRefusal | null {
    return token === null || token.limits === null ? null : ledger.reserve(token, ask)
  }

  function settleOne(reservation: Reservation, { state, usage, costNanos }: SettledRow): void {
    if (state === 'refused') ledger.release(reservation)
    else ledger.settle(reservation, { tokens: usage.input + usage.output, costNanos })
  }

  return {
    quote,

    reserve(routed) {
      const { grant, plan, ask, outputCap: cap, isMeasured: isHolding } = quote(routed)
      const reservation = ledger.reserve(routed.key, ask)
      if (reservation.kind !== 'reserved') throw new LimitRefused(reservation, ask.at)
      const ofToken = reserveToken(routed, ask)
      if (ofToken !== null && ofToken.kind !== 'reserved') {
        ledger.release(reservation)
        throw new LimitRefused(ofToken, ask.at)
      }
      if (isHolding && isCountable(routed)) {
        const holder: Holder = { routed, candidates: plan.candidates, output: ask.output }
        reservation.holder = holder
        if (ofToken !== null) ofToken.holder = holder
      }
      return { ...routed, grant, plan, claim: { reservation, ofToken, outputCap: cap, at: ask.at } }
    },

    async refine(routed, { refusal }) {
      const { field, rule, limit, keyPrefix } = refusal
      if (limit === 0 || field.startsWith('requests') || field === 'concurrentRequests') return false
      const { dialect, fields, grant } = routed
      const isKnown = !isCountable(routed) || counted.has(fields.bytes)
      const { key, token } = routed
      const refuser = token !== null && token.prefix === keyPrefix ? token : key
      const others = ledger.unrefined(refuser.id, rule).filter(({ holder }) => holder !== null)
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

    assume: (body, tokensOfIt) => void counted.set(body, tokensOfIt),

    async exactInput(reserved) {
      const { fields, dialect, grant, claim } = reserved
      if (!isCountable(reserved)) return Math.min(grant.reservedInput, guessedInput(reserved))
      const known = counted.get(fields.bytes)
      if (known !== undefined) return known
      if (claim.reservation.holder === null) return grant.reservedInput
      return (await tokens.count(dialect, fields.bytes, grant.model)).tokens
    },

    cost({ grant }, upstreamId, usage) {
      if (upstreamId === null || usage.input + usage.output === 0) return null
      const rates = prices.rates(modelAt(grant, upstreamId), upstreamId)
      return rates === null ? null : costOf(rates, usage, grant.serviceTier)
    },

    settle({ reservation, ofToken }, settled) {
      settleOne(reservation, settled)
      if (ofToken !== null) settleOne(ofToken, settled)
    },

    headers(asked, upstreamId) {
      if (!isLimited(asked)) return NO_HEADERS
      const { key, token } = asked
      const moment = { at: clock(), ...modelsOf(asked) }
      const ofKey = ledger.remaining(key, moment)
      const left = token === null || token.limits === null ? ofKey : tightest(ofKey, ledger.remaining(token, moment))
      return limitHeaders(left, moment.at, isUnpriced(asked, upstreamId, prices))
    },
  }
}

const NO_HEADERS: string[] = []
