/** What the pages say of one upstream beyond its record: may its Pools use it now, how it fared, what a deletion leaves. */
import type {
  PoolReadiness,
  UpstreamDeletePreview,
  UpstreamHealthHistory,
  UpstreamReadiness,
} from '../../shared/models/upstream.ts'
import type { Assignment, Pool } from '../../shared/models/pool.ts'
import { countKeys, keysAllowingOnly } from '../db/api-key-store.ts'
import type { Db } from '../db/database.ts'
import { findPool, listPools } from '../db/pool-store.ts'
import { findUpstream } from '../db/upstream-store.ts'
import type { Directory } from '../gateway/directory.ts'
import type { HealthView } from '../gateway/health.ts'
import { poolKeyPrefix } from '../gateway/pool-key.ts'
import type { PoolModels, UpstreamRecord } from '../gateway/ports.ts'
import { exclusionOf } from '../gateway/route.ts'
import type { QuotaEvidence } from '../providers/quota-evidence.ts'
import { providerOf } from '../providers/registry.ts'
import { toPoolRecord } from './pools.ts'
import { found } from './record-id.ts'
import { createUpstreamHealthLog, type UpstreamHealthLog } from './upstream-health.ts'
import type { UpstreamRuntime } from './upstream-runtime.ts'

export interface UpstreamOverview {
  health(id: string): UpstreamHealthHistory
  readiness(id: string): UpstreamReadiness[]
  /** Of every upstream in every Pool. */
  readinessAll(): (UpstreamReadiness & { upstreamId: string })[]
  /** Of each upstream of one Pool. */
  poolReadiness(poolId: string): PoolReadiness[]
  deletePreview(id: string): UpstreamDeletePreview
}

export interface UpstreamOverviewDeps {
  readonly db: Db
  readonly directory: Directory & Parameters<typeof createUpstreamHealthLog>[0]['directory']
  readonly health: HealthView
  readonly quota: Pick<QuotaEvidence, 'standing'>
  readonly runtime: UpstreamRuntime
  readonly now: () => number
}

const MAX_NAMED_KEYS = 20

function memberOf(pool: Pool, upstreamId: string): Assignment | undefined {
  return pool.assignments.find((member) => member.upstreamId === upstreamId)
}

/** One of the models that the Pool lets through to this upstream; null where it serves none of those. */
function anyModel(models: PoolModels | null, served: ReadonlySet<string>): string | null {
  if (models === null || models.allowed === null) return [...served][0] ?? ''
  const { allowed, aliases } = models
  // What is sent for an id of the list, through its alias if it has one, and for an alias that leads to one of the list.
  const sent = [
    ...[...allowed].map((id) => aliases.get(id) ?? id),
    ...[...aliases.values()].filter((id) => allowed.has(id)),
  ]
  if (served.size === 0) return sent[0] ?? null
  return sent.find((id) => served.has(id)) ?? null
}

export function createUpstreamOverview(deps: UpstreamOverviewDeps): UpstreamOverview {
  const { db, directory, health, now } = deps
  const log: UpstreamHealthLog = createUpstreamHealthLog({ ...deps, healthOf: deps.runtime.healthOf })

  function readinessIn(pool: Pool, member: Assignment, record: UpstreamRecord): UpstreamReadiness {
    const { priority, weight } = member
    const base = { poolId: pool.id, poolName: pool.name, priority, weight, isResting: false, until: null }
    const no = (reason: UpstreamReadiness['reason']) => ({ ...base, isReady: false, reason })
    if (pool.status !== 'active') return no(pool.status === 'archived' ? 'pool_archived' : 'pool_disabled')
    const poolRecord = toPoolRecord(pool)
    const model = anyModel(poolRecord.models, record.models)
    const rest = health.restOf(record.id)
    // Asked for a model and dialect that it has: what is left are the reasons that hold for every request.
    const [dialect = 'chat'] = providerOf(record.kind).dialects
    const question = { pool: poolRecord, key: { allowedUpstreams: null }, dialect, model: model ?? '', maxAttempts: 1 }
    const isAccount = record.kind === 'chatgpt'
    const dryUntil = isAccount ? deps.quota.standing(record.id, model ?? '', now()).until : null
    const reason = exclusionOf({ ...question, now: now() }, member, record, { ...rest, dryUntil })
    if (model === null && (reason === null || reason === 'model_not_served')) return no('models_not_allowed')
    const isResting = rest.until > now()
    const isRestEnd = isResting && (reason === null || reason === 'cooling_down')
    const until = reason === 'quota_exhausted' ? dryUntil : isRestEnd ? rest.until : null
    return { ...base, isReady: reason === null, reason, until, isResting: isResting && reason === null }
  }

  return {
    health(id) {
      found(findUpstream(db, id), 'ups')
      return log.of(id)
    },
    readiness(id) {
      const record = found(directory.upstream(id), 'ups')
      return listPools(db).flatMap((pool) => {
        const member = memberOf(pool, id)
        return member === undefined ? [] : [readinessIn(pool, member, record)]
      })
    },
    readinessAll() {
      return listPools(db).flatMap((pool) =>
        pool.assignments.flatMap((member) => {
          const record = directory.upstream(member.upstreamId)
          return record === undefined ? [] : [{ upstreamId: member.upstreamId, ...readinessIn(pool, member, record) }]
        }),
      )
    },
    poolReadiness(poolId) {
      const pool = found(findPool(db, poolId), 'pool')
      return pool.assignments.flatMap((member) => {
        const record = directory.upstream(member.upstreamId)
        if (record === undefined) return []
        const { poolId: _id, poolName: _name, ...readiness } = readinessIn(pool, member, record)
        return [{ upstreamId: member.upstreamId, ...readiness }]
      })
    },
    deletePreview(id) {
      const upstream = found(findUpstream(db, id), 'ups')
      const keys = countKeys(db, now())
      const only = keysAllowingOnly(db, id)
      const pools = listPools(db).filter((pool) => memberOf(pool, id) !== undefined)
      return {
        pools: pools.map(({ id: poolId, name, status, assignments }) => ({
          id: poolId,
          name,
          status,
          isLeftDry: !assignments.some((member) => member.enabled && member.upstreamId !== id),
          keys: keys.get(poolId)?.usable ?? 0,
        })),
        onlyKeys: only
          .slice(0, MAX_NAMED_KEYS)
          .map(({ publicId, ...row }) => ({ ...row, prefix: poolKeyPrefix(publicId) })),
        onlyKeyCount: only.length,
        requestsInFlight: health.view(id).inFlight,
        hasSecret: upstream.secret !== null,
      }
    },
  }
}
