/** A request that nobody sends, as routing is asked about it, and the directory as it would be with a draft. */
import type { Directory } from './directory.ts'
import { BYTES_PER_TOKEN, type PermitQuestion } from './permit.ts'
import type { KeyRecord, PoolRecord } from './ports.ts'
import type { RequestHeaders } from './request-headers.ts'

/** A Pool as it would be saved, and upstreams that are taken as paused. */
export interface DraftedPool {
  readonly pool: PoolRecord
  readonly paused: ReadonlySet<string>
}

/** As it is at this moment: later changes are not seen in what the draft replaces, nor in the settings. */
export function draftedDirectory(directory: Directory, { pool, paused }: DraftedPool): Directory {
  return {
    ...directory,
    pool: (id) => (id === pool.id ? pool : directory.pool(id)),
    upstream(id) {
      const record = directory.upstream(id)
      return record !== undefined && paused.has(id) ? { ...record, status: 'paused' } : record
    },
  }
}

/** May use every model and every upstream: for questions that name no key. */
export function openKey(poolId: string): KeyRecord {
  return {
    id: '',
    publicId: '',
    prefix: 'any key',
    poolId,
    secretHash: Buffer.alloc(0),
    previousHash: null,
    previousUntil: null,
    status: 'active',
    expiresAt: null,
    modelPolicy: { mode: 'all' },
    selectedModels: null,
    enforced: { model: null, effort: null, serviceTier: null },
    allowedUpstreams: null,
    isIpAllowed: null,
    limits: null,
    unpriced: 'warn',
    canMakeTokens: false,
  }
}

export interface Asked {
  readonly key: KeyRecord
  readonly pool: PoolRecord
  readonly dialect: PermitQuestion['dialect']
  /** As the client asks for it. */
  readonly model: string
  readonly isStream: boolean
  readonly serviceTier?: string | null
  /** As a client tells it in a header; null where it tells none. */
  readonly session: string | null
  readonly inputTokens: number
  readonly outputTokens: number | null
}

export type Askable = PermitQuestion & {
  readonly headers: Pick<RequestHeaders, 'session' | 'turnState'>
}

const MAX_INPUT = 1_000_000
const NO_MEMBERS = new Map<never, never>()
/** Stands for bodies of any size: the pages of a buffer that nobody wrote to take no memory. */
let blank: Buffer | null = null

/** A stand-in for a request of that size, without anything that a client could have written into it. */
export function askableOf({
  key,
  pool,
  dialect,
  model,
  isStream,
  serviceTier = null,
  session,
  ...size
}: Asked): Askable {
  blank ??= Buffer.alloc(MAX_INPUT * BYTES_PER_TOKEN)
  const bytes = blank.subarray(0, Math.min(size.inputTokens, MAX_INPUT) * BYTES_PER_TOKEN)
  return {
    key,
    token: null,
    pool,
    dialect,
    facts: {
      model,
      stream: isStream,
      effort: null,
      serviceTier,
      maxOutput: size.outputTokens,
      asksUsage: false,
      hasWorkspaceMetadata: false,
    },
    fields: { bytes, members: NO_MEMBERS },
    headers: { session, turnState: null },
  }
}
