/** The gateway's routes as data: documented in docs/clients.md, rendered there from this table. */

import { plainRoutes } from './plain-routes.ts'
import type { GatewayRoute, SocketRoute } from './route-entry.ts'

export const routeTable: readonly (GatewayRoute | SocketRoute)[] = [
  { name: 'models', method: 'GET', path: '/v1/models', help: 'The models this key may use.' },
  { name: 'model', method: 'GET', path: '/v1/models/{id}', help: 'One of them.' },
  { name: 'chat', method: 'POST', path: '/v1/chat/completions', help: 'Chat Completions, streamed or not.' },
  { name: 'responses', method: 'POST', path: '/v1/responses', help: 'Responses, streamed or not.' },
  { name: 'responses', method: 'WS', path: '/v1/responses', help: 'Responses, turn by turn over one WebSocket.' },
  { name: 'embeddings', method: 'POST', path: '/v1/embeddings', help: 'Embeddings.' },
  { name: 'usage', method: 'GET', path: '/v1/usage', help: "The caller's own key: limits, used, remaining." },
  {
    name: 'tokens',
    method: 'POST',
    path: '/v1/ephemeral_tokens',
    help: 'Makes a token of the key, which must be allowed to.',
  },
  {
    name: 'models',
    method: 'GET',
    path: '/backend-api/codex/models',
    help: 'Models, on the path of the Codex backend.',
  },
  {
    name: 'responses',
    method: 'POST',
    path: '/backend-api/codex/responses',
    help: 'Responses, on the path of the Codex backend.',
  },
  { name: 'responses', method: 'WS', path: '/backend-api/codex/responses', help: 'The same over one WebSocket.' },
  ...['/backend-api/wham/usage', '/wham/usage', '/api/codex/usage'].map((path) => ({
    name: 'codexUsage' as const,
    method: 'GET' as const,
    path,
    help: "How much of the Pool's accounts is used, in Codex's own form.",
  })),
  ...['/backend-api/wham/accounts/check', '/wham/accounts/check', '/api/codex/accounts/check'].map((path) => ({
    name: 'codexAccounts' as const,
    method: 'GET' as const,
    path,
    help: 'The account that the Pool is to a Codex with a ChatGPT login.',
  })),
  ...plainRoutes,
  { name: 'healthz', method: 'GET', path: '/healthz', help: 'Answers while the process runs. No key needed.' },
  { name: 'readyz', method: 'GET', path: '/readyz', help: 'Answers 200 while requests are admitted, else 503.' },
]
