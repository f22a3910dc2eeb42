/**
 * `node bench/routes.ts`: what planning one request costs, per strategy and number of upstreams, with the real health,
 * turns, quota evidence and prices behind it, and what the note in the log adds. CPU time of this thread, so that what
 * else runs on the machine is not in it. Prints Markdown. Exits with 3 when 50 upstreams cost 30 µs or more.
 */
import { poolStrategy } from '../src/shared/models/pool.ts'
import { admittedLine } from '../src/main/db/journal-file.ts'
import { readJsonFields } from '../src/main/dialects/json-fields.ts'
import { createAffinity } from '../src/main/gateway/affinity.ts'
import { SessionMark } from '../src/main/gateway/affinity/marks.ts'
import { createDirectory } from '../src/main/gateway/directory.ts'
import { createHealth } from '../src/main/gateway/health.ts'
import { laneOf } from '../src/main/gateway/pace.ts'
import type { AdmittedRow } from '../src/main/gateway/ports.ts'
import { route } from '../src/main/gateway/route.ts'
import type { RouteWorld } from '../src/main/gateway/route-world.ts'
import { createTurns } from '../src/main/gateway/strategies/turns.ts'
import { createPriceBook } from '../src/main/prices/price-book.ts'
import { bundledPrices } from '../src/main/prices/catalog.ts'
import { createQuotaEvidence } from '../src/main/providers/quota-evidence.ts'
import { bareUpstream, NOW, poolOf, questionOf } from '../test/support/route-scene.ts'
import { describeMachine } from './machine.ts'

const SIZES = [1, 5, 50] as const
const BOUND_US = 30
const RUNS = 20_000
const ROUNDS = 7
const MODEL = 'gpt-4o-mini'

function worldWith(ids: readonly string[]): RouteWorld {
  const now = (): number => NOW
  const directory = createDirectory()
  const health = createHealth(directory, () => false, now)
  const quota = createQuotaEvidence(now)
  ids.forEach((id, index) => {
    directory.putUpstream(bareUpstream(id, { models: new Set([MODEL, 'other']), maxConcurrent: 100 }))
    health.entered(id, { model: MODEL, dialect: 'chat' })
    health.paced(id, laneOf(MODEL, false), 20 + ((index * 7) % 50))
    quota.of(id, 'openai').note({
      'x-ratelimit-limit-tokens': '1000',
      'x-ratelimit-remaining-tokens': String((index * 31) % 1_000),
      'x-ratelimit-reset-tokens': `${index + 1}m`,
    })
  })
  const [first = ''] = ids
  // One failure somewhere, as nearly always: the breakers are looked at.
  health.left(first, { model: MODEL, dialect: 'chat' }, { ending: 'failed', isProbe: false })
  const prices = createPriceBook({ list: bundledPrices, now })
  return { upstream: directory.upstream, health, turns: createTurns(), quota, prices, random: Math.random }
}

/** The best of some rounds, µs of CPU each. */
function cost(work: (run: number) => void): number {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    const from = process.cpuUsage()
    for (let run = 0; run < RUNS; run++) work(run)
    const { user, system } = process.cpuUsage(from)
    best = Math.min(best, (user + system) / RUNS)
  }
  return best
}

let isOver = false
const { cpu, cores, system, node } = describeMachine()
console.log(`${cores} cores of ${cpu}, ${system}, Node ${node}\n`)
console.log(`| strategy | ${SIZES.map((size) => `${size} upstream${size === 1 ? '' : 's'}, µs`).join(' | ')} |`)
console.log(`|---|${SIZES.map(() => '--:|').join('')}`)
for (const strategy of poolStrategy.options) {
  const figures = SIZES.map((size) => {
    const ids = Array.from({ length: size }, (_, index) => `ups_${String(index).padStart(20, '0')}`)
    const world = worldWith(ids)
    const question = questionOf(poolOf(ids, { strategy }), {
      model: MODEL,
      session: 'a-session-of-some-length',
      maxAttempts: 3,
    })
    return cost(() => void route(question, world))
  })
  isOver ||= (figures.at(-1) ?? 0) >= BOUND_US
  console.log(`| ${strategy} | ${figures.map((figure) => figure.toFixed(2)).join(' | ')} |`)
}

/** What a session adds: its hash, and a look at where it is at home, among as many as are remembered. */
const key = { id: 'key_0123456789' }
const settings = { 'routing.sessionTtlMs': 3_600_000, 'routing.ownerTtlMs': 86_400_000 }
const affinity = createAffinity({ directory: { settings }, clock: () => NOW })
const served = { key, pool: { id: 'pool' }, client: 'codex', facts: { model: MODEL } } as const
for (let at = 0; at < 10_000; at++) {
  const session = new SessionMark(key.id, `session-${at}`)
  affinity.served({ ...served, session }, { upstreamId: 'ups_1', responseId: `resp_${at}`, turnState: null })
}
const fields = readJsonFields(Buffer.from(`{"model":"${MODEL}","input":"${'x'.repeat(100_000)}"}`))
const tied = { key, dialect: 'responses', fields } as const
const bare = cost(() => void affinity.tieOf(tied, null))
const withSession = cost((run) => void affinity.tieOf(tied, new SessionMark(key.id, `session-${run % 10_000}`)))
affinity.own('file', { keyId: key.id, id: 'file-1' }, 'ups_1')
const withFiles = cost(() => void affinity.tieOf(tied, null))
const learnt = cost((run) => {
  const session = new SessionMark(key.id, `session-${run % 10_000}`)
  affinity.served({ ...served, session }, { upstreamId: 'ups_1', responseId: `resp_${run}`, turnState: null })
})
console.log(
  `\nTies: ${bare.toFixed(2)} µs without a session, ${withSession.toFixed(2)} with one, ${withFiles.toFixed(2)} for 100 KB without files where some are known; ${learnt.toFixed(2)} to learn from an answer.`,
)

const row: AdmittedRow = {
  id: 1,
  at: NOW,
  keyId: 'key_0123456789',
  poolId: 'pool_0123456789',
  route: '/v1/responses',
  model: MODEL,
  sentModel: null,
  effort: null,
  serviceTier: null,
  stream: true,
  reservedInput: 100,
  reservedOutput: 0,
  reservedCostNanos: null,
  limitRule: null,
  client: 'codex',
  clientIp: '127.0.0.1',
  exclusions: [],
}
const order = ['a', 'b', 'c'].map((id) => ({
  upstreamId: `ups_${id}`,
  figure: 12,
  isResting: false,
  isFallback: false,
}))
const noted = { ...row, plan: { strategy: 'fastest', order, waitedMs: 0 } }
const plain = cost(() => void admittedLine(row))
const withNote = cost(() => void admittedLine(noted))
console.log(`\nThe journal's line: ${plain.toFixed(2)} µs, with a note of three upstreams ${withNote.toFixed(2)} µs.`)
if (isOver) process.exitCode = 3
