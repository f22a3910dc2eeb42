/** Budgets over real sockets: what is charged is what the requests cost, to the nano-dollar. */
import { afterEach, describe, expect, it } from 'vitest'
import type { KeyRecord } from '../../src/main/gateway/ports.ts'
import { priceRates, type Price } from '../../src/shared/models/price.ts'
import {
  chatBody,
  exactInput,
  MAX_OUTPUT,
  priceOf,
  refusalOf,
  startLimitsRig,
  type LimitsRig,
  type LimitsRigOptions,
} from '../support/limits-rig.ts'
import type { ReportedUsage } from '../support/limits-upstream.ts'
import { seeded } from '../support/recorded-answers.ts'

const START = Date.UTC(2026, 3, 1, 12)
const INPUT = exactInput(chatBody())
const BILLION = 1_000_000_000

let rig: LimitsRig

async function start(options: Omit<LimitsRigOptions, 'now'>): Promise<LimitsRig> {
  rig = await startLimitsRig({ now: START, ...options })
  return rig
}
afterEach(() => rig.close())

/** Rates at which nearly every cost must be rounded. */
const ODD: Price = {
  ...priceOf('m', 0, 0),
  rates: priceRates.parse({
    input: 1_234_567,
    cachedInput: 123_457,
    cacheWrite: 1_543_211,
    output: 9_876_543,
    reasoning: 7_654_321,
  }),
}

function sums() {
  const { $client } = rig.gateway.db
  const sum = (of: string) => $client.prepare<[], number>(`select ${of}`).pluck().get() ?? 0
  return {
    log: sum('sum(cost_nanos) from request'),
    buckets: sum('sum(cost_nanos) from usage_bucket'),
    day: sum(`sum(cost_nanos) from usage_day where rule = '' and day = '2026-04-01'`),
    total: sum(`sum(cost_nanos) from usage_day where rule = '' and day = ''`),
  }
}

/** By hand, in whole thousandths of a nano-dollar. */
function oddCost({ input, cached = 0, written = 0, output, reasoning = 0 }: ReportedUsage) {
  const rates = [1_234_567n, 123_457n, 1_543_211n, 9_876_543n, 7_654_321n] as const
  const tokens = [input - cached - written, cached, written, output - reasoning, reasoning].map(BigInt)
  const sum = rates.reduce((so, rate, index) => so + rate * (tokens[index] ?? 0n), 0n)
  return Number((sum + 500n) / 1_000n)
}

describe('the cost of a key', () => {
  it('is the sum of the costs of its requests, everywhere', async () => {
    await start({ prices: [ODD] })
    const key = rig.key({ budgetTotal: BILLION, budgetPerDay: BILLION })
    const random = seeded(7)
    let expected = 0
    for (let sent = 0; sent < 60; sent++) {
      const input = Math.floor(random() * 5_000)
      const output = Math.floor(random() * 900)
      const cached = Math.floor(random() * input)
      const written = random() < 0.5 ? 0 : Math.floor(random() * (input - cached))
      const usage = { input, cached, written, output, reasoning: Math.floor(random() * output) }
      const status = random() < 0.15 ? 500 : 200
      const answer = await rig.ask(key, { plan: { status, usage } })
      expect(answer.status).toBe(status === 500 ? 502 : 200)
      if (status === 200) expected += oddCost(usage)
      rig.gateway.core.health.clear('a')
    }
    rig.gateway.journal.flush()
    expect(sums()).toEqual({ log: expected, buckets: expected, day: expected, total: expected })
    expect(rig.used(key, 'budgetTotal')).toEqual({ used: expected, reserved: 0 })
    expect(rig.used(key, 'budgetPerDay')).toEqual({ used: expected, reserved: 0 })
  })

  it('is bounded by the prompt as counted and the output as allowed, to the nano-dollar', async () => {
    await start({ prices: [ODD] })
    const most = oddCost({ input: INPUT, written: INPUT, output: MAX_OUTPUT })
    const key = rig.key({ budgetTotal: most })
    const usage = { input: INPUT, written: INPUT, output: MAX_OUTPUT }
    const running = rig.ask(key, { plan: { holdAt: 'head', usage } })
    await rig.upstream.arrived(1)
    expect(rig.used(key, 'budgetTotal')).toEqual({ used: most, reserved: most })
    rig.upstream.release()
    expect((await running).status).toBe(200)
    expect(rig.used(key, 'budgetTotal')).toEqual({ used: most, reserved: 0 })
    const refused = await rig.ask(rig.key({ budgetTotal: most - 1 }))
    expect([refused.status, refusalOf(refused).limit]).toMatchObject([400, { requested: most, limit: most - 1 }])
  })
})

