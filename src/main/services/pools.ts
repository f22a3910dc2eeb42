/** Use-cases of Pools. An archived Pool can be restored; deleting it takes its keys along and keeps the request log. */
import { AppError } from '../../shared/errors.ts'
import type { Actor } from '../../shared/models/audit.ts'
import type { Assignment, ModelAlias, Pool, PoolDraft, PoolPatch } from '../../shared/models/pool.ts'
import type { UpstreamMembership } from '../../shared/models/upstream.ts'
import { deleteKeysOfPool } from '../db/api-key-store.ts'
import type { Db, Tx } from '../db/database.ts'
import { deletePool, findPool, insertPool, listPools, updatePool } from '../db/pool-store.ts'
import { findUpstream, unknownUpstreams } from '../db/upstream-store.ts'
import type { WritableDirectory } from '../gateway/directory.ts'
import type { PoolModels, PoolRecord } from '../gateway/ports.ts'
import type { Changes, Intent, Target } from './change.ts'
import type { EventHub } from './events.ts'
import { found, invalidField, newRecordId, shownIds } from './record-id.ts'
import { differenceOf, factsOf } from './sanitise.ts'

export interface PoolService {
  list(): Pool[]
  get(id: string): Pool
  create(actor: Actor, draft: PoolDraft): Pool
  update(actor: Actor, id: string, patch: PoolPatch): Pool
  /** A new Pool with everything of another one but its keys. It begins active, whatever the other is. */
  duplicate(actor: Actor, id: string, name: string): Pool
  /** Sets which Pools an upstream is in; each Pool that changes is an update of its own. Returns those. */
  assign(actor: Actor, upstreamId: string, memberships: readonly UpstreamMembership[]): Pool[]
  delete(actor: Actor, id: string): { deletedKeys: number }
}

const AUDITED = [
  'name',
  'status',
  'strategy',
  'routing',
  'notes',
  'assignments',
  'aliases',
  'allowedModels',
  'hiddenModels',
  'servingModes',
] as const

function poolModels({ aliases, allowedModels, hiddenModels, servingModes }: Pool): PoolModels | null {
  const modes = servingModes.filter(({ mode }) => mode !== 'auto')
  if (aliases.length + hiddenModels.length + modes.length === 0 && allowedModels === null) return null
  const byUpstream = aliases.flatMap(({ alias, upstreams = [] }): [string, Map<string, string>][] =>
    upstreams.length === 0 ? [] : [[alias, new Map(upstreams.map(({ upstreamId, model }) => [upstreamId, model]))]],
  )
  return {
    aliases: new Map(aliases.map(({ alias, model }) => [alias, model])),
    allowed: allowedModels && new Set(allowedModels),
    ...(byUpstream.length === 0 ? {} : { byUpstream: new Map(byUpstream) }),
    ...(hiddenModels.length === 0 ? {} : { hidden: new Set(hiddenModels) }),
    ...(modes.length === 0 ? {} : { modes: new Map(modes.map(({ model, mode }) => [model, mode])) }),
  }
}

export function toPoolRecord(pool: Pool): PoolRecord {
  const { id, name, status, strategy, assignments, routing } = pool
  return { id, name, status, strategy, assignments, routing, models: poolModels(pool) }
}

function targetOf(pool: Pool): Target {
  return { kind: 'pool', id: pool.id, name: pool.name }
}

function intentFor(actor: Actor, action: string, id: string, pool: Pool | undefined): Intent {
  return { actor, action, target: { kind: 'pool', id, name: pool?.name ?? null } }
}

function checkAssignments(tx: Tx, assignments: readonly Assignment[]): void {
  const ids = assignments.map((member) => member.upstreamId)
  if (new Set(ids).size < ids.length) throw invalidField('assignments', 'an upstream is listed twice')
  const unknown = unknownUpstreams(tx, ids)
  if (unknown.length > 0) throw invalidField('assignments', `there is no upstream ${shownIds(unknown)}`)
}

/** An upstream that is deleted later stays where it was named: it is asked for nothing. */
function checkAliases(tx: Tx, aliases: readonly ModelAlias[], before: readonly ModelAlias[]): void {
  const named = (list: readonly ModelAlias[]) =>
    list.flatMap(({ upstreams = [] }) => upstreams.map(({ upstreamId }) => upstreamId))
  const known = new Set(named(before))
  const unknown = unknownUpstreams(
    tx,
    named(aliases).filter((id) => !known.has(id)),
  )
  if (unknown.length > 0) throw invalidField('aliases', `there is no upstream ${shownIds(unknown)}`)
}

/** A Pool that is deleted later, or is not active, is passed over. */
function checkFallback(tx: Tx, { id, routing }: Pool): void {
  const { fallbackPoolId } = routing
  if (fallbackPoolId === null) return
  if (fallbackPoolId === id) throw invalidField('routing.fallbackPoolId', 'a Pool cannot be its own fallback')
  if (findPool(tx, fallbackPoolId) === undefined)
    throw invalidField('routing.fallbackPoolId', `there is no Pool ${shownIds([fallbackPoolId])}`)
}

/** In the order in which they are read back. */
function ordered(assignments: readonly Assignment[]): Assignment[] {
  return [...assignments].sort((a, b) => a.priority - b.priority || (a.upstreamId < b.upstreamId ? -1 : 1))
}

