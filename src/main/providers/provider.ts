/** What the gateway must know of one kind of upstream. One file per kind implements it; `registry.ts` lists them. */
import type { UpstreamKind, UpstreamSecret } from '../../shared/models/upstream.ts'
import type { Dialect } from '../dialects/dialect.ts'

/** An address and credential to call, as the directory's record has them. */
export interface ProviderAccount {
  readonly baseUrl: string
  readonly proxyUrl: string | null
  readonly secret: UpstreamSecret | null
}

export interface Provider {
  readonly kind: UpstreamKind
  /** Without a secret such an upstream is not eligible. */
  readonly needsSecret: boolean
  /** Null where the operator must give one. */
  readonly defaultBaseUrl: string | null
  readonly dialects: ReadonlySet<Dialect>
  /** The address that `/chat/completions` and its like are appended to; no trailing slash. */
  apiBase(baseUrl: string): string
  /** Credential and extra headers as a flat list [name, value, …]. */
  headers(secret: UpstreamSecret | null): string[]
  /** True when the client's workspace metadata (folder, git remote) goes to somebody other than OpenAI. */
  isThirdParty(baseUrl: string): boolean
}
