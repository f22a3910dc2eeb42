/**
 * What is going on in each Pool: how many of its requests run, who waits for a place, whose turn it is, and what it may
 * still repeat. In memory. A request holds one place in its Pool until it is settled, and one at each upstream while it
 * is there; both are taken in the turn in which it was planned, so no limit can be overshot.
 */
import { AppError } from '../../shared/errors.ts'
import type { Settings } from '../../shared/settings.ts'
import type { Errand } from './breakers.ts'
import { createFairQueue, type FairQueue } from './fair-queue.ts'
import type { Health } from './health.ts'
import type { SentModel } from './model-at.ts'
import { Place } from './place.ts'
import type { PoolRecord } from './ports.ts'
import { createRetryBudget, type RetryBudget } from './retry-budget.ts'
import { RouteRefusal } from './route-refusal.ts'
import type { Plan } from './stages.ts'
import { createTurns, type Turns } from './strategies/turns.ts'

export interface TrafficView {
  readonly turns: Pick<Turns, 'credit'>
  running(poolId: string): number
  waiting(poolId: string): number
}

/** A request that waits. */
export interface Waiting<T> {
  readonly pool: PoolRecord
  /** Keys take turns. */
  readonly keyId: string
  /** What is busy for one is busy for all that ask the same. */
  readonly asks: string
  readonly waitMs: number
  /** Takes its places and goes, or null: there is still no room. Whatever it throws ends the wait. */
  go(): T | null
}

/** `refused`: it waited for as long as it may, or there was no place to wait in, or it was called off. */
export type Waited<T> = { readonly went: T } | { readonly refused: AppError }

export interface Traffic extends TrafficView {
  readonly turns: Turns
  /** Others wait already: nobody overtakes them. */
  mustWait(poolId: string): boolean
  /** Takes a place in the Pool and at the plan's first upstream, and the turn. To be called when it was just planned. */
  open(pool: PoolRecord, plan: Plan, errand: Errand & SentModel): Place
  /** Whether a request that failed elsewhere may try this upstream. */
  mayRetry(poolId: string, upstreamId: string): boolean
  /** `cancelled` settles when its client has gone. Rejects with what `go` throws. */
  wait<T>(waiting: Waiting<T>, onGone: (leave: () => void) => void): Promise<Waited<T>>
  /** Nobody waits from now on: those who do are refused. */
  close(): void
}

/** Room may also come without anybody leaving: a rest ends, a limit is raised, an upstream is resumed. */
const LOOK_AGAIN_MS = 100

interface Waiter {
  readonly asks: string
  /** True where it left the queue: it went, or failed. */
  tryGo(): boolean
  refuse(error: AppError): void
}

interface PoolState {
  running: number
  record: PoolRecord
  readonly queue: FairQueue<Waiter>
  readonly budget: RetryBudget
}

export interface TrafficDeps {
  readonly health: Health
  readonly directory: { readonly settings: Settings; pool(id: string): PoolRecord | undefined }
  /** Monotonic ms. */
  readonly now: () => number
}

