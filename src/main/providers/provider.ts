/** What the gateway must know of one kind of upstream. One file per kind implements it; `registry.ts` lists them. */
import type { UpstreamKind, UpstreamSecret } from '../../shared/models/upstream.ts'
import type { Dialect, PlainName, RouteFamily } from '../dialects/dialect.ts'
import type { FieldEdits, JsonFields } from '../dialects/json-fields.ts'

/** An address and credential to call, as the directory's record has them. */
export interface ProviderAccount {
  readonly baseUrl: string
  readonly proxyUrl: string | null
  readonly secret: UpstreamSecret | null
}

/** Who a request is from, as far as a backend minds. */
export interface Asker {
  readonly isCodex: boolean
  readonly userAgent: string | null
  /** Not a turn but something that passes as it is: its own content type stands, and its answer need not be a stream. */
  readonly isPlain?: boolean
}

/** Where something is served that passes as it is. */
export interface PlainPlace {
  /** Behind the API base, or beside its last segment where it begins with `../`. */
  readonly path: string
  /** Its models are not in the upstream's list. */
  readonly isUnlisted?: boolean
}

/** By what it is; nothing for what it has not got. */
export type PlainPlaces = Readonly<Partial<Record<PlainName, PlainPlace>>>

/** What a backend that is made for one client wants of all the others. It answers with a stream whatever was asked. */
export interface BackendRules {
  /** What must change in a body of `responses`, beyond what policy wants. */
  edits(fields: JsonFields, isCodex: boolean): FieldEdits
  /** Which of a client's headers it may see; names in lower case. */
  passesUp(lowerName: string): boolean
  /** Which of its headers a client may see. */
  passesDown(lowerName: string): boolean
  /** Headers that take the place of the client's, flat. */
  identity(asker: Asker): readonly string[]
}

export interface Provider {
  readonly kind: UpstreamKind
  /** Without a secret such an upstream is not eligible. */
  readonly needsSecret: boolean
  /** Null where the operator must give one. */
  readonly defaultBaseUrl: string | null
  readonly dialects: ReadonlySet<Dialect>
  readonly plain: PlainPlaces
  /** The address that `/chat/completions` and its like are appended to; no trailing slash. */
  apiBase(baseUrl: string): string
  /** Appended to the address of the model list. */
  readonly modelQuery?: string
  /** Credential and extra headers as a flat list [name, value, …]. */
  headers(secret: UpstreamSecret | null): string[]
  /** True when the client's workspace metadata (folder, git remote) goes to somebody other than OpenAI. */
  isThirdParty(baseUrl: string): boolean
  /** Absent where a request is sent as the client wrote it. */
  readonly backend?: BackendRules
  /** Appended to the address for Responses over a WebSocket; absent where they are had over HTTP only. */
  readonly socketPath?: string
}

export function servesFamily({ dialects, plain }: Provider, family: RouteFamily): boolean {
  return dialects.has(family as Dialect) || Object.hasOwn(plain, family)
}

/** Whether the list of its models tells of those that this is asked with. */
export function listsModelsOf({ plain }: Provider, family: RouteFamily): boolean {
  return plain[family as PlainName]?.isUnlisted !== true
}

/** The path of a place at an upstream. `basePath` is without a trailing slash. */
export function plainPath(basePath: string, { path }: PlainPlace): string {
  return path.startsWith('../')
    ? basePath.slice(0, Math.max(0, basePath.lastIndexOf('/'))) + path.slice(2)
    : basePath + path
}
