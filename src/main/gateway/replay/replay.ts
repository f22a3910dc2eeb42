/**
 * The same past traffic through two plans. It runs on the event loop in short slices, reads the world as it is and changes
 * none of it. The same question about the same log has the same answer: every draw is seeded by the request's id.
 */
import type { ReplayedRequest, ReplayReport } from '../../../shared/models/plan-preview.ts'
import { requestIdTime } from '../../../shared/request-id.ts'
import type { Dialect } from '../../dialects/dialect.ts'
import type { QuotaView } from '../../providers/quota-view.ts'
import type { Directory } from '../directory.ts'
import { openKey, type DraftedPool } from '../plan-question.ts'
import type { KeyRecord, PriceSource } from '../ports.ts'
import { routeTable } from '../routes.ts'
import { leftOut, notesOf, type Gaps } from './notes.ts'
import { createPast, type Past } from './past.ts'
import { createSide, type Arrival, type Side } from './side.ts'

export interface ReplayWorld {
  readonly directory: Directory
  readonly quota: QuotaView
  readonly prices: Pick<PriceSource, 'rates'>
}

export interface ReplayJob {
  readonly saved: DraftedPool
  readonly draft: DraftedPool
  /** Oldest first, page by page; taken as the replay goes on. */
  readonly requests: readonly (readonly ReplayedRequest[])[]
  /** Of the time that was asked for, epoch ms. */
  readonly from: number
  readonly to: number
  readonly isCut: boolean
}

export interface ReplayControl {
  /** Requests that were gone through. */
  progress(done: number): void
  /** Called at least every few ms; whatever it throws ends the replay. */
  pause(): Promise<void>
  /** Monotonic ms. */
  now(): number
}

const SLICE_MS = 3
/** Between two looks at the clock: a request takes some 10 µs in each plan. */
const BATCH = 8

const DIALECTS: ReadonlyMap<string, Dialect> = new Map(
  routeTable.flatMap(({ path, name }) =>
    name === 'chat' || name === 'responses' || name === 'embeddings' ? [[path, name] as const] : [],
  ),
)

export async function replay(world: ReplayWorld, job: ReplayJob, control: ReplayControl): Promise<ReplayReport> {
  const startedAt = control.now()
  const directory = stillOf(world.directory)
  const past = createPast(directory.settings['routing.cooldownMs'])
  const slices = createSlices(control)
  for (const page of job.requests) {
    for (const request of page) {
      past.add(request)
      await slices.next()
    }
  }
  const deps = { ...world, directory, past, at: job.to }
  const sides = { saved: createSide(deps, job.saved), draft: createSide(deps, job.draft) }
  const gaps: Gaps = {
    open: 0,
    refusedBefore: 0,
    otherRoutes: 0,
    unanswered: 0,
    withoutKey: 0,
    withoutSession: 0,
    tied: 0,
  }
  const arrivals = createArrivals(directory, gaps)
  let requests = 0
  let done = 0
  for (const page of job.requests) {
    for (const request of page) {
      const arrival = arrivals(request)
      if (arrival !== null) {
        requests++
        sides.saved.arrive(arrival)
        sides.draft.arrive(arrival)
      }
      await slices.next(++done)
    }
  }
  for (const side of [sides.saved, sides.draft]) while (side.finish()) await slices.next(done)
  const took = Math.round(control.now() - startedAt)
  return reportOf({ world: { ...world, directory }, job, past, sides, gaps, requests, took })
}

/** Records as they are now: what changes meanwhile must not change one side alone. */
function stillOf(directory: Directory): Directory {
  const upstreams = new Map([...directory.upstreams()].map((record) => [record.id, record]))
  return { ...directory, upstream: (id) => upstreams.get(id) }
}

function createSlices(control: ReplayControl) {
  let since = control.now()
  let count = 0
  return {
    /** `done` is told when the slice is over. */
    async next(done?: number): Promise<void> {
      if (++count % BATCH !== 0 || control.now() - since < SLICE_MS) return
      if (done !== undefined) control.progress(done)
      await control.pause()
      since = control.now()
    },
  }
}

function createArrivals(directory: Directory, gaps: Gaps): (request: ReplayedRequest) => Arrival | null {
  const keys = new Map<string, KeyRecord>([...directory.keys()].map((key) => [key.id, key]))
  return (request) => {
    const out = leftOut(request)
    const dialect = DIALECTS.get(request.route)
    if (out !== null || dialect === undefined || request.model === null) {
      gaps[out ?? 'otherRoutes']++
      return null
    }
    const key = keys.get(request.keyId)
    if (key === undefined) gaps.withoutKey++
    if (request.session === null) gaps.withoutSession++
    if (request.isTied) gaps.tied++
    if (request.state === 'refused' || request.state === 'failed') gaps.unanswered++
    return {
      request,
      at: requestIdTime(request.id),
      asked: {
        key: key ?? { ...openKey(''), id: request.keyId },
        dialect,
        model: request.model,
        isStream: request.stream,
        serviceTier: request.serviceTier,
        session: request.session,
        inputTokens: request.usage.input,
        outputTokens: request.reservedOutput,
      },
    }
  }
}

interface Found {
  readonly world: ReplayWorld
  readonly job: ReplayJob
  readonly past: Past
  readonly sides: { readonly saved: Side; readonly draft: Side }
  readonly gaps: Gaps
  readonly requests: number
  readonly took: number
}

function reportOf({ world, job, past, sides, gaps, requests, took }: Found): ReplayReport {
  const { saved, draft } = { saved: sides.saved.tally, draft: sides.draft.tally }
  const { directory, quota } = world
  const nameOf = (id: string): string => directory.upstream(id)?.name ?? id
  const assigned = [...job.saved.pool.assignments, ...job.draft.pool.assignments].map(({ upstreamId }) => upstreamId)
  const ids = [...new Set([...assigned, ...saved.upstreams(), ...draft.upstreams()])]
  const upstreams = ids
    .filter((id) => directory.upstream(id) !== undefined)
    .map((id) => {
      const shares = { saved: saved.shareOf(id), draft: draft.shareOf(id) }
      return { upstreamId: id, name: nameOf(id), recorded: past.ended(id), ...shares }
    })
    .toSorted((a, b) => b.saved.requests + b.draft.requests - a.saved.requests - a.draft.requests)
  const [homes, moved] = [saved.homes(), draft.homes()]
  const sessions = [...homes].filter(([session]) => moved.has(session))
  const unseen = upstreams.filter((each) => each.recorded === 0 && each.saved.requests + each.draft.requests > 0)
  const isDry = (id: string): boolean =>
    [...past.models].some((model) => quota.standing(id, model, job.to).until !== null)
  const oldest = job.requests[0]?.[0]
  return {
    poolId: job.saved.pool.id,
    from: job.isCut && oldest !== undefined ? requestIdTime(oldest.id) : job.from,
    to: job.to,
    requests,
    isCut: job.isCut,
    saved: { strategy: job.saved.pool.strategy, ...saved.side() },
    draft: { strategy: job.draft.pool.strategy, ...draft.side() },
    upstreams,
    sessions: { known: sessions.length, moved: sessions.filter(([id, home]) => moved.get(id) !== home).length },
    notes: notesOf({
      gaps,
      requests,
      isCut: job.isCut,
      faults: past.faults,
      unseen: unseen.map(({ name }) => name),
      dry: ids.filter(isDry).map(nameOf),
    }),
    tookMs: took,
  }
}
