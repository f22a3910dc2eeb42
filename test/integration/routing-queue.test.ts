/** How many at once: places in a Pool and at an upstream, the queue for them, and that none is ever lost. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { compileLimits } from '../../src/main/gateway/limits/rules.ts'
import { noLimits } from '../../src/shared/models/limit.ts'
import { errorOf, exchange, openRawClient, requestBytes } from '../support/raw-client.ts'
import type { UpstreamCall } from '../support/raw-upstream.ts'
import { failing, healthy, startRoutingRig, type RoutingRig } from '../support/routing-rig.ts'
import { chatJson, goodAnswer, requestFor } from '../support/upstream-answers.ts'

let rig: RoutingRig
/** Requests at upstream `a` that wait for their answer. */
let open: UpstreamCall[]

beforeEach(async () => {
  rig = await startRoutingRig(['a', 'b'])
  open = []
})

afterEach(async () => {
  const { traffic, health } = rig.core
  const left = [traffic.running('pool'), traffic.waiting('pool'), health.inFlight('a'), health.inFlight('b')]
  await rig.stop()
  if (left.some((count) => count !== 0)) throw new Error(`places are still held: ${left.join(', ')}`)
})

const hold = (call: UpstreamCall): void => void open.push(call)
const answerOne = (): void => void open.shift()?.socket.write(goodAnswer(chatJson))

const inOrder = ['a', 'b'].map((upstreamId, index) => ({ upstreamId, priority: index + 1, weight: 1, enabled: true }))

async function waiting(count: number): Promise<void> {
  await expect.poll(() => rig.core.traffic.waiting('pool')).toBe(count)
}

function modelOf(call: UpstreamCall | undefined): string {
  return (JSON.parse(call?.body.toString() ?? '{}') as { model: string }).model
}

function asking(key: string, model: string) {
  return exchange(rig.port, { ...requestFor(chatJson, key), body: { model, messages: [] } })
}

