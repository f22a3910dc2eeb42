/**
 * A week of mixed traffic on a clock of the test's, across the change to summer time, with failures, refusals, stops and
 * kills: what limits count in memory, what is counted per day and per minute, and the log never differ.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { noLimits, type Limits } from '../../src/shared/models/limit.ts'
import { closeApps } from '../support/app-rig.ts'
import { BUCKET_SUMS, callerUsage, LOG_SUMS, openHouse, type House, type HouseKey } from '../support/limits-house.ts'
import { chatBody, exactInput, refusalOf } from '../support/limits-rig.ts'
import { PLAN_HEADER, startLimitsUpstream, type AnswerPlan, type LimitsUpstream } from '../support/limits-upstream.ts'
import { openRawClient, requestBytes, type RawAnswer } from '../support/raw-client.ts'
import { seeded } from '../support/recorded-answers.ts'
import { makeTempDir } from '../support/temp-dir.ts'

const ZONE = 'Europe/Zurich'
/** Monday, 00:07 there; the clocks go forward on the Sunday. */
const START = Date.UTC(2026, 2, 22, 23, 7)
const END = START + 7 * 86_400_000
const MINUTE = 60_000
const MODELS = ['m', 'big-1', 'big-2', 'odd']
const RATES = {
  m: { input: 1_234_567, output: 9_876_543 },
  'big-1': { input: 15_000_001, output: 75_000_003 },
  'big-2': { input: 7_000_777, cacheWrite: 8_750_971, output: 21_000_333 },
}

const POLICIES: Readonly<
  Record<string, { limits: Partial<Limits>; overrides?: readonly [string, Partial<Limits>][] }>
> = {
  rates: {
    limits: { requestsPerMinute: 3, requestsPerHour: 7, requestsPerDay: 16 },
    overrides: [
      ['big*', { requestsPerDay: 6, tokensPerWeek: 1_500 }],
      ['big-2', { requestsPerDay: 2 }],
    ],
  },
  tokens: { limits: { tokensPerMinute: 200, tokensPerDay: 700, tokensPerWeek: 3_000, inputTokensPerRequest: 55 } },
  money: {
    limits: { budgetPerDay: 9_000_000, budgetPerWeek: 40_000_000, budgetPerMonth: 45_000_000, budgetTotal: 60_000_000 },
    overrides: [['big-1', { budgetPerDay: 5_000_000, concurrentRequests: 1 }]],
  },
  few: { limits: { concurrentRequests: 2, outputTokensPerRequest: 40 } },
  open: { limits: {} },
}

const random = seeded(20_260_323)
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T

let house: House
let upstream: LimitsUpstream
const keys = new Map<string, HouseKey>()
const STATES = ['completed', 'failed', 'aborted', 'refused', 'interrupted']
const CODES = [
  'limit_reached',
  'concurrency_limit_reached',
  'budget_spent',
  'request_over_limit',
  'model_unpriced',
  'model_not_found',
]

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: START })
  upstream = await startLimitsUpstream()
  house = await openHouse(makeTempDir('week'), ZONE)
  const { call } = house.app
  await call('settings.update', { patch: { 'limits.zone': ZONE, 'routing.cooldownMs': 0 } })
  const facts = { kind: 'openai-compatible', name: 'Outside', baseUrl: upstream.url, manualModels: MODELS } as const
  const { id } = await call('upstream.create', facts)
  const pool = await call('pool.create', { name: 'Week', assignments: [{ upstreamId: id }] })
  for (const [model, rates] of Object.entries(RATES)) await call('price.set', { model, rates })
  for (const [name, { limits, overrides = [] }] of Object.entries(POLICIES)) {
    const limitOverrides = overrides.map(([model, caps]) => ({ model, limits: { ...noLimits, ...caps } }))
    keys.set(
      name,
      await call('key.create', { poolId: pool.id, name, limits: { ...noLimits, ...limits }, limitOverrides }),
    )
  }
  await reopen()
})
afterEach(closeApps)
afterAll(async () => {
  vi.useRealTimers()
  await upstream.close()
})

const portOf = () => Number(new URL(house.app.app.gatewayUrl).port)

/** An orderly stop, and a start on the same files. */
async function reopen(): Promise<void> {
  await house.stop()
  house = await openHouse(house.dataDir, ZONE)
}

/** As a kill -9 in this instant and a start after it; whatever ran is cut. */
async function kill(): Promise<void> {
  const image = house.image()
  const releasing = setInterval(upstream.release, 20)
  await house.stop()
  clearInterval(releasing)
  house = await openHouse(image, ZONE)
}

interface Sent {
  readonly answer: RawAnswer | null
}

async function send(name: string, plan: AnswerPlan, more: Record<string, unknown>, leaves: boolean): Promise<Sent> {
  const client = await openRawClient(portOf())
  const body = chatBody({ max_tokens: 30, ...more })
  const headers = [[PLAN_HEADER, JSON.stringify(plan)]] as const
  const before = upstream.bodies.length
  client.send(requestBytes({ key: keys.get(name)?.secret ?? '', body, headers }))
  try {
    if (!leaves) return { answer: await client.answer() }
    // Until it is under way, or was refused.
    await Promise.race([upstream.arrived(before + 1), client.until(() => true)])
    if (plan.holdAt === 'word') await client.until((seen) => seen.length > 0)
    client.reset()
    return { answer: null }
  } catch {
    // The answer broke off, as planned, or with the house.
    return { answer: null }
  } finally {
    client.socket.destroy()
  }
}

