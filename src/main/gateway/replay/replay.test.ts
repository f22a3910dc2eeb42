import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { poolStrategy, usualRouting } from '../../../shared/models/pool.ts'
import type { ReplayedRequest, ReplayReport } from '../../../shared/models/plan-preview.ts'
import {
  down,
  got,
  limited,
  movedOn,
  past,
  rates,
  sceneOf,
  START,
  three,
  tried,
} from '../../../../test/support/replay-scene.ts'
import { bareUpstream, poolOf } from '../../../../test/support/route-scene.ts'

const every = (count: number, stepMs: number, of: (at: number, index: number) => ReplayedRequest) =>
  Array.from({ length: count }, (_, index) => of(index * stepMs, index))

const untimed = (report: ReplayReport) => ({ ...report, tookMs: 0 })

const upstreamId = fc.constantFrom('a', 'b', 'c')
const why = fc.constantFrom(
  down,
  limited,
  { status: null, errorCode: 'upstream_timeout' },
  { status: 401, errorCode: 'upstream_auth_failed' },
)

/** Traffic with failures, sessions, clients that leave and requests that nobody served. */
const traffic = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 0, max: 5_000 }),
      first: upstreamId,
      second: upstreamId,
      kind: fc.constantFrom('good', 'good', 'good', 'moved', 'failed', 'left', 'refused', 'relayed', 'open'),
      why,
      durationMs: fc.integer({ min: 1, max: 20_000 }),
      session: fc.constantFrom(null, 's1', 's2', 's3'),
      stream: fc.boolean(),
    }),
    { maxLength: 120 },
  )
  .map((list) => {
    let at = 0
    return list.map(({ gap, first, second, kind, why, durationMs, session, stream }) => {
      at += gap
      const common = { session, stream, durationMs, upstreamId: first }
      if (kind === 'moved') return { ...movedOn(at, first, second, why), session }
      if (kind === 'failed')
        return past(at, { ...common, state: 'failed', tries: [tried(first, at, why)], firstByteMs: null })
      if (kind === 'left') return past(at, { ...common, state: 'aborted' })
      if (kind === 'open') return past(at, { ...common, state: 'open', durationMs: null })
      if (kind === 'refused')
        return past(at, { ...common, state: 'refused', errorCode: 'no_upstream_ready', upstreamId: null })
      if (kind === 'relayed') {
        const tries = [tried(first, at, { status: 400, errorCode: 'upstream_rejected' })]
        return past(at, { ...common, state: 'failed', tries })
      }
      return past(at, common)
    })
  })