describe('a Pool with a limit', () => {
  it('refuses at once where it has no queue, in a way that clients wait for', async () => {
    const key = rig.begin({}, { maxConcurrent: 1 }, [rig.record('a')])
    rig.scripts.set('a', hold)
    const first = asking(key, 'm')
    await expect.poll(() => open.length).toBe(1)
    const { answer, row } = await rig.ask(key)
    expect([answer.status, errorOf(answer).code, row.state]).toEqual([429, 'pool_busy', 'refused'])
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    answerOne()
    expect((await first).status).toBe(200)
  })

  it('lets wait, serves keys in turn and a key in order, and notes how long it took', async () => {
    const one = rig.begin({}, { maxConcurrent: 1, queueLength: 5 }, [rig.record('a')])
    const two = rig.key()
    rig.scripts.set('a', hold)
    const answers = [asking(one, 'running')]
    await expect.poll(() => open.length).toBe(1)
    const queue = [
      [one, 'one-1'],
      [one, 'one-2'],
      [one, 'one-3'],
      [two, 'two-1'],
      [two, 'two-2'],
    ] as const
    for (const [index, [key, model]] of queue.entries()) {
      answers.push(asking(key, model))
      await waiting(index + 1)
    }
    const late = await rig.ask(two)
    expect([late.answer.status, errorOf(late.answer).code]).toEqual([429, 'pool_busy'])
    const served: string[] = []
    for (let n = 0; n < 6; n++) {
      await expect.poll(() => open.length).toBe(1)
      served.push(modelOf(open[0]))
      answerOne()
    }
    expect(served).toEqual(['running', 'one-1', 'two-1', 'one-2', 'two-2', 'one-3'])
    for (const answer of await Promise.all(answers)) expect(answer.status).toBe(200)
    const rows = rig.rows() as unknown as { model: string; plan: string | null; duration_ms: number }[]
    const row = rows.find(({ model }) => model === 'one-3')
    const { waitedMs, order, strategy } = JSON.parse(row?.plan ?? '{}') as Record<string, never>
    expect([strategy, order]).toMatchObject(['priority', [{ upstreamId: 'a' }]])
    expect(Number(waitedMs)).toBeGreaterThan(0)
    expect(rows.find(({ model }) => model === 'running')?.plan).toBeNull()
  })

  it('does not count the wait as the upstream’s time', async () => {
    const key = rig.begin({}, { maxConcurrent: 1, queueLength: 1 }, [rig.record('a')])
    rig.scripts.set('a', hold)
    const first = asking(key, 'first')
    await expect.poll(() => open.length).toBe(1)
    const second = asking(key, 'second')
    await waiting(1)
    await new Promise((resolve) => setTimeout(resolve, 400))
    rig.scripts.set('a', healthy())
    answerOne()
    await Promise.all([first, second])
    const row = (rig.rows() as unknown as Record<string, number & string>[]).find((each) => each['model'] === 'second')
    expect((JSON.parse(row?.['plan'] ?? '{}') as { waitedMs: number }).waitedMs).toBeGreaterThanOrEqual(395)
    expect(Number(row?.['first_byte_ms'])).toBeLessThan(300)
    expect(Number(row?.['duration_ms'])).toBeLessThan(300)
  })

  it('refuses who waited for as long as it may, and frees the place of who leaves', async () => {
    const key = rig.begin({}, { maxConcurrent: 1, queueLength: 2, queueWaitMs: 300 }, [rig.record('a')])
    rig.scripts.set('a', hold)
    const first = asking(key, 'm')
    await expect.poll(() => open.length).toBe(1)
    const leaver = await openRawClient(rig.port)
    leaver.send(requestBytes(requestFor(chatJson, key)))
    await waiting(1)
    leaver.reset()
    await waiting(0)
    const { answer, row, plan } = await rig.ask(key)
    expect([answer.status, errorOf(answer).code, row.state]).toEqual([429, 'pool_busy', 'refused'])
    expect(plan?.waitedMs).toBeGreaterThanOrEqual(295)
    expect(rig.rows().map((each) => each.error_code)).toContain('client_closed')
    expect(open.length).toBe(1)
    answerOne()
    await first
  })

  it('tells whom a limit of its key refuses at once, and not after the wait', async () => {
    rig.begin({}, { maxConcurrent: 1, queueLength: 2, queueWaitMs: 30_000 }, [rig.record('a')])
    const key = rig.key()
    const poor = rig.key({ limits: compileLimits({ ...noLimits, requestsPerDay: 0 }, []) })
    rig.scripts.set('a', hold)
    const first = asking(key, 'm')
    await expect.poll(() => open.length).toBe(1)
    const { answer } = await rig.ask(poor)
    expect(errorOf(answer).code).toBe('request_over_limit')
    answerOne()
    await first
  })

  it('lets nobody wait at shutdown, and says so', async () => {
    const key = rig.begin({}, { maxConcurrent: 1, queueLength: 3, queueWaitMs: 30_000 }, [rig.record('a')])
    rig.scripts.set('a', hold)
    const first = asking(key, 'm')
    await expect.poll(() => open.length).toBe(1)
    const others = [asking(key, 'm'), asking(key, 'm')]
    await waiting(2)
    const closed = rig.core.gateway.close(30_000)
    for (const other of others) {
      const answer = await other
      expect([answer.status, errorOf(answer).code]).toEqual([503, 'shutting_down'])
    }
    answerOne()
    expect([(await first).status, await closed]).toEqual([200, { cut: 0 }])
  })

  it('lets in who waits when the limit is raised', async () => {
    const key = rig.begin({}, { maxConcurrent: 1, queueLength: 3 }, [rig.record('a')])
    rig.scripts.set('a', hold)
    const both = [asking(key, 'm')]
    await expect.poll(() => open.length).toBe(1)
    both.push(asking(key, 'm'))
    await waiting(1)
    const pool = rig.directory.pool('pool')
    if (pool !== undefined) rig.directory.putPool({ ...pool, routing: { ...pool.routing, maxConcurrent: 2 } })
    await expect.poll(() => open.length).toBe(2)
    answerOne()
    answerOne()
    for (const answer of await Promise.all(both)) expect(answer.status).toBe(200)
  })
})

