/**
 * What every key may still use, exact to the request, the token and the nano-dollar. In memory and synchronous: all limits
 * are checked before the first is charged, and nothing can come between. All amounts are whole and not negative.
 */
import type { KeyUsageGlance, LimitState, ResettableField } from '../../../shared/models/limit.ts'
import { glanceOf, remainingOf, statesOf, type Remaining } from './figures.ts'
import { BUDGETS, MEASURES } from './measures.ts'
import { createAccount, Held, scopeOf, type Account, type Reservation } from './reservation.ts'
import { ruleFor, type LimitRules, type OverrideRule } from './rules.ts'
import type { SeedCounters, Sums } from './scope.ts'
import { refusalOf, verdictsOf, type BoundScope, type LimitRefusal, type LimitVerdict } from './verdict.ts'
import { LedgerClock } from './windows.ts'

export interface LimitedKey {
  readonly id: string
  readonly prefix: string
  readonly limits: LimitRules | null
}

/** Which models a request names, and when. */
export interface AskedModel {
  /** Now, epoch ms. */
  readonly at: number
  /** As the client asked. */
  readonly model: string | null
  readonly sentModel: string | null
}

export interface Ask extends AskedModel {
  /** Tokens; upper bounds. */
  readonly input: number
  readonly output: number
  /** Null where no price is known: it counts nothing towards a budget. */
  readonly costNanos: number | null
  /** Whether `input` is what a tokenizer says and not a cheaper bound. */
  readonly isExact?: boolean
}

export interface Ledger {
  /** Charges the request, or names the limit that it does not fit under and charges nothing. */
  reserve(key: LimitedKey, ask: Ask): Reservation | LimitRefusal
  /** What `reserve` would refuse; null where it would charge. */
  check(key: LimitedKey, ask: Ask): LimitRefusal | null
  /** The same limit by limit, with what each has used. */
  verdicts(key: LimitedKey, ask: Ask): LimitVerdict[]
  /** Puts better figures in the place of the reserved ones. Does nothing once it is settled. */
  refine(reservation: Reservation, better: { readonly input: number; readonly costNanos: number | null }): void
  /** Puts what was really used in the place of what was reserved, at the time of the admission. Once; then nothing. */
  settle(reservation: Reservation, real: { readonly tokens: number; readonly costNanos: number | null }): void
  /** Takes everything back, as if it had never been asked: for what was never dispatched. */
  release(reservation: Reservation): void
  /** Running requests that hold a bound instead of exact figures: of the key, or of one override of it. */
  unrefined(keyId: string, rule: string | null): Reservation[]
  /** Of each set limit but those per request: the key's own first, then overrides in their order. */
  states(key: LimitedKey, at: number): LimitState[]
  /** Of `states` the budgets, for who asks several times a second. */
  budgets(key: LimitedKey, at: number): LimitState[]
  /** The fullest of them; null where none has a state. Some microseconds. */
  glance(key: LimitedKey, at: number): Omit<KeyUsageGlance, 'id'> | null
  /** The first day of the limit's period that runs at this moment, `2026-11-21`; empty for all time. */
  periodOf(field: ResettableField, at: number): string
  remaining(key: LimitedKey, asked: AskedModel): Remaining
  /** Sets the counters of a key (`rule` null) or of an override. Before their first request. */
  seed(keyId: string, rule: string | null, counters: SeedCounters): void
  forget(keyId: string): void
  forgetRule(keyId: string, rule: string): void
}

const DAY_MS = 86_400_000

/** Stands for the counters of what was never used. */
const UNUSED: Account = createAccount()

