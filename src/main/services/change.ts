/**
 * Every change runs through here: its writes and its audit row are one transaction, and a change that failed leaves a
 * row that says so. An audit row never names an id that Weir did not make: a caller may paste anything there.
 */
import type { AppError } from '../../shared/errors.ts'
import type { Actor, AuditEntry } from '../../shared/models/audit.ts'
import { insertAudit } from '../db/audit-store.ts'
import type { Db, Tx } from '../db/database.ts'
import { findPoolName } from '../db/pool-store.ts'
import { writeError } from '../db/store-error.ts'
import type { Log } from '../gateway/ports.ts'
import { isRecordId } from './record-id.ts'
import { factsOf, type Facts } from './sanitise.ts'

export interface Target {
  readonly kind:
    | 'pool'
    | 'upstream'
    | 'key'
    | 'token'
    | 'price'
    | 'settings'
    | 'gateway'
    | 'backup'
    | 'data'
    | 'audit'
    | 'system'
  readonly id: string | null
  readonly name: string | null
  /** The Pool that a key, or a token's key, belongs to: its name of now goes into the row. */
  readonly poolId?: string | null
}

export interface Intent {
  readonly actor: Actor
  /** `area.verb`, as in the contract. */
  readonly action: string
  readonly target: Target
}

/** What a transaction hands back: its result and what the audit row says of it. */
export interface Written<T> {
  readonly value: T
  readonly target: Target
  readonly before?: Facts | null
  readonly after?: Facts | null
  /** For a change that records somebody else's failure, as a model list that could not be fetched. */
  readonly errorCode?: string | null
}

/** One transaction with its audit row. */
export type Commit = <T>(write: (tx: Tx) => Written<T>) => T

export interface Changes {
  run<T>(intent: Intent, work: (commit: Commit) => T): T
  runAsync<T>(intent: Intent, work: (commit: Commit) => Promise<T>): Promise<T>
}

export function createChanges(deps: {
  readonly db: Db
  readonly now: () => number
  readonly log: Log
  /** Called after each audit row. */
  readonly onAudit?: () => void
}): Changes {
  const { db, now, log, onAudit = () => {} } = deps

  /** A name as an audit row may hold it. */
  function shownName(name: string | null | undefined): string | null {
    return name === null || name === undefined ? null : String(factsOf({ name }, ['name']).name)
  }

  function entry(
    intent: Intent,
    target: Target,
  ): Omit<AuditEntry, 'id' | 'outcome' | 'errorCode' | 'before' | 'after'> {
    return {
      at: now(),
      actor: intent.actor,
      action: intent.action,
      targetKind: target.kind,
      targetId: target.id !== null && isRecordId(target.id) ? target.id : null,
      targetName: shownName(target.name),
      poolName: shownName(target.poolId ? findPoolName(db, target.poolId) : null),
    }
  }

  function commitFor(intent: Intent): Commit {
    return (write) => {
      const value = db.transaction((tx) => {
        const { value, target, before = null, after = null, errorCode = null } = write(tx)
        const outcome = errorCode === null ? 'success' : 'failure'
        insertAudit(tx, { ...entry(intent, target), outcome, errorCode, before, after })
        return value
      })
      onAudit()
      return value
    }
  }

  function failed(intent: Intent, thrown: unknown): AppError {
    const error = writeError(thrown, db.$client.name)
    try {
      insertAudit(db, {
        ...entry(intent, intent.target),
        outcome: 'failure',
        errorCode: error.code,
        before: null,
        after: null,
      })
      onAudit()
    } catch (cause) {
      // The caller learns of the first failure; that it could not be recorded as well is for the log.
      log.error('a failed change could not be written to the audit log', { action: intent.action, cause })
    }
    return error
  }

  return {
    run(intent, work) {
      try {
        return work(commitFor(intent))
      } catch (error) {
        throw failed(intent, error)
      }
    },
    async runAsync(intent, work) {
      try {
        return await work(commitFor(intent))
      } catch (error) {
        throw failed(intent, error)
      }
    },
  }
}