describe('an upstream with a limit', () => {
  it('is passed over while it is full, and waited for where the Pool has a queue and nobody else may serve', async () => {
    const key = rig.begin({}, { queueLength: 4 }, [rig.record('a', { maxConcurrent: 1 })])
    rig.scripts.set('a', hold)
    const first = asking(key, 'one')
    await expect.poll(() => open.length).toBe(1)
    const second = asking(key, 'two')
    await waiting(1)
    answerOne()
    await expect.poll(() => open.length).toBe(1)
    expect(modelOf(open[0])).toBe('two')
    answerOne()
    expect([(await first).status, (await second).status]).toEqual([200, 200])

    const other = rig.begin({ assignments: inOrder }, {}, [rig.record('a', { maxConcurrent: 1 }), rig.record('b')])
    rig.scripts.set('a', hold)
    const busy = asking(other, 'm')
    await expect.poll(() => open.length).toBe(1)
    const { path, row } = await rig.ask(other)
    expect([path, JSON.parse(row.exclusions ?? '[]')]).toEqual([
      'b',
      [{ upstreamId: 'a', reason: 'busy', until: null }],
    ])
    answerOne()
    await expect.poll(() => rig.core.health.view('a').inFlight).toBe(0)
    await busy
  })

  it('never has more than it may among 200 at once, whatever fails or leaves, and all are answered', async () => {
    const limits = { a: 3, b: 5 } as const
    const key = rig.begin(
      { strategy: 'least_in_flight' },
      { queueLength: 500, queueWaitMs: 50_000, maxConcurrent: 7 },
      [rig.record('a', { maxConcurrent: limits.a }), rig.record('b', { maxConcurrent: limits.b })],
    )
    rig.settings({ 'routing.cooldownMs': 0, 'routing.retryBudgetPercent': 1_000 })
    const running = { a: 0, b: 0 }
    const most = { a: 0, b: 0, both: 0 }
    const held = { a: 0, b: 0 }
    for (const id of ['a', 'b'] as const) {
      rig.scripts.set(id, async (call) => {
        held[id] = Math.max(held[id], rig.core.health.inFlight(id))
        // The gateway lets go of who left before the upstream can notice, so those are not counted here.
        const counts = modelOf(call) === 'leaves' ? 0 : 1
        running[id] += counts
        most[id] = Math.max(most[id], running[id])
        most.both = Math.max(most.both, running.a + running.b)
        await new Promise((resolve) => setTimeout(resolve, 1 + (call.index % 7)))
        running[id] -= counts
        if (call.index % 5 === 3) failing(500)(call)
        else if (call.index % 11 === 7) call.socket.resetAndDestroy()
        else call.socket.write(goodAnswer(chatJson))
      })
    }
    const leavers = Array.from({ length: 20 }, async () => {
      const client = await openRawClient(rig.port)
      client.send(requestBytes({ ...requestFor(chatJson, key), body: { model: 'leaves', messages: [] } }))
      await new Promise((resolve) => setTimeout(resolve, 40))
      client.reset()
    })
    const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => asking(n % 2 === 0 ? key : rig.key(), 'm')))
    await Promise.all(leavers)
    expect(held.a).toBeLessThanOrEqual(limits.a)
    expect(held.b).toBeLessThanOrEqual(limits.b)
    // All that the Pool may have were under way at some moment; which of the two had how many of them is not fixed.
    expect(held.a + held.b).toBeGreaterThanOrEqual(7)
    expect(most.a).toBeLessThanOrEqual(limits.a)
    expect(most.b).toBeLessThanOrEqual(limits.b)
    expect(most.both).toBeLessThanOrEqual(7)
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(150)
    expect(answers.every(({ status }) => [200, 429, 502].includes(status))).toBe(true)
    await expect.poll(() => rig.core.traffic.running('pool')).toBe(0)
    expect(rig.rows().filter(({ state }) => state === 'open')).toEqual([])
  })
})
