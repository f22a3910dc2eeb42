/**
 * What a model costs. A rate is nano-dollars per 1,000 tokens: $1.25 per million tokens is 1,250,000. Whole numbers, so
 * that sums are exact; a request's cost is rounded once, at its end.
 */
import { z } from 'zod'
import { modelPattern } from './limit.ts'
import { timestamp } from './common.ts'

/** At most $100,000 per million tokens. */
export const MAX_RATE = 100_000_000_000
const rate = z.number().int().min(0).max(MAX_RATE)

/** Null takes the rate it is a kind of: cached input and cache writes cost as input, reasoning as output. */
export const rates = z.object({
  input: rate,
  cachedInput: rate.nullable().default(null),
  cacheWrite: rate.nullable().default(null),
  output: rate,
  reasoning: rate.nullable().default(null),
})
export type Rates = z.infer<typeof rates>

/** Of one service tier. A long request without rates of its own pays the dearer of the tier's and the price's long ones. */
export const tierRates = rates.extend({ longContext: rates.nullable().default(null) })
export type TierRates = z.infer<typeof tierRates>

export const priceRates = rates.extend({
  /** The rates of a request whose input is longer than this. */
  longContext: rates.extend({ aboveInputTokens: z.number().int().positive() }).nullable().default(null),
  /** By service tier, as the client names it: `flex`, `priority`. */
  tiers: z
    .record(z.string().min(1).max(40), tierRates)
    .refine((tiers) => Object.keys(tiers).length <= 20, 'may have 20 service tiers at most')
    .default({}),
})
export type PriceRates = z.infer<typeof priceRates>

/** `bundled`: came with Weir. `import`: from a list the operator named. `operator`: typed by hand. */
export const priceSource = z.enum(['bundled', 'import', 'operator'])
export type PriceSource = z.infer<typeof priceSource>

const note = z.string().max(500)

/** One price from one moment on. Never changed: a newer one of the same model and upstream takes its place. */
export const price = z.object({
  id: z.string(),
  /** An exact id, or the beginning of ids before a trailing `*`; the most exact one counts. */
  model: modelPattern,
  /** Null for every upstream. A price of the upstream goes before it. */
  upstreamId: z.string().nullable(),
  /**
   * Null where the operator took the price away: unpriced from then on. A stored row of source `bundled` has none
   * either: it says that from then on what came with Weir counts again.
   */
  rates: priceRates.nullable(),
  source: priceSource,
  /** Where it comes from: an address, a file's name, a word of the operator. */
  note,
  from: timestamp,
})
export type Price = z.infer<typeof price>

/** A price in force now. */
export const priceRow = price.extend({
  /** Null for every upstream, and for one that is gone. */
  upstreamName: z.string().nullable(),
  /** What came with Weir for this model, where something else is in force. */
  bundled: priceRates.nullable(),
  /** Of the last 30 days, of the models that this price is the one of. Null for a price of one upstream. */
  requests: z.number().int().nonnegative().nullable(),
  /** As the provider documents them; null where not known. */
  maxOutputTokens: z.number().int().positive().nullable(),
  contextWindow: z.number().int().positive().nullable(),
})
export type PriceRow = z.infer<typeof priceRow>

/** A model that was used or is listed by an upstream, and has no price there. */
export const unpricedModel = z.object({
  model: z.string(),
  /** Of the last 30 days. */
  requests: z.number().int().nonnegative(),
  /** That list it and have no price for it. Empty for a model that is only in the log. */
  upstreamIds: z.array(z.string()),
  /** The operator took its price away. */
  withdrawn: z.boolean(),
})
export type UnpricedModel = z.infer<typeof unpricedModel>

export const priceList = z.object({
  at: timestamp,
  /** By model, then upstream; the general price first. */
  rows: z.array(priceRow),
  /** Most used first. */
  unpriced: z.array(unpricedModel),
  /** When the newest price that came with Weir was looked up: `2026-11-18`. */
  bundledAsOf: z.string(),
})
export type PriceList = z.infer<typeof priceList>

/** Which price is meant: of a model or pattern, for every upstream or for one. */
export const priceSlot = z.object({ model: modelPattern, upstreamId: z.string().nullable().default(null) })
export type PriceSlot = z.infer<typeof priceSlot>

export const priceSet = priceSlot.extend({ rates: priceRates, note: note.default('') })
export type PriceSet = z.infer<typeof priceSet>

/** `default`: back to what counts without it: the bundled price, a pattern's, the general one. `unpriced`: to none. */
export const priceRemove = priceSlot.extend({ to: z.enum(['default', 'unpriced']).default('default') })
export type PriceRemove = z.infer<typeof priceRemove>

/** The operator's own and imported prices in force, as a file that `price.preview` reads. */
export const priceExport = z.object({ fileName: z.string(), text: z.string(), rows: z.number().int().nonnegative() })
export type PriceExport = z.infer<typeof priceExport>
