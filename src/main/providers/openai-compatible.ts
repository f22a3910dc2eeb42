import { accountHeaders } from './account-headers.ts'
import { apiBaseOf, isOpenai } from './base-url.ts'
import { openaiPlain } from './openai-plain.ts'
import type { Provider } from './provider.ts'

/**
 * Anything that speaks OpenAI's protocols at another address. A secret is optional: local servers need none. Which
 * dialects it has cannot be known beforehand, so all are tried; what it lacks it answers with 404.
 */
export const openaiCompatibleProvider: Provider = {
  kind: 'openai-compatible',
  needsSecret: false,
  defaultBaseUrl: null,
  dialects: new Set(['chat', 'responses', 'embeddings']),
  plain: openaiPlain,
  apiBase: apiBaseOf,
  headers: accountHeaders,
  isThirdParty: (baseUrl) => !isOpenai(baseUrl),
}
