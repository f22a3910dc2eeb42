/** A list of prices from outside, looked at before it is taken over. */
import { z } from 'zod'
import { timestamp } from './common.ts'
import { priceRates, priceSource } from './price.ts'

/** What one call may carry: a call of the operator surface has a bound of its own. */
export const UPLOAD_PART_CHARS = 200_000

/** A file in parts, in order. The first part has no id and gets one; a part is at most 200,000 characters. */
export const priceUpload = z.object({
  id: z.string().max(40).nullable().default(null),
  part: z.string().min(1).max(UPLOAD_PART_CHARS),
})
export type PriceUpload = z.infer<typeof priceUpload>

export const priceUploaded = z.object({ id: z.string(), bytes: z.number().int() })
export type PriceUploaded = z.infer<typeof priceUploaded>

const fileName = z.string().min(1).max(200)

/** From an https address, from a file that was uploaded, or as text. */
export const pricePreviewInput = z.union([
  z.strictObject({ url: z.string().min(1).max(2_000) }),
  z.strictObject({ uploadId: z.string().max(40), name: fileName }),
  z.strictObject({ text: z.string().min(1).max(UPLOAD_PART_CHARS), name: fileName }),
])
export type PricePreviewInput = z.infer<typeof pricePreviewInput>

export const priceImportRow = z.object({
  /** Its place in the list, from 1. */
  row: z.number().int().positive(),
  model: z.string(),
  upstreamId: z.string().nullable(),
  /** Against what is in force for it now. */
  change: z.enum(['added', 'changed', 'unchanged']),
  /** In force now, also through a pattern. Null where it has no price. */
  before: z.object({ rates: priceRates, source: priceSource }).nullable(),
  after: priceRates,
  /** An upstream lists this model, or it was used in the last 30 days. */
  known: z.boolean(),
})
export type PriceImportRow = z.infer<typeof priceImportRow>

/** A row that cannot be taken over. */
export const priceImportProblem = z.object({
  row: z.number().int().positive(),
  /** The model as the list writes it, shortened. */
  name: z.string(),
  reason: z.string(),
})
export type PriceImportProblem = z.infer<typeof priceImportProblem>

export const priceListFormat = z.enum(['weir', 'litellm'])
export type PriceListFormat = z.infer<typeof priceListFormat>

export const pricePreview = z.object({
  /** For `price.import`, once, until `expiresAt`. */
  id: z.string(),
  format: priceListFormat,
  /** The address or the file's name: the note of what is imported. */
  origin: z.string(),
  expiresAt: timestamp,
  rows: z.array(priceImportRow),
  invalid: z.array(priceImportProblem),
  counts: z.object({
    added: z.number().int(),
    changed: z.number().int(),
    unchanged: z.number().int(),
    invalid: z.number().int(),
  }),
})
export type PricePreview = z.infer<typeof pricePreview>

/** Without `rows`, everything that differs. Rows that do not differ are never written. */
export const priceImport = z.object({
  id: z.string().max(40),
  rows: z.array(z.number().int().positive()).min(1).max(20_000).optional(),
})
export type PriceImport = z.infer<typeof priceImport>

export const priceImported = z.object({ added: z.number().int(), changed: z.number().int() })
export type PriceImported = z.infer<typeof priceImported>
