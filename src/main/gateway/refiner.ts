/**
 * Better figures for requests that hold a bound: where another one would be refused for it, their prompts are counted
 * with a real tokenizer. The log follows, so that a kill charges what the ledger held.
 */
import { costBound, type LimitedPlan, type Priced } from './limited-request.ts'
import type { LimitRefused } from './limit-error.ts'
import type { Ledger } from './limits/ledger.ts'
import { isCountable } from './plain-bounds.ts'
import type { Journal, OpenEntry, TokenSource } from './ports.ts'
import type { Claim } from './stages.ts'

export interface RefinerDeps {
  readonly ledger: Pick<Ledger, 'unrefined' | 'refine'>
  readonly tokens: Pick<TokenSource, 'count'>
  readonly journal: Pick<Journal, 'refine'>
  /** Of bodies that were counted. */
  readonly counted: WeakMap<Buffer, number>
}

export interface Refiner {
  /** Counts what may have stood in the way of a refused request. False where counting can't help. */
  refine(routed: LimitedPlan, refused: LimitRefused): Promise<boolean>
  noted(claim: Claim, entry: OpenEntry): void
}

/** What a running request holds that more exact figures can lower. */
interface Holder extends Priced {
  readonly routed: LimitedPlan
  readonly claim: Claim
  /** Null until the log has it. */
  entry: OpenEntry | null
}

export function hold(claim: Claim, routed: LimitedPlan, candidates: Priced['candidates']): void {
  const { reservation, ofToken, prices } = claim
  const holder: Holder = { routed, claim, grant: routed.grant, candidates, prices, entry: null }
  reservation.holder = holder
  if (ofToken !== null) ofToken.holder = holder
}

export function createRefiner({ ledger, tokens, journal, counted }: RefinerDeps): Refiner {
  async function inputOf({ dialect, fields: { bytes }, grant }: LimitedPlan): Promise<number> {
    const known = counted.get(bytes)
    if (known !== undefined) return known
    const { tokens: input } = await tokens.count(dialect, bytes, grant.model)
    counted.set(bytes, input)
    return input
  }

  /** Of its key and of its token alike: the log has one figure for both. */
  async function lower(holder: Holder): Promise<void> {
    const { reservation, ofToken, context } = holder.claim
    const input = (await inputOf(holder.routed)) + context
    const { output, costNanos: held } = reservation
    const better = { input, costNanos: held === 0 ? null : costBound(holder, { input, output }) }
    ledger.refine(reservation, better)
    if (ofToken !== null) ledger.refine(ofToken, better)
    note(holder)
  }

  function note({ claim: { reservation }, entry }: Holder): void {
    if (entry === null || reservation.input === entry.admitted.reservedInput) return
    const { input, costNanos } = reservation
    journal.refine(entry, { reservedInput: input, reservedCostNanos: costNanos === 0 ? null : costNanos })
  }

  return {
    async refine(routed, { refusal }) {
      const { field, rule, limit, keyPrefix } = refusal
      if (limit === 0 || field.startsWith('requests') || field === 'concurrentRequests') return false
      const isKnown = !isCountable(routed) || counted.has(routed.fields.bytes)
      const { key, token } = routed
      const refuser = token !== null && token.prefix === keyPrefix ? token : key
      const others = ledger.unrefined(refuser.id, rule).flatMap(({ holder }) => (holder as Holder | null) ?? [])
      if (isKnown && others.length === 0) return false
      await Promise.all([isKnown ? null : inputOf(routed), ...others.map(lower)])
      return true
    },

    noted({ reservation }, entry) {
      const holder = reservation.holder as Holder | null
      if (holder === null) return
      holder.entry = entry
      // It may have been counted on its way here.
      note(holder)
    },
  }
}
