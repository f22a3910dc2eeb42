/**
 * What the gateway needs from the rest of Weir, as types: it never imports the database, the secret store or a service.
 */
import type { EnforcedFields, ModelPolicy, StoredKeyStatus } from '../../shared/models/key.ts'
import type { TokenDraft } from '../../shared/models/ephemeral-token.ts'
import type { UnpricedPolicy } from '../../shared/models/limit.ts'
import type { PriceRates } from '../../shared/models/price.ts'
import type { ModelFacts } from '../../shared/models/model-facts.ts'
import type { Assignment, PoolRouting, PoolStatus, PoolStrategy, ServingMode } from '../../shared/models/pool.ts'
import type {
  Attempt,
  ClientKind,
  Exclusion,
  PlanNote,
  RequestState,
  TokenUsage,
  UsageSource,
} from '../../shared/models/request.ts'
import type { UpstreamKind, UpstreamSecret, UpstreamStatus } from '../../shared/models/upstream.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { LimitRules } from './limits/rules.ts'
import type { LimitRefusal } from './limits/verdict.ts'

/** A Pool API key as the request path needs it: sets instead of lists, the allowlist compiled. */
export interface KeyRecord {
  readonly id: string
  readonly publicId: string
  readonly prefix: string
  readonly poolId: string
  /** SHA-256 of the whole key as written, 32 bytes. */
  readonly secretHash: Buffer
  /** The same of the secret before the last rotation; null where it opens nothing. */
  readonly previousHash: Buffer | null
  /** Epoch ms: from then on the old secret opens nothing. */
  readonly previousUntil: number | null
  readonly status: StoredKeyStatus
  readonly expiresAt: number | null
  readonly modelPolicy: ModelPolicy
  /** The ids of a `selected` policy, null for the other modes. */
  readonly selectedModels: ReadonlySet<string> | null
  readonly enforced: EnforcedFields
  readonly allowedUpstreams: ReadonlySet<string> | null
  /** Null allows every address. */
  readonly isIpAllowed: ((address: string) => boolean) | null
  /** Null where the key has neither a limit nor an override. */
  readonly limits: LimitRules | null
  readonly unpriced: UnpricedPolicy
  /** Whether it may make ephemeral tokens by itself. */
  readonly canMakeTokens: boolean
}

/** An ephemeral token as the request path needs it. It narrows what its key may, and nothing else. */
export interface TokenRecord {
  readonly id: string
  readonly publicId: string
  readonly prefix: string
  readonly keyId: string
  readonly keyPublicId: string
  /** SHA-256 of the whole token as written, 32 bytes. */
  readonly secretHash: Buffer
  /** Epoch ms: from then on it opens nothing. */
  readonly expiresAt: number
  readonly revokedAt: number | null
  readonly modelPolicy: ModelPolicy
  /** The ids of a `selected` policy, null for the other modes. */
  readonly selectedModels: ReadonlySet<string> | null
  /** Null allows every address that the key allows. */
  readonly isIpAllowed: ((address: string) => boolean) | null
  /** Null where it has none of its own. */
  readonly limits: LimitRules | null
}

export interface PoolRecord {
  readonly id: string
  readonly name: string
  readonly status: PoolStatus
  readonly strategy: PoolStrategy
  readonly assignments: readonly Assignment[]
  readonly routing: PoolRouting
  /** Null where the Pool lets every model pass under its own name, as most do. */
  readonly models: PoolModels | null
}

/** A Pool's own names for models, and which models it lets pass. */
export interface PoolModels {
  /** What is asked → what is sent. One step: what an alias leads to is not looked up again. */
  readonly aliases: ReadonlyMap<string, string>
  /** Null lets every model pass. */
  readonly allowed: ReadonlySet<string> | null
  /** Alias → upstream id → what that upstream calls it; left out where all call every model the same. */
  readonly byUpstream?: ReadonlyMap<string, ReadonlyMap<string, string>>
  /** Left out of lists; left out where none is. */
  readonly hidden?: ReadonlySet<string>
  /** How Codex's own models are asked, by the id that is sent; left out where each is as its provider says. */
  readonly modes?: ReadonlyMap<string, ServingMode>
}

/** What an upstream's own list says of its models, beyond their ids. */
export interface UpstreamCatalog {
  readonly facts: ReadonlyMap<string, ModelFacts>
  /** Of Codex's own list, by id: the entry as its provider wrote it, as JSON. In memory only, so empty after a start. */
  readonly entries: ReadonlyMap<string, string>
}

export interface UpstreamRecord {
  readonly id: string
  readonly name: string
  readonly kind: UpstreamKind
  readonly status: UpstreamStatus
  readonly statusReason: string | null
  readonly baseUrl: string
  readonly proxyUrl: string | null
  /** Fetched and manual ids together. Empty means the list is not known: any id is tried. */
  readonly models: ReadonlySet<string>
  /** Left out where its list says nothing but ids. */
  readonly catalog?: UpstreamCatalog
  /** Requests at the same time; null for any number. */
  readonly maxConcurrent: number | null
  /** In memory only; null when the kind needs none or none is set. */
  readonly secret: UpstreamSecret | null
}

