/**
 * One pass over a request's raw headers: what the gateway itself reads, and what may go on to an upstream. Unknown
 * headers pass with their spelling, because clients and providers talk to each other in headers we have never heard of.
 * What stays here: the framing of one connection, every credential, every account header, and what a proxy or browser
 * added about the caller.
 */
import { AppError } from '../../shared/errors.ts'
import { SESSION_HEADERS, sessionRank } from './session.ts'

export interface RequestHeaders {
  readonly host: string | null
  readonly origin: string | null
  readonly fetchSite: string | null
  /** The one credential, without `Bearer`; null when there is none. */
  readonly credential: string | null
  /** Two headers carried different credentials. */
  readonly hasConflict: boolean
  readonly contentEncoding: string | null
  readonly contentLength: number
  readonly userAgent: string | null
  readonly originator: string | null
  /** What tells the session best of what came; it passes as well. */
  readonly session: string | null
  /** Codex's turn, as the upstream named it; it passes as well. */
  readonly turnState: string | null
  /** Flat [name, value, …] of what may pass in any case. */
  readonly passing: readonly string[]
  /** Flat; Codex's turn metadata and routing hint, which pass on conditions. */
  readonly conditional: readonly string[]
}

/** Codex's turn metadata: folder, git remote and commit of the operator's project, as JSON. Names the model, too. */
const WORKSPACE_HEADER = 'x-codex-turn-metadata'
/** Names the model a second time; wrong as soon as the model is rewritten. */
const ROUTING_HINT_HEADER = 'x-codex-routing-hint'
export const TURN_STATE_HEADER = 'x-codex-turn-state'

type Role =
  | 'pass'
  | 'drop'
  | 'conditional'
  | 'host'
  | 'origin'
  | 'site'
  | 'bearer'
  | 'key'
  | 'encoding'
  | 'length'
  | 'agent'
  | 'originator'
  | 'session'
  | 'turn'

const roles: Readonly<Record<string, Role>> = {
  host: 'host',
  origin: 'origin',
  'sec-fetch-site': 'site',
  authorization: 'bearer',
  'x-api-key': 'key',
  'api-key': 'key',
  // The body is sent decoded, and the answer must come unencoded so that it can be passed on chunk by chunk.
  'content-encoding': 'encoding',
  'content-length': 'length',
  'user-agent': 'agent',
  originator: 'originator',
  [TURN_STATE_HEADER]: 'turn',
  ...Object.fromEntries(SESSION_HEADERS.map((name) => [name, 'session' as const])),
  [WORKSPACE_HEADER]: 'conditional',
  [ROUTING_HINT_HEADER]: 'conditional',
  ...dropped('connection keep-alive proxy-connection te trailer transfer-encoding upgrade expect'),
  ...dropped('accept-encoding cookie proxy-authorization chatgpt-account-id openai-organization openai-project'),
  ...dropped('referer forwarded via x-real-ip x-forwarded-for x-forwarded-host x-forwarded-proto'),
  ...dropped('sec-fetch-dest sec-fetch-mode sec-fetch-user'),
}

function dropped(names: string): Record<string, Role> {
  return Object.fromEntries(names.split(' ').map((name) => [name, 'drop']))
}

/** Whether a text holds something that begins as Pool keys and ephemeral tokens do. */
function holdsKey(value: string): boolean {
  return value.includes('-weir-') && /(?:sk|et)-weir-/.test(value)
}

/** By spelling: the same few come again and again. Bounded, since clients choose the names. */
const known = new Map<string, Role>()

function roleOf(name: string): Role {
  const cached = known.get(name)
  if (cached !== undefined) return cached
  const lower = name.toLowerCase()
  const role = (Object.hasOwn(roles, lower) ? roles[lower] : undefined) ?? 'pass'
  if (known.size >= 1_000) known.clear()
  known.set(name, role)
  return role
}

/** Two spellings occur in the wild: the scheme in any case, and no scheme at all. */
function withoutScheme(value: string): string {
  return value.startsWith('Bearer ') ? value.slice(7).trim() : value.replace(/^bearer(?:\s+|$)/i, '').trim()
}

/** Mutable while it is filled, one shape for all requests. */
class Headers implements RequestHeaders {
  host: string | null = null
  origin: string | null = null
  fetchSite: string | null = null
  credential: string | null = null
  hasConflict = false
  contentEncoding: string | null = null
  contentLength = 0
  userAgent: string | null = null
  originator: string | null = null
  session: string | null = null
  turnState: string | null = null
  #sessionRank = Number.POSITIVE_INFINITY
  readonly passing: string[] = []
  readonly conditional: string[] = []

