import { z } from 'zod'
import { displayName, timestamp } from './common.ts'
import { requestFilter } from './request.ts'

/** The pages whose filters can be saved. */
export const filterPage = z.enum(['requests', 'audit', 'keys', 'pools', 'upstreams'])
export type FilterPage = z.infer<typeof filterPage>

/** What a page filters by, as it stands in its address: flat, small, no cursor. */
export const filterValues = z
  .record(
    z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,39}$/),
    z.union([
      z.string().max(200),
      z.number(),
      z.boolean(),
      z.array(z.union([z.string().max(200), z.number()])).max(100),
    ]),
  )
  .refine((values) => JSON.stringify(values).length <= 4_096, 'must be at most 4,096 characters as JSON')
export type FilterValues = z.infer<typeof filterValues>

export const savedFilter = z.object({
  id: z.string(),
  page: filterPage,
  name: displayName,
  filter: filterValues,
  createdAt: timestamp,
  updatedAt: timestamp,
})
export type SavedFilter = z.infer<typeof savedFilter>

/** With `id` an existing one is changed, without it a new one is made. Names are unique per page. */
export const savedFilterDraft = z.object({
  id: z.string().optional(),
  page: filterPage,
  name: displayName,
  filter: filterValues,
})
export type SavedFilterDraft = z.infer<typeof savedFilterDraft>

/** The request log's filter as it is kept: a range that ends now in place of fixed times, and the columns shown. */
export const savedRequestFilter = requestFilter.extend({
  last: z.enum(['15m', '1h', '24h', '7d', '30d']).optional(),
  columns: z.array(z.string().max(40)).max(40).optional(),
})