export function createTraffic({ health, directory, now }: TrafficDeps): Traffic {
  const pools = new Map<string, PoolState>()
  const turns = createTurns()
  let waiters = 0
  let isClosed = false
  let isLookPlanned = false
  let again: NodeJS.Timeout | null = null

  function stateOf(record: PoolRecord): PoolState {
    const known = pools.get(record.id)
    if (known !== undefined) {
      known.record = record
      return known
    }
    const budget = createRetryBudget(() => directory.settings['routing.retryBudgetPercent'], now)
    const fresh: PoolState = { running: 0, record, queue: createFairQueue<Waiter>(), budget }
    pools.set(record.id, fresh)
    return fresh
  }

  /** After the turn: whoever just left an upstream goes on to its next one first. */
  function lookSoon(): void {
    if (waiters === 0 || isLookPlanned) return
    isLookPlanned = true
    queueMicrotask(look)
  }

  function look(): void {
    isLookPlanned = false
    for (const state of pools.values()) if (state.queue.size > 0) letIn(state)
    if (waiters === 0 && again !== null) {
      clearInterval(again)
      again = null
    }
  }

  function letIn(state: PoolState): void {
    const record = directory.pool(state.record.id) ?? state.record
    const busy = new Set<string>()
    const test = (waiter: Waiter): boolean => {
      if (busy.has(waiter.asks)) return false
      if (waiter.tryGo()) return true
      busy.add(waiter.asks)
      return false
    }
    while (hasRoom(record, state.running) && state.queue.take(test) !== null) waiters--
  }

  function leftPool(poolId: string): void {
    const state = pools.get(poolId)
    if (state === undefined) return
    state.running--
    lookSoon()
    if (state.running === 0 && state.queue.size === 0 && directory.pool(poolId) === undefined) {
      pools.delete(poolId)
      turns.forget(poolId)
    }
  }

  function wait<T>(waiting: Waiting<T>, onGone: (leave: () => void) => void): Promise<Waited<T>> {
    const { pool, keyId, asks, waitMs } = waiting
    const state = stateOf(pool)
    if (isClosed) return Promise.resolve({ refused: closing() })
    if (state.queue.size >= pool.routing.queueLength) return Promise.resolve({ refused: queueFull(pool) })
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        asks,
        tryGo() {
          try {
            const went = waiting.go()
            if (went === null) return false
            resolve({ went })
          } catch (error) {
            reject(error as Error)
          }
          clearTimeout(timer)
          return true
        },
        refuse(error) {
          clearTimeout(timer)
          if (state.queue.remove(keyId, waiter)) waiters--
          resolve({ refused: error })
        },
      }
      const timer = setTimeout(() => waiter.refuse(tooLong(pool, waitMs)), waitMs)
      state.queue.push(keyId, waiter)
      waiters++
      again ??= setInterval(look, LOOK_AGAIN_MS).unref()
      onGone(() => waiter.refuse(gone()))
      lookSoon()
    })
  }

  return {
    turns,
    running: (poolId) => pools.get(poolId)?.running ?? 0,
    waiting: (poolId) => pools.get(poolId)?.queue.size ?? 0,
    mustWait: (poolId) => waiters > 0 && (pools.get(poolId)?.queue.size ?? 0) > 0,
    open(pool, { candidates, members }, errand) {
      const state = stateOf(pool)
      state.running++
      state.budget.request()
      const [first] = candidates
      if (members !== undefined && first !== undefined) turns.take(pool.id, errand.model, { members, gone: first.id })
      const place = new Place(health, { poolId: pool.id, errand, left: lookSoon, released: leftPool })
      if (first !== undefined) place.enter(first)
      return place
    },
    mayRetry(poolId, upstreamId) {
      return !health.isTroubled(upstreamId) || pools.get(poolId)?.budget.spend() !== false
    },
    wait,
    close() {
      isClosed = true
      for (const { queue } of pools.values()) for (const waiter of queue.all()) waiter.refuse(closing())
      if (again !== null) clearInterval(again)
      again = null
    },
  }
}

export function hasRoom({ routing }: PoolRecord, running: number): boolean {
  return routing.maxConcurrent === null || running < routing.maxConcurrent
}

/** Null where the Pool has room for one more. */
export function poolRefusal(pool: PoolRecord, traffic: Pick<TrafficView, 'running'>): RouteRefusal | null {
  if (pool.routing.maxConcurrent === null || hasRoom(pool, traffic.running(pool.id))) return null
  const most = pool.routing.maxConcurrent
  return busy(`The Pool "${pool.name}" has as many requests as it may have at a time (${most}).`)
}

function busy(message: string): RouteRefusal {
  return new RouteRefusal({ code: 'pool_busy', message }, [], null)
}

function queueFull({ name, routing }: PoolRecord): RouteRefusal {
  return busy(`The Pool "${name}" is busy, and as many requests wait as may wait (${routing.queueLength}).`)
}

function tooLong({ name }: PoolRecord, waitMs: number): RouteRefusal {
  return busy(
    `The Pool "${name}" is busy, and no place came free within ${Math.round(waitMs).toLocaleString('en-US')} ms.`,
  )
}

function closing(): AppError {
  return new AppError('shutting_down', 'Weir is shutting down.')
}

function gone(): AppError {
  return new AppError('client_closed', 'The client closed the connection while it waited for a place.')
}
