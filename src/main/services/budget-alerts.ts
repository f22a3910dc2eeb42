/**
 * Tells the operator when a key has used a share of a budget, once per threshold and period. Away from the requests: a
 * settled one puts its key into a set, and what is in the set is looked at soon after. What was told is in the table of
 * notices, so a start, also after a kill, goes on where the last run was.
 */
import { thresholdsOf } from '../../shared/limit-policy.ts'
import type { LimitState, ResettableField } from '../../shared/models/limit.ts'
import type { BudgetFacts } from '../../shared/models/notice.ts'
import { findKey, listKeysAfter, type StoredKey } from '../db/api-key-store.ts'
import type { Db } from '../db/database.ts'
import { toldBudgets } from '../db/notice-store.ts'
import type { Ledger, LimitedKey } from '../gateway/limits/ledger.ts'
import type { LimitRefusal } from '../gateway/limits/verdict.ts'
import type { Log } from '../gateway/ports.ts'
import { isTold, levelOf, onceOf, placeOf, reachedThreshold } from './budget-thresholds.ts'
import { toKeyRecord } from './key-record.ts'
import type { LimitPace } from './limit-pace.ts'
import type { Notices } from './notices.ts'
import { nextTurn } from './turn.ts'

export interface BudgetAlerts {
  /** A request of the key was settled. */
  settled(keyId: string): void
  /** A limit refused a request. */
  refused(refusal: LimitRefusal): void
  /** The key was made, edited or deleted. */
  changed(keyId: string): void
  /** Looks at every key once. */
  start(): void
  /** Looks at what waits, and resolves when all is told. */
  close(): Promise<void>
}

export interface BudgetAlertDeps {
  readonly db: Db
  readonly ledger: Pick<Ledger, 'budgets' | 'periodOf'>
  readonly pace: LimitPace
  readonly notices: Pick<Notices, 'tell'>
  readonly log: Pick<Log, 'error'>
  readonly now: () => number
}

/** How long news of keys is gathered. */
const QUIET_MS = 250
const KEYS_PER_TURN = 100

/** A key with a budget and thresholds. */
interface Watched extends LimitedKey {
  readonly name: string
  readonly createdAt: number
  readonly thresholds: readonly number[]
  /** By override and field: what was told of its running period, read from the table when it first matters. */
  readonly told: Map<string, { readonly place: string; readonly facts: BudgetFacts[] }>
}

/** By override and field: the least that a refused request needed. */
type Asked = Map<string, number>

