/** What a running request holds of its key's limits. */
import { createRoster, type Placed, type Roster } from '../../../shared/roster.ts'
import type { Claim } from './verdict.ts'
import type { Moment } from './measures.ts'
import type { OverrideRule } from './rules.ts'
import { Scope } from './scope.ts'
import type { CalendarPage } from './windows.ts'

export interface Reservation {
  readonly kind: 'reserved'
  /** The id of the override that applied; null where none did. */
  readonly rule: string | null
  /** When it was charged, by the ledger's clock; epoch ms. */
  readonly at: number
  /** As charged: tokens, and nano-dollars. */
  readonly input: number
  readonly output: number
  readonly costNanos: number
  /** The caller's own, to find the request again from `unrefined`. */
  holder: unknown
}

export interface Account {
  own: Scope
  /** By the override's id; null until one applied. */
  overrides: Map<string, Scope> | null
  readonly open: Roster<Held>
}

export function createAccount(): Account {
  return { own: new Scope(), overrides: null, open: createRoster<Held>() }
}

interface Charge {
  readonly now: Moment
  readonly claim: Claim
  readonly isRefined: boolean
}

/** Written by the ledger only. */
export class Held implements Reservation, Claim, Moment, Placed {
  readonly kind = 'reserved'
  readonly account: Account
  readonly own: Scope
  readonly override: Scope | null
  readonly rule: string | null
  readonly at: number
  readonly page: CalendarPage
  readonly output: number
  input: number
  costNanos: number
  /** Whether its input is what a tokenizer says. */
  isRefined: boolean
  holder: unknown = null
  place = -1

  constructor(account: Account, rule: OverrideRule | null, { now, claim, isRefined }: Charge) {
    this.account = account
    this.own = account.own
    this.override = rule === null ? null : scopeOf(account, rule.id)
    this.rule = rule?.id ?? null
    this.at = now.at
    this.page = now.page
    this.input = claim.input
    this.output = claim.output
    this.costNanos = claim.costNanos
    this.isRefined = isRefined
  }

  get tokens(): number {
    return this.input + this.output
  }
}

/** The counters of an override, made when it first applies. */
export function scopeOf(account: Account, rule: string): Scope {
  account.overrides ??= new Map()
  const known = account.overrides.get(rule)
  if (known !== undefined) return known
  const fresh = new Scope()
  account.overrides.set(rule, fresh)
  return fresh
}
