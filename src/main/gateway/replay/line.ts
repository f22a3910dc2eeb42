/** Who waits for room in a replay: the gateway's fair queue, with its waits on the replay's clock instead of timers. */
import type { AppError } from '../../../shared/errors.ts'
import { createFairQueue } from '../fair-queue.ts'
import type { PoolRecord } from '../ports.ts'
import { isBusy } from '../route-refusal.ts'
import { hasQueue } from '../route.ts'
import { hasRoom } from '../traffic.ts'
import type { Agenda } from './agenda.ts'

/** Somebody who wants to go. */
interface Waiter {
  readonly keyId: string
  /** What is busy for one is busy for all that ask the same. */
  readonly asks: string
  /** Null where it went. */
  go(): AppError | null
  refuse(): void
}

export interface Line {
  /** Goes at once, waits, or is refused. */
  enter(waiter: Waiter): void
  /** Those for whom there is room now. */
  letIn(): void
}

export interface LineDeps {
  readonly pool: PoolRecord
  readonly running: () => number
  readonly clock: () => number
  readonly agenda: Pick<Agenda, 'put'>
  readonly waited: (ms: number) => void
}

/** Room may also come without anybody leaving, as when a rest ends. */
const LOOK_AGAIN_MS = 1_000

export function createLine({ pool, running, clock, agenda, waited }: LineDeps): Line {
  const queue = createFairQueue<Waiter>()
  const since = new Map<Waiter, number>()
  let isLookPlanned = false

  function wait(waiter: Waiter): void {
    const { queueLength, queueWaitMs } = pool.routing
    if (queue.size >= queueLength) return waiter.refuse()
    queue.push(waiter.keyId, waiter)
    since.set(waiter, clock())
    agenda.put(clock() + queueWaitMs, () => {
      if (!queue.remove(waiter.keyId, waiter)) return
      left(waiter)
      waiter.refuse()
    })
    lookLater()
  }

  function lookLater(): void {
    if (isLookPlanned) return
    isLookPlanned = true
    agenda.put(clock() + LOOK_AGAIN_MS, () => {
      isLookPlanned = false
      if (queue.size > 0) lookLater()
    })
  }

  function left(waiter: Waiter): void {
    waited(clock() - (since.get(waiter) ?? clock()))
    since.delete(waiter)
  }

  /** True where it is done with: it went, or will not. */
  function tryGo(waiter: Waiter): boolean {
    const refusal = waiter.go()
    if (isBusy(refusal)) return false
    if (refusal !== null) waiter.refuse()
    left(waiter)
    return true
  }

  return {
    enter(waiter) {
      if (queue.size > 0 && hasQueue(pool)) return wait(waiter)
      const refusal = waiter.go()
      if (refusal === null) return
      if (isBusy(refusal) && hasQueue(pool)) wait(waiter)
      else waiter.refuse()
    },
    letIn() {
      if (queue.size === 0) return
      const busy = new Set<string>()
      const test = (waiter: Waiter): boolean => {
        if (busy.has(waiter.asks)) return false
        if (tryGo(waiter)) return true
        busy.add(waiter.asks)
        return false
      }
      while (hasRoom(pool, running()) && queue.take(test) !== null);
    },
  }
}
