/** The Doctor against the real gateway: what it foretells of a request is what the request is answered. */
import { Client } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDoctorService, type DoctorService } from '../../src/main/services/doctor.ts'
import { createPriceBook } from '../../src/main/prices/price-book.ts'
import { countRequest } from '../../src/main/tokens/counter.ts'
import { upperBound } from '../../src/main/tokens/upper-bound.ts'
import { isToken, poolKeyPrefix, publicIdOf, tokenPrefix } from '../../src/main/gateway/pool-key.ts'
import type { Health } from '../../src/main/gateway/health.ts'
import type { Reservation } from '../../src/main/gateway/limits/reservation.ts'
import { doctorQuestion, type DoctorReport } from '../../src/shared/models/doctor.ts'
import { usualRouting } from '../../src/shared/models/pool.ts'
import { defaultSettings, type Settings } from '../../src/shared/settings.ts'
import {
  ADDRESSES,
  AGENTS,
  createDice,
  keyCase,
  MAX_ATTEMPTS,
  pathOf,
  poolCase,
  PRICES,
  requestCase,
  RULE,
  tokenCase,
  upstreamCases,
  type Dice,
  type RequestCase,
} from '../support/doctor-cases.ts'
import { startGateway, upstreamRecord, type GatewayRig } from '../support/gateway-rig.ts'
import { startLimitsUpstream, type LimitsUpstream } from '../support/limits-upstream.ts'
import { rulesOf } from '../support/limits-rig.ts'

const PAIRS = 5_000
const SEED = 'd0c70a11'
const START = Date.UTC(2026, 2, 11, 12, 34, 56, 250)

/** Each must come up, or the draws prove less than they seem to. */
const VERDICTS = [
  '200 ',
  '400 invalid_request',
  '400 request_over_limit',
  '401 api_key_expired',
  '401 api_key_malformed',
  '401 api_key_revoked',
  '401 token_expired',
  '401 token_revoked',
  '403 api_key_paused',
  '403 budget_spent',
  '403 ip_not_allowed',
  '403 limit_reached',
  '403 model_not_allowed',
  '403 model_unpriced',
  '403 pool_disabled',
  '404 model_not_found',
  '413 body_too_large',
  '429 budget_spent',
  '429 concurrency_limit_reached',
  '429 gateway_busy',
  '429 limit_reached',
  '429 no_upstream_ready',
  '503 no_upstream_eligible',
]

let now = START
let rig: GatewayRig
let upstream: LimitsUpstream
let doctor: DoctorService
const clients = new Map<string, Client>()

const settings: Settings = { ...defaultSettings, 'routing.maxAttempts': MAX_ATTEMPTS }

beforeAll(async () => {
  upstream = await startLimitsUpstream()
  rig = await startGateway({ clock: () => now, prices: PRICES, settings })
  const { core, db, directory, ledger, journal } = rig
  const status = () => ({
    gateway: {
      listening: core.gateway.bound !== null,
      exposed: false,
      requestsInFlight: core.gateway.requestsInFlight,
      accountingError: journal.failure,
    },
  })
  doctor = createDoctorService({
    db,
    directory,
    ledger,
    health: core.health,
    traffic: core.traffic,
    quota: core.quota,
    limiter: core.limiter,
    prices: createPriceBook({ list: PRICES, now: () => now }),
    system: { status },
    now: () => now,
  })
  for (const record of upstreamCases((id, changes) => upstreamRecord(id, upstream.url, changes))) {
    directory.putUpstream(record)
  }
  for (const localAddress of ADDRESSES) clients.set(localAddress, new Client(rig.url, { localAddress }))
})

afterAll(async () => {
  for (const client of clients.values()) await client.destroy()
  await rig.close()
  await upstream.close()
})

interface Told {
  readonly status: number
  readonly code: string | null
}

async function send(
  secret: string,
  asked: RequestCase,
): Promise<Told & { retryAfter: number | null; isFinal: boolean }> {
  const client = clients.get(asked.address)
  if (client === undefined) throw new Error(`no client at ${asked.address}`)
  const headers = {
    authorization: `Bearer ${secret}`,
    'content-type': 'application/json',
    'user-agent': AGENTS[asked.client as keyof typeof AGENTS],
  }
  const answer = await client.request({ method: 'POST', path: pathOf(asked.dialect), headers, body: asked.body })
  const body = (await answer.body.json()) as { error?: { code?: string } }
  const retryAfter = answer.headers['retry-after']
  return {
    status: answer.statusCode,
    code: answer.statusCode === 200 ? null : (body.error?.code ?? 'none'),
    retryAfter: retryAfter === undefined ? null : Number(retryAfter),
    isFinal: answer.headers['x-should-retry'] === 'false',
  }
}

