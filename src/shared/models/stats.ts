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