export function createPoolService(deps: {
  readonly db: Db
  readonly directory: WritableDirectory
  readonly changes: Changes
  readonly events: EventHub
  readonly now: () => number
}): PoolService {
  const { db, directory, changes, events, now } = deps

  /** The assignments of a Pool with this upstream's replaced; null where nothing differs. */
  function withMembership(pool: Pool, upstreamId: string, wanted: UpstreamMembership | undefined): Assignment[] | null {
    const present = pool.assignments.find((member) => member.upstreamId === upstreamId)
    const others = pool.assignments.filter((member) => member.upstreamId !== upstreamId)
    if (wanted === undefined) return present === undefined ? null : others
    const { priority, weight, enabled } = wanted
    const isSame = present?.priority === priority && present.weight === weight && present.enabled === enabled
    return isSame ? null : [...others, { upstreamId, priority, weight, enabled }]
  }

  function publish(pool: Pool): Pool {
    directory.putPool(toPoolRecord(pool))
    events.emit({ type: 'pool.changed', id: pool.id })
    return pool
  }

  function create(actor: Actor, draft: PoolDraft): Pool {
    const at = now()
    const assignments = ordered(draft.assignments)
    const pool: Pool = {
      id: newRecordId('pool'),
      status: 'active',
      ...draft,
      assignments,
      createdAt: at,
      updatedAt: at,
    }
    const intent = { actor, action: 'pool.create', target: { ...targetOf(pool), id: null } }
    changes.run(intent, (commit) =>
      commit((tx) => {
        checkAssignments(tx, pool.assignments)
        checkAliases(tx, pool.aliases, [])
        checkFallback(tx, pool)
        insertPool(tx, pool)
        return { value: null, target: targetOf(pool), after: factsOf(pool, AUDITED) }
      }),
    )
    return publish(pool)
  }

  function update(actor: Actor, id: string, patch: PoolPatch): Pool {
    const stored = findPool(db, id)
    return changes.run(intentFor(actor, 'pool.update', id, stored), (commit) => {
      const before = found(stored, 'pool')
      const after: Pool = {
        ...before,
        name: patch.name ?? before.name,
        status: patch.status ?? before.status,
        strategy: patch.strategy ?? before.strategy,
        routing: patch.routing ?? before.routing,
        notes: patch.notes ?? before.notes,
        assignments: patch.assignments ? ordered(patch.assignments) : before.assignments,
        aliases: patch.aliases ?? before.aliases,
        hiddenModels: patch.hiddenModels ?? before.hiddenModels,
        servingModes: patch.servingModes ?? before.servingModes,
        allowedModels: patch.allowedModels === undefined ? before.allowedModels : patch.allowedModels,
        updatedAt: now(),
      }
      const difference = differenceOf(before, after, AUDITED)
      if (difference === null) return before
      commit((tx) => {
        if (patch.assignments) checkAssignments(tx, after.assignments)
        if (patch.aliases) checkAliases(tx, after.aliases, before.aliases)
        if (after.routing.fallbackPoolId !== before.routing.fallbackPoolId) checkFallback(tx, after)
        updatePool(tx, after)
        return { value: null, target: targetOf(after), ...difference }
      })
      return publish(after)
    })
  }

  function duplicate(actor: Actor, id: string, name: string): Pool {
    const { id: _id, status: _status, createdAt: _at, updatedAt: _on, ...draft } = found(findPool(db, id), 'pool')
    return create(actor, { ...draft, name })
  }

  function assign(actor: Actor, upstreamId: string, memberships: readonly UpstreamMembership[]): Pool[] {
    found(findUpstream(db, upstreamId), 'ups')
    const wanted = new Map(memberships.map((row) => [row.poolId, row]))
    if (wanted.size < memberships.length) throw invalidField('pools', 'a Pool is listed twice')
    const pools = listPools(db)
    const known = new Set(pools.map((pool) => pool.id))
    const unknown = [...wanted.keys()].filter((id) => !known.has(id))
    if (unknown.length > 0) throw invalidField('pools', `there is no Pool ${shownIds(unknown)}`)
    return pools.flatMap((pool) => {
      const assignments = withMembership(pool, upstreamId, wanted.get(pool.id))
      return assignments === null ? [] : [update(actor, pool.id, { assignments })]
    })
  }

  function remove(actor: Actor, id: string): { deletedKeys: number } {
    const stored = findPool(db, id)
    const keys = changes.run(intentFor(actor, 'pool.delete', id, stored), (commit) => {
      const pool = found(stored, 'pool')
      if (pool.status !== 'archived') {
        throw new AppError('state_conflict', `The Pool “${pool.name}” is ${pool.status}. Archive it, then delete it.`)
      }
      return commit((tx) => {
        const keys = deleteKeysOfPool(tx, id)
        deletePool(tx, id)
        const before = { ...factsOf(pool, AUDITED), keys: keys.length }
        return { value: keys, target: targetOf(pool), before }
      })
    })
    directory.removePool(id)
    for (const key of keys) {
      directory.removeKey(key.publicId)
      events.emit({ type: 'key.changed', id: key.id })
    }
    events.emit({ type: 'pool.changed', id })
    return { deletedKeys: keys.length }
  }

  return {
    list: () => listPools(db),
    get: (id) => found(findPool(db, id), 'pool'),
    create,
    update,
    duplicate,
    assign,
    delete: remove,
  }
}
