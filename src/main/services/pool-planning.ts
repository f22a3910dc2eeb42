/** Trying routing out: the plan of a request that nobody sends, and past traffic through a Pool's saved plan and a draft. */
import type { ParsedInput } from '../../shared/contract.ts'
import type { JobOf } from '../../shared/models/job.ts'
import type {
  PlanDraft,
  PlanPreview,
  ReplayedRequest,
  ReplayInput,
  ReplayReport,
} from '../../shared/models/plan-preview.ts'
import { findKey } from '../db/api-key-store.ts'
import { cancelled } from '../db/care.ts'
import type { Db } from '../db/database.ts'
import { findPool } from '../db/pool-store.ts'
import type { Reader } from '../db/reader.ts'
import type { Directory } from '../gateway/directory.ts'
import { askableOf, draftedDirectory, openKey, type DraftedPool } from '../gateway/plan-question.ts'
import { planView } from '../gateway/plan-view.ts'
import type { PlanDeps } from '../gateway/plan.ts'
import type { KeyRecord } from '../gateway/ports.ts'
import { replay } from '../gateway/replay/replay.ts'
import type { JobControl, JobService } from './jobs.ts'
import { toPoolRecord } from './pools.ts'
import { found, invalidField } from './record-id.ts'
import { nextTurn } from './turn.ts'

export interface PoolPlanning {
  /** @throws AppError `not_found`, `invalid_input`. */
  previewPlan(question: ParsedInput<'pool.previewPlan'>): PlanPreview
  /** @throws AppError `not_found`, `invalid_input`, `state_conflict` while another one runs. */
  replay(input: ReplayInput): JobOf<'pool.replay'>
}

export interface PoolPlanningDeps extends Pick<PlanDeps, 'health' | 'traffic' | 'quota' | 'prices' | 'affinity'> {
  readonly db: Db
  readonly directory: Directory
  readonly reader: Pick<Reader, 'replayPage'>
  readonly jobs: Pick<JobService, 'start'>
  /** Best effort. */
  readonly flushJournal: () => void
  readonly now: () => number
}

export const MOST_REPLAYED = 50_000
/** Rows that come from the reader at once: some ms of this thread. */
const PAGE = 500
const HOUR_MS = 3_600_000
/** Pages are told of the progress this often, ms. */
const TOLD_EVERY_MS = 200
const NOBODY: ReadonlySet<string> = new Set()

export function createPoolPlanning(deps: PoolPlanningDeps): PoolPlanning {
  const { db, directory, now } = deps

  function savedPool(id: string): DraftedPool {
    return { pool: found(directory.pool(id), 'pool'), paused: NOBODY }
  }

  function keyOf(id: string | null, poolId: string): KeyRecord {
    if (id === null) return openKey(poolId)
    const { publicId } = found(findKey(db, id), 'key')
    return found(directory.keyByPublicId(publicId), 'key')
  }

  /** As it would be with the draft saved. */
  function draftedPool(id: string, { pausedUpstreams = [], ...patch }: PlanDraft): DraftedPool {
    const stored = found(findPool(db, id), 'pool')
    const ids = (patch.assignments ?? []).map(({ upstreamId }) => upstreamId)
    if (new Set(ids).size < ids.length) throw invalidField('draft.assignments', 'an upstream is listed twice')
    const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined))
    return { pool: toPoolRecord({ ...stored, ...given }), paused: new Set(pausedUpstreams) }
  }

  return {
    previewPlan({ poolId, draft, keyId, model, route, session = null, inputTokens, stream }) {
      const at = now()
      const key = keyOf(keyId, poolId)
      const viewOf = (drafted: DraftedPool) => {
        const world = { ...deps, directory: draftedDirectory(directory, drafted), clock: () => at, random: () => 0.5 }
        const asked = { key, dialect: route, model, isStream: stream, session, inputTokens, outputTokens: null }
        return planView(world, askableOf({ ...asked, pool: drafted.pool }), drafted.paused)
      }
      const saved = viewOf(savedPool(poolId))
      return { at, now: saved, draft: draft === undefined ? null : viewOf(draftedPool(poolId, draft)) }
    },
    replay({ poolId, draft, hours }) {
      const sides = { saved: savedPool(poolId), draft: draftedPool(poolId, draft) }
      const to = now()
      return deps.jobs.start('pool.replay', 'requests', (control) =>
        work(deps, { ...sides, from: to - hours * HOUR_MS, to }, control),
      )
    },
  }
}

interface Work {
  readonly saved: DraftedPool
  readonly draft: DraftedPool
  readonly from: number
  readonly to: number
}

async function work(deps: PoolPlanningDeps, asked: Work, control: JobControl): Promise<ReplayReport> {
  deps.flushJournal()
  const { pages, isCut, count } = await load(deps, asked, control)
  let toldAt = Number.NEGATIVE_INFINITY
  return replay(
    deps,
    { ...asked, requests: pages, isCut },
    {
      progress(done) {
        if (performance.now() - toldAt < TOLD_EVERY_MS) return
        toldAt = performance.now()
        control.progress(done, count)
      },
      async pause() {
        await nextTurn()
        if (control.signal.aborted) throw cancelled()
      },
      now: () => performance.now(),
    },
  )
}

interface Loaded {
  /** Oldest first. */
  readonly pages: readonly (readonly ReplayedRequest[])[]
  readonly count: number
  /** There are more. */
  readonly isCut: boolean
}

async function load(
  { reader }: Pick<PoolPlanningDeps, 'reader'>,
  { saved, from }: Work,
  { signal }: JobControl,
): Promise<Loaded> {
  const pages: (readonly ReplayedRequest[])[] = []
  let count = 0
  let isCut = false
  for (let before: number | null = null; ;) {
    const isFull = count >= MOST_REPLAYED
    const limit = isFull ? 1 : Math.min(PAGE, MOST_REPLAYED - count)
    const { rows, next } = await reader.replayPage({ poolId: saved.pool.id, from, before, limit })
    if (signal.aborted) throw cancelled()
    isCut = isFull && rows.length > 0
    if (!isFull && rows.length > 0) pages.push(rows.toReversed())
    if (!isFull) count += rows.length
    if (next === null || isCut) break
    before = next
  }
  return { pages: pages.toReversed(), count, isCut }
}
