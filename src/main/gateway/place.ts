/** What one running request occupies: a place in its Pool until it is settled, and one at the upstream it is at. */
import type { Ending, Errand } from './breakers.ts'
import type { Health } from './health.ts'
import { errandAt, type SentModel } from './model-at.ts'
import type { UpstreamRecord } from './ports.ts'
import { isFull } from './route.ts'

export interface PlaceJob {
  readonly poolId: string
  readonly errand: Errand & SentModel
  /** A place at an upstream is free again. */
  readonly left: () => void
  /** The place in the Pool is. */
  readonly released: (poolId: string) => void
}

/** Real owned state with a hot path: a class keeps it in one shape. */
export class Place {
  readonly #health: Health
  readonly #job: PlaceJob
  #upstreamId: string | null = null
  #isProbe = false
  #isReleased = false

  constructor(health: Health, job: PlaceJob) {
    this.#health = health
    this.#job = job
  }

  /** True where it is there already. False where the upstream is full, or another request probes it. */
  enter(record: UpstreamRecord): boolean {
    if (this.#upstreamId === record.id) return true
    const health = this.#health
    if (this.#upstreamId !== null || isFull(record, health.inFlight(record.id))) return false
    const errand = errandAt(this.#job.errand, record.id)
    if (health.obstacle(record.id, errand, 0)?.state === 'probing') return false
    this.#upstreamId = record.id
    this.#isProbe = health.entered(record.id, errand)
    return true
  }

  leave(ending: Ending): void {
    const id = this.#upstreamId
    if (id === null) return
    this.#upstreamId = null
    this.#health.left(id, errandAt(this.#job.errand, id), { ending, isProbe: this.#isProbe })
    this.#job.left()
  }

  /** Once, whatever happened. */
  release(): void {
    if (this.#isReleased) return
    this.#isReleased = true
    this.leave('unclear')
    this.#job.released(this.#job.poolId)
  }
}
