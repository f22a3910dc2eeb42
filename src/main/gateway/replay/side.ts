/**
 * One plan in a world of its own: the gateway's own rules on the replay's clock, with health, circuits, turns, sessions and
 * the retry budget made anew. Only the network is not there: what an upstream answers is told by the log.
 */
import { AppError, type ErrorCode } from '../../../shared/errors.ts'
import type { ReplayedRequest } from '../../../shared/models/plan-preview.ts'
import type { QuotaView } from '../../providers/quota-view.ts'
import { providerOf } from '../../providers/registry.ts'
import { createAffinity } from '../affinity.ts'
import type { UpstreamAnswer } from '../attempt-result.ts'
import type { Directory } from '../directory.ts'
import { noteDelivery } from '../delivery.ts'
import { attempted } from '../explain-step.ts'
import { createHealth } from '../health.ts'
import { judge } from '../judge.ts'
import { modelAt } from '../model-at.ts'
import { isFirmlyResting, mayTry, ranDry } from '../next-try.ts'
import type { Place } from '../place.ts'
import { askableOf, draftedDirectory, type Asked, type DraftedPool } from '../plan-question.ts'
import { plan } from '../plan.ts'
import type { PriceSource, UpstreamRecord } from '../ports.ts'
import { seededRandom } from '../seeded-random.ts'
import { createTraffic, poolRefusal } from '../traffic.ts'
import { createAgenda } from './agenda.ts'
import { answerTo, type Answered } from './answers.ts'
import { createLine } from './line.ts'
import { replayedQuota } from './quota.ts'
import type { Fault, Past } from './past.ts'
import { createTally, type Ended, type Tally } from './tally.ts'

/** A request of the log on its way in. */
export interface Arrival {
  readonly request: ReplayedRequest
  /** Epoch ms. */
  readonly at: number
  readonly asked: Omit<Asked, 'pool'>
}

export interface Side {
  /** In the order of time. */
  arrive(arrival: Arrival): void
  /** After the last one: lets what runs come to its end, step by step. False where nothing is left. */
  finish(): boolean
  readonly tally: Tally
}

export interface SideDeps {
  readonly directory: Directory
  readonly quota: QuotaView
  /** Epoch ms of the moment whose quota counts. */
  readonly at: number
  readonly prices: Pick<PriceSource, 'rates'>
  readonly past: Past
}

type Planned = ReturnType<typeof plan<ReturnType<typeof askableOf>>>

/** A request under way. */
interface Run {
  readonly arrival: Arrival
  readonly random: () => number
}

interface Started extends Run {
  readonly planned: Planned
  readonly place: Place
  readonly queue: UpstreamRecord[]
  /** Upstreams that failed it. */
  readonly tries: string[]
}

