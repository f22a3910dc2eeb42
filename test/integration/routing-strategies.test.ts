/** Strategies over real sockets: sessions stay, quota is read from real headers, a fallback Pool helps out. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { usualRouting } from '../../src/shared/models/pool.ts'
import { openDatabase } from '../../src/main/db/open.ts'
import { queryRequest } from '../../src/main/db/request-detail.ts'
import { formatRequestId } from '../../src/shared/request-id.ts'
import { errorOf, exchange } from '../support/raw-client.ts'
import { answerBytes } from '../support/raw-upstream.ts'
import { failing, healthy, startRoutingRig, type RoutingRig } from '../support/routing-rig.ts'
import { chatJson, jsonBodies } from '../support/upstream-answers.ts'

let rig: RoutingRig

beforeAll(async () => {
  rig = await startRoutingRig(['a', 'b', 'c'])
})

beforeEach(() => rig.settings({}))

afterAll(() => rig.stop())

const withQuota = (remaining: number, resetSeconds: number) => ({
  'content-type': 'application/json',
  'x-ratelimit-limit-tokens': '1000',
  'x-ratelimit-remaining-tokens': String(remaining),
  'x-ratelimit-reset-tokens': `${resetSeconds}s`,
})

describe('strategies', () => {
  it('keep a session at its upstream, by header or field, and move it only when that is left out', async () => {
    const key = rig.begin({ strategy: 'spread' })
    const at = async (session: string) =>
      (await rig.ask(key, chatJson, (asked) => ({ ...asked, headers: [['session-id', session]] }))).path
    const homes = new Map<string, string>()
    for (let n = 0; n < 12; n++) homes.set(`s${n}`, await at(`s${n}`))
    expect(new Set(homes.values()).size).toBe(3)
    for (const [session, home] of homes) expect(await at(session)).toBe(home)
    rig.directory.putUpstream(rig.record('b', { status: 'paused' }))
    for (const [session, home] of homes) {
      const now = await at(session)
      expect(home === 'b' ? now !== 'b' : now === home).toBe(true)
    }
    rig.directory.putUpstream(rig.record('b'))
  })

  it('go in turn', async () => {
    const key = rig.begin({ id: 'pool', strategy: 'round_robin' })
    const paths: string[] = []
    for (let n = 0; n < 9; n++) paths.push((await rig.ask(key)).path)
    for (const id of ['a', 'b', 'c']) expect(paths.filter((path) => path === id)).toHaveLength(3)
  })

  it.each([
    ['quota_first', 'b', 90],
    ['drain_first', 'a', null],
  ] as const)('read from the provider’s headers what is left: %s', async (strategy, first, percent) => {
    const key = rig.begin({ strategy: 'round_robin' })
    const say = { a: withQuota(100, 60), b: withQuota(900, 600), c: withQuota(0, 30) }
    for (const id of ['a', 'b', 'c'] as const) {
      rig.scripts.set(id, ({ socket }) => void socket.write(answerBytes(200, jsonBodies.chat, say[id])))
    }
    for (let n = 0; n < 3; n++) await rig.ask(key)
    const pool = rig.directory.pool('pool')
    if (pool !== undefined) rig.directory.putPool({ ...pool, strategy })
    const { path, plan } = await rig.ask(key)
    expect(path).toBe(first)
    expect(plan?.strategy).toBe(strategy)
    expect(plan?.order.at(-1)).toMatchObject({ upstreamId: 'c' })
    if (percent !== null) expect(plan?.order[0]).toMatchObject({ upstreamId: 'b', figure: percent })
    for (const id of ['a', 'b', 'c']) rig.core.quota.forget(id)
  })

  it('find the fastest by its first token', async () => {
    const key = rig.begin({ strategy: 'fastest' })
    const delays = { a: 60, b: 5, c: 120 }
    for (const id of ['a', 'b', 'c'] as const) {
      rig.scripts.set(id, (call) => void setTimeout(() => void healthy()(call), delays[id]))
    }
    const paths: string[] = []
    for (let n = 0; n < 8; n++) paths.push((await rig.ask(key)).path)
    expect(new Set(paths.slice(0, 3))).toEqual(new Set(['a', 'b', 'c']))
    expect(paths.slice(3)).toEqual(['b', 'b', 'b', 'b', 'b'])
    const { plan } = await rig.ask(key)
    expect(plan?.order.map(({ upstreamId }) => upstreamId)).toEqual(['b', 'a', 'c'])
    expect(plan?.order[2]?.figure).toBeGreaterThan(100)
  })

  it('leave no note where there was nothing to choose', async () => {
    const key = rig.begin({}, {}, [rig.record('a')])
    expect((await rig.ask(key)).plan).toBeNull()
  })

  it('are told by the log: who was to be tried, and who stood behind', async () => {
    const key = rig.begin({ strategy: 'least_in_flight' }, { maxAttempts: 2 })
    const { row, plan } = await rig.ask(key)
    expect(plan?.order).toHaveLength(2)
    const { db, close } = openDatabase({ dataDir: rig.dataDir })
    try {
      const detail = queryRequest(db, formatRequestId(row.id))
      expect(detail?.plan).toEqual(plan)
      expect(detail?.candidates.map(({ upstreamId, outcome }) => [upstreamId, outcome])).toEqual([
        [plan?.order[0]?.upstreamId, 'tried'],
        [plan?.order[1]?.upstreamId, 'not_needed'],
      ])
    } finally {
      close()
    }
  })
})

describe('a fallback Pool', () => {
  const assignment = (upstreamId: string) => ({ upstreamId, priority: 1, weight: 1, enabled: true })

  function withFallback(changes: object = {}): string {
    const key = rig.begin({ id: 'pool', assignments: [assignment('a')] }, { fallbackPoolId: 'spare' })
    rig.directory.putPool({
      id: 'spare',
      name: 'Spare',
      status: 'active',
      strategy: 'priority',
      // Back to where it came from: one step, so nobody goes round.
      routing: { ...usualRouting, fallbackPoolId: 'pool' },
      models: { aliases: new Map(), allowed: new Set(['other']) },
      assignments: [assignment('b')],
      ...changes,
    })
    return key
  }

  it('comes behind all of the Pool’s own, and the key’s Pool decides which models pass', async () => {
    const key = withFallback()
    expect((await rig.ask(key)).path).toBe('a')
    rig.scripts.set('a', failing(500))
    const { path, plan } = await rig.ask(key)
    expect([path, plan?.order]).toMatchObject(['a b', [{ isFallback: false }, { upstreamId: 'b', isFallback: true }]])
    rig.directory.putUpstream(rig.record('a', { status: 'paused' }))
    expect((await rig.ask(key)).path).toBe('b')
    rig.directory.putUpstream(rig.record('a'))
  })

  it('lends its models to the list of models', async () => {
    const key = withFallback()
    rig.directory.putUpstream(rig.record('a', { models: new Set(['mine']) }))
    rig.directory.putUpstream(rig.record('b', { models: new Set(['theirs']) }))
    const answer = await exchange(rig.port, { method: 'GET', path: '/v1/models', key })
    const { data } = JSON.parse(answer.body.toString()) as { data: { id: string }[] }
    expect(data.map(({ id }) => id)).toEqual(['mine', 'theirs'])
    for (const id of ['a', 'b']) rig.directory.putUpstream(rig.record(id))
  })

  it.each([['disabled'], ['archived']])('that is %s is passed over', async (status) => {
    const key = withFallback({ status })
    rig.directory.putUpstream(rig.record('a', { status: 'paused' }))
    expect(errorOf((await rig.ask(key)).answer).code).toBe('no_upstream_eligible')
    rig.directory.putUpstream(rig.record('a'))
  })

  it('that was deleted is passed over', async () => {
    const key = withFallback()
    rig.directory.removePool('spare')
    expect((await rig.ask(key)).path).toBe('a')
  })
})
