/** What the Doctor says of routing: the strategy and its figures, open circuits, and whether a request would wait. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createDoctorService } from '../../src/main/services/doctor.ts'
import { createPriceBook } from '../../src/main/prices/price-book.ts'
import { poolKeyPrefix, publicIdOf } from '../../src/main/gateway/pool-key.ts'
import { doctorQuestion, type DoctorReport } from '../../src/shared/models/doctor.ts'
import { exchange } from '../support/raw-client.ts'
import { failing, startRoutingRig, type RoutingRig } from '../support/routing-rig.ts'
import { chatJson, goodAnswer, requestFor } from '../support/upstream-answers.ts'

let rig: RoutingRig

beforeAll(async () => {
  rig = await startRoutingRig(['a', 'b'])
})

afterAll(() => rig.stop())

function ask(key: string): Promise<DoctorReport> {
  const { db, directory, core, ledger } = rig
  const gateway = { listening: true, exposed: false, requestsInFlight: 0, accountingError: null }
  const doctor = createDoctorService({
    db,
    directory,
    ledger,
    health: core.health,
    traffic: core.traffic,
    quota: core.quota,
    limiter: core.limiter,
    prices: createPriceBook({ list: [] }),
    system: { status: () => ({ gateway }) },
    now: () => Date.now() + rig.time.ahead,
  })
  return doctor.doctor(doctorQuestion.parse({ key: poolKeyPrefix(publicIdOf(key)), model: 'm', route: 'chat' }))
}

async function told(key: string) {
  const report = await ask(key)
  const step = report.steps.find(({ id }) => id === 'upstreams')
  const facts = Object.fromEntries((step?.facts ?? []).map(({ label, value }) => [label, value]))
  return { report, step, facts }
}

it('the Doctor tells strategy, figures and an open circuit', async () => {
  rig.settings({ 'routing.cooldownMs': 0, 'routing.breakerFailures': 1 })
  const key = rig.begin({ strategy: 'least_in_flight' })
  const before = await told(key)
  expect(before.facts).toMatchObject({ Strategy: 'fewest running requests first' })
  expect([before.facts['a'], before.facts['b']].toSorted()).toEqual([
    'tried first, 0 running',
    'tried second, 0 running',
  ])
  rig.scripts.set('a', failing(500))
  rig.scripts.set('b', failing(500))
  await rig.ask(key)
  rig.core.health.clear('b')
  const after = await told(key)
  expect(after.report.sent?.upstreamId).toBe('b')
  expect(after.facts['a']).toBe('not tried: failed several times in a row for this model')
})

it('the Doctor tells whether a request would wait, or be refused', async () => {
  const key = rig.begin({}, { maxConcurrent: 1, queueLength: 1 }, [rig.record('a')])
  const { promise, resolve } = Promise.withResolvers<void>()
  rig.scripts.set('a', (call) => void promise.then(() => call.socket.write(goodAnswer(chatJson))))
  const first = exchange(rig.port, requestFor(chatJson, key))
  await expect.poll(() => rig.core.traffic.running('pool')).toBe(1)
  const waits = await told(key)
  expect([waits.report.passes, waits.step?.verdict]).toEqual([true, 'warning'])
  expect(waits.facts).toMatchObject({
    'Requests running in the Pool': '1 of 1 at most',
    'Requests waiting': '0 of 1 at most',
  })
  const second = exchange(rig.port, requestFor(chatJson, key))
  await expect.poll(() => rig.core.traffic.waiting('pool')).toBe(1)
  const refused = await told(key)
  expect([refused.report.passes, refused.report.answer]).toMatchObject([false, { status: 429, code: 'pool_busy' }])
  resolve()
  expect([(await first).status, (await second).status]).toEqual([200, 200])
})