export function createSide(deps: SideDeps, drafted: DraftedPool): Side {
  const { prices, past } = deps
  const { pool } = drafted
  const agenda = createAgenda()
  const tally = createTally(prices)
  let now = 0
  const clock = (): number => now
  /** Accounts that refused their tokens, until the operator seems to have signed them in. */
  const signedOut = new Map<string, number>()
  const base = draftedDirectory(deps.directory, drafted)
  const directory: Directory = {
    ...base,
    upstream(id) {
      const record = base.upstream(id)
      return record !== undefined && (signedOut.get(id) ?? 0) > now ? { ...record, status: 'auth_required' } : record
    },
  }
  const health = createHealth(directory, ({ kind }) => providerOf(kind).needsSecret, clock)
  const traffic = createTraffic({ health, directory, now: clock })
  const affinity = createAffinity({ directory, clock })
  const events = { authFailed: () => {} }
  const quota = replayedQuota(deps, clock)
  const world = { directory, health, traffic, quota, prices, affinity, events, clock }
  const line = createLine({
    pool,
    running: () => traffic.running(pool.id),
    clock,
    agenda,
    waited: tally.waited,
  })

  function begin({ arrival, random }: Run): AppError | null {
    const askable = askableOf({ ...arrival.asked, pool })
    const { value, refusal } = attempted(() => {
      const full = poolRefusal(pool, traffic)
      if (full !== null) throw full
      return plan({ ...world, random }, askable)
    })
    if (refusal !== null) return refusal
    const { grant } = value
    const errand = { model: grant.model, modelBy: grant.modelBy ?? null, dialect: askable.dialect }
    const place = traffic.open(pool, value.plan, errand)
    tryNext({ arrival, random, planned: value, place, queue: [...value.plan.candidates], tries: [] })
    return null
  }

  function tryNext(run: Started): void {
    const { planned, place, queue, tries } = run
    for (let record = queue.shift(); record !== undefined; record = queue.shift()) {
      if (isFirmlyResting(world, record.id, tries) || ranDry(world, planned, record.id, tries)) continue
      if (!mayTry(world, planned, record, tries) || !place.enter(record)) continue
      visit(run, record)
      return
    }
    const upstreamId = tries.at(-1) ?? null
    end(run, { upstreamId, how: upstreamId === null ? 'refused' : 'failed', firstMs: null })
  }

  function visit(run: Started, record: UpstreamRecord): void {
    const model = modelAt(run.planned.grant, record.id)
    const startedAt = now
    tally.running(record.id, health.inFlight(record.id))
    const answered = answerTo(past, run.arrival.request, { upstreamId: record.id, model, at: now })
    agenda.put(now + answered.ms, () => leave(run, record, { answered, startedAt }))
  }

  function leave(run: Started, record: UpstreamRecord, { answered, startedAt }: Visit): void {
    const { planned, place, tries, arrival } = run
    const { id } = record
    if (answered.kind === 'fault') {
      tally.failed(id, tries.length === 0)
      const { error, answer } = failureOf(answered.fault, now)
      const model = modelAt(planned.grant, id)
      const verdict = judge(world, { record, model, error, answer, renewal: null })
      if (answer?.status === 401) signedOut.set(id, past.backAt(id, model, now))
      place.leave(verdict.ending)
      tries.push(id)
      if (verdict.moveOn) return tryNext(run)
      return end(run, { upstreamId: id, how: 'failed', firstMs: null })
    }
    if (answered.kind === 'left' || answered.kind === 'relayed') place.leave('unclear')
    else {
      const firstTokenAt = startedAt + (answered.kind === 'good' ? answered.firstMs : 0)
      const attempt = { startedAt, firstTokenAt, firstByteAt: null, responseId: null, turnState: null }
      const error = answered.kind === 'broke' ? failureOf(answered.fault, now).error : null
      if (error !== null) tally.failed(id, tries.length === 0)
      noteDelivery(
        world,
        { ...planned, client: 'other', session: planned.session ?? null },
        { record, attempt, error, place },
      )
    }
    const lost = startedAt - arrival.at
    const firstMs = answered.kind === 'good' ? lost + answered.firstMs : null
    end(run, { upstreamId: id, how: answered.kind === 'broke' ? 'failed' : 'served', firstMs })
  }

  function end({ arrival, place, planned }: Started, ended: Pick<Ended, 'upstreamId' | 'how' | 'firstMs'>): void {
    place.release()
    const model = ended.upstreamId === null ? '' : modelAt(planned.grant, ended.upstreamId)
    tally.ended({ ...ended, request: arrival.request, model })
  }

  function refuse({ arrival }: Run): void {
    tally.ended({ request: arrival.request, upstreamId: null, model: '', how: 'refused', firstMs: null })
  }

  function runUntil(at: number): void {
    while (agenda.nextAt <= at) {
      const next = agenda.take()
      now = Math.max(now, next?.at ?? now)
      next?.happen()
      line.letIn()
    }
    now = Math.max(now, at)
  }

  return {
    tally,
    arrive(arrival) {
      runUntil(arrival.at)
      const run = { arrival, random: seededRandom(arrival.request.id) }
      const { key, dialect, model } = arrival.asked
      line.enter({
        keyId: key.id,
        asks: `${dialect} ${model} ${key.id}`,
        go: () => begin(run),
        refuse: () => refuse(run),
      })
    },
    finish() {
      if (agenda.nextAt === Number.POSITIVE_INFINITY) return false
      runUntil(agenda.nextAt)
      return true
    },
  }
}

interface Visit {
  readonly answered: Answered
  readonly startedAt: number
}

/** As dispatch would have been told of it. */
function failureOf(fault: Fault, now: number): { readonly error: AppError; readonly answer: UpstreamAnswer | null } {
  const { errorCode, status, cause, restUntil } = fault
  const waitMs = restUntil === null ? null : Math.max(0, restUntil - now)
  const details = { ...(cause === null ? {} : { cause }), ...(waitMs === null ? {} : { waitMs }) }
  const error = new AppError(errorCode as ErrorCode, 'It failed then.', { details })
  if (status === null || status < 400) return { error, answer: null }
  const headers = waitMs === null ? {} : { 'retry-after-ms': String(waitMs) }
  return { error, answer: { status, headers, body: Buffer.from(JSON.stringify({ error: { code: cause } })) } }
}
