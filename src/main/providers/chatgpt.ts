import { codexBackendEdits } from '../dialects/codex-backend.ts'
import { accountHeaders } from './account-headers.ts'
import type { BackendRules, Provider } from './provider.ts'

/** The Codex that requests of other clients are sent as. Models are listed by it: a backend hides those it is too old for. */
export const CODEX_VERSION = '0.169.0'
const ORIGINATOR = 'codex_cli_rs'

/** What Codex says to its backend of session, turn and thread. Anything else of a client stays here. */
const UP: ReadonlySet<string> = new Set([
  'content-type',
  'originator',
  'user-agent',
  'version',
  'session-id',
  'session_id',
  'thread-id',
  'conversation_id',
  'x-client-request-id',
])
const UP_FAMILY = /^x-(?:codex|openai)-/

/**
 * What the backend says to Codex of this answer. Its figures of the account's quota are not the caller's to see. Nor is
 * the tag of its list of models: Codex has ours, and would fetch that again after every answer.
 */
const DOWN: ReadonlySet<string> = new Set([
  'cache-control',
  'content-length',
  'content-type',
  'openai-model',
  'retry-after',
  'x-codex-safety-buffering-enabled',
  'x-codex-safety-buffering-faster-model',
  'x-codex-turn-state',
  'x-reasoning-included',
  'x-request-id',
])

const rules: BackendRules = {
  edits: codexBackendEdits,
  passesUp: (lowerName) => UP.has(lowerName) || UP_FAMILY.test(lowerName),
  passesDown: (lowerName) => DOWN.has(lowerName),
  identity({ isCodex, userAgent, isPlain = false }) {
    const own = isCodex ? /\/(\d+\.\d+\.\d+)/.exec(userAgent ?? '')?.[1] : undefined
    const headers = isPlain ? ['accept', '*/*'] : ['accept', 'text/event-stream', 'content-type', 'application/json']
    headers.push('version', own ?? CODEX_VERSION)
    if (!isCodex) headers.push('originator', ORIGINATOR, 'user-agent', `${ORIGINATOR}/${CODEX_VERSION}`)
    return headers
  },
}

/**
 * A ChatGPT plan, signed in to as Codex does. It speaks Responses only, always as a stream and never stores; what other
 * clients ask for otherwise is brought into that form.
 */
export const chatgptProvider: Provider = {
  kind: 'chatgpt',
  needsSecret: true,
  defaultBaseUrl: 'https://chatgpt.com/backend-api/codex',
  dialects: new Set(['responses']),
  plain: {
    compact: { path: '/responses/compact' },
    search: { path: '/alpha/search' },
    // Its list of models is of those that Codex can turn to; the others are known to the backend alone.
    images: { path: '/images/generations', isUnlisted: true },
    image_edits: { path: '/images/edits', isUnlisted: true },
    transcriptions: { path: '../transcribe', isUnlisted: true },
    dictation: { path: '../transcribe', isUnlisted: true },
    native_files: { path: '../files', isUnlisted: true },
  },
  apiBase: (baseUrl) => baseUrl.replace(/\/+$/, ''),
  modelQuery: `?client_version=${CODEX_VERSION}`,
  headers(secret) {
    const account = secret?.account
    if (account === undefined) return accountHeaders(secret)
    const { accessToken, accountId, residency } = account
    const headers = ['authorization', `Bearer ${accessToken}`, 'chatgpt-account-id', accountId]
    if (residency !== null) headers.push('x-openai-internal-codex-residency', residency)
    return headers
  },
  // OpenAI's own client sends the same to the same place.
  isThirdParty: () => false,
  backend: rules,
  socketPath: '/responses',
}
