import { describe, expect, it } from 'vitest'
import { poolStrategy, usualRouting } from '../../shared/models/pool.ts'
import { defaultSettings } from '../../shared/settings.ts'
import { bareUpstream, poolOf } from '../../../test/support/route-scene.ts'
import { createAffinity } from './affinity.ts'
import { SessionMark } from './affinity/marks.ts'
import { createDirectory } from './directory.ts'
import { createHealth } from './health.ts'
import { askableOf, draftedDirectory, openKey, type Asked } from './plan-question.ts'
import { planView } from './plan-view.ts'
import { plan } from './plan.ts'
import type { PoolRecord, UpstreamRecord } from './ports.ts'
import { createQuotaEvidence } from '../providers/quota-evidence.ts'
import { createTraffic } from './traffic.ts'

const NOW = 1_000_000

function scene(upstreams: readonly UpstreamRecord[] = ['a', 'b', 'c'].map((id) => bareUpstream(id))) {
  const directory = createDirectory()
  directory.putSettings(defaultSettings)
  for (const record of upstreams) directory.putUpstream(record)
  const clock = () => NOW
  const health = createHealth(directory, () => false, clock)
  const traffic = createTraffic({ health, directory, now: clock })
  const affinity = createAffinity({ directory, clock })
  const quota = createQuotaEvidence(clock)
  const world = { directory, health, traffic, affinity, quota, prices: { rates: () => null }, clock, random: () => 0.5 }
  return {
    ...world,
    world,
    view(pool: PoolRecord, asked: Partial<Asked> = {}, paused: readonly string[] = []) {
      const drafted = { pool, paused: new Set(paused) }
      const usual = { key: openKey(pool.id), dialect: 'chat', model: 'm', isStream: true, session: null } as const
      const size = { inputTokens: 1_000, outputTokens: null }
      const askable = askableOf({ ...usual, ...size, ...asked, pool })
      return planView({ ...world, directory: draftedDirectory(directory, drafted) }, askable, drafted.paused)
    },
    /** Everything that routing goes by. */
    state: (pool: PoolRecord) => ({
      views: upstreams.map(({ id }) => health.view(id)),
      rests: upstreams.map(({ id }) => health.restOf(id)),
      gaps: upstreams.map(({ id }) => health.lacksUntil(id, 'm')),
      paces: upstreams.map(({ id }) => health.pace(id, 'stream m', NOW)),
      credits: upstreams.map(({ id }) => traffic.turns.credit(pool.id, 'm', id)),
      running: [traffic.running(pool.id), traffic.waiting(pool.id)],
      sessions: affinity.sessions({ limit: 500 }),
      quota: upstreams.map(({ id }) => quota.windows(id)),
    }),
  }
}

const places = (view: ReturnType<typeof planView>) =>
  view.places.map(({ upstreamId, outcome }) => `${upstreamId} ${outcome}`)

