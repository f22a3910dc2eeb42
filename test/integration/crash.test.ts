/** kill -9 under load, again and again, on one data directory; the log is compared with what was seen outside of it. */
import Database from 'better-sqlite3'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { connectReadOnly } from '../../src/main/db/connection.ts'
import { queryUsageCheck } from '../../src/main/db/usage-day-check.ts'
import { parseRequestId } from '../../src/shared/request-id.ts'
import { type Load, type SeenAnswer, startLoad } from '../support/load-clients.ts'
import { type NumberedUpstream, outputOf, startNumberedUpstream } from '../support/numbered-upstream.ts'
import { signIn } from '../support/rpc-client.ts'
import { makeTempDir } from '../support/temp-dir.ts'
import { type Host, launchHost, startHost } from '../support/weir-process.ts'

const ROUNDS = 50
const CLIENTS = 12
const MODEL = 'test-model'
const SEED = 20_261_120

interface Row {
  readonly id: number
  readonly state: string
  readonly status: number | null
  readonly upstream_id: string | null
  readonly reserved_input: number
  readonly reserved_output: number
  readonly input_tokens: number
  readonly output_tokens: number
  readonly usage_source: string
}

const SUMS = `select minute, key_id, pool_id, upstream_id, model, requests, failed, refused, input_tokens, cached_tokens,
  output_tokens, reasoning_tokens, cost_nanos from usage_bucket order by 1, 2, 3, 4, 5`
const SUMS_OF_LOG = `select at / 60000 as minute, key_id, pool_id, coalesce(upstream_id, '') as upstream_id,
  coalesce(sent_model, model, '') as model, count(*) as requests, sum(state in ('failed', 'interrupted')) as failed,
  sum(state = 'refused') as refused, sum(input_tokens) as input_tokens, sum(cached_tokens) as cached_tokens,
  sum(output_tokens) as output_tokens, sum(reasoning_tokens) as reasoning_tokens,
  sum(coalesce(cost_nanos, 0)) as cost_nanos from request group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5`

const dataDir = makeTempDir('crash')
const closers: (() => unknown)[] = []
afterAll(async () => {
  for (const close of closers.toReversed()) await close()
})

/** Small, seeded, good enough to spread moments. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

async function start(): Promise<Host> {
  const host = await startHost(dataDir, ['--log-level', 'warn'], { demo: false })
  closers.push(() => host.signal('SIGKILL'))
  return host
}

async function kill(host: Pick<Host, 'signal' | 'ended'>): Promise<void> {
  host.signal('SIGKILL')
  await host.ended
}

/** One Pool over both upstreams, shared evenly, so that the simulator inside the killed process is hit as well. */
async function setUp(host: Host, upstream: NumberedUpstream): Promise<{ apiKey: string; externalId: string }> {
  const { call } = await signIn(host.adminUrl)
  const address = { baseUrl: upstream.url, manualModels: [MODEL] }
  const external = await call('upstream.create', { kind: 'openai-compatible', name: 'Outside', ...address })
  const simulator = { models: [MODEL], latencyMs: 4, chunkDelayMs: 2, words: 6 }
  const inside = await call('upstream.create', { kind: 'simulator', name: 'Inside', simulator })
  const assignments = [external, inside].map(({ id }) => ({ upstreamId: id }))
  const pool = await call('pool.create', { name: 'Crash', assignments })
  // A failure must not move the whole load to one side.
  await call('settings.update', { patch: { 'routing.cooldownMs': 0 } })
  const { secret } = await call('key.create', { poolId: pool.id, name: 'load' })
  return { apiKey: secret, externalId: external.id }
}

/** What limits count, compared with the log. */
function checkUsage() {
  const db = connectReadOnly(join(dataDir, 'weir.db'))
  try {
    return queryUsageCheck(db, { now: Date.now() })
  } finally {
    db.$client.close()
  }
}

/** The log must hold `seen`, each once and closed, and agree with itself. Returns every row of it. */
function inspect(seen: readonly SeenAnswer[], externalId: string): Map<number, Row> {
  const db = new Database(join(dataDir, 'weir.db'), { readonly: true, fileMustExist: true })
  try {
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
    expect(db.pragma('foreign_key_check')).toEqual([])
    expect(db.prepare(SUMS).all()).toEqual(db.prepare(SUMS_OF_LOG).all())
    expect(checkUsage()).toMatchObject({ found: 0, counters: expect.toSatisfy((count: number) => count > 0) })
    const all = db.prepare<[], Row>('select * from request').all()
    const rows = new Map(all.map((row) => [row.id, row]))
    expect(rows.size).toBe(all.length)
    expect(all.filter((row) => row.state === 'open')).toEqual([])
    for (const row of all) if (row.state === 'interrupted') expect(row).toMatchObject(reservationOf(row))
    for (const answer of seen) compare(answer, rows.get(parseRequestId(answer.id) ?? -1), externalId)
    return rows
  } finally {
    db.close()
  }
}

