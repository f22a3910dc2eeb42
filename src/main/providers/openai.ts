import { accountHeaders } from './account-headers.ts'
import { apiBaseOf, isOpenai } from './base-url.ts'
import { openaiOwnPlain, openaiPlain } from './openai-plain.ts'
import type { Provider } from './provider.ts'

/** OpenAI's own API, or a regional or company address in front of it. */
export const openaiProvider: Provider = {
  kind: 'openai',
  needsSecret: true,
  defaultBaseUrl: 'https://api.openai.com/v1',
  dialects: new Set(['chat', 'responses', 'embeddings']),
  plain: { ...openaiPlain, ...openaiOwnPlain },
  apiBase: apiBaseOf,
  headers: accountHeaders,
  isThirdParty: (baseUrl) => !isOpenai(baseUrl),
  socketPath: '/responses',
}