/** What models cost, in memory, at one moment: whoever holds them is not met by a later change. */
export interface Prices {
  /** For what is sent upstream under this id. Null where it has no price. */
  rates(model: string, upstreamId: string): PriceRates | null
}

/** By itself what models cost now. */
export interface PriceSource extends Prices {
  /** Cheap: the same object until a price changes. */
  current(): Prices
  /** The most tokens that the model puts out; null where not known. */
  maxOutput(model: string): number | null
}

/** How many tokens a request's body has. */
export interface TokenSource {
  /** Never below what `count` says; cheap. */
  upperBound(dialect: Dialect, body: Buffer, model?: string): number
  /** Off the event loop. Never rejects. */
  count(dialect: Dialect, body: Buffer, model?: string): Promise<{ readonly tokens: number }>
}

/** What is known of a request when it is admitted. */
export interface AdmittedRow {
  readonly id: number
  readonly at: number
  readonly keyId: string
  readonly poolId: string
  readonly route: string
  readonly model: string | null
  readonly sentModel: string | null
  readonly effort: string | null
  readonly serviceTier: string | null
  readonly stream: boolean
  readonly reservedInput: number
  readonly reservedOutput: number
  /** Nano-dollars; null where no price was known. */
  readonly reservedCostNanos: number | null
  /** The override of the key that counts it; null where none applied. */
  readonly limitRule: string | null
  readonly client: ClientKind
  readonly clientIp: string
  readonly exclusions: readonly Exclusion[]
  /** How its upstreams were put in order; left out where there was nothing to choose and it did not wait. */
  readonly plan?: PlanNote
  /** The ephemeral token that it came with; left out for the key itself. */
  readonly tokenId?: string
  /** It came with the key's old secret, which opens until then. Not of the request log: it says when that was last used. */
  readonly graceUntil?: number
}

/** What is added when it is settled. */
export interface SettledRow {
  readonly state: Exclude<RequestState, 'open' | 'interrupted'>
  readonly upstreamId: string | null
  readonly status: number
  readonly errorCode: string | null
  readonly usage: TokenUsage
  readonly usageSource: UsageSource
  readonly costNanos: number | null
  readonly firstByteMs: number | null
  readonly durationMs: number
  readonly tries: readonly Attempt[]
  /** What its upstream was sent, null for what was asked: only where that is not what was noted at admission. */
  readonly sentModel?: string | null
}

/** A request in the log that is not settled yet. */
export interface OpenEntry {
  readonly admitted: AdmittedRow
}

/** The request log. Writes are collected and committed once per turn of the event loop. */
export interface Journal {
  /** Why nothing can be written now, or null. The gateway admits nothing new meanwhile. */
  readonly failure: string | null
  /** The request's entry, to be settled once. */
  admit(row: AdmittedRow): OpenEntry
  settle(entry: OpenEntry, settled: SettledRow): void
  /** What a running request holds is less than was noted: a kill charges it no more than this. Nothing once it is settled. */
  refine(entry: OpenEntry, held: Pick<AdmittedRow, 'reservedInput' | 'reservedCostNanos'>): void
  /** Calls back once everything written so far is committed, at once when nothing is waiting. */
  afterCommit(done: () => void): void
}

export interface GatewayEvents {
  settled(admitted: AdmittedRow, settled: SettledRow): void
  /** A limit of a key, or of a token, refused a request for good. Never throws. */
  limitRefused(refusal: LimitRefusal): void
  /** The provider refused the account's credential: an operator must act. */
  authFailed(upstreamId: string, reason: string): void
}

/** Keeps the tokens of signed-in accounts alive. */
export interface AccountKeeper {
  /**
   * The provider refused this access token. However many ask, new tokens are fetched once. `renewed`: the account has
   * another token now. `later`: none could be had at the moment. `refused`: an operator must sign in, and was told. Never
   * rejects.
   */
  refreshAfter401(upstreamId: string, usedToken: string): Promise<'renewed' | 'later' | 'refused'>
}

export interface Log {
  info(message: string, facts?: Readonly<Record<string, unknown>>): void
  warn(message: string, facts?: Readonly<Record<string, unknown>>): void
  error(message: string, facts?: Readonly<Record<string, unknown>>): void
}

/** What a token is made with. */
type TokenScope = Pick<TokenDraft, 'name' | 'ttlSeconds' | 'modelPolicy' | 'limits' | 'ipAllowlist'>

/** A token that was just made. */
export interface MadeToken {
  readonly id: string
  /** The whole token, which is shown this once. */
  readonly secret: string
  readonly prefix: string
  readonly createdAt: number
  readonly expiresAt: number
}

/** Makes an ephemeral token of a key. @throws AppError `token_limit_reached`, `invalid_input`, `database_…`. */
export type MintToken = (keyId: string, scope: TokenScope) => MadeToken
