/** What the overview and the lists of Pools, upstreams and keys show of traffic: one call each, whatever their number. */
import { z } from 'zod'
import { timestamp } from './common.ts'
import { modelFacts } from './model-facts.ts'
import { attempt, requestState } from './request.ts'
import { percentiles, timeZone, usageSums } from './stats.ts'
import { upstreamHealth, upstreamKind } from './upstream.ts'

/** One period's figures. Of all requests those count as successful that neither failed nor were refused. */
export const periodFigures = z.object({
  from: timestamp,
  to: timestamp,
  sums: usageSums,
  /** Successful ÷ (all − refused), 0 to 1. Null when nothing was dispatched. */
  successRate: z.number().nullable(),
  latency: percentiles.nullable(),
  firstByte: percentiles.nullable(),
})
export type PeriodFigures = z.infer<typeof periodFigures>

/** A key or a model; `prefix` of keys only. */
export const topEntry = z.object({
  id: z.string(),
  /** Null where the record is gone and nobody remembers its name. */
  name: z.string().nullable(),
  sums: usageSums,
  /** Of all requests and of all tokens (input and output) of the day, 0 to 1. */
  requestShare: z.number(),
  tokenShare: z.number(),
  prefix: z.string().nullable(),
})
export type TopEntry = z.infer<typeof topEntry>

/** Requests that ended with the same code. The log filtered by `errorCode` and `from` shows them all. */
export const failureGroup = z.object({
  errorCode: z.string(),
  count: z.number(),
  lastAt: timestamp,
  exampleId: z.string(),
})
export type FailureGroup = z.infer<typeof failureGroup>

export const overviewUpstream = z.object({
  id: z.string(),
  name: z.string(),
  kind: upstreamKind,
  health: upstreamHealth,
  /** Sums of the last five minutes and of the last 24 hours. */
  recent: usageSums,
  day: usageSums,
  latency: percentiles.nullable(),
})

export const overviewQuery = z.object({ zone: timeZone })
export const overview = z.object({
  at: timestamp,
  /** From local midnight until now; yesterday from its midnight for as long. */
  today: periodFigures,
  yesterday: periodFigures,
  /** Of today, at most 5, by tokens. */
  topKeys: z.array(topEntry),
  topModels: z.array(topEntry),
  upstreams: z.array(overviewUpstream),
  /** Of the last 24 hours, most frequent first, at most 20. */
  failures: z.object({ from: timestamp, groups: z.array(failureGroup) }),
})
export type Overview = z.infer<typeof overview>

/** A row per Pool; `pool.summary` has the counts of keys and upstreams. */
export const poolFigures = z.object({
  id: z.string(),
  /** Of the last 24 hours. */
  day: usageSums,
  /** Failed ÷ (all − refused) of the last 24 hours. Null when nothing was dispatched. */
  failureShare: z.number().nullable(),
  /** The last five hours in steps of 15 minutes, oldest first. */
  series: z.array(z.object({ at: timestamp, requests: z.number(), tokens: z.number(), tokensPerSecond: z.number() })),
  /** The last 24 hours by the hour, oldest first. */
  hours: z.array(z.object({ at: timestamp, requests: z.number(), failed: z.number(), tokens: z.number() })),
})
export type PoolFigures = z.infer<typeof poolFigures>

export const keyFiguresQuery = z.object({
  from: timestamp,
  to: timestamp,
  poolId: z.string().optional(),
  id: z.string().optional(),
})
export type KeyFiguresQuery = z.infer<typeof keyFiguresQuery>

export const keyFigures = z.object({
  /** Of everything in the range, also of keys since deleted with their Pool: what the shares are of. */
  total: usageSums,
  /** A row per key with traffic in the range. */
  keys: z.array(
    z.object({
      id: z.string(),
      sums: usageSums,
      requestShare: z.number(),
      tokenShare: z.number(),
      lastUsedAt: timestamp.nullable(),
    }),
  ),
})
export type KeyFigures = z.infer<typeof keyFigures>

export const upstreamFigures = z.object({
  id: z.string(),
  /** Of the last five minutes, of the last five hours, and of the last 24 hours. */
  recent: usageSums,
  fiveHours: usageSums,
  day: usageSums,
  latency: percentiles.nullable(),
  firstByte: percentiles.nullable(),
  /** The last 24 hours by the hour, oldest first: latency and health in one. */
  hours: z.array(
    z.object({
      at: timestamp,
      requests: z.number(),
      failed: z.number(),
      latency: percentiles.nullable(),
      firstByte: percentiles.nullable(),
    }),
  ),
})
export type UpstreamFigures = z.infer<typeof upstreamFigures>

export const upstreamAttemptsQuery = z.object({
  id: z.string(),
  limit: z.number().int().min(1).max(100).default(25),
  before: z.string().optional(),
})
export type UpstreamAttemptsQuery = z.infer<typeof upstreamAttemptsQuery>

/** Dispatches to one upstream, newest first, also those after which another upstream served the request. */
export const upstreamAttempts = z.object({
  rows: z.array(
    attempt.omit({ upstreamId: true }).extend({
      requestId: z.string(),
      model: z.string().nullable(),
      /** How the request ended in the end. */
      state: requestState,
    }),
  ),
  /** Cursor of the following page; null at the end. A page may be short, or empty, and have a next one. */
  next: z.string().nullable(),
  searchedTo: timestamp.nullable(),
})
export type UpstreamAttempts = z.infer<typeof upstreamAttempts>

/** A model id that Weir knows from anywhere, for pickers. */
export const catalogModel = z.object({
  id: z.string(),
  /** `fetched`: from a provider's list. `manual`: typed. `simulator`. `alias`: a Pool's own name. `seen`: in the log. */
  sources: z.array(z.enum(['fetched', 'manual', 'simulator', 'alias', 'seen'])),
  upstreamIds: z.array(z.string()),
  /** Pools with an enabled upstream that serves it, or with an alias of this name. */
  poolIds: z.array(z.string()),
  /** Of the last 7 days. */
  requests: z.number(),
  /** What all upstreams that serve it agree on; null where no list says anything. */
  facts: modelFacts.nullable(),
})
export type CatalogModel = z.infer<typeof catalogModel>
