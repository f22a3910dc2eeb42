import { z } from 'zod'

/** Epoch milliseconds, UTC. */
export const timestamp = z.number().int().nonnegative()

/** What an operator calls a record. Unique per kind of record, compared without case. */
export const displayName = z.string().trim().min(1).max(80)

export const notes = z.string().max(2_000)

/** A model id as clients write it: printable, no blanks, bounded. */
export const modelId = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without blanks')

/** A page of rows, newest first. `next` is the cursor of the following page, null on the last. */
export function page<T extends z.ZodType>(row: T) {
  return z.object({ rows: z.array(row), next: z.string().nullable() })
}
