import { z } from 'zod'
import { displayName, notes, timestamp } from './common.ts'

/** A Pool is the routing boundary: its assigned upstreams, its strategy, and the keys that may use it. */
export const poolStatus = z.enum(['active', 'disabled', 'archived'])
export type PoolStatus = z.infer<typeof poolStatus>

/** `priority`: lowest priority number first; equal priorities share by weight. */
export const poolStrategy = z.enum(['priority'])
export type PoolStrategy = z.infer<typeof poolStrategy>

/** An upstream's membership in a Pool. Priority 1 is tried first. Weight 0 means: only when no other is left. */
export const assignment = z.object({
  upstreamId: z.string(),
  priority: z.number().int().min(1).max(1_000),
  weight: z.number().int().min(0).max(1_000),
  enabled: z.boolean(),
})
export type Assignment = z.infer<typeof assignment>

export const pool = z.object({
  id: z.string(),
  name: displayName,
  status: poolStatus,
  strategy: poolStrategy,
  notes,
  assignments: z.array(assignment),
  createdAt: timestamp,
  updatedAt: timestamp,
})
export type Pool = z.infer<typeof pool>

export const poolDraft = z.object({
  name: displayName,
  strategy: poolStrategy.default('priority'),
  notes: notes.default(''),
  assignments: z
    .array(
      assignment.extend({
        priority: assignment.shape.priority.default(1),
        weight: assignment.shape.weight.default(1),
        enabled: z.boolean().default(true),
      }),
    )
    .max(200)
    .default([]),
})
export type PoolDraft = z.infer<typeof poolDraft>

/** Fields left out stay as they are. `assignments` replaces the whole list. */
export const poolPatch = z.object({
  name: displayName.optional(),
  status: poolStatus.optional(),
  strategy: poolStrategy.optional(),
  notes: notes.optional(),
  assignments: z.array(assignment).max(200).optional(),
})
export type PoolPatch = z.infer<typeof poolPatch>