describe('an answer without figures', () => {
  it('is charged what was seen of it, and never more than it held', async () => {
    await start({ prices: [ODD] })
    const most = oddCost({ input: INPUT, written: INPUT, output: MAX_OUTPUT })
    const key = rig.key({ budgetTotal: most })
    const words = ['a word of many letters '.repeat(4 * MAX_OUTPUT)]
    const body = chatBody({ stream: false })
    expect((await rig.ask(key, { plan: { usage: null, words }, body })).status).toBe(200)
    await expect.poll(() => rig.gateway.settled.length).toBe(1)
    const { used, reserved } = rig.used(key, 'budgetTotal')
    expect(reserved).toBe(0)
    expect(used).toBe(oddCost({ input: INPUT, output: MAX_OUTPUT }))
    expect(used).toBeLessThanOrEqual(most)
  })
})

describe('an attempt that fails', () => {
  it.each([true, false])(
    'costs what its provider reports, beside the answer of another (streamed: %s)',
    async (stream) => {
      await start({ hasSecond: true, prices: [priceOf('m', 3, 7, 'a'), priceOf('m', 11, 13, 'b')] })
      const usage = { input: 10, output: 5 }
      rig.upstream.plan = { fails: true, usage }
      rig.second.plan = { usage: { input: 20, output: 1 } }
      const key = rig.key({ budgetTotal: BILLION, tokensPerDay: BILLION })
      const body = chatBody({ stream })
      expect((await rig.ask(key, { body })).status).toBe(200)
      await expect.poll(() => rig.gateway.settled.length).toBe(1)
      const both = 10 * 3 + 5 * 7 + 20 * 11 + 13
      expect(rig.used(key, 'budgetTotal')).toEqual({ used: both, reserved: 0 })
      rig.second.plan = { fails: true, usage }
      rig.gateway.core.health.clear('a')
      expect((await rig.ask(key, { body })).status).toBe(502)
      const all = both + 10 * 3 + 5 * 7 + 10 * 11 + 5 * 13
      expect(rig.used(key, 'budgetTotal')).toEqual({ used: all, reserved: 0 })
      expect(rig.used(key, 'tokensPerDay')).toEqual({ used: 15 + 21 + 30, reserved: 0 })
      rig.gateway.journal.flush()
      expect(sums()).toEqual({ log: all, buckets: all, day: all, total: all })
      expect(rig.gateway.rows()[1]).toMatchObject({ state: 'failed', usage_source: 'reported', input_tokens: 20 })
    },
  )
})

describe('a price that changes while a request runs', () => {
  const dearer = (times: number, from: number): Price => ({ ...priceOf('m', times, times), id: `price_${times}`, from })

  it('is that of later requests: what was admitted keeps its own', async () => {
    await start({ prices: [dearer(10, 0), dearer(90, START + 60_000)] })
    const usage = { input: INPUT, output: MAX_OUTPUT }
    const most = (INPUT + MAX_OUTPUT) * 10
    const key = rig.key({ budgetTotal: most })
    const running = rig.ask(key, { plan: { holdAt: 'head', usage } })
    await rig.upstream.arrived(1)
    rig.clock.now += 60_000
    rig.upstream.release()
    expect((await running).status).toBe(200)
    rig.gateway.journal.flush()
    expect(sums()).toEqual({ log: most, buckets: most, day: most, total: most })
    expect(rig.used(key, 'budgetTotal')).toEqual({ used: most, reserved: 0 })
    const late = rig.key({ budgetTotal: 9 * most })
    expect((await rig.ask(late, { plan: { usage } })).status).toBe(200)
    expect(rig.used(late, 'budgetTotal')).toEqual({ used: 9 * most, reserved: 0 })
  })
})

const free = (unpriced: KeyRecord['unpriced']): Partial<KeyRecord> => ({ unpriced })
const WARNING = 'x-weir-limit-warning'

