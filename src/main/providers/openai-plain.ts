/** Where OpenAI's API, and what is built like it, has what passes as it is. */
import type { PlainPlaces } from './provider.ts'

/** Files are asked for without a model. */
export const openaiPlain = {
  images: { path: '/images/generations' },
  image_edits: { path: '/images/edits' },
  image_forms: { path: '/images/edits' },
  transcriptions: { path: '/audio/transcriptions' },
  files: { path: '/files', isUnlisted: true },
} as const satisfies PlainPlaces

/** What only OpenAI itself has. */
export const openaiOwnPlain = {
  compact: { path: '/responses/compact' },
  search: { path: '/alpha/search' },
} as const satisfies PlainPlaces
