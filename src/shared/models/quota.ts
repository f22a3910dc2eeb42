/** What a provider says is left of a signed-in account, and what Weir makes of it. Kinds with API keys have `quotaWindow`. */
import { z } from 'zod'
import { timestamp } from './common.ts'

/** Where a figure comes from, the strongest first: a stream's own event, an answer's head, a refusal, the usage page. */
export const quotaSource = z.enum(['event', 'headers', 'refusal', 'usage'])
export type QuotaSource = z.infer<typeof quotaSource>

/**
 * `ok`: something is left. `exhausted`: nothing is, until `resetsAt`. `stale`: the figure is too old to go by. `reset`:
 * its reset has passed since, so it counts as full until somebody says otherwise.
 */
export const accountWindowState = z.enum(['ok', 'exhausted', 'stale', 'reset'])
export type AccountWindowState = z.infer<typeof accountWindowState>

/** One window of an account. Windows are told apart by meter and length, never by the order in which they came. */
export const accountWindow = z.object({
  /** Empty for the account as a whole, else the meter's name, as of one model. */
  meter: z.string(),
  /** The window's length: 300, 10,080, 43,200. */
  minutes: z.number().int().positive(),
  /** 0 to 100. */
  usedPercent: z.number(),
  resetsAt: timestamp.nullable(),
  observedAt: timestamp,
  source: quotaSource,
  state: accountWindowState,
  /** At the pace of late: when nothing is left, if that comes before the reset; null where it does not, or cannot be told. */
  emptyAt: timestamp.nullable(),
})
export type AccountWindow = z.infer<typeof accountWindow>

/** What is bought beside the plan. `balance` in the provider's own unit; null where it does not say. */
export const accountCredits = z.object({
  hasCredits: z.boolean(),
  isUnlimited: z.boolean(),
  balance: z.string().nullable(),
  observedAt: timestamp,
})
export type AccountCredits = z.infer<typeof accountCredits>

/** A reset that the provider keeps for the operator to use by hand. */
export const savedReset = z.object({
  id: z.string(),
  /** What it fills again, by the provider's word; null where it does not say. */
  title: z.string().nullable(),
  expiresAt: timestamp.nullable(),
})
export type SavedReset = z.infer<typeof savedReset>

/**
 * A saved reset that was asked to be used. `pending`: sent, and nobody knows yet whether it took; no other is sent before
 * that is known. `confirmed`: the provider said so, or the figures did. `failed`: refused, and still there. `set_aside`:
 * nobody ever learned whether it took, and the operator let it be.
 */
export const resetUse = z.object({
  id: z.string(),
  resetId: z.string(),
  at: timestamp,
  state: z.enum(['pending', 'confirmed', 'failed', 'set_aside']),
  /** Why it failed, or what is waited for; null once it is confirmed. */
  reason: z.string().nullable(),
})
export type ResetUse = z.infer<typeof resetUse>

export const accountQuota = z.object({
  windows: z.array(accountWindow),
  credits: accountCredits.nullable(),
  /** When the usage page was asked last; null for never. */
  polledAt: timestamp.nullable(),
  /** Why that failed, in a sentence; null where it did not. */
  pollError: z.string().nullable(),
  nextPollAt: timestamp.nullable(),
  /** Null where the provider was not asked, or has none to speak of. */
  savedResets: z.array(savedReset).nullable(),
  /** The last one that was used. */
  resetUse: resetUse.nullable(),
})
export type AccountQuota = z.infer<typeof accountQuota>

/** The course of one window, oldest first, thinned to what a chart shows. */
export const quotaCourse = z.object({
  meter: z.string(),
  minutes: z.number().int(),
  points: z.array(z.object({ at: timestamp, usedPercent: z.number(), resetsAt: timestamp.nullable() })),
})
export type QuotaCourse = z.infer<typeof quotaCourse>
