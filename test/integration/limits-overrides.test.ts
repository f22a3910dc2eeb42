/** Limits for some models of a key: whose counters count what, over real sockets. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PoolModels } from '../../src/main/gateway/ports.ts'
import { chatBody, refusalOf, startLimitsRig, type LimitsRig } from '../support/limits-rig.ts'

const START = Date.UTC(2026, 3, 1, 12)
const models: PoolModels = { aliases: new Map([['fast', 'large-1']]), allowed: null }

let rig: LimitsRig

beforeEach(async () => {
  rig = await startLimitsRig({ now: START, pool: { models } })
})
afterEach(() => rig.close())

const asking = (model: string) => ({ body: chatBody({ model }) })

async function ruleOf(key: string, model: string) {
  return refusalOf(await rig.ask(key, asking(model))).limit
}

describe('an override', () => {
  it('counts its own model only', async () => {
    const key = rig.key({}, [{ model: 'small', limits: { requestsPerDay: 2 } }])
    expect(await rig.statuses(key, 3, asking('other'))).toEqual([200, 200, 200])
    expect(await rig.statuses(key, 3, asking('small'))).toEqual([200, 200, 429])
    expect(await ruleOf(key, 'small')).toMatchObject({ rule: 'requestsPerDay', model: 'small', limit: 2, used: 2 })
    expect(await rig.statuses(key, 1, asking('other'))).toEqual([200])
  })

  it('leaves the limits of the key in force, which count its model as well', async () => {
    const key = rig.key({ requestsPerDay: 3 }, [{ model: 'small', limits: { requestsPerDay: 100 } }])
    expect(await rig.statuses(key, 2, asking('small'))).toEqual([200, 200])
    expect(await rig.statuses(key, 2, asking('other'))).toEqual([200, 429])
    expect(await ruleOf(key, 'small')).toMatchObject({ model: null, limit: 3, used: 3 })
  })

  it('of an exact id goes before a longer beginning, and that before a shorter one; one applies', async () => {
    const rows = [
      { model: 'gp*', limits: { requestsPerDay: 3 } },
      { model: 'gpt-5', limits: { requestsPerDay: 1 } },
      { model: 'gpt-*', limits: { requestsPerDay: 2 } },
    ]
    const key = rig.key({}, rows)
    const served = async (model: string) => (await rig.statuses(key, 4, asking(model))).filter((s) => s === 200).length
    expect([await served('gpt-5'), await served('gpt-5-mini'), await served('gpx')]).toEqual([1, 2, 3])
    expect(await ruleOf(key, 'gpt-4')).toMatchObject({ model: 'gpt-*', used: 2 })
  })

  it('with a blank in a field leaves that to the key, with a 0 it denies', async () => {
    const key = rig.key({ requestsPerDay: 1 }, [
      { model: 'small', limits: {} },
      { model: 'big', limits: { tokensPerDay: 0 } },
    ])
    expect((await rig.ask(key, asking('big'))).status).toBe(400)
    expect(await rig.statuses(key, 2, asking('small'))).toEqual([200, 429])
    expect(await ruleOf(key, 'small')).toMatchObject({ model: null })
  })

  it('may name a Pool alias, or what is sent for it; the alias goes first', async () => {
    const bySent = rig.key({}, [{ model: 'large-1', limits: { requestsPerDay: 2 } }])
    expect(await rig.statuses(bySent, 1, asking('fast'))).toEqual([200])
    expect(await rig.statuses(bySent, 2, asking('large-1'))).toEqual([200, 429])
    const both = rig.key({}, [
      { model: 'large-1', limits: { requestsPerDay: 1 } },
      { model: 'fast', limits: { requestsPerDay: 2 } },
    ])
    expect(await rig.statuses(both, 3, asking('fast'))).toEqual([200, 200, 429])
    expect(await rig.statuses(both, 2, asking('large-1'))).toEqual([200, 429])
    expect(rig.upstream.bodies.every(({ model }) => model === 'large-1')).toBe(true)
  })

  it('goes by an enforced model, whatever name the client says', async () => {
    const rows = [
      { model: 'large-1', limits: { requestsPerDay: 2 } },
      { model: 'cheap', limits: { requestsPerDay: 100 } },
      { model: 'c*', limits: { requestsPerDay: 100 } },
    ]
    const key = rig.key({}, rows, { enforced: { model: 'large-1', effort: null, serviceTier: null } })
    expect(await rig.statuses(key, 3, asking('cheap'))).toEqual([200, 200, 429])
    expect(await ruleOf(key, 'cheap')).toMatchObject({ model: 'large-1', used: 2 })
    expect(rig.gateway.rows().at(0)).toMatchObject({ model: 'cheap', sent_model: 'large-1' })
  })

  it('gives its numbers in the heads of answers where it has the least left', async () => {
    const key = rig.key({ requestsPerDay: 50 }, [{ model: 'small', limits: { requestsPerDay: 5 } }])
    const of = (headers: Readonly<Record<string, string>>) => [
      headers['x-ratelimit-limit-requests'],
      headers['x-ratelimit-remaining-requests'],
    ]
    expect(of((await rig.ask(key, asking('small'))).headers)).toEqual(['5', '4'])
    expect(of((await rig.ask(key, asking('other'))).headers)).toEqual(['50', '48'])
  })
})