export function createBudgetAlerts(deps: BudgetAlertDeps): BudgetAlerts {
  const { db, ledger, now, log } = deps
  const watched = new Map<string, Watched>()
  /** Prefixes, as refusals name keys. */
  const byPrefix = new Map<string, string>()
  const news = new Map<string, Asked | null>()
  const ringing = new Set<Promise<void>>()
  let timer: NodeJS.Timeout | null = null
  let looking: Promise<void> | null = null
  let isClosed = false

  function wake(): void {
    if (timer !== null || isClosed) return
    timer = setTimeout(() => {
      timer = null
      // A look that takes long is followed by the next, never met by it.
      if (looking !== null) return wake()
      looking = look().finally(() => (looking = null))
    }, QUIET_MS)
    timer.unref()
  }

  function note(keyId: string): void {
    if (!news.has(keyId)) news.set(keyId, null)
    if (timer === null) wake()
  }

  /** What comes meanwhile waits for the next look. */
  async function look(): Promise<void> {
    const keys = [...news]
    news.clear()
    for (const [index, [keyId, asked]] of keys.entries()) {
      if (index > 0 && index % KEYS_PER_TURN === 0) await nextTurn()
      const key = watched.get(keyId)
      if (key !== undefined) tryTo('a key’s budgets cannot be looked at', () => lookAt(key, asked))
    }
  }

  /** A damaged row, a disk that refuses: the others go on. */
  function tryTo(what: string, work: () => void): void {
    try {
      work()
    } catch (cause) {
      log.error(what, { cause })
    }
  }

  function lookAt(key: Watched, asked: Asked | null): void {
    const at = now()
    for (const state of ledger.budgets(key, at)) {
      const settled = state.used - state.reserved
      const standing = { limit: state.limit, settled, asked: asked?.get(slotOf(state)) ?? null }
      const threshold = reachedThreshold(standing, key.thresholds)
      if (threshold !== null) ring(key, state, { threshold, settled, at })
    }
  }

  function ring(key: Watched, state: LimitState, { threshold, settled, at }: Reached): void {
    const { overrideId, model, field, setBackAt, limit, resetAt } = state
    const period = ledger.periodOf(field as ResettableField, at)
    const place = placeOf({ keyId: key.id, overrideId, field, period, setBackAt })
    const told = toldAt(key, slotOf(state), place)
    if (isTold(told, threshold, limit)) return
    const facts: BudgetFacts = { field, overrideId, model, threshold, limit, used: settled, resetAt, fullAt: null }
    told.push(facts)
    const telling = tell(key, state, { facts, once: onceOf(place, limit, threshold), at }).then((isKept) => {
      // Told by nobody yet: it is found again with the next news of the key.
      if (!isKept) key.told.delete(slotOf(state))
    })
    ringing.add(telling)
    void telling.finally(() => ringing.delete(telling))
  }

  function toldAt(key: Watched, slot: string, place: string): BudgetFacts[] {
    const known = key.told.get(slot)
    if (known?.place === place) return known.facts
    const facts = toldBudgets(db, place)
    key.told.set(slot, { place, facts })
    return facts
  }

  /** Never rejects. */
  async function tell(key: Watched, state: LimitState, { facts, once, at }: Bell): Promise<boolean> {
    const fullAt = await deps.pace.projected(key, [state], at).then(
      ([projected]) => projected?.fullAt ?? null,
      (cause: unknown) => {
        log.error('how fast a key uses its budget could not be read', { keyId: key.id, cause })
        return null
      },
    )
    return deps.notices.tell({
      at,
      kind: 'budget.threshold',
      level: levelOf(facts.threshold),
      subject: { kind: 'key', id: key.id, name: key.name },
      budget: { ...facts, fullAt: facts.threshold >= 100 ? null : fullAt },
      once,
    })
  }

  function watch(key: StoredKey): void {
    const thresholds = thresholdsOf(key) ?? []
    if (key.status === 'revoked' || thresholds.length === 0) return unwatch(key.id)
    const { id, name, createdAt } = key
    const { limits, prefix } = toKeyRecord(key)
    const told = watched.get(id)?.told ?? new Map()
    watched.set(id, { id, prefix, limits, name, createdAt, thresholds, told })
    byPrefix.set(prefix, id)
    note(id)
  }

  function unwatch(keyId: string): void {
    const key = watched.get(keyId)
    if (key === undefined) return
    watched.delete(keyId)
    byPrefix.delete(key.prefix)
  }

  async function watchAll(): Promise<void> {
    for (let after = ''; ; await nextTurn()) {
      if (isClosed) return
      const slice = listKeysAfter(db, after, KEYS_PER_TURN)
      for (const key of slice) tryTo('a key cannot be watched', () => watch(key))
      if (slice.length < KEYS_PER_TURN) return
      after = slice.at(-1)?.id ?? after
    }
  }

  return {
    settled(keyId) {
      if (watched.has(keyId)) note(keyId)
    },
    refused({ kind, keyPrefix, rule, field, requested }) {
      const keyId = kind === 'budget' ? byPrefix.get(keyPrefix) : undefined
      if (keyId === undefined) return
      note(keyId)
      const asked: Asked = news.get(keyId) ?? new Map()
      const slot = slotOf({ overrideId: rule, field })
      asked.set(slot, Math.min(requested, asked.get(slot) ?? Infinity))
      news.set(keyId, asked)
    },
    changed(keyId) {
      tryTo('a key cannot be watched', () => {
        const key = findKey(db, keyId)
        if (key === undefined) unwatch(keyId)
        else watch(key)
      })
    },
    start: () => void watchAll(),
    async close() {
      isClosed = true
      if (timer !== null) clearTimeout(timer)
      await looking
      await look()
      await Promise.all(ringing)
    },
  }
}

interface Reached {
  readonly threshold: number
  readonly settled: number
  readonly at: number
}

interface Bell {
  readonly facts: BudgetFacts
  readonly once: string
  readonly at: number
}

function slotOf({ overrideId, field }: Pick<LimitState, 'overrideId' | 'field'>): string {
  return `${overrideId ?? ''} ${field}`
}