describe('a replay', () => {
  it.each(poolStrategy.options)('of the saved plan against itself has two identical sides: %s', async (strategy) => {
    const scene = sceneOf({ priceOf: (_, id) => (id === 'c' ? null : rates(id === 'a' ? 1_000 : 500)) })
    await fc.assert(
      fc.asyncProperty(traffic, fc.integer({ min: 1, max: 3 }), async (requests, maxConcurrent) => {
        const routing = { ...usualRouting, maxConcurrent, queueLength: 2, queueWaitMs: 3_000 }
        const report = await scene.replay(requests, three({ strategy, routing }))
        expect(report.draft).toEqual(report.saved)
        for (const each of report.upstreams) expect(each.draft).toEqual(each.saved)
        expect(report.sessions.moved).toBe(0)
        const { served, failed, refused } = report.saved
        expect(served + failed + refused).toBe(report.requests)
        const open = requests.filter(({ state }) => state === 'open').length
        expect(report.requests).toBe(requests.length - open)
        expect(report.upstreams.reduce((sum, each) => sum + each.saved.requests, 0)).toBe(served + failed)
      }),
      { numRuns: 25 },
    )
  })

  it('of the same log has the same answer every time', async () => {
    const scene = sceneOf()
    const requests = every(300, 700, (at, index) => past(at, { session: `s${index % 20}` }))
    const pool = three({ strategy: 'priority' })
    const first = await scene.replay(requests, pool, { strategy: 'least_in_flight' })
    expect(untimed(await scene.replay(requests, pool, { strategy: 'least_in_flight' }))).toEqual(untimed(first))
  })

  it('spreads sessions by the weights, and each stays where it is', async () => {
    const requests = every(6_000, 100, (at, index) => past(at, { session: `session ${index % 3_000}` }))
    const pool = poolOf(['a', 'b', 'c'], { strategy: 'spread' }, { a: { weight: 2 } })
    const { saved, upstreams } = await sceneOf().replay(requests, pool)
    expect(saved.sessionSwitches).toBe(0)
    const shares = Object.fromEntries(upstreams.map((each) => [each.upstreamId, each.saved.share]))
    expect(Math.abs((shares['a'] ?? 0) - 0.5)).toBeLessThan(0.03)
    expect(Math.abs((shares['b'] ?? 0) - 0.25)).toBeLessThan(0.03)
  })

  it('draws by the weights where requests tell no session', async () => {
    const requests = every(6_000, 100, (at) => past(at))
    const { upstreams } = await sceneOf().replay(requests, poolOf(['a', 'b', 'c'], {}, { c: { weight: 2 } }))
    const shares = Object.fromEntries(upstreams.map((each) => [each.upstreamId, each.saved.share]))
    expect(Math.abs((shares['c'] ?? 0) - 0.5)).toBeLessThan(0.03)
    expect(Math.abs((shares['a'] ?? 0) - 0.25)).toBeLessThan(0.03)
  })

  it('moves no session but those of an upstream that is taken away', async () => {
    const requests = every(2_000, 100, (at, index) => past(at, { session: `session ${index % 500}` }))
    const report = await sceneOf().replay(requests, three({ strategy: 'spread' }), { paused: ['b'] })
    const before = got(report, 'saved')
    expect(got(report, 'draft')['b']).toBeUndefined()
    expect(report.sessions).toEqual({ known: 500, moved: (before['b'] ?? 0) / 4 })
  })

  it('goes in turn, exactly', async () => {
    const report = await sceneOf().replay(
      every(300, 500, (at) => past(at)),
      three(),
      { strategy: 'round_robin' },
    )
    expect(got(report, 'draft')).toEqual({ a: 100, b: 100, c: 100 })
  })

  it('knows what runs by how long the requests took', async () => {
    // Each runs for ten arrivals, so the least busy one is always the one that was asked longest ago.
    const requests = every(300, 100, (at) => past(at, { durationMs: 1_000 }))
    const scene = sceneOf()
    const report = await scene.replay(requests, three({ strategy: 'least_in_flight' }), { strategy: 'priority' })
    const most = report.upstreams.map((each) => each.saved.mostRunning)
    expect(Math.max(...most)).toBeLessThanOrEqual(4)
    expect(Math.max(...report.upstreams.map((each) => each.draft.mostRunning))).toBeGreaterThan(4)
  })

  it('goes to the fastest by the times of the log', async () => {
    const times = { a: 400, b: 100, c: 800 } as const
    const requests = every(300, 3_000, (at, index) => {
      const id = (['a', 'b', 'c'] as const)[index % 3] ?? 'a'
      return past(at, { upstreamId: id, firstByteMs: times[id] })
    })
    const report = await sceneOf().replay(requests, three({ strategy: 'round_robin' }), { strategy: 'fastest' })
    expect(report.saved.firstTokenMs).toBe(433)
    expect(report.draft.firstTokenMs).toBeLessThan(120)
    expect(got(report, 'draft')['b']).toBeGreaterThan(290)
  })

  it('prices each upstream by what it costs now, and counts what has no price', async () => {
    const scene = sceneOf({ priceOf: (_, id) => (id === 'c' ? null : rates(id === 'a' ? 2_000_000 : 1_000_000)) })
    const pool = poolOf(['a', 'b', 'c'], {}, { b: { priority: 2 }, c: { priority: 3 } })
    const requests = every(10, 1_000, (at) => past(at))
    const cheapest = await scene.replay(requests, pool, { paused: ['a'] })
    expect(cheapest.saved.costNanos).toBe(10 * (1_000 * 2_000 + 100 * 8_000))
    expect(cheapest.draft.costNanos).toBe(cheapest.saved.costNanos / 2)
    const unpriced = await scene.replay(requests, pool, { paused: ['a', 'b'] })
    expect(unpriced.upstreams.find((each) => each.upstreamId === 'c')?.draft).toMatchObject({
      costNanos: 0,
      unpriced: 10,
    })
  })
})

describe('a replayed outage', () => {
  const first = (id: string) =>
    poolOf(
      ['a', 'b', 'c'],
      {},
      Object.fromEntries(['a', 'b', 'c'].map((each) => [each, { priority: each === id ? 1 : 2 }])),
    )

  it('is met by a plan that goes there, by the rules of rests and circuits', async () => {
    // `a` fails whatever comes for ten minutes; the log went on to `b` each time.
    const requests = every(1_200, 1_000, (at) => (at < 600_000 ? movedOn(at, 'a', 'b') : past(at)))
    const { saved, draft, upstreams, notes } = await sceneOf().replay(requests, first('a'), {
      assignments: first('b').assignments,
    })
    const failures = upstreams.find((each) => each.upstreamId === 'a')?.saved.failures ?? 0
    // It rests for 30 s after each of five failures; then its circuit opens, and is tried less and less often.
    expect(saved.firstChoiceFailures).toBe(failures)
    expect(failures).toBeGreaterThan(5)
    expect(failures).toBeLessThan(12)
    expect([saved.served, draft.served, draft.firstChoiceFailures]).toEqual([1_200, 1_200, 0])
    expect(notes.join(' ')).toContain('taken as down')
  })

  it('opens the circuit where there is nobody else to rest behind', async () => {
    const requests = every(60, 1_000, (at) =>
      past(at, { state: 'failed', firstByteMs: null, tries: [tried('a', at, down)] }),
    )
    const { saved } = await sceneOf().replay(requests, poolOf(['a']))
    expect(saved.failed).toBe(60)
  })

  it('lasts as long as the provider asked for, where the log says so', async () => {
    const until = START + 300_000
    const rests = [{ upstreamId: 'a', until }]
    const requests = [
      movedOn(0, 'a', 'b', limited),
      ...every(400, 1_000, (at) => past(at + 1_000, { upstreamId: 'b', rests: at < 299_000 ? rests : [] })),
    ]
    const report = await sceneOf().replay(requests, first('a'), { assignments: first('b').assignments })
    expect(report.saved.firstChoiceFailures).toBe(1)
    // Nothing is sent there before it is over, and everything afterwards.
    expect(got(report, 'saved')['a']).toBe(101)
  })

  it('of an account that must sign in keeps it out until it answers again', async () => {
    const refused = { status: 401, errorCode: 'upstream_auth_failed' } as const
    const requests = [
      movedOn(0, 'a', 'b', refused),
      ...every(100, 10_000, (at) => past(at + 10_000, { upstreamId: at < 490_000 ? 'b' : 'a' })),
    ]
    const pool = poolOf(['a', 'b'], {}, { b: { priority: 2 } })
    const report = await sceneOf().replay(requests, pool)
    expect(report.saved.firstChoiceFailures).toBe(1)
    expect(got(report, 'saved')).toEqual({ b: 50, a: 51 })
  })
})

