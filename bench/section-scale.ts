/** Weir with 10,000 keys and a million logged requests: what that costs a request, a start, and a running stream. */
import { STAMPED_MODEL } from './answers.ts'
import { repin } from './machine.ts'
import type { Plan } from './options.ts'
import { measure, note, type Rig, type Running } from './rig.ts'
import { type Call, signIn } from './rpc-client.ts'
import { sampleClosed, warmUp } from './section-requests.ts'
import { seedDatabase, type Seeded } from './seed.ts'
import { directOf, weirLauncher } from './subjects.ts'
import { adminUrlOf } from './weir.ts'
import { spreadOf } from './protocol.ts'
import type { RouteInput } from '../src/shared/contract.ts'

type Filter = RouteInput<'request.list'>

const STREAMS = 4
/** Pages read behind the first one of each filter. */
const PAGES = 3

export interface ScaleFacts {
  keys: number
  requests: number
  databaseMib: number
  seedSeconds: number
}

/** `others` are the running subjects to compare with, at least Weir with an empty log. */
export async function measureScale(rig: Rig, others: readonly Running[], plan: Plan): Promise<ScaleFacts> {
  const { keys, requests } = plan.scale
  const dataDir = `${rig.workDir}/weir-seeded`
  const launcher = await weirLauncher(rig, 'weir-seeded', dataDir)
  note(`  writing ${keys} keys and ${requests} requests`)
  const seedStart = performance.now()
  const seeded = seedDatabase(dataDir, plan.scale)
  const seedSeconds = (performance.now() - seedStart) / 1_000

  for (let round = 1; round < plan.scale.starts; round += 1) {
    const running = await launcher.start()
    sampleStart(rig, running, round)
    await running.stop()
  }
  const running = await launcher.start()
  sampleStart(rig, running, plan.scale.starts)
  try {
    await warmUp(rig, [running], 1_500)
    const { rounds, measureMs } = plan.scale
    for (let round = 1; round <= rounds; round += 1) {
      for (const subject of [...others, running]) {
        const run = { connections: 64, round, measureMs, warmupMs: plan.settleMs, section: 'scale' } as const
        await sampleClosed(rig, subject, run)
      }
    }
    await measureListing(rig, running, seeded, plan)
  } finally {
    await running.stop()
  }
  return { keys, requests, databaseMib: seeded.databaseMib, seedSeconds }
}

function sampleStart(rig: Rig, running: Running, round: number): void {
  note(`  start with a full log, round ${round}: ${Math.round(running.coldStartMs)} ms`)
  rig.samples.push({
    section: 'scale',
    case: 'spawn to first answer',
    subject: running.name,
    round,
    metrics: { startMs: running.coldStartMs },
    failures: 0,
    firstFailure: null,
    otherCores: null,
  })
}

/** The same streams without and with the log being listed, on one core and on all. */
async function measureListing(rig: Rig, running: Running, seeded: Seeded, plan: Plan): Promise<void> {
  const { call, close } = await signIn(await adminUrlOf(running.child))
  const filters = filtersFor(seeded)
  try {
    for (const place of rig.cores === null ? (['all cores'] as const) : (['one core', 'all cores'] as const)) {
      if (rig.cores !== null && running.child.pid !== undefined) {
        repin(running.child.pid, place === 'one core' ? rig.cores.subject : rig.cores.all)
      }
      for (let round = 1; round <= plan.scale.listingRounds; round += 1) {
        const list = () => listInCircles(call, filters)
        const shared = { place, round, plan }
        await sampleLateness(rig, running, { ...shared, what: 'without listing', list: null })
        await sampleLateness(rig, running, { ...shared, what: 'while listing', list })
        // The same streams past Weir: what this run's own work and the machine do to a chunk.
        await sampleLateness(
          rig,
          { ...running, target: directOf(rig).target },
          { ...shared, what: 'control, direct', list },
        )
      }
    }
  } finally {
    close()
  }
}

interface LatenessRun {
  what: 'without listing' | 'while listing' | 'control, direct'
  place: string
  round: number
  plan: Plan
  list: (() => Lister) | null
}

async function sampleLateness(rig: Rig, running: Running, run: LatenessRun): Promise<void> {
  const lister = run.list?.() ?? null
  const measured = await measure(rig, running, {
    kind: 'streams',
    target: running.target,
    streams: STREAMS,
    shape: 'chat',
    model: STAMPED_MODEL,
    warmupMs: 300,
    measureMs: run.plan.scale.listingMs,
  })
  const listed = await lister?.stop()
  const { lateness, late, failures, firstFailure, count } = measured.result
  note(`  ${run.what}, ${run.place}, round ${run.round}: chunk late p50 ${lateness.p50} max ${lateness.max} ms`)
  const { p50, p99, p999, max } = lateness
  rig.samples.push({
    section: 'scale',
    case: `${run.what}, ${run.place}`,
    subject: running.name,
    round: run.round,
    metrics: { p50, p99, p999, max, late, chunks: count, ...listed },
    failures: failures + (lateness.count === 0 ? 1 : 0),
    firstFailure: firstFailure ?? (lateness.count === 0 ? 'no chunk carried its send time' : null),
    otherCores: measured.otherCores,
  })
}

interface Lister {
  stop(): Promise<{ lists: number; listP50: number; listMax: number }>
}

/** Asks for page after page of one filter after the other, without a pause, until stopped. */
function listInCircles(call: Call, filters: readonly Filter[]): Lister {
  const times: number[] = []
  const stop = new AbortController()
  async function page(filter: Filter): Promise<string | null> {
    const startedAt = performance.now()
    const { rows, next } = await call('request.list', filter)
    times.push(performance.now() - startedAt)
    const [first] = rows
    if (first !== undefined) await call('request.get', { id: first.id })
    return next
  }
  async function circle(): Promise<void> {
    for (let index = 0; !stop.signal.aborted; index += 1) {
      const filter = filters[index % filters.length]!
      let next = await page(filter)
      for (let more = 0; more < PAGES && next !== null && !stop.signal.aborted; more += 1) {
        next = await page({ ...filter, before: next })
      }
    }
  }
  const loop = circle()
  // Told by `stop`; until then a failed call must not end the whole run.
  loop.catch(() => undefined)
  return {
    async stop() {
      stop.abort()
      await loop
      const { count, p50, max } = spreadOf(times)
      return { lists: count, listP50: p50, listMax: max }
    },
  }
}

/** Each filter alone, some together, and the dear ones: what no row matches has to be looked for everywhere. */
function filtersFor(seeded: Seeded): Filter[] {
  const middle = Math.floor((seeded.oldestAt + seeded.newestAt) / 2)
  return [
    {},
    { limit: 200 },
    { keyId: seeded.keyId },
    { poolId: seeded.poolId },
    { upstreamId: seeded.upstreamId },
    { model: 'model-3' },
    { state: 'failed' },
    { state: 'open' },
    { errorCode: 'model_not_allowed' },
    { client: 'codex' },
    { from: seeded.oldestAt, to: middle },
    { from: middle, to: middle + 3_600_000, state: 'refused' },
    { keyId: seeded.keyId, state: 'aborted' },
    { client: 'codex', model: 'model-5', state: 'failed' },
    { model: 'a-model-nobody-asked-for' },
    { client: 'claude-code' },
    { upstreamId: 'no-such-upstream' },
    { keyId: 'no-such-key' },
    { poolId: 'no-such-pool' },
    { to: seeded.oldestAt - 1 },
  ]
}
