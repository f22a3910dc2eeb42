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

/** Limits whose period is the operator's calendar, or all time: they can be set back by hand, and budgets raised. */
export const budgetField = z.enum(['budgetPerDay', 'budgetPerWeek', 'budgetPerMonth', 'budgetTotal'])
export type BudgetField = z.infer<typeof budgetField>
export const resettableField = z.enum(['requestsPerDay', 'tokensPerDay', 'tokensPerWeek', ...budgetField.options])
export type ResettableField = z.infer<typeof resettableField>

const adjustedBudget = {
  /** The override whose limit it is; null for the key's own. */
  overrideId: z.string().nullable(),
}

/** More of a budget until a moment. Of one limit there is at most one. */
export const budgetRaise = z.object({
  ...adjustedBudget,
  field: budgetField,
  /** On top of the limit, nano-dollars. */
  addNanos: z.number().int().min(1).max(MAX_BUDGET_NANOS),
  at: timestamp,
  /** It counts up to this moment, and from it on no more. */
  until: timestamp,
})
export type BudgetRaise = z.infer<typeof budgetRaise>

/** What was counted of a limit when its operator set it back: left out of what is used, in that period only. */
export const limitReset = z.object({
  ...adjustedBudget,
  field: resettableField,
  /** First day of the period, `2026-11-21`, by the zone of then; empty for all time. */
  period: z.string().max(10),
  /** Settled only. Requests, tokens or nano-dollars. */
  used: z.number().int().min(0),
  at: timestamp,
})
export type LimitReset = z.infer<typeof limitReset>

/** What an operator changed of a key's counting by hand. The log and its counters know nothing of it. */
export interface LimitAdjustments {
  readonly raises: readonly BudgetRaise[]
  readonly resets: readonly LimitReset[]
}

/** Percent of a budget at which its operator is told; empty for never. */
export const alertThresholds = z
  .array(z.number().int().min(1).max(100))
  .max(10)
  .refine((list) => new Set(list).size === list.length, 'each threshold may stand once')
export const defaultAlertThresholds: readonly number[] = [50, 80, 100]

const DAY_MS = 86_400_000
export const MAX_RAISE_MS = 366 * DAY_MS

export const budgetRaiseInput = z.object({
  id: z.string(),
  ...adjustedBudget,
  field: budgetField,
  addNanos: budgetRaise.shape.addNanos,
  until: timestamp,
})
export const limitOfKey = z.object({ id: z.string(), ...adjustedBudget, field: resettableField })

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
  /** Until when `limit` holds more than the key's own; null where it is not raised. */
  raisedUntil: timestamp.nullable(),
  /** Of `limit`, what the raise adds; 0 where there is none. */
  raisedBy: z.number(),
  /** When the operator last set it back within this period. */
  setBackAt: timestamp.nullable(),
  /** When it will be full at the pace of late; null where it will not within its period, or too little is known. */
  fullAt: timestamp.nullable(),
})
export type LimitState = z.infer<typeof limitState>

export const keyUsage = z.object({
  id: z.string(),
  at: timestamp,
  /** In the order of the fields, the key's own first. Caps per request have no state and are not here. */
  states: z.array(limitState),
})
export type KeyUsage = z.infer<typeof keyUsage>

/** Of many keys, for a list: only what is fullest, and how many limits there are. */
export const keyUsageGlance = z.object({
  id: z.string(),
  /** Set limits that have a state, of overrides too. */
  limits: z.number().int(),
  /** The fullest by share; null where no limit has a state. */
  fullest: limitState.pick({ field: true, model: true, limit: true, used: true, resetAt: true }).nullable(),
})
export type KeyUsageGlance = z.infer<typeof keyUsageGlance>

/** One day of the operator's calendar. */
export const spendDay = z.object({
  day: z.string(),
  requests: z.number(),
  tokens: z.number(),
  costNanos: z.number(),
})
export const keySpend = z.object({
  id: z.string(),
  at: timestamp,
  zone: z.string(),
  /** Oldest first, without gaps, ends today. */
  days: z.array(spendDay),
  total: spendDay.omit({ day: true }),
})
export type KeySpend = z.infer<typeof keySpend>
