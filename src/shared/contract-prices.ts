/** The part of the contract that is about prices. */
import { z } from 'zod'
import { price, priceExport, priceList, priceRemove, priceRow, priceSet, priceSlot } from './models/price.ts'
import {
  priceImport,
  priceImported,
  pricePreview,
  pricePreviewInput,
  priceUpload,
  priceUploaded,
} from './models/price-import.ts'

export const priceRoutes = {
  /** Every price in force, and the models that have none. */
  'price.list': { input: z.object({}), output: priceList },
  /** Of one model or pattern, newest first, ending with what came with Weir. */
  'price.history': { input: priceSlot, output: z.array(price) },
  /** From now on. Past requests keep their cost. */
  'price.set': { input: priceSet, output: priceRow },
  /** Null when the model has no row of its own any more. */
  'price.remove': { input: priceRemove, output: priceRow.nullable() },
  /** The operator's own and imported prices as a file. */
  'price.export': { input: z.object({}), output: priceExport },
  /** A part of a file that is too large for one call. */
  'price.upload': { input: priceUpload, output: priceUploaded },
  /** Fetches or reads a list and compares it with what is in force. Changes nothing. */
  'price.preview': { input: pricePreviewInput, output: pricePreview },
  /** Takes a list over that was previewed, all of it or some rows. */
  'price.import': { input: priceImport, output: priceImported },
} satisfies Record<string, { input: z.ZodType; output: z.ZodType }>