/** @param zone The operator's, an IANA name; asked with each call, so a change counts at once. */
export function createLedger({ zone }: { readonly zone: () => string }): Ledger {
  const accounts = new Map<string, Account>()
  const clock = new LedgerClock(zone)

  function accountOf(keyId: string): Account {
    const known = accounts.get(keyId)
    if (known !== undefined) return known
    const fresh = createAccount()
    accounts.set(keyId, fresh)
    return fresh
  }

  function check(key: LimitedKey, ask: Ask): LimitRefusal | null {
    clock.moveTo(ask.at)
    return verdict(key, ask, ruleFor(key.limits, ask.model, ask.sentModel))
  }

  function verdict(key: LimitedKey, ask: Ask, rule: OverrideRule | null): LimitRefusal | null {
    if (key.limits === null) return null
    const claim = claimOf(ask)
    const bounds = boundsOf(accounts.get(key.id) ?? UNUSED, key.limits, rule === null ? [] : [rule])
    return refusalOf({ keyPrefix: key.prefix, claim }, bounds, clock)
  }

  function verdicts(key: LimitedKey, ask: Ask): LimitVerdict[] {
    clock.moveTo(ask.at)
    if (key.limits === null) return []
    const rule = ruleFor(key.limits, ask.model, ask.sentModel)
    const bounds = boundsOf(accounts.get(key.id) ?? UNUSED, key.limits, rule === null ? [] : [rule])
    return verdictsOf({ keyPrefix: key.prefix, claim: claimOf(ask) }, bounds, clock)
  }

  function states(key: LimitedKey, at: number, measures: typeof MEASURES): LimitState[] {
    clock.moveTo(at)
    if (key.limits === null) return []
    const account = accounts.get(key.id) ?? UNUSED
    const bounds = boundsOf(account, key.limits, key.limits.overrides)
    return statesOf(bounds, { open: account.open.all, measures }, clock)
  }

  return {
    check,
    verdicts,
    reserve(key, ask) {
      clock.moveTo(ask.at)
      const rule = ruleFor(key.limits, ask.model, ask.sentModel)
      const refusal = verdict(key, ask, rule)
      if (refusal !== null) return refusal
      const held = new Held(accountOf(key.id), rule, {
        now: clock,
        claim: claimOf(ask),
        isRefined: ask.isExact === true,
      })
      open(held)
      return held
    },
    refine(reservation, { input, costNanos }) {
      const held = reservation as Held
      if (held.place < 0) return
      const cost = costNanos ?? 0
      add(held, { requests: 0, tokens: input - held.input, costNanos: cost - held.costNanos })
      held.input = input
      held.costNanos = cost
      held.isRefined = true
    },
    settle(reservation, { tokens, costNanos }) {
      const held = reservation as Held
      if (!close(held)) return
      add(held, { requests: 0, tokens: tokens - held.tokens, costNanos: (costNanos ?? 0) - held.costNanos })
    },
    release(reservation) {
      const held = reservation as Held
      if (!close(held)) return
      add(held, { requests: -1, tokens: -held.tokens, costNanos: -held.costNanos })
    },
    unrefined(keyId, rule) {
      const running = accounts.get(keyId)?.open.all ?? []
      return running.filter((held) => !held.isRefined && (rule === null || held.rule === rule))
    },
    states: (key, at) => states(key, at, MEASURES),
    budgets: (key, at) => states(key, at, BUDGETS),
    glance(key, at) {
      clock.moveTo(at)
      if (key.limits === null) return null
      return glanceOf(boundsOf(accounts.get(key.id) ?? UNUSED, key.limits, key.limits.overrides), clock)
    },
    periodOf(field, at) {
      clock.moveTo(at)
      const period = MEASURES.find((measure) => measure.field === field)?.period ?? null
      return period === null ? '' : new Date(clock.page[period] * DAY_MS).toISOString().slice(0, 10)
    },
    remaining(key, { at, model, sentModel }) {
      clock.moveTo(at)
      if (key.limits === null) return NOTHING_LIMITED
      const rule = ruleFor(key.limits, model, sentModel)
      return remainingOf(boundsOf(accounts.get(key.id) ?? UNUSED, key.limits, rule === null ? [] : [rule]), clock)
    },
    seed(keyId, rule, counters) {
      clock.moveTo(counters.at)
      const account = accountOf(keyId)
      const scope = rule === null ? account.own : scopeOf(account, rule)
      scope.seed(counters, clock.at, clock.page)
    },
    forget(keyId) {
      accounts.delete(keyId)
    },
    forgetRule(keyId, rule) {
      accounts.get(keyId)?.overrides?.delete(rule)
    },
  }
}

const NOTHING_LIMITED: Remaining = { requests: null, tokens: null, fullest: null }

function claimOf({ input, output, costNanos }: Ask) {
  return { input, output, tokens: input + output, costNanos: costNanos ?? 0 }
}

/** The key's own limits, then those of the overrides. */
function boundsOf(
  account: Account,
  { own, ownCaps, adjusted }: LimitRules,
  overrides: readonly OverrideRule[],
): BoundScope[] {
  const bounds: BoundScope[] = [{ scope: account.own, limits: own, caps: ownCaps, adjusted, rule: null }]
  for (const rule of overrides) {
    const scope = account.overrides?.get(rule.id) ?? UNUSED.own
    bounds.push({ scope, limits: rule.limits, caps: rule.caps, adjusted: rule.adjusted, rule })
  }
  return bounds
}

function open(held: Held): void {
  held.account.open.add(held)
  held.own.running++
  held.own.turnTo(held.page)
  if (held.override !== null) {
    held.override.running++
    held.override.turnTo(held.page)
  }
  add(held, { requests: 1, tokens: held.tokens, costNanos: held.costNanos })
}

/** False where it was closed before. */
function close(held: Held): boolean {
  if (!held.account.open.remove(held)) return false
  held.own.running--
  if (held.override !== null) held.override.running--
  return true
}

function add(held: Held, sums: Sums): void {
  held.own.add(held.at, held.page, sums)
  held.override?.add(held.at, held.page, sums)
}