describe('a model without a price, under a budget', () => {
  it('is refused, in a form that each client believes, where the key says so', async () => {
    await start({ prices: [] })
    const key = rig.key({ budgetPerMonth: BILLION }, [], free('refuse'))
    for (const [userAgent, status] of [
      ['OpenAI/JS 5', 403],
      ['codex_exec/1', 400],
    ] as const) {
      const refused = await rig.ask(key, { userAgent })
      expect([refused.status, refused.headers['x-should-retry']]).toEqual([status, 'false'])
      expect(refusalOf(refused)).toMatchObject({ code: 'model_unpriced' })
      expect(refusalOf(refused).message).toContain('"m" has none')
    }
    expect(rig.upstream.bodies).toEqual([])
    expect(rig.used(key, 'budgetPerMonth')).toEqual({ used: 0, reserved: 0 })
  })

  it.each([
    ['warn', 'unpriced'],
    ['free', undefined],
  ] as const)('costs nothing where the key says %s', async (unpriced, warning) => {
    await start({ prices: [] })
    const key = rig.key({ budgetPerMonth: BILLION }, [], free(unpriced))
    const answer = await rig.ask(key)
    expect([answer.status, answer.headers[WARNING]]).toEqual([200, warning])
    const stream = await rig.ask(key, { body: chatBody({ stream: true }) })
    expect([stream.status, stream.headers[WARNING]]).toEqual([200, warning])
    expect(rig.used(key, 'budgetPerMonth')).toEqual({ used: 0, reserved: 0 })
    expect(rig.gateway.settled.map(({ costNanos }) => costNanos)).toEqual([null, null])
  })

  it('is warned of beside a limit that is nearly used up, and only under a budget', async () => {
    await start({ prices: [] })
    const both = rig.key({ budgetPerMonth: BILLION, requestsPerDay: 1 }, [], free('warn'))
    expect((await rig.ask(both)).headers[WARNING]).toBe('requestsPerDay 100%, unpriced')
    const noBudget = rig.key({ requestsPerDay: 10 }, [], free('warn'))
    expect((await rig.ask(noBudget)).headers[WARNING]).toBeUndefined()
    const refusing = rig.key({ requestsPerDay: 10 }, [], free('refuse'))
    expect((await rig.ask(refusing)).status).toBe(200)
  })

  it('is not sent to the upstream that has no price for it, where another one has', async () => {
    await start({ prices: [priceOf('m', 10, 10, 'b')], hasSecond: true })
    const refusing = rig.key({ budgetTotal: BILLION }, [], free('refuse'))
    expect((await rig.ask(refusing)).status).toBe(200)
    expect([rig.upstream.bodies.length, rig.second.bodies.length]).toEqual([0, 1])
    const { exclusions, upstream_id } = rig.gateway.rows()[0] ?? {}
    expect([upstream_id, JSON.parse(exclusions ?? '[]')]).toEqual([
      'b',
      [{ upstreamId: 'a', reason: 'model_unpriced', until: null }],
    ])
    const warned = rig.key({ budgetTotal: BILLION }, [], free('warn'))
    const answer = await rig.ask(warned)
    expect([answer.headers[WARNING], rig.upstream.bodies.length]).toEqual(['unpriced', 1])
  })
})

describe('prices of upstreams', () => {
  const prices = [priceOf('m', 10, 100), priceOf('m', 70, 700, 'b')]
  const dearest = INPUT * 70 + MAX_OUTPUT * 700

  it('are reserved at the dearest that may be tried, and charged at the one that answered', async () => {
    await start({ prices, hasSecond: true })
    const key = rig.key({ budgetTotal: dearest })
    const running = rig.ask(key, { plan: { holdAt: 'head' } })
    await rig.upstream.arrived(1)
    expect(rig.used(key, 'budgetTotal').reserved).toBe(dearest)
    rig.upstream.release()
    await running
    expect(rig.used(key, 'budgetTotal')).toEqual({ used: 10 * 10 + 5 * 100, reserved: 0 })
    expect((await rig.ask(rig.key({ budgetTotal: dearest - 1 }))).status).toBe(400)
  })

  it('are those of the dearer one after a failover', async () => {
    await start({ prices, hasSecond: true })
    rig.upstream.plan = { status: 500 }
    const key = rig.key({ budgetTotal: dearest })
    expect((await rig.ask(key)).status).toBe(200)
    expect([rig.upstream.bodies.length, rig.second.bodies.length]).toEqual([1, 1])
    expect(rig.used(key, 'budgetTotal')).toEqual({ used: 10 * 70 + 5 * 700, reserved: 0 })
    expect(rig.gateway.rows()[0]).toMatchObject({ upstream_id: 'b', attempts: 2, cost_nanos: 10 * 70 + 5 * 700 })
  })
})
