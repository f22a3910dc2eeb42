/** Limits on tokens: what is charged before a request is sent, when its prompt is counted, and what it has cost in the end. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openRawClient, requestBytes } from '../support/raw-client.ts'
import { chatBody, exactInput, inputBound, MAX_OUTPUT, startLimitsRig, type LimitsRig } from '../support/limits-rig.ts'
import { PLAN_HEADER, type AnswerPlan } from '../support/limits-upstream.ts'
import { closedPort } from '../support/http-peer.ts'
import { upstreamRecord } from '../support/gateway-rig.ts'

const START = Date.UTC(2026, 3, 1, 12)
const INPUT = exactInput(chatBody())
const BOUND = inputBound(chatBody())
const USED = 15

let rig: LimitsRig

beforeEach(async () => {
  rig = await startLimitsRig({ now: START })
})
afterEach(() => rig.close())

let key: string
const used = () => rig.used(key, 'tokensPerDay')

async function leaveAt(plan: AnswerPlan, isThere: (text: string) => boolean): Promise<void> {
  const client = await openRawClient(rig.gateway.port)
  const before = rig.upstream.bodies.length
  const headers = [[PLAN_HEADER, JSON.stringify(plan)]] as const
  client.send(requestBytes({ key, body: chatBody({ stream: true }), headers }))
  if (plan.holdAt === 'head') await rig.upstream.arrived(before + 1)
  else await client.until((body) => isThere(body.toString()))
  client.reset()
  await expect.poll(() => rig.gateway.rows().at(-1)?.state).toBe('aborted')
}

describe('what is charged before a request is sent', () => {
  it('is a bound that needs no tokenizer, where it fits', async () => {
    key = rig.key({ tokensPerDay: 20 * (BOUND + MAX_OUTPUT), inputTokensPerRequest: BOUND })
    expect(await rig.statuses(key, 10)).toEqual(Array.from({ length: 10 }, () => 200))
    expect(rig.gateway.counted).toEqual([])
    expect(used()).toEqual({ used: 10 * USED, reserved: 0 })
  })

  it('is the exact count where only that fits, to the token', async () => {
    expect(BOUND).toBeGreaterThan(INPUT)
    key = rig.key({ tokensPerDay: INPUT + MAX_OUTPUT })
    const running = rig.ask(key, { plan: { holdAt: 'head' } })
    await rig.upstream.arrived(1)
    expect(rig.gateway.counted.length).toBe(1)
    expect(used()).toEqual({ used: INPUT + MAX_OUTPUT, reserved: INPUT + MAX_OUTPUT })
    rig.upstream.release()
    expect((await running).status).toBe(200)
    expect(used()).toEqual({ used: USED, reserved: 0 })
    expect((await rig.ask(rig.key({ tokensPerDay: INPUT + MAX_OUTPUT - 1 }))).status).toBe(400)
  })

  it('is refined while a request runs, where another one would not fit for its bound', async () => {
    const cap = BOUND + MAX_OUTPUT
    const fitting = Math.floor(cap / (INPUT + MAX_OUTPUT))
    key = rig.key({ tokensPerDay: cap })
    const plan = { holdAt: 'head' } as const
    const running = [rig.ask(key, { plan })]
    await rig.upstream.arrived(1)
    expect([rig.gateway.counted.length, used().reserved]).toEqual([0, cap])
    running.push(rig.ask(key, { plan }))
    await rig.upstream.arrived(2)
    // Its own prompt, and the one that runs.
    expect([rig.gateway.counted.length, used().reserved]).toEqual([2, 2 * (INPUT + MAX_OUTPUT)])
    while (running.length < fitting) {
      running.push(rig.ask(key, { plan }))
      await rig.upstream.arrived(running.length)
    }
    expect(fitting).toBeGreaterThan(3)
    expect((await rig.ask(key)).status).toBe(429)
    rig.upstream.release()
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual(running.map(() => 200))
    expect(used()).toEqual({ used: fitting * USED, reserved: 0 })
  })

  it('counts the output of each choice, the smaller of what the client and the key say', async () => {
    const two = chatBody({ n: 2, max_tokens: 30 })
    key = rig.key({ tokensPerDay: 100_000, outputTokensPerRequest: 50 })
    const running = rig.ask(key, { body: two, plan: { holdAt: 'head' } })
    await rig.upstream.arrived(1)
    expect(used().reserved).toBe(inputBound(two) + 50)
    expect(rig.upstream.bodies[0]).toMatchObject({ max_tokens: 25, n: 2 })
    rig.upstream.release()
    await running
  })

  it('is the setting where nobody names a maximum, and that becomes the maximum', async () => {
    const { max_tokens: _, ...body } = chatBody()
    key = rig.key({ tokensPerDay: 100_000 })
    expect((await rig.ask(key, { body })).status).toBe(200)
    expect(rig.upstream.bodies[0]).toMatchObject({ max_tokens: 8_192 })
  })
})

describe('what is charged in the end', () => {
  const wide = { tokensPerDay: 1_000_000 }

  it.each([
    [{ usage: { input: 100, output: 900 } }, 1_000],
    [{ usage: { input: 100, cached: 60, output: 900, reasoning: 500 } }, 1_000],
  ])('is what the upstream reports, also above the reservation: %j', async (plan, sum) => {
    key = rig.key(wide)
    expect((await rig.ask(key, { plan })).status).toBe(200)
    expect(used()).toEqual({ used: sum, reserved: 0 })
    expect(rig.gateway.settled.at(-1)?.usageSource).toBe('reported')
  })

  it('is counted where the upstream reports nothing, and marked', async () => {
    key = rig.key(wide)
    await rig.ask(key, { plan: { usage: null }, body: chatBody({ stream: true }) })
    await expect.poll(() => rig.gateway.settled.length).toBe(1)
    const { usage, usageSource } = rig.gateway.settled[0] ?? {}
    expect([usage?.input, usageSource]).toEqual([INPUT, 'estimated'])
    expect(usage?.output).toBeGreaterThanOrEqual(2)
    expect(used().used).toBe(INPUT + (usage?.output ?? 0))
    expect(rig.gateway.rows()[0]).toMatchObject({ usage_source: 'estimated', input_tokens: INPUT })
  })

  it('is counted where the client left in the middle of the answer', async () => {
    key = rig.key(wide)
    await leaveAt({ holdAt: 'word' }, (text) => text.includes('one'))
    const row = rig.gateway.rows()[0]
    expect(row).toMatchObject({ usage_source: 'estimated', input_tokens: INPUT })
    expect(row?.output_tokens).toBeGreaterThanOrEqual(1)
    expect(used()).toEqual({ used: INPUT + (row?.output_tokens ?? 0), reserved: 0 })
  })

  it('is its input where the client left before the answer began: the upstream has read it', async () => {
    key = rig.key(wide)
    await leaveAt({ holdAt: 'head' }, () => true)
    expect(rig.gateway.rows()[0]).toMatchObject({ usage_source: 'estimated', input_tokens: INPUT, output_tokens: 0 })
    expect(used()).toEqual({ used: INPUT, reserved: 0 })
  })

  it('is nothing where the upstream failed', async () => {
    key = rig.key({ ...wide, requestsPerDay: 10 })
    expect((await rig.ask(key, { plan: { status: 500 } })).status).toBe(502)
    expect(used()).toEqual({ used: 0, reserved: 0 })
    rig.gateway.core.health.clear('a')
    rig.gateway.directory.putUpstream(upstreamRecord('a', `http://127.0.0.1:${await closedPort()}/v1`))
    expect((await rig.ask(key)).status).toBe(502)
    expect(used()).toEqual({ used: 0, reserved: 0 })
    expect(rig.gateway.rows().map(({ state, usage_source }) => [state, usage_source])).toEqual([
      ['failed', 'none'],
      ['failed', 'none'],
    ])
  })

  it('is counted where the answer broke off', async () => {
    key = rig.key(wide)
    await rig.ask(key, { plan: { breaksOff: true, usage: null }, body: chatBody({ stream: true }) })
    await expect.poll(() => rig.gateway.settled.length).toBe(1)
    const row = rig.gateway.rows()[0]
    expect(row).toMatchObject({ state: 'failed', usage_source: 'estimated', input_tokens: INPUT })
    expect(used().used).toBe(INPUT + (row?.output_tokens ?? 0))
  })

  it('is nothing, not even a request, where the client left before its body had come', async () => {
    key = rig.key({ requestsPerDay: 1 })
    const client = await openRawClient(rig.gateway.port)
    client.send(requestBytes({ key, body: '{"model":"m",', headers: [['Content-Length', '1000']] }))
    await expect.poll(() => rig.gateway.core.gateway.requestsInFlight).toBe(1)
    client.reset()
    await expect.poll(() => rig.gateway.rows()[0]).toMatchObject({ state: 'refused', error_code: 'client_closed' })
    const counted = rig.gateway.db.$client.prepare('select * from usage_day').all()
    expect(counted).toEqual([])
    expect(await rig.statuses(key, 2)).toEqual([200, 429])
  })
})