function ask(key: string, asked: RequestCase, secret?: string): Promise<DoctorReport> {
  const { dialect, model, body, outputTokens, serviceTier, client, address } = asked
  const prefixOf = isToken(key) ? tokenPrefix : poolKeyPrefix
  const key_ = prefixOf(publicIdOf(key))
  return doctor.doctor(
    doctorQuestion.parse({
      ...(secret === undefined ? { key: key_ } : { secret }),
      model,
      route: dialect,
      inputTokens: countRequest(dialect, body, sentModel(key, asked)),
      inputBytes: body.length,
      ...(outputTokens === null ? {} : { outputTokens }),
      ...(serviceTier === null ? {} : { serviceTier }),
      client,
      address,
    }),
  )
}

/** What the gateway hands to the tokenizer. */
function sentModel(key: string, { model }: RequestCase): string {
  const token = isToken(key) ? rig.directory.tokenByPublicId(publicIdOf(key)) : undefined
  const record = rig.directory.keyByPublicId(token?.keyPublicId ?? publicIdOf(key))
  const named = record?.enforced.model ?? model
  return rig.directory.pool(record?.poolId ?? '')?.models?.aliases.get(named) ?? named
}

/** Until nothing runs and everything is settled. */
async function idle(): Promise<void> {
  while (rig.core.gateway.requestsInFlight > 0) await new Promise((resolve) => setImmediate(resolve))
}

/** A key as the case says, with its counters and running requests. Returns its secret or a token's, and what ends those. */
function putKey(dice: Dice, asked: RequestCase, index: number): { secret: string; end: () => void } {
  const pool = poolCase(dice, `pool-${index}`)
  rig.directory.putPool(pool)
  const { changes, counters, ruleCounters, running } = keyCase(dice, pool.id, asked, now)
  const secret = rig.key({ ...changes, id: `key_${index}` })
  const key = rig.directory.keyByPublicId(publicIdOf(secret))
  if (key === undefined) throw new Error('the key is not there')
  if (counters !== null) rig.ledger.seed(key.id, null, counters)
  if (ruleCounters !== null) rig.ledger.seed(key.id, RULE, ruleCounters)
  const held: Reservation[] = []
  for (let count = 0; count < running; count++) {
    const ofOther = { at: now, model: null, sentModel: null, input: 0, output: 0, costNanos: null }
    const answer = rig.ledger.reserve(key, ofOther)
    if (answer.kind === 'reserved') held.push(answer)
  }
  const end = () => held.forEach((reservation) => rig.ledger.release(reservation))
  return { secret: dice.chance(0.3) ? putToken(dice, secret, asked) : secret, end }
}

/** A token of that key, with its own counters. */
function putToken(dice: Dice, key: string, asked: RequestCase): string {
  const { changes, counters } = tokenCase(dice, asked, now)
  const token = rig.token(key, changes)
  const record = rig.directory.tokenByPublicId(publicIdOf(token))
  if (record === undefined) throw new Error('the token is not there')
  if (record.limits !== null) rig.ledger.seed(record.id, null, counters)
  return token
}

/** The world as this pair finds it: rests of upstreams, sizes, a full house. */
function putWorld(dice: Dice, asked: RequestCase): void {
  const health = rig.core.health as Health
  health.rest('firm', { until: now + dice.of([-1, 0, 1, 30_000, 90_000]), firm: true }, 'told to wait')
  health.rest('soft', { until: now + dice.of([-1, 30_000]), firm: false }, 'failed')
  const size = dice.chance(0.04) ? asked.body.length + dice.of([-1, 0, 1]) : settings['gateway.maxBodyBytes']
  const room = dice.chance(0.01) ? 0 : settings['gateway.maxConcurrentRequests']
  rig.directory.putSettings({ ...settings, 'gateway.maxBodyBytes': size, 'gateway.maxConcurrentRequests': room })
}