/** Within what was asked for: a provider that reports more than that is its own matter. */
function randomRequest() {
  const words = 'word '.repeat(1 + Math.floor(random() * 60))
  const model = random() < 0.04 ? 'nobody' : random() < 0.03 ? 'odd' : pick(['m', 'm', 'big-1', 'big-2'])
  const more = { model, stream: random() < 0.5, messages: [{ role: 'user', content: words }] }
  const input = exactInput(chatBody(more))
  const output = Math.floor(random() * 31)
  const cached = Math.floor(random() * input)
  const written = Math.floor(random() * (input - cached))
  const usage = { input, cached, written, output, reasoning: Math.floor(random() * output) }
  const kind = random()
  const status = kind < 0.08 ? 500 : kind < 0.12 ? 400 : 200
  const leaves = random() < 0.08
  const plan: AnswerPlan = { status, usage: kind > 0.85 ? null : usage, breaksOff: kind > 0.94 }
  const held: AnswerPlan = { ...plan, holdAt: more.stream ? 'word' : 'head' }
  return { plan: leaves ? held : plan, more, leaves }
}

async function settled(): Promise<void> {
  const { call } = house.app
  for (;;) {
    const { gateway } = await call('system.status', {})
    // A list of the log has it written first. A prompt may still be counted after the answer is over.
    const open = await call('request.list', { state: ['open'] })
    if (gateway.requestsInFlight === 0 && open.rows.length === 0) return
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

/** A refusal names what the log says is used, and nothing that fits. */
function checkRefusal(name: string, answer: RawAnswer): void {
  const { limit } = refusalOf(answer)
  if (limit === undefined) return
  expect(limit.used + limit.requested).toBeGreaterThan(limit.limit)
  const { key } = keys.get(name) as HouseKey
  const overrideId = key.limitOverrides.find(({ model }) => model === limit.model)?.id ?? null
  const field = limit.rule as keyof Limits
  if (limit.requested <= limit.limit) {
    expect(limit.used).toBe(house.usedByLog(key.id, { field, overrideId }, Date.now()))
  }
}

/** Everything that counts, against everything else. */
async function expectAgreement(): Promise<void> {
  const { call } = house.app
  const now = Date.now()
  for (const { key, secret } of keys.values()) {
    const { states } = await call('key.usage', { id: key.id })
    const byLog = states.map((state) => ({ ...state, used: house.usedByLog(key.id, state, now), reserved: 0 }))
    expect(states).toEqual(byLog)
    expect(states.filter(({ used, limit }) => used > limit)).toEqual([])
    const told = (await callerUsage(house, secret)).limits
    expect(told.map(({ limit, model, used, resets_at }) => [limit, model, used, resets_at])).toEqual(
      states.map(({ field, model, used, resetAt }) => [field, model, used, resetAt]),
    )
    const [sum] = await call('stats.query', { from: START - MINUTE, to: now + MINUTE, stepMinutes: 0, keyId: key.id })
    const rows = house.rows(key.id)
    const total = (of: 'tokens' | 'costNanos') => rows.reduce((so, row) => so + row[of], 0)
    const counted = { requests: rows.length, tokens: total('tokens'), costNanos: total('costNanos') }
    expect({
      requests: (sum?.requests ?? 0) - (sum?.refused ?? 0),
      tokens: (sum?.input ?? 0) + (sum?.output ?? 0),
      costNanos: sum?.costNanos ?? 0,
    }).toEqual(counted)
    const forever = `select requests, tokens, cost_nanos as costNanos from usage_day where rule = '' and day = ''`
    expect(house.all(`${forever} and key_id = '${key.id}'`)).toEqual(rows.length === 0 ? [] : [counted])
  }
  expect(house.all(BUCKET_SUMS)).toEqual(house.all(LOG_SUMS))
  expect(await call('data.checkUsage', {})).toMatchObject({ zone: ZONE, found: 0, differences: [] })
}

describe('a week', () => {
  it('is counted the same everywhere, whatever happens in it', { timeout: 300_000 }, async () => {
    for (let step = 1; Date.now() < END; step++) {
      vi.setSystemTime(Date.now() + Math.floor(random() ** 3 * 150 * MINUTE) + 700)
      const name = pick([...keys.keys()])
      const batch = Array.from({ length: random() < 0.5 ? 1 : 5 }, randomRequest)
      const sent = await Promise.all(batch.map(({ plan, more, leaves }) => send(name, plan, more, leaves)))
      await settled()
      upstream.release()
      for (const { answer } of sent) {
        if (batch.length === 1 && answer !== null && answer.status >= 400) checkRefusal(name, answer)
      }
      if (step % 60 === 0) {
        await expectAgreement()
        await reopen()
        await expectAgreement()
      } else if (step % 37 === 0) {
        const before = upstream.bodies.length
        const running = ['open', 'few', 'tokens'].map((who) => send(who, { holdAt: 'head' }, {}, false))
        await Promise.race([upstream.arrived(before + 2), Promise.all(running)])
        await kill()
        await Promise.all(running)
        await expectAgreement()
      }
    }
    await expectAgreement()
    const counted = (column: string) =>
      house.all<{ what: string; n: number }>(`select ${column} as what, count(*) as n from request group by 1`)
    // The week was one: each kind of end and of refusal came about.
    const ends = new Map([...counted('state'), ...counted('error_code')].map(({ what, n }) => [what, n]))
    const rare = [...STATES, ...CODES].filter((what) => (ends.get(what) ?? 0) < 4)
    expect(rare).toEqual([])
    expect(
      house.all(`select 1 from request where usage_source = 'estimated' and state = 'completed'`).length,
    ).toBeGreaterThan(5)
  })
})
