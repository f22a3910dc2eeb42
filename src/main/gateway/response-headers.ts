/** Which of an upstream's headers reach the client, and under which id the request stands in the log. */
import type { IncomingHttpHeaders } from 'node:http'

const DROPPED: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  // Of the account, not of the answer.
  'set-cookie',
  'proxy-authenticate',
  'www-authenticate',
  'openai-organization',
  'openai-project',
  'x-weir-key-rotated',
  // Of the provider's origin, which is not ours.
  'alt-svc',
  'strict-transport-security',
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-expose-headers',
])

export interface ClientHeaderOptions {
  readonly requestId: string
  /** Codex takes a differing `openai-model` for a sign of an account under suspicion. */
  readonly isModelChanged: boolean
  /** False where the body's length is not the upstream's. */
  readonly keepLength: boolean
  /** The key's own, flat: they take the place of the account's, which the caller does not know. */
  readonly limits: readonly string[] | null
  /** Narrows what passes to the names it takes; absent or null for no narrower than the rest. */
  readonly passesDown?: ((lowerName: string) => boolean) | null
}

/** Flat [name, value, …] for the client. */
export function clientHeaders(upstream: IncomingHttpHeaders, options: ClientHeaderOptions): string[] {
  const headers: string[] = []
  const { passesDown = null } = options
  for (const name in upstream) {
    if (DROPPED.has(name)) continue
    if (passesDown !== null && !passesDown(name)) continue
    if (name === 'content-length' && !options.keepLength) continue
    if (name === 'openai-model' && options.isModelChanged) continue
    if (options.limits !== null && name.startsWith('x-ratelimit-')) continue
    const value = upstream[name]
    if (typeof value === 'string') headers.push(name, value)
    else if (value !== undefined) for (const one of value) headers.push(name, one)
  }
  headers.push('x-weir-request-id', options.requestId)
  if (options.limits !== null) headers.push(...options.limits)
  return headers
}
