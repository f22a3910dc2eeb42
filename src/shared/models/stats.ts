import { z } from 'zod'
import { timestamp } from './common.ts'

export const statsDimension = z.enum(['none', 'key', 'pool', 'upstream', 'model'])
export type StatsDimension = z.infer<typeof statsDimension>

/** Sums over minute buckets. `to` is exclusive; both ends are rounded down to whole minutes. */
export const statsQuery = z.object({
  from: timestamp,
  to: timestamp,
  /** Width of one point in minutes; 0 sums the whole range into one point. */
  stepMinutes: z.number().int().min(0).max(1_440).default(0),
  groupBy: statsDimension.default('none'),
  keyId: z.string().optional(),
  poolId: z.string().optional(),
})
export type StatsQuery = z.infer<typeof statsQuery>

/** `group` is the id of the dimension, empty for `none`. Durations are sums in ms, so that averages can be built. */
export const statsPoint = z.object({
  at: timestamp,
  group: z.string(),
  requests: z.number(),
  failed: z.number(),
  refused: z.number(),
  input: z.number(),
  cached: z.number(),
  output: z.number(),
  reasoning: z.number(),
  costNanos: z.number(),
  durationMs: z.number(),
})
export type StatsPoint = z.infer<typeof statsPoint>

/** An IANA name like `Europe/Berlin`, `UTC`, or an offset like `+05:30`: the operator's own, for days and hours. */
export const timeZone = z
  .string()
  .max(60)
  .regex(/^[A-Za-z0-9_+\-/:]+$/)
  .refine(isTimeZone, 'is not a time zone that this machine knows')
  .default('UTC')

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** Sums over settled requests. `input` contains `cached`; `output` contains `reasoning`. */
export const usageSums = z.object({
  requests: z.number(),
  failed: z.number(),
  refused: z.number(),
  input: z.number(),
  cached: z.number(),
  output: z.number(),
  reasoning: z.number(),
  costNanos: z.number(),
  /** Durations summed, so that an average can be built. */
  durationMs: z.number(),
})
export type UsageSums = z.infer<typeof usageSums>

/**
 * Percentiles in ms over the completed requests of the period, read from a histogram whose steps are 6 % wide: a figure
 * is within 3 % of the exact one. `count` is how many requests it is built from.
 */
export const percentiles = z.object({ p50: z.number(), p95: z.number(), count: z.number() })
export type Percentiles = z.infer<typeof percentiles>

export const seriesRange = z.enum(['1h', '24h', '7d', '30d'])
export type SeriesRange = z.infer<typeof seriesRange>
export const seriesMetric = z.enum(['requests', 'tokens', 'cost', 'failed'])
export type SeriesMetric = z.infer<typeof seriesMetric>

/** Traffic over time. Steps: 2 minutes of the last hour, 30 minutes of a day, 3 hours of 7 days, days of 30 days. */
export const seriesQuery = z.object({
  range: seriesRange.default('24h'),
  zone: timeZone,
  groupBy: statsDimension.default('model'),
  metric: seriesMetric.default('tokens'),
  /** The largest groups by the metric get a line of their own; the rest is summed as one more. */
  top: z.number().int().min(1).max(20).default(6),
  keyId: z.string().optional(),
  poolId: z.string().optional(),
  upstreamId: z.string().optional(),
  model: z.string().optional(),
})
export type SeriesQuery = z.infer<typeof seriesQuery>

export const seriesGroup = z.object({
  /** Id of the key, Pool or upstream, or the model; empty for "none". Null is the sum of all groups not listed. */
  id: z.string().nullable(),
  /** Null where the record is gone and nobody remembers its name. The model's id for models. */
  name: z.string().nullable(),
  /** The metric over the whole range. Cost in nano-dollars. */
  total: z.number(),
  /** The metric per step, as long as `steps`. */
  values: z.array(z.number()),
})
export type SeriesGroup = z.infer<typeof seriesGroup>

/** Groups by falling total, the sum of the others last. */
export const series = z.object({
  from: timestamp,
  to: timestamp,
  /** Where each step starts, aligned to midnight of the zone; the last one runs still. */
  steps: z.array(timestamp),
  groups: z.array(seriesGroup),
})
export type Series = z.infer<typeof series>