describe('the plan of a request that nobody sends', () => {
  it.each(poolStrategy.options)('changes nothing that routing goes by: %s', (strategy) => {
    const { view, state, health, traffic, affinity, world } = scene()
    const pool = poolOf(['a', 'b', 'c'], { strategy })
    health.rest('a', { until: NOW + 5_000, firm: true }, 'x')
    health.lacks('b', 'm', NOW + 5_000)
    for (let n = 0; n < 5; n++)
      health.left(
        'c',
        { model: 'm', dialect: 'chat' },
        { ending: 'failed', isProbe: health.entered('c', { model: 'm', dialect: 'chat' }) },
      )
    const askable = askableOf({
      key: openKey('pool'),
      pool,
      dialect: 'chat',
      model: 'm',
      isStream: true,
      session: 's',
      inputTokens: 1,
      outputTokens: 1,
    })
    traffic.open(pool, plan(world, askable).plan, { model: 'm', dialect: 'chat' })
    affinity.served(
      { key: openKey('pool'), pool, client: 'other', facts: { model: 'm' }, session: new SessionMark('', 's') },
      { upstreamId: 'b', responseId: 'r', turnState: 't' },
    )
    const before = structuredClone(state(pool))
    for (let n = 0; n < 20; n++) view(pool, { session: n % 2 === 0 ? 's' : null }, n % 3 === 0 ? ['b'] : [])
    expect(state(pool)).toEqual(before)
  })

  it('has those that are tried in order, those behind the most that are tried, and those left out with the reason', () => {
    const { view, health } = scene(
      ['a', 'b', 'c', 'd'].map((id) => bareUpstream(id, id === 'd' ? { maxConcurrent: 2 } : {})),
    )
    health.rest('a', { until: NOW + 5_000, firm: true }, 'x')
    const pool = poolOf(
      ['a', 'b', 'c', 'd'],
      { routing: { ...usualRouting, maxAttempts: 2 } },
      { b: { priority: 3 }, c: { priority: 1 }, d: { priority: 2 } },
    )
    const found = view(pool)
    expect(places(found)).toEqual(['c ordered', 'd ordered', 'b beyond', 'a excluded'])
    expect(found.places[0]).toMatchObject({ place: 1, firstShare: 1, model: 'm', reason: null, until: null })
    expect(found.places[1]).toMatchObject({ place: 2, firstShare: 0, maxConcurrent: 2 })
    expect(found.places[3]).toMatchObject({ place: null, reason: 'cooling_down', until: NOW + 5_000, model: null })
    expect([found.refusal, found.waits]).toEqual([null, null])
  })

  it('tells how often equals come first, and shows the likeliest order', () => {
    const found = scene().view(poolOf(['a', 'b', 'c'], {}, { b: { weight: 8 } }))
    const [first] = found.places
    expect(first?.upstreamId).toBe('b')
    expect(first?.firstShare).toBeGreaterThan(0.65)
    expect(found.places.reduce((sum, each) => sum + each.firstShare, 0)).toBeCloseTo(1)
    expect(scene().view(poolOf(['a', 'b', 'c'], { strategy: 'spread' }), { session: 's' }).places[0]?.firstShare).toBe(
      1,
    )
  })

  it('says what a pause would come to, beside the live state', () => {
    const { view } = scene()
    const pool = poolOf(['a', 'b'], {}, { b: { priority: 2 } })
    const without = view(pool, {}, ['a'])
    expect(places(without)).toEqual(['b ordered', 'a excluded'])
    expect(without.places[1]).toMatchObject({ reason: 'upstream_paused', isPausedInDraft: true })
    expect(places(view(pool))).toEqual(['a ordered', 'b ordered'])
  })

  it('tells of the refusal with its reasons, and of one before any upstream was looked at', () => {
    const { view } = scene()
    const none = view(poolOf(['a', 'b']), {}, ['a', 'b'])
    expect(none.refusal?.code).toBe('no_upstream_eligible')
    expect(places(none)).toEqual(['a excluded', 'b excluded'])
    expect(none.model).toBe('m')
    const models = { aliases: new Map(), allowed: new Set(['other']) }
    const closed = view(poolOf(['a'], { models }))
    expect(closed).toMatchObject({ refusal: { code: 'model_not_allowed' }, model: null, places: [] })
  })

  it('says that it would wait where the Pool is full, and how the circuits stand', () => {
    const { view, traffic, health, world } = scene()
    const errand = { model: 'm', dialect: 'chat' } as const
    for (let n = 0; n < 5; n++) health.left('b', errand, { ending: 'failed', isProbe: health.entered('b', errand) })
    const routing = { ...usualRouting, maxConcurrent: 1, queueLength: 3 }
    const pool = poolOf(['a', 'b'], { routing })
    const askable = askableOf({
      key: openKey('pool'),
      pool,
      dialect: 'chat',
      model: 'm',
      isStream: true,
      session: null,
      inputTokens: 1,
      outputTokens: 1,
    })
    traffic.open(pool, plan(world, askable).plan, errand)
    const found = view(pool)
    expect(found.waits).toContain('as many requests as it may have')
    expect(found.refusal).toBeNull()
    expect(found.places.find((each) => each.upstreamId === 'b')).toMatchObject({
      circuit: 'open',
      reason: 'circuit_open',
    })
    expect(found.places.find((each) => each.upstreamId === 'a')).toMatchObject({ inFlight: 1, circuit: null })
  })

  it('knows where a session is at home', () => {
    const { view, affinity } = scene()
    const pool = poolOf(['a', 'b'], { strategy: 'least_in_flight' }, { a: { weight: 100 } })
    const key = { ...openKey('pool'), id: 'key_1' }
    affinity.served(
      { key, pool, client: 'other', facts: { model: 'm' }, session: new SessionMark('key_1', 's') },
      { upstreamId: 'b', responseId: null, turnState: null },
    )
    const found = view(pool, { key, session: 's' })
    expect(found.places[0]?.upstreamId).toBe('b')
    expect(found.affinity).toMatchObject({ kind: 'session', upstreamId: 'b', outcome: 'kept' })
    expect(view(pool, { key, session: 'other' }).places[0]?.upstreamId).toBe('a')
  })
})
