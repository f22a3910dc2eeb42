/** What the operator sees of sessions, and letting them go. They are in the gateway's memory; nothing of them is stored. */
import type { Actor } from '../../shared/models/audit.ts'
import type { LiveSession, SessionPage, SessionQuery } from '../../shared/models/session.ts'
import { findKey } from '../db/api-key-store.ts'
import type { Db } from '../db/database.ts'
import { findPoolName } from '../db/pool-store.ts'
import { findUpstream } from '../db/upstream-store.ts'
import { MAX_REMEMBERED, type Affinity } from '../gateway/affinity.ts'
import type { Changes, Target } from './change.ts'
import type { EventHub } from './events.ts'

export type SessionFilter = Omit<SessionQuery, 'limit'>

export interface SessionService {
  list(query: SessionQuery): SessionPage
  /** False where it is gone already, which changes nothing. */
  release(actor: Actor, id: string): { released: boolean }
  releaseAll(actor: Actor, filter: SessionFilter): { released: number }
}

export interface SessionDeps {
  readonly db: Db
  readonly affinity: Pick<Affinity, 'sessions' | 'release'>
  readonly changes: Changes
  readonly events: EventHub
}

export function createSessionService({ db, affinity, changes, events }: SessionDeps): SessionService {
  const keyTarget = (id: string): Target => {
    const key = findKey(db, id)
    return { kind: 'key', id, name: key?.name ?? null, poolId: key?.poolId ?? null }
  }

  /** By what most narrows it. */
  function targetOf({ upstreamId, keyId, poolId }: SessionFilter): Target {
    if (keyId !== undefined) return keyTarget(keyId)
    if (upstreamId !== undefined) {
      return { kind: 'upstream', id: upstreamId, name: findUpstream(db, upstreamId)?.name ?? null }
    }
    if (poolId !== undefined) return { kind: 'pool', id: poolId, name: findPoolName(db, poolId) ?? null }
    return { kind: 'gateway', id: null, name: null }
  }

  function letGo(found: readonly LiveSession[]): number {
    return found.filter(({ id }) => affinity.release(id) !== null).length
  }

  return {
    list: (query) => affinity.sessions(query),
    release(actor, id) {
      const session = affinity.sessions({ limit: MAX_REMEMBERED }).rows.find((each) => each.id === id)
      if (session === undefined) return { released: false }
      const target = keyTarget(session.keyId)
      const released = changes.run({ actor, action: 'session.release', target }, (commit) =>
        commit(() => ({ value: letGo([session]) > 0, target, after: { sessions: 1 } })),
      )
      events.emit({ type: 'session.changed' })
      return { released }
    },
    releaseAll(actor, filter) {
      const found = affinity.sessions({ ...filter, limit: MAX_REMEMBERED }).rows
      if (found.length === 0) return { released: 0 }
      const target = targetOf(filter)
      const released = changes.run({ actor, action: 'session.releaseAll', target }, (commit) =>
        commit(() => ({ value: letGo(found), target, after: { sessions: found.length } })),
      )
      events.emit({ type: 'session.changed' })
      return { released }
    },
  }
}