describe('the Doctor and the gateway', () => {
  it(`say the same of ${PAIRS} random pairs of key and request`, { timeout: 300_000 }, async () => {
    const dice = createDice(SEED)
    const seen = new Map<string, number>()
    const wrong: unknown[] = []
    for (let pair = 0; pair < PAIRS;) {
      const first = requestCase(dice)
      const { secret, end } = putKey(dice, first, pair)
      for (const asked of [first, ...(dice.chance(0.5) ? [first, requestCase(dice)] : [])]) {
        if (pair === PAIRS) break
        pair += 1
        putWorld(dice, asked)
        const isWrongSecret = dice.chance(0.02)
        const sent = isWrongSecret ? `${secret.slice(0, -1)}${secret.endsWith('x') ? 'y' : 'x'}` : secret
        await idle()
        const report = await ask(secret, asked, isWrongSecret || dice.chance(0.2) ? sent : undefined)
        const settledBefore = rig.settled.length
        const real = await send(sent, asked)
        const { status, code, retryAfterSeconds, isFinal } = report.answer
        const foretold = { status, code, retryAfter: retryAfterSeconds, isFinal }
        const isSame = JSON.stringify(foretold) === JSON.stringify(real)
        if (!isSame)
          wrong.push({ pair, foretold, real, steps: report.steps.filter(({ verdict }) => verdict === 'fail') })
        expect(report.passes).toBe(report.steps.every(({ verdict }) => verdict !== 'fail'))
        const limits = report.steps.find(({ id }) => id === 'limits')
        expect(limits?.verdict === 'fail').toBe(limits?.facts.some(({ verdict }) => verdict === 'fail'))
        const verdict = `${real.status} ${real.code ?? ''}`
        seen.set(verdict, (seen.get(verdict) ?? 0) + 1)
        if (real.status === 200) while (rig.settled.length === settledBefore) await new Promise(setImmediate)
        now += dice.whole(0, 400)
      }
      end()
    }
    expect(wrong.slice(0, 5)).toEqual([])
    const rare = VERDICTS.filter((verdict) => (seen.get(verdict) ?? 0) < 5)
    expect(rare).toEqual([])
  })
})