  addCredential(value: string): void {
    if (value === '') return
    if (this.credential !== null && this.credential !== value) this.hasConflict = true
    this.credential = value
  }

  /** Some clients repeat their key in a header of another service's fashion: that stays here. */
  pass(name: string, value: string): boolean {
    if (holdsKey(value)) return false
    this.passing.push(name, value)
    return true
  }

  /** The one that tells best stays; of equals the first. */
  addSession(name: string, value: string): void {
    const rank = sessionRank(name)
    if (value === '' || rank >= this.#sessionRank) return
    this.#sessionRank = rank
    this.session = value
  }
}

export function readHeaders(raw: readonly string[]): RequestHeaders {
  const headers = new Headers()
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? ''
    const value = raw[i + 1] ?? ''
    switch (roleOf(name)) {
      case 'pass':
        headers.pass(name, value)
        break
      case 'session':
        if (headers.pass(name, value)) headers.addSession(name, value)
        break
      case 'turn':
        if (headers.pass(name, value)) headers.turnState ??= value
        break
      case 'conditional':
        headers.conditional.push(name, value)
        break
      case 'host':
        headers.host ??= value
        break
      case 'origin':
        headers.origin ??= value
        break
      case 'site':
        headers.fetchSite ??= value
        break
      case 'bearer':
        headers.addCredential(withoutScheme(value))
        break
      case 'key':
        headers.addCredential(value.trim())
        break
      case 'encoding':
        headers.contentEncoding ??= value
        break
      case 'length':
        headers.contentLength = Number(value)
        break
      case 'agent':
        headers.userAgent ??= value
        headers.passing.push(name, value)
        break
      case 'originator':
        headers.originator ??= value
        headers.passing.push(name, value)
        break
      case 'drop':
        break
    }
  }
  return headers
}

/** @throws AppError `api_key_missing`, `credentials_conflict`. */
export function credentialOf(headers: RequestHeaders): string {
  if (headers.hasConflict) {
    throw new AppError('credentials_conflict', 'Two headers of the request carry different keys.')
  }
  if (headers.credential === null) {
    const message = 'The request carries no Pool API key. Send it as "Authorization: Bearer sk-weir-…".'
    throw new AppError('api_key_missing', message)
  }
  return headers.credential
}

export interface UpstreamHeaderOptions {
  /** Credential and extra headers of the account, flat. A name in here replaces the client's. */
  readonly account: readonly string[]
  readonly dropWorkspaceMetadata: boolean
  readonly isModelChanged: boolean
  /** Narrows what passes to the names it takes, in lower case; absent or null for no narrower than the rest. */
  readonly passesUp?: ((lowerName: string) => boolean) | null
}

/** Headers for the upstream, flat. */
export function upstreamHeaders(headers: RequestHeaders, options: UpstreamHeaderOptions): string[] {
  const { account, dropWorkspaceMetadata, isModelChanged, passesUp = null } = options
  const sent = ['accept-encoding', 'identity', ...account]
  // The client's credential never passes; only extra headers are compared, and most accounts have none.
  const isPlain = account.length === 0 || (account.length === 2 && account[0] === 'authorization')
  const replaced = isPlain ? null : namesOf(account)
  const add = (name: string, value: string): void => {
    const lower = name.toLowerCase()
    if (replaced?.has(lower) !== true && passesUp?.(lower) !== false) sent.push(name, value)
  }
  const { passing, conditional } = headers
  if (replaced === null) for (const part of passing) sent.push(part)
  else for (let i = 0; i < passing.length; i += 2) add(passing[i] ?? '', passing[i + 1] ?? '')
  for (let i = 0; i < conditional.length; i += 2) {
    const name = conditional[i] ?? ''
    const isHint = name.toLowerCase() === ROUTING_HINT_HEADER
    if (!isModelChanged && (isHint || !dropWorkspaceMetadata)) add(name, conditional[i + 1] ?? '')
  }
  return sent
}

function namesOf(flat: readonly string[]): ReadonlySet<string> {
  const names = new Set<string>()
  for (let i = 0; i < flat.length; i += 2) names.add((flat[i] ?? '').toLowerCase())
  return names
}
