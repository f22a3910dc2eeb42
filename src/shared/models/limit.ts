/**
 * What an operator allows a key to use up. Everywhere: null is no cap, 0 denies. Minute and hour slide over 60 buckets;
 * day, week (from Monday) and month are those of the operator's time zone.
 */
import { z } from 'zod'
import { modelId, timestamp } from './common.ts'

const MAX_COUNT = 1_000_000_000
const MAX_TOKENS = 1_000_000_000_000
/** A million dollars. */
const MAX_BUDGET_NANOS = 1_000_000_000_000_000

const count = z.number().int().min(0).max(MAX_COUNT).nullable().default(null)
const tokens = z.number().int().min(0).max(MAX_TOKENS).nullable().default(null)
/** Nano-dollars. */
const budget = z.number().int().min(0).max(MAX_BUDGET_NANOS).nullable().default(null)

export const limits = z.object({
  requestsPerMinute: count,
  requestsPerHour: count,
  requestsPerDay: count,
  tokensPerMinute: tokens,
  tokensPerDay: tokens,
  tokensPerWeek: tokens,
  inputTokensPerRequest: tokens,
  outputTokensPerRequest: tokens,
  concurrentRequests: count,
  budgetPerDay: budget,
  budgetPerWeek: budget,
  budgetPerMonth: budget,
  budgetTotal: budget,
})
export type Limits = z.infer<typeof limits>
export type LimitField = keyof Limits

export const limitField = z.enum(Object.keys(limits.shape) as [LimitField, ...LimitField[]])

/** Every cap blank. */
export const noLimits: Readonly<Limits> = limits.parse({})

/** Only the caps that are set, 0 among them. */
export function setCaps(all: Limits): Partial<Limits> {
  return Object.fromEntries(Object.entries(all).filter(([, cap]) => cap !== null))
}

/** An exact id, or the beginning of ids before a trailing `*`. */
export const modelPattern = modelId.regex(/^[^*]+\*?$|^\*$/, 'may have one `*`, at its end')

/**
 * Limits for some models of the key. One row applies to a request: the exact id, else the longest beginning. It counts
 * what it applied to; the key's own limits count that as well.
 */
export const limitOverride = z.object({
  /** Given by the core, and kept while the row is edited: its counters belong to it. */
  id: z.string().min(1).max(40).optional(),
  model: modelPattern,
  limits,
})
export type LimitOverride = z.infer<typeof limitOverride>

export const limitOverrides = z
  .array(limitOverride)
  .max(200)
  .refine((rows) => new Set(rows.map(({ model }) => model)).size === rows.length, 'each model may stand once')

/** What a key with a budget does with a model that has no price. */
export const unpricedPolicy = z.enum(['refuse', 'warn', 'free'])
export type UnpricedPolicy = z.infer<typeof unpricedPolicy>

/** How full one limit is. Requests, tokens or nano-dollars, as its field says. */
export const limitState = z.object({
  field: limitField,
  /** Null for the key's own limits. */
  overrideId: z.string().nullable(),
  /** The override's pattern. */
  model: z.string().nullable(),
  limit: z.number(),
  /** Settled and reserved together. */
  used: z.number(),
  /** Of that, what running requests hold. */
  reserved: z.number(),
  /** When it is empty again (calendar), or has room for one more (sliding); null where time alone frees nothing. */
  resetAt: timestamp.nullable(),
})
export type LimitState = z.infer<typeof limitState>

export const keyUsage = z.object({
  id: z.string(),
  at: timestamp,
  /** In the order of the fields, the key's own first. Caps per request have no state and are not here. */
  states: z.array(limitState),
})
export type KeyUsage = z.infer<typeof keyUsage>
