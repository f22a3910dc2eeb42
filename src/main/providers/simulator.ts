import { accountHeaders } from './account-headers.ts'
import { apiBaseOf } from './base-url.ts'
import { openaiOwnPlain, openaiPlain } from './openai-plain.ts'
import type { PlainPlaces, Provider } from './provider.ts'

/** It has an image and a text for whatever model is named. */
const plain: PlainPlaces = {
  ...openaiOwnPlain,
  images: { ...openaiPlain.images, isUnlisted: true },
  image_edits: { ...openaiPlain.image_edits, isUnlisted: true },
  image_forms: { ...openaiPlain.image_forms, isUnlisted: true },
  transcriptions: { ...openaiPlain.transcriptions, isUnlisted: true },
  files: openaiPlain.files,
  dictation: { path: '/transcribe', isUnlisted: true },
  native_files: { path: '/native/files', isUnlisted: true },
}

/**
 * The built-in simulator. It is called over a real socket like any other upstream; its address and its token (as the
 * secret's `apiKey`) come from `simulator/server.ts` and are new with each start, so nothing of it is stored.
 */
export const simulatorProvider: Provider = {
  kind: 'simulator',
  needsSecret: false,
  defaultBaseUrl: null,
  dialects: new Set(['chat', 'responses', 'embeddings']),
  plain,
  apiBase: apiBaseOf,
  headers: accountHeaders,
  isThirdParty: () => true,
  socketPath: '/responses',
}
