/**
 * `node bench/limits.ts`: what letting one request pass costs with 10,000 limited keys, each with thirteen limits of its own and
 * seven of an override: the real ledger, prices and bound on tokens, charged and settled again. CPU time of this thread, so
 * that what else runs on the machine is not in it. Exits with 3 when a request costs 20 µs or more.
 */
import { defaultSettings } from '../src/shared/settings.ts'
import { createTokenCounter } from '../src/main/tokens/tokens.ts'
import { readJsonFields } from '../src/main/dialects/json-fields.ts'
import { readRequest } from '../src/main/dialects/request.ts'
import { createLimiter } from '../src/main/gateway/limiter.ts'
import { createLedger } from '../src/main/gateway/limits/ledger.ts'
import { compileLimits } from '../src/main/gateway/limits/rules.ts'
import type { KeyRecord, SettledRow, UpstreamRecord } from '../src/main/gateway/ports.ts'
import type { Routed } from '../src/main/gateway/stages.ts'
import { bundledPrices } from '../src/main/prices/catalog.ts'
import { createPriceBook } from '../src/main/prices/price-book.ts'
import { describeMachine } from './machine.ts'
import { twentyLimits } from './policy.ts'

const KEYS = 10_000
const BOUND_US = 20
const ROUNDS = 7
const MODEL = 'gpt-4o-mini'

const ledger = createLedger({ zone: () => 'Europe/Zurich' })
const limiter = createLimiter({
  ledger,
  prices: createPriceBook({ list: bundledPrices }),
  tokens: createTokenCounter({ log: { warn: expectNoCount }, start: expectNoCount }),
  journal: { refine: () => expectNoCount() },
  affinity: { contextOf: () => 0 },
  directory: { settings: defaultSettings },
  clock: Date.now,
})

function expectNoCount(): never {
  throw new Error('A limit refused a request, although all are far away.')
}

function compiled(count: number): KeyRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const limits = compileLimits(twentyLimits.limits, twentyLimits.limitOverrides)
    return {
      id: `key_${index}`,
      prefix: `sk-weir-${index}`,
      limits,
      unpriced: 'refuse',
      enforced: { model: null, effort: null, serviceTier: null },
    } as Partial<KeyRecord> as KeyRecord
  })
}

function cpuMicros(work: () => void): number {
  const from = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(from)
  return user + system
}

/** One question of each key, as routing leaves it. */
function questionsOf(keys: readonly KeyRecord[], prompt: string): Routed[] {
  const fields = readJsonFields(Buffer.from(JSON.stringify({ model: MODEL, max_tokens: 100, messages: [prompt] })))
  const facts = readRequest('chat', fields, null)
  const grant = { model: MODEL, effort: null, serviceTier: null, reservedInput: 3, reservedOutput: 100 }
  const plan = { candidates: [{ id: 'ups_1' } as UpstreamRecord], exclusions: [] }
  return keys.map(
    (key) => ({ key, token: null, fields, facts, dialect: 'chat', grant, plan }) as Partial<Routed> as Routed,
  )
}

const settled: SettledRow = {
  state: 'completed',
  upstreamId: 'ups_1',
  status: 200,
  errorCode: null,
  usage: { input: 20, cached: 0, output: 30, reasoning: 0 },
  usageSource: 'reported',
  costNanos: 21_000,
  firstByteMs: 1,
  durationMs: 2,
  tries: [],
}

const { cpu, cores, system, node } = describeMachine()
console.log(`${cores} cores of ${cpu}, ${system}, Node ${node}\n`)
let keys: KeyRecord[] = []
const compiling = cpuMicros(() => (keys = compiled(KEYS)))
console.log(
  `${KEYS.toLocaleString('en-US')} keys of 20 limits compiled in ${Math.round(compiling / 1_000)} ms of CPU.\n`,
)
console.log('| prompt | charged, µs | charged and settled, µs |')
console.log('|---|--:|--:|')
let isOver = false
for (const [name, bytes] of [
  ['100 bytes', 100],
  ['10 KB', 10_240],
] as const) {
  const questions = questionsOf(keys, 'x'.repeat(bytes))
  let charge = Number.POSITIVE_INFINITY
  let both = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    const held: ReturnType<typeof limiter.reserve>[] = []
    const charging = cpuMicros(() => {
      for (const question of questions) held.push(limiter.reserve(question))
    })
    const settling = cpuMicros(() => {
      for (const { claim } of held) limiter.settle(claim, settled)
    })
    charge = Math.min(charge, charging / KEYS)
    both = Math.min(both, (charging + settling) / KEYS)
  }
  isOver ||= both >= BOUND_US
  console.log(`| ${name} | ${charge.toFixed(2)} | ${both.toFixed(2)} |`)
}
if (isOver) process.exitCode = 3
