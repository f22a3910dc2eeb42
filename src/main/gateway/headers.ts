/**
 * Which headers pass. Unknown ones do, in both directions and with their spelling, because clients and providers talk to
 * each other in headers we have never heard of. What stays here: the framing of one connection, every credential, every
 * account header, and what a proxy or browser added about the caller.
 */

const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade']

const NOT_UPSTREAM = new Set([
  ...HOP_BY_HOP,
  'host',
  'content-length',
  // The body is sent decoded, and the answer must come unencoded so that it can be passed on chunk by chunk.
  'content-encoding',
  'accept-encoding',
  'expect',
  'authorization',
  'proxy-authorization',
  'x-api-key',
  'api-key',
  'cookie',
  'chatgpt-account-id',
  'openai-organization',
  'openai-project',
  'origin',
  'referer',
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'sec-fetch-dest',
  'sec-fetch-mode',
  'sec-fetch-site',
  'sec-fetch-user',
])

const NOT_DOWNSTREAM = new Set([
  ...HOP_BY_HOP,
  'set-cookie',
  'proxy-authenticate',
  'www-authenticate',
  'alt-svc',
  'strict-transport-security',
  'openai-organization',
  'openai-project',
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-expose-headers',
])

/** Lower case is asked for the same few spellings again and again. Bounded, since clients choose the names. */
function memoised(decide: (lowerName: string) => boolean): (name: string) => boolean {
  const known = new Map<string, boolean>()
  return (name) => {
    const cached = known.get(name)
    if (cached !== undefined) return cached
    const result = decide(name.toLowerCase())
    if (known.size >= 1_000) known.clear()
    known.set(name, result)
    return result
  }
}

const passesUpstream = memoised((name) => !NOT_UPSTREAM.has(name))
const passesDownstream = memoised((name) => !NOT_DOWNSTREAM.has(name))

/** Codex's turn metadata: folder, git remote and commit of the operator's project, as JSON. */
const WORKSPACE_HEADER = 'x-codex-turn-metadata'
/** Names the model a second time; wrong as soon as the model is rewritten. */
const ROUTING_HINT = 'x-codex-routing-hint'

export interface UpstreamHeaderOptions {
  /** Credential and extra headers of the account, flat. A name in here replaces the client's. */
  readonly account: readonly string[]
  readonly dropWorkspaceMetadata: boolean
  readonly isModelChanged: boolean
}

/** Headers for the upstream as a flat list [name, value, …], from the client's raw ones. */
export function upstreamHeaders(raw: readonly string[], options: UpstreamHeaderOptions): string[] {
  const { account } = options
  const headers: string[] = ['accept-encoding', 'identity']
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? ''
    if (!passesUpstream(name) || isNamedBy(account, name)) continue
    if (options.dropWorkspaceMetadata || options.isModelChanged) {
      const lower = name.toLowerCase()
      if (lower === WORKSPACE_HEADER && (options.dropWorkspaceMetadata || options.isModelChanged)) continue
      if (lower === ROUTING_HINT && options.isModelChanged) continue
    }
    headers.push(name, raw[i + 1] ?? '')
  }
  for (const part of account) headers.push(part)
  return headers
}

function isNamedBy(flat: readonly string[], name: string): boolean {
  // The credential never passes anyway; only extra headers are compared, and most accounts have none.
  if (flat.length <= 2) return false
  const lower = name.toLowerCase()
  for (let i = 0; i < flat.length; i += 2) if (flat[i]?.toLowerCase() === lower) return true
  return false
}

export interface ClientHeaderOptions {
  readonly requestId: string
  /** Codex takes a differing `openai-model` for a sign of an account under suspicion. */
  readonly isModelChanged: boolean
  /** The framing is ours when the length is not the upstream's. */
  readonly keepLength: boolean
}

/** The upstream's headers for the client, flat, with the id under which the request stands in the log. */
export function clientHeaders(raw: readonly Buffer[] | readonly string[], options: ClientHeaderOptions): string[] {
  const headers: string[] = []
  for (let i = 0; i < raw.length; i += 2) {
    const name = text(raw[i])
    if (!passesDownstream(name)) continue
    if (options.isModelChanged && name.toLowerCase() === 'openai-model') continue
    if (!options.keepLength && name.toLowerCase() === 'content-length') continue
    headers.push(name, text(raw[i + 1]))
  }
  headers.push('x-weir-request-id', options.requestId)
  return headers
}

function text(value: Buffer | string | undefined): string {
  return typeof value === 'string' ? value : (value?.toString('latin1') ?? '')
}

/** The value of one header in a flat raw list, by lower-case name. */
export function rawHeader(raw: readonly Buffer[] | readonly string[], lowerName: string): string | null {
  for (let i = 0; i < raw.length; i += 2) {
    const name = text(raw[i])
    if (name.length === lowerName.length && name.toLowerCase() === lowerName) return text(raw[i + 1])
  }
  return null
}
