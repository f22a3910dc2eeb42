import { accountHeaders } from './account-headers.ts'
import { apiBaseOf } from './base-url.ts'
import type { Provider } from './provider.ts'

/**
 * The built-in simulator. It is called over a real socket like any other upstream; its address and its token (as the
 * secret's `apiKey`) come from `simulator/server.ts` and are new with each start, so nothing of it is stored.
 */
export const simulatorProvider: Provider = {
  kind: 'simulator',
  needsSecret: false,
  defaultBaseUrl: null,
  dialects: new Set(['chat', 'responses', 'embeddings']),
  apiBase: apiBaseOf,
  headers: accountHeaders,
  isThirdParty: () => true,
}
