/** An alias that single upstreams call by an id of their own: each is asked by its own, judged by it, and priced by it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PoolModels } from '../../src/main/gateway/ports.ts'
import { priceOf } from '../support/limits-rig.ts'
import { exchange } from '../support/raw-client.ts'
import { failing, healthy, startRoutingRig, type RoutingRig } from '../support/routing-rig.ts'
import { chatJson } from '../support/upstream-answers.ts'

const models: PoolModels = {
  aliases: new Map([['fast', 'usual']]),
  allowed: null,
  byUpstream: new Map([['fast', new Map([['b', 'theirs']])]]),
}
const assignments = ['a', 'b'].map((upstreamId, at) => ({ upstreamId, priority: at + 1, weight: 1, enabled: true }))

let rig: RoutingRig
beforeAll(async () => {
  // 1 and 7 nano-dollars a token of input; an answer reports 3 of them.
  rig = await startRoutingRig(['a', 'b'], { prices: [priceOf('usual', 1, 0), priceOf('theirs', 7, 0)] })
})
afterAll(async () => rig.stop())

function begin(listed: Readonly<Record<'a' | 'b', readonly string[]>>): string {
  const of = (['a', 'b'] as const).map((id) => rig.record(id, { models: new Set(listed[id]) }))
  return rig.begin({ models, assignments }, {}, of)
}

const ask = (key: string, model: string) =>
  rig.ask(key, chatJson, (request) => ({ ...request, body: { ...(request.body as object), model } }))
const lastModel = (id: string) =>
  (JSON.parse(rig.calls(id).at(-1)?.body.toString() ?? '{}') as { model?: string }).model
const sums = () => rig.db.$client.prepare('select model, requests, cost_nanos from usage_bucket order by model').all()

describe('an alias with ids of single upstreams', () => {
  it('is sent to each by its own, also when one stands in for the other', async () => {
    const key = begin({ a: ['usual'], b: ['theirs'] })
    const first = await ask(key, 'fast')
    expect([first.path, lastModel('a')]).toEqual(['a', 'usual'])
    expect(first.row).toMatchObject({ model: 'fast', sent_model: 'usual', cost_nanos: 3 })
    rig.scripts.set('a', failing(500))
    const second = await ask(key, 'fast')
    expect([second.path, lastModel('a'), lastModel('b')]).toEqual(['a b', 'usual', 'theirs'])
    expect(second.row).toMatchObject({ model: 'fast', sent_model: 'theirs', cost_nanos: 21 })
    expect(sums()).toEqual([
      { model: 'theirs', requests: 1, cost_nanos: 21 },
      { model: 'usual', requests: 1, cost_nanos: 3 },
    ])
  })

  it('is written as it was sent also where the log had the request before it was answered', async () => {
    const key = begin({ a: ['other'], b: ['theirs'] })
    const asked = Promise.withResolvers<null>()
    const go = Promise.withResolvers<null>()
    rig.scripts.set('b', async (call) => {
      asked.resolve(null)
      await go.promise
      await healthy()(call)
    })
    const answered = ask(key, 'fast')
    await asked.promise
    expect(rig.rows().at(-1)).toMatchObject({ state: 'open', sent_model: 'usual' })
    go.resolve(null)
    expect((await answered).row).toMatchObject({ state: 'completed', sent_model: 'theirs', cost_nanos: 21 })
  })

  it('is not sent to one whose list lacks what it is called there', async () => {
    const key = begin({ a: ['other'], b: ['theirs'] })
    const { path, row } = await ask(key, 'fast')
    expect([path, row.sent_model]).toEqual(['b', 'theirs'])
    expect(JSON.parse(row.exclusions ?? '[]')).toMatchObject([{ upstreamId: 'a', reason: 'model_not_served' }])
    // By its real name it is another model, which b has not.
    const real = await ask(begin({ a: ['usual'], b: ['theirs'] }), 'usual')
    expect([real.path, real.row.sent_model]).toEqual(['a', null])
    expect(JSON.parse(real.row.exclusions ?? '[]')).toMatchObject([{ upstreamId: 'b', reason: 'model_not_served' }])
  })

  it('is listed where any upstream has what it is called there', async () => {
    const listed = async (key: string) => {
      const answer = await exchange(rig.port, { method: 'GET', path: '/v1/models', key })
      return (JSON.parse(answer.body.toString()) as { data: { id: string }[] }).data.map(({ id }) => id)
    }
    expect(await listed(begin({ a: ['other'], b: ['theirs'] }))).toEqual(['fast', 'other', 'theirs'])
    // What a calls it is what b has, and b calls it otherwise.
    expect(await listed(begin({ a: ['other'], b: ['usual'] }))).toEqual(['other', 'usual'])
  })

  it('opens the circuit of what the upstream was asked, and no other', async () => {
    rig.settings({ 'routing.cooldownMs': 0 })
    const key = begin({ a: ['other'], b: ['theirs', 'usual'] })
    rig.scripts.set('b', failing(500))
    for (let n = 0; n < 3; n++) await ask(key, 'fast')
    expect(rig.core.health.view('b').breakers).toMatchObject([{ model: 'theirs', state: 'open' }])
    rig.scripts.set('b', healthy())
    expect((await ask(key, 'usual')).row).toMatchObject({ state: 'completed', sent_model: null })
  })

  it('passes as what was asked where an upstream calls it so itself, and a name Codex compares stays', async () => {
    const key = begin({ a: ['other'], b: ['fast'] })
    const own: PoolModels = { ...models, byUpstream: new Map([['fast', new Map([['b', 'fast']])]]) }
    const pool = rig.directory.pool('pool')
    if (pool === undefined) throw new Error('no Pool')
    rig.directory.putPool({ ...pool, models: own })
    const { row } = await ask(key, 'fast')
    expect([lastModel('b'), row.model, row.sent_model]).toEqual(['fast', 'fast', null])
  })
})