function reservationOf(row: Row) {
  const { reserved_input, reserved_output } = row
  return { input_tokens: reserved_input, output_tokens: reserved_output, usage_source: 'estimated' }
}

/** What a client saw of one answer, against its row. */
function compare(answer: SeenAnswer, row: Row | undefined, externalId: string): void {
  const { number, id, status, sentBytes, maxOutput, isMisaddressed, isWhole } = answer
  if (row === undefined) throw new Error(`${id} was answered with ${status} and is not in the log`)
  if (isMisaddressed) {
    // A refusal is in the log before it is told, so not even a kill right after it can make it anything else.
    expect(row).toMatchObject({ state: 'refused', status, input_tokens: 0, usage_source: 'none' })
    return
  }
  expect(row).toMatchObject({ reserved_input: Math.ceil(sentBytes / 4), reserved_output: maxOutput })
  const allowed = isWhole && status === 200 ? ['completed', 'interrupted'] : CUT_STATES
  expect(allowed).toContain(row.state)
  if (row.state === 'completed' && row.upstream_id === externalId) {
    expect(row).toMatchObject({ input_tokens: number, output_tokens: outputOf(number), usage_source: 'reported' })
  }
}

const CUT_STATES = ['completed', 'interrupted', 'failed', 'aborted']

describe('kill -9 under load', () => {
  it('loses no answered request and charges nothing twice, fifty times over', { timeout: 300_000 }, async () => {
    const random = createRandom(SEED)
    const upstream = await startNumberedUpstream(MODEL)
    closers.push(() => upstream.close())
    let host = await start()
    const { apiKey, externalId } = await setUp(host, upstream)
    const seen: SeenAnswer[] = []
    let sent = 0
    let before = new Map<number, Row>()

    for (let round = 1; round <= ROUNDS; round += 1) {
      const load: Load = startLoad({ baseUrl: host.baseUrl, apiKey, model: MODEL }, CLIENTS, sent + 1)
      await load.reached(1 + Math.floor(random() * 80))
      await new Promise((resolve) => setTimeout(resolve, random() * 12))
      const stopped = load.stop()
      await kill(host)
      await stopped
      sent += load.sent
      seen.push(...load.seen)
      if (round % 5 === 0) await killWhileStarting(random)
      host = await start()
      const rows = inspect(load.seen, externalId)
      // What an earlier round charged is charged like that for ever.
      for (const [id, row] of before) expect(rows.get(id)).toEqual(row)
      before = rows
    }

    const ids = seen.map((answer) => answer.id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(before.size).toBeLessThanOrEqual(sent)
    const byState = Map.groupBy(before.values(), (row) => row.state)
    const outside = (byState.get('completed') ?? []).filter((row) => row.upstream_id === externalId)
    expect(outside.every((row) => upstream.answered.has(row.input_tokens))).toBe(true)
    expect(new Set(outside.map((row) => row.input_tokens)).size).toBe(outside.length)
    // The rehearsal was one: each kind of end came about often.
    const ends = ['completed', 'interrupted', 'refused', 'failed']
    expect(ends.filter((state) => (byState.get(state)?.length ?? 0) < ROUNDS / 5)).toEqual([])
    await compareWithStats(host, before)
    host.signal('SIGTERM')
    expect((await host.ended).code).toBe(0)
    expect(inspect(seen, externalId)).toEqual(before)
  })
})

/** Killed before it is ready, perhaps while it closes what the last kill left open: the next start must not charge that again. */
async function killWhileStarting(random: () => number): Promise<void> {
  const starting = launchHost(dataDir, ['--log-level', 'silent'], { demo: false })
  await new Promise((resolve) => setTimeout(resolve, 50 + random() * 350))
  await kill(starting)
}

/** The operator is told the same sums as the log holds. */
async function compareWithStats(host: Host, rows: ReadonlyMap<number, Row>): Promise<void> {
  const { call } = await signIn(host.adminUrl)
  const now = Date.now()
  const [sum] = await call('stats.query', { from: now - 3_600_000, to: now + 60_000, stepMinutes: 0 })
  const all = [...rows.values()]
  const total = (field: 'input_tokens' | 'output_tokens') => all.reduce((so, row) => so + row[field], 0)
  expect(sum).toMatchObject({ requests: all.length, input: total('input_tokens'), output: total('output_tokens') })
}
