/** A bundle for whoever helps: what runs and how it fares, without secrets, names (unless asked for) or content. */
import { z } from 'zod'
import { timestamp } from './common.ts'

export const diagnosticsInput = z.object({
  /** With the names of Pools, upstreams and keys. */
  names: z.boolean().default(false),
})

export const diagnosticsPreview = z.object({
  /** Exactly what would be saved. */
  text: z.string(),
  fileName: z.string(),
  bytes: z.number(),
  createdAt: timestamp,
})
export type DiagnosticsPreview = z.infer<typeof diagnosticsPreview>

export const diagnosticsSaved = z.object({ path: z.string(), bytes: z.number() })
export type DiagnosticsSaved = z.infer<typeof diagnosticsSaved>