describe('the Doctor', () => {
  const chat = (content: string, outputTokens = 20): RequestCase => ({
    dialect: 'chat',
    model: 'm-priced',
    body: Buffer.from(
      JSON.stringify({ model: 'm-priced', messages: [{ role: 'user', content }], max_tokens: outputTokens }),
    ),
    outputTokens,
    serviceTier: null,
    client: 'other',
    address: '127.0.0.1',
  })

  function putPool(upstreamIds: readonly string[]): void {
    rig.directory.putSettings(settings)
    rig.directory.putPool({
      id: 'pool',
      name: 'Test',
      status: 'active',
      strategy: 'priority',
      routing: usualRouting,
      assignments: upstreamIds.map((upstreamId) => ({ upstreamId, priority: 1, weight: 1, enabled: true })),
      models: null,
    })
  }

  const stepOf = (report: DoctorReport, id: string) => report.steps.find((step) => step.id === id)

  it('names each limit with its figures, the fix, and when the request fits', async () => {
    putPool(['open'])
    const key = rig.key({ id: 'key_figures', limits: rulesOf({ requestsPerDay: 2, budgetPerDay: 5_000_000_000 }) })
    const asked = chat('hello')
    expect((await send(key, asked)).status).toBe(200)
    const near = await ask(key, asked)
    expect(near.answer).toMatchObject({ status: 200, code: null, step: null })
    expect(stepOf(near, 'limits')).toMatchObject({
      verdict: 'warning',
      facts: [
        { label: 'Counted for this request' },
        { label: 'Requests per day', value: '1 of 2 used, 1 asked for; all free again', verdict: 'warning' },
        { label: 'Budget per day', verdict: 'pass' },
      ],
    })
    expect((await send(key, asked)).status).toBe(200)
    const full = await ask(key, asked)
    const midnight = Date.UTC(2026, 2, new Date(now).getUTCDate() + 1)
    expect(full.answer).toMatchObject({ status: 429, code: 'limit_reached', step: 'limits', isFinal: true })
    expect(stepOf(full, 'limits')).toMatchObject({
      code: 'limit_reached',
      fix: { path: '/keys/key_figures/edit?step=limits' },
    })
    expect(stepOf(full, 'limits')?.facts[1]).toEqual({
      label: 'Requests per day',
      value: '2 of 2 used, 1 asked for; fits',
      verdict: 'fail',
      at: midnight,
    })
  })

  it('charges nothing', async () => {
    putPool(['open'])
    const limits = rulesOf({
      requestsPerMinute: 5,
      tokensPerDay: 10_000,
      concurrentRequests: 1,
      budgetTotal: 9_999_999,
    })
    const key = rig.key({ id: 'key_uncharged', limits })
    const record = rig.directory.keyByPublicId(publicIdOf(key))
    if (record === undefined) throw new Error('the key is not there')
    const rows = rig.rows().length
    for (let count = 0; count < 20; count++) expect((await ask(key, chat('hello'))).passes).toBe(true)
    expect(rig.ledger.states(record, now).map(({ used }) => used)).toEqual([0, 0, 0, 0])
    expect(rig.rows()).toHaveLength(rows)
  })

  it('counts what stands in the way as the gateway would, instead of by its bound', async () => {
    putPool(['open'])
    const long = chat('word '.repeat(800))
    const exact = countRequest('chat', long.body, 'm-priced')
    // Holds one by its bound and another by its count, or both by their counts, but not both by their bounds.
    const limits = rulesOf({ tokensPerDay: upperBound(long.body, 'm-priced') + 20 + exact })
    const key = rig.key({ id: 'key_bounds', limits })
    upstream.plan = { holdAt: 'head' }
    const before = upstream.bodies.length
    const running = send(key, long)
    await upstream.arrived(before + 1)
    expect((await ask(key, long)).answer).toMatchObject({ status: 200 })
    upstream.plan = {}
    const other = new Client(rig.url)
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const second = await other.request({ method: 'POST', path: '/v1/chat/completions', headers, body: long.body })
    expect(second.statusCode).toBe(200)
    await second.body.dump()
    upstream.release()
    expect((await running).status).toBe(200)
    await other.destroy()
  })

  it('says of every upstream why it is not tried, or at which place', async () => {
    ;(rig.core.health as Health).rest('firm', { until: now + 30_000, firm: true }, 'told to wait')
    putPool(['paused', 'narrow', 'firm', 'open', 'listed'])
    const key = rig.key({ id: 'key_upstreams', allowedUpstreams: new Set(['paused', 'narrow', 'firm', 'open']) })
    const report = await ask(key, chat('hello'))
    expect(report.sent).toEqual({ upstreamId: 'open', model: 'm-priced' })
    expect(stepOf(report, 'upstreams')).toMatchObject({
      verdict: 'pass',
      facts: [
        { label: 'Strategy', value: 'priority, then by weight' },
        { label: 'open', value: 'tried first', verdict: 'pass' },
        { label: 'paused', value: 'not tried: paused' },
        { label: 'narrow', value: 'not tried: does not serve the model' },
        { label: 'firm', value: 'not tried: resting after a failure, ready', at: now + 30_000 },
        { label: 'listed', value: 'not tried: not among the upstreams of the key' },
      ],
    })
  })

  it('tries a secret that is given, and tells an old one and one of another key', async () => {
    putPool(['open'])
    const first = rig.key({ id: 'key_first' })
    const second = rig.key({ id: 'key_second' })
    const record = rig.directory.keyByPublicId(publicIdOf(first))
    if (record === undefined) throw new Error('the key is not there')
    const question = { model: 'm-priced', inputTokens: 10 }
    const told = async (input: object) => {
      const report = await doctor.doctor(doctorQuestion.parse({ ...question, ...input }))
      return { key: report.key?.id, verdict: stepOf(report, 'credential')?.verdict, code: report.answer.code }
    }
    expect(await told({ key: record.prefix })).toEqual({ key: 'key_first', verdict: 'skipped', code: null })
    expect(await told({ secret: first })).toEqual({ key: 'key_first', verdict: 'pass', code: null })
    expect(await told({ key: record.prefix, secret: second })).toEqual({
      key: 'key_second',
      verdict: 'warning',
      code: null,
    })
    rig.directory.putKey({
      ...record,
      secretHash: Buffer.alloc(32),
      previousHash: record.secretHash,
      previousUntil: now + 1,
    })
    expect(await told({ secret: first })).toEqual({ key: 'key_first', verdict: 'warning', code: null })
    now += 1
    expect(await told({ secret: first })).toMatchObject({ verdict: 'fail', code: 'api_key_unknown' })
  })

  it('names no key that is not there', async () => {
    await expect(ask('sk-weir-0000000000', chat('hello'))).rejects.toMatchObject({ code: 'not_found' })
    await expect(doctor.doctor(doctorQuestion.parse({ model: 'm' }))).rejects.toMatchObject({ code: 'invalid_input' })
  })
})