describe('a replay of a busy Pool', () => {
  const routing = { ...usualRouting, maxConcurrent: 1, queueLength: 10, queueWaitMs: 2_500 }
  // Four at once, each for a second.
  const burst = Array.from({ length: 4 }, (_, index) => past(index, { durationMs: 1_000 }))

  it('lets wait who may, in order, and refuses after the wait', async () => {
    const { saved, draft } = await sceneOf().replay(burst, three({ routing }), { routing: usualRouting })
    expect(saved).toMatchObject({ served: 3, refused: 1, waited: 3 })
    expect(saved.longestWaitMs).toBe(2_500)
    expect(draft).toMatchObject({ served: 4, refused: 0, waited: 0 })
  })

  it('refuses at once where nobody may wait', async () => {
    const none = { ...routing, queueLength: 0 }
    expect((await sceneOf().replay(burst, three({ routing: none }))).saved).toMatchObject({ served: 1, refused: 3 })
  })

  it('passes over an upstream that has as many as it may have', async () => {
    const upstreams = [bareUpstream('a', { maxConcurrent: 1 }), bareUpstream('b')]
    const pool = poolOf(['a', 'b'], {}, { b: { priority: 2 } })
    const report = await sceneOf({ upstreams }).replay(burst, pool)
    expect(got(report, 'saved')).toEqual({ a: 1, b: 3 })
  })
})

describe('what a replay leaves out', () => {
  it('is said: what still runs, what was refused before routing, keys that are gone, sessions that are not known', async () => {
    const requests = [
      past(0, { state: 'open', durationMs: null }),
      past(1, { state: 'refused', errorCode: 'limit_exceeded', upstreamId: null }),
      past(2, { route: '/v1/models' }),
      past(3, { session: 's' }),
      past(4, { isTied: true }),
    ]
    const { requests: count, notes } = await sceneOf().replay(requests, three(), { paused: ['a'] })
    expect(count).toBe(2)
    const words = notes.join('\n')
    for (const part of [
      /1 still running/,
      /1 request was refused before routing/,
      /1 request was of other routes/,
      /keys that are gone/,
      /without a session/,
      /free to go elsewhere/,
      /had no such request/,
    ]) {
      expect(words).toMatch(part)
    }
  })

  it('has no figures where there was no traffic', async () => {
    const { requests, saved, upstreams } = await sceneOf().replay([], three())
    expect([requests, saved.served, saved.firstTokenMs]).toEqual([0, 0, null])
    expect(upstreams.map((each) => each.saved.share)).toEqual([0, 0, 0])
  })

  it('takes less than two seconds for 10,000 requests, in slices', async () => {
    const requests = every(10_000, 360, (at, index) => {
      const session = `session ${index % 300}`
      return index % 20 === 0 ? movedOn(at, 'a', 'b') : past(at, { session })
    })
    let pauses = 0
    const before = process.cpuUsage()
    const pause = () => {
      pauses++
      return Promise.resolve()
    }
    const { saved } = await sceneOf().replay(requests, three(), { strategy: 'fastest' }, { pause })
    const { user, system } = process.cpuUsage(before)
    expect(saved.served).toBe(10_000)
    expect((user + system) / 1_000_000).toBeLessThan(2)
    expect(pauses).toBeGreaterThan(10)
  })

  it('ends when it is told to', async () => {
    const requests = every(5_000, 100, (at) => past(at))
    let clock = 0
    let pauses = 0
    const stopped = sceneOf().replay(
      requests,
      three(),
      {},
      {
        now: () => clock++,
        pause() {
          if (++pauses === 3) throw new Error('enough')
          return Promise.resolve()
        },
      },
    )
    await expect(stopped).rejects.toThrow('enough')
    expect(pauses).toBe(3)
  })
})
