/**
 * Between routing and dispatch: what a request may use up at most, charged to its key, and to its token, before it is
 * sent, and replaced by the real figures when it has ended. A bound that is cheap to have is charged first; only where a
 * request would be refused for it, the prompts that stand in the way are counted with a real tokenizer, and it is tried
 * again: so nothing that fits is refused, and nearly no request pays for counting.
 */
import { costOf } from '../../shared/price-math.ts'
import { cappedBound, choiceCount, outputBound } from '../dialects/output-cap.ts'
import { LimitRefused } from './limit-error.ts'
import { limitHeaders } from './limit-headers.ts'
import {
  capOf,
  costBound,
  isBudgeted,
  isLimited,
  isMeasured,
  isUnpriced,
  modelsOf,
  mostOutput,
  withPrices,
  type LimitedPlan,
  type LimitedRequest,
} from './limited-request.ts'
import { tightest } from './limits/figures.ts'
import { ruleFor } from './limits/rules.ts'
import { modelAt } from './model-at.ts'
import { createRefiner, hold, type Refiner } from './refiner.ts'
import { guessedInput, inputBound, isCountable, uncappedOutput } from './plain-bounds.ts'
import type { TokenUsage } from '../../shared/models/request.ts'
import type { Affinity } from './affinity.ts'
import type { Directory } from './directory.ts'
import type { Ask, Ledger } from './limits/ledger.ts'
import type { Reservation } from './limits/reservation.ts'
import type { LimitRefusal } from './limits/verdict.ts'
import type { Journal, Prices, PriceSource, SettledRow, TokenSource } from './ports.ts'
import type { Claim, Grant, Plan, Reserved, Routed } from './stages.ts'

export interface LimiterDeps {
  readonly ledger: Ledger
  readonly prices: PriceSource
  readonly tokens: TokenSource
  readonly directory: Pick<Directory, 'settings'>
  readonly journal: Pick<Journal, 'refine'>
  readonly affinity: Pick<Affinity, 'contextOf'>
  /** Epoch ms. */
  readonly clock: () => number
}

export interface Limiter {
  /** What `reserve` would charge; charges nothing. @throws AppError `model_unpriced`. */
  quote(routed: LimitedPlan): Quote
  /** Charges the request. @throws LimitRefused, AppError `model_unpriced`: nothing is charged then. */
  reserve(routed: Routed): Reserved
  /** Counts what may have stood in the way of a refused request. False where counting can't help. */
  refine: Refiner['refine']
  /** The log's entry of a request that is charged: from now on it follows what the request holds. */
  noted: Refiner['noted']
  /** From now on this body counts so many tokens: for one that stands for another of that size. */
  assume(body: Buffer, tokens: number): void
  /** The request's own input as a tokenizer counts it, for an answer that brought no figures. */
  exactInput(reserved: Reserved): Promise<number>
  /** Nano-dollars of what an upstream reported, by the price of its admission; null where it had none. */
  cost(reserved: Reserved, upstreamId: string | null, usage: TokenUsage): number | null
  settle(claim: Pick<Claim, 'reservation' | 'ofToken'>, settled: SettledRow): void
  /** Flat response headers about what the caller has left. `upstreamId` is who answers; null where nobody does. */
  headers(asked: LimitedRequest, upstreamId: string | null): string[]
}

export interface Quote {
  readonly grant: Grant
  /** That it goes by. */
  readonly prices: Prices
  /** Without the upstreams that the key refuses for want of a price. */
  readonly plan: Plan
  readonly ask: Ask
  /** The most output tokens that will be let pass; null for no cap. */
  readonly outputCap: number | null
  /** Of its input, what its provider has already. */
  readonly context: number
  /** Whether a limit asks for its tokens, so that more exact ones can lower what is charged. */
  readonly isMeasured: boolean
}

/** A client may name any bound for its output; no answer is longer than this, and sums must stay whole numbers. */
const MAX_OUTPUT = 10_000_000

export function createLimiter({ ledger, prices, tokens, directory, journal, affinity, clock }: LimiterDeps): Limiter {
  /** Of requests that were counted before they were charged. */
  const counted = new WeakMap<Buffer, number>()
  const refiner = createRefiner({ ledger, tokens, journal, counted })

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
    const now = prices.current()
    if (routed.facts.modelIs === 'none') {
      const ask = { at, model, sentModel, input: 0, output: 0, costNanos: null }
      return { grant, prices: now, plan, ask, outputCap: null, context: 0, isMeasured: false }
    }
    const rule = ruleFor(routed.key.limits, model, sentModel)
    const hasCap = plain === undefined && dialect !== 'embeddings'
    const cap = hasCap ? capOf(routed, rule) : null
    if (!isMeasured(routed, rule)) {
      const { reservedInput: input, reservedOutput: output } = grant
      const ask = { at, model, sentModel, input, output, costNanos: null }
      return { grant, prices: now, plan, ask, outputCap: cap, context: 0, isMeasured: false }
    }
    const inBudget = isBudgeted(routed, rule)
    const priced = inBudget ? withPrices(routed, now) : plan
    const known = counted.get(fields.bytes)
    const context = affinity.contextOf(routed)
    const input = (known ?? inputBound(routed, tokens)) + context
    const { output, cap: enforced } = hasCap ? outputOf(routed, cap) : uncapped(routed)
    const costNanos = inBudget
      ? costBound({ grant, candidates: priced.candidates, prices: now }, { input, output })
      : null
    return {
      grant: { ...grant, reservedInput: input, reservedOutput: output },
      prices: now,
      plan: priced,
      ask: { at, model, sentModel, input, output, costNanos, isExact: known !== undefined },
      outputCap: enforced,
      context,
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
      const { grant, prices: then, plan, ask, outputCap, context, isMeasured: isHolding } = quote(routed)
      const reservation = ledger.reserve(routed.key, ask)
      if (reservation.kind !== 'reserved') throw new LimitRefused(reservation, ask.at)
      const ofToken = reserveToken(routed, ask)
      if (ofToken !== null && ofToken.kind !== 'reserved') {
        ledger.release(reservation)
        throw new LimitRefused(ofToken, ask.at)
      }
      const claim = { reservation, ofToken, outputCap, at: ask.at, prices: then, context }
      if (isHolding && isCountable(routed)) hold(claim, routed, plan.candidates)
      return { ...routed, grant, plan, claim }
    },

    refine: refiner.refine,
    noted: refiner.noted,

    assume: (body, tokensOfIt) => void counted.set(body, tokensOfIt),

    async exactInput(reserved) {
      const { fields, dialect, grant, claim } = reserved
      if (!isCountable(reserved)) return Math.min(grant.reservedInput, guessedInput(reserved))
      const known = counted.get(fields.bytes)
      if (known !== undefined) return known + claim.context
      if (claim.reservation.holder === null) return grant.reservedInput
      return (await tokens.count(dialect, fields.bytes, grant.model)).tokens + claim.context
    },

    cost({ grant, claim }, upstreamId, usage) {
      if (upstreamId === null || usage.input + usage.output === 0) return null
      const rates = claim.prices.rates(modelAt(grant, upstreamId), upstreamId)
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
