/** Ten thousand requests at once against a limit of a hundred: as many are served as it says, also across a kill -9. */
import { afterEach, describe, expect, it } from 'vitest'
import type { Settings } from '../../src/shared/settings.ts'
import { chatBody, startLimitsRig } from '../support/limits-rig.ts'
import { startBurst } from '../support/limits-burst.ts'
import { startKillerUpstream } from '../support/limits-killer.ts'
import { signIn, type Operator } from '../support/rpc-client.ts'
import { makeTempDir } from '../support/temp-dir.ts'
import { startHost, type Host } from '../support/weir-process.ts'

const REQUESTS = 10_000
const LIMIT = 100
const settings = { 'gateway.maxConcurrentRequests': 10_000 } satisfies Partial<Settings>

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

describe('a limit of 100 requests a day', () => {
  it('admits exactly 100 of 10,000 at once', async () => {
    const rig = await startLimitsRig({ now: Date.now(), settings })
    closers.push(() => rig.close())
    const key = rig.key({ requestsPerDay: LIMIT })
    rig.upstream.plan = { holdAt: 'head' }
    const burst = await startBurst({ port: rig.gateway.port, key, body: chatBody() }, REQUESTS)
    // All are judged before the first is answered.
    await expect.poll(() => rig.gateway.rows().length).toBe(REQUESTS)
    await rig.upstream.arrived(LIMIT)
    rig.upstream.release()
    await burst.over
    expect([burst.count(200), burst.count(429)]).toEqual([LIMIT, REQUESTS - LIMIT])
    expect(rig.upstream.bodies.length).toBe(LIMIT)
    const rows = rig.gateway.rows()
    expect(rows.filter(({ state }) => state === 'completed').length).toBe(LIMIT)
    expect(rows.filter(({ error_code }) => error_code === 'limit_reached').length).toBe(REQUESTS - LIMIT)
  })

  it('admits exactly 100 where every prompt must be counted first, as many as fit', async () => {
    const rig = await startLimitsRig({ now: Date.now(), settings })
    closers.push(() => rig.close())
    const key = rig.key({ requestsPerDay: LIMIT, tokensPerDay: LIMIT * 15 + 1_000 })
    const burst = await startBurst({ port: rig.gateway.port, key, body: chatBody() }, 2_000)
    await burst.over
    expect([burst.count(200), burst.count(429)]).toEqual([LIMIT, 2_000 - LIMIT])
    expect(rig.upstream.bodies.length).toBe(LIMIT)
  })
})

async function start(dataDir: string): Promise<Host & Pick<Operator, 'call'>> {
  const host = await startHost(dataDir, ['--log-level', 'warn'], { demo: false })
  closers.push(() => host.signal('SIGKILL'))
  const { call } = await signIn(host.adminUrl)
  return { ...host, call }
}

type Call = Operator['call']

/** The limit is of the key, or of a token of it. */
async function setUp(call: Call, baseUrl: string, isOfToken: boolean): Promise<{ key: string; keyId: string }> {
  await call('settings.update', { patch: { 'gateway.maxConcurrentRequests': 10_000 } })
  const facts = { kind: 'openai-compatible' as const, name: 'Outside', baseUrl, manualModels: ['m'] }
  const { id } = await call('upstream.create', facts)
  const pool = await call('pool.create', { name: 'Burst', assignments: [{ upstreamId: id }] })
  const limits = { requestsPerDay: LIMIT }
  const made = await call('key.create', { poolId: pool.id, name: 'burst', limits: isOfToken ? {} : limits })
  const keyId = made.key.id
  return isOfToken
    ? { key: (await call('token.create', { keyId, name: 'burst', limits })).secret, keyId }
    : { key: made.secret, keyId }
}

const portOf = (host: Host) => Number(new URL(host.baseUrl).port)

/** What the operator is told of the limit, or of the token. */
async function usedOf(call: Call, keyId: string): Promise<number | undefined> {
  const [token] = await call('token.list', { keyId })
  if (token !== undefined) {
    const { total } = await call('key.spend', { id: keyId, days: 1 })
    expect([token.used.requests, (await call('data.checkUsage', {})).found]).toEqual([total.requests, 0])
    return token.used.requests
  }
  return (await call('key.usage', { id: keyId })).states.find(({ field }) => field === 'requestsPerDay')?.used
}

describe('a limit of 100 requests a day, and a kill -9 in the middle', () => {
  it.each([
    [1, 'key'],
    [5, 'key'],
    [20, 'key'],
    [60, 'key'],
    [85, 'key'],
    [5, 'token'],
    [60, 'token'],
  ] as const)('admits no more than 100 in all, killed when %i more have arrived, of a %s', async (killAt, holder) => {
    const upstream = await startKillerUpstream()
    closers.push(() => upstream.close())
    const dataDir = makeTempDir('burst')
    const first = await start(dataDir)
    const { key, keyId } = await setUp(first.call, upstream.url, holder === 'token')
    // Connections to the upstream stand, as in a house that has been running.
    const warm = await startBurst({ port: portOf(first), key, body: chatBody() }, 10)
    await warm.over
    expect(await upstream.arrived()).toBe(10)
    const killed = upstream.killAt(first.pid, 10 + killAt)
    const burst = await startBurst({ port: portOf(first), key, body: chatBody() }, REQUESTS)
    await killed
    await first.ended
    await burst.over
    const dispatched = await upstream.arrived()

    const second = await start(dataDir)
    const used = (await usedOf(second.call, keyId)) ?? 0
    // Nothing that was sent is forgotten; what was charged and not yet sent stays charged.
    expect(used).toBeGreaterThanOrEqual(dispatched)
    expect(used).toBeLessThanOrEqual(LIMIT)
    const again = await startBurst({ port: portOf(second), key, body: chatBody() }, REQUESTS)
    await again.over
    expect([again.count(200), again.count(429)]).toEqual([LIMIT - used, REQUESTS - LIMIT + used])
    expect(await upstream.arrived()).toBe(dispatched + LIMIT - used)
    expect(await usedOf(second.call, keyId)).toBe(LIMIT)
  })
})
