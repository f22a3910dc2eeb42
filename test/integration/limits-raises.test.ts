/** Budgets raised and limits set back by hand, over real sockets, across stops and kills. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MOST, openBudgetHouse, TOKEN, type BudgetHouse } from '../support/budget-house.ts'
import { callerUsage } from '../support/limits-house.ts'

const START = Date.UTC(2026, 3, 1, 10)
const HOUR = 3_600_000
const REQUEST = MOST * TOKEN

let rig: BudgetHouse
beforeEach(async () => {
  rig = await openBudgetHouse(START)
})
afterEach(() => rig.close())

const place = (id: string, overrideId: string | null = null) => ({ id, overrideId, field: 'budgetPerDay' as const })

describe('a raised budget', () => {
  it('lets exactly that much more through, and ends at its moment', async () => {
    const { key, secret } = await rig.key('laptop', { budgetPerDay: 5 * REQUEST })
    expect(await rig.spend(secret, 6)).toEqual([200, 200, 200, 200, 200, 429])
    const until = START + 2 * HOUR
    await rig.call('key.raiseBudget', { ...place(key.id), addNanos: 2 * REQUEST + TOKEN, until })
    expect(await rig.spend(secret, 3)).toEqual([200, 200, 429])
    const limit = 7 * REQUEST + TOKEN
    expect(await rig.refused(secret)).toMatchObject({
      code: 'budget_spent',
      limit: { rule: 'budgetPerDay', limit, used: 7 * REQUEST, requested: REQUEST },
    })
    expect((await callerUsage(rig.house, secret)).limits).toMatchObject([{ allowed: limit, remaining: TOKEN }])
    const doctor = await rig.call('key.doctor', { key: key.id, model: 'm', outputTokens: MOST })
    const limits = doctor.steps.find(({ id }) => id === 'limits')
    expect(limits?.facts.map(({ value }) => value).join()).toContain('(raised by $0.000021 for now)')

    vi.setSystemTime(until - 1)
    await rig.call('key.raiseBudget', { ...place(key.id), addNanos: 4 * REQUEST, until })
    expect(await rig.spend(secret, 1)).toEqual([200])
    vi.setSystemTime(until)
    expect((await rig.refused(secret)).limit).toMatchObject({ limit: 5 * REQUEST, used: 8 * REQUEST })
    expect(await rig.check()).toMatchObject({ found: 0 })
  })

  it('is in force after a stop and after a kill, and can be ended', async () => {
    const { key, secret } = await rig.key('laptop', { budgetPerDay: REQUEST })
    await rig.call('key.raiseBudget', { ...place(key.id), addNanos: 3 * REQUEST, until: START + HOUR })
    expect(await rig.spend(secret, 2)).toEqual([200, 200])
    await rig.reopen()
    expect(await rig.spend(secret, 1)).toEqual([200])
    await rig.kill()
    expect(await rig.spend(secret, 2)).toEqual([200, 429])
    await rig.call('key.raiseBudget', { ...place(key.id), addNanos: 9 * REQUEST, until: START + HOUR })
    await rig.call('key.endRaise', place(key.id))
    expect((await rig.refused(secret)).limit).toMatchObject({ limit: REQUEST, used: 4 * REQUEST })
  })

  it('of an override is of its models alone', async () => {
    const limitOverrides = [{ model: 'm', limits: { budgetPerDay: REQUEST } }]
    const { key, secret } = await rig.key('laptop', { budgetPerDay: 3 * REQUEST }, { limitOverrides } as never)
    const [row] = key.limitOverrides
    expect(await rig.spend(secret, 2)).toEqual([200, 429])
    await rig.call('key.raiseBudget', { ...place(key.id, row?.id), addNanos: 9 * REQUEST, until: START + HOUR })
    // The key's own budget counts them as well.
    expect(await rig.spend(secret, 3)).toEqual([200, 200, 429])
    expect((await rig.refused(secret)).limit).toMatchObject({ model: null, limit: 3 * REQUEST })
    await rig.call('key.update', { id: key.id, patch: { limitOverrides: [] } })
    const { key: again } = await rig.key('other', {})
    expect(again.raises).toEqual([])
    expect((await rig.call('key.get', { id: key.id })).raises).toEqual([])
  })
})

describe('a limit that was set back', () => {
  it('counts from nothing, while the counters stay the sums of the log', async () => {
    const { key, secret } = await rig.key('laptop', { budgetPerDay: 3 * REQUEST, budgetTotal: 8 * REQUEST })
    expect(await rig.spend(secret, 4)).toEqual([200, 200, 200, 429])
    await rig.call('key.resetLimit', place(key.id))
    const [day, total] = (await rig.call('key.usage', { id: key.id })).states
    expect([day?.used, day?.setBackAt, total?.used]).toEqual([0, START, 3 * REQUEST])
    expect(await rig.spend(secret, 2)).toEqual([200, 200])
    await rig.kill()
    expect(await rig.spend(secret, 2)).toEqual([200, 429])
    expect(await rig.check()).toMatchObject({ found: 0 })
    // Twice in one period: what the first left out stays left out.
    await rig.call('key.resetLimit', place(key.id))
    expect(await rig.spend(secret, 3)).toEqual([200, 200, 429])
    expect((await rig.refused(secret)).limit).toMatchObject({ rule: 'budgetTotal', used: 8 * REQUEST })
    await rig.reopen()
    expect(await rig.check()).toMatchObject({ found: 0 })
    const { days, total: all } = await rig.call('key.spend', { id: key.id, days: 3 })
    expect(days).toEqual([
      { day: '2026-03-30', requests: 0, tokens: 0, costNanos: 0 },
      { day: '2026-03-31', requests: 0, tokens: 0, costNanos: 0 },
      { day: '2026-04-01', requests: 8, tokens: 160, costNanos: 8 * REQUEST },
    ])
    expect(all).toEqual({ requests: 8, tokens: 160, costNanos: 8 * REQUEST })
  })

  it('goes on counting what runs', async () => {
    const { key, secret } = await rig.key('laptop', { budgetPerDay: 2 * REQUEST })
    expect(await rig.spend(secret, 1)).toEqual([200])
    const running = rig.ask(secret, MOST, { holdAt: 'head' })
    await rig.upstream.arrived(2)
    await rig.call('key.resetLimit', place(key.id))
    const [state] = (await rig.call('key.usage', { id: key.id })).states
    expect([state?.used, state?.reserved]).toEqual([REQUEST, REQUEST])
    rig.upstream.release()
    expect((await running).status).toBe(200)
    expect(await rig.spend(secret, 2)).toEqual([200, 429])
  })

  it('counts again as ever in the next period', async () => {
    const { key, secret } = await rig.key('laptop', { budgetPerDay: 2 * REQUEST })
    await rig.spend(secret, 2)
    await rig.call('key.resetLimit', place(key.id))
    vi.setSystemTime(START + 24 * HOUR)
    expect(await rig.spend(secret, 3)).toEqual([200, 200, 429])
    const [state] = (await rig.call('key.usage', { id: key.id })).states
    expect(state).toMatchObject({ used: 2 * REQUEST, setBackAt: null })
  })
})

describe('the moment at which a budget will be full', () => {
  it('follows the pace of late', async () => {
    const limits = { budgetPerDay: 10 * REQUEST, budgetPerMonth: 100 * REQUEST, tokensPerDay: 1_000_000 }
    const { key, secret } = await rig.key('laptop', limits)
    const fullAt = async () =>
      new Map((await rig.call('key.usage', { id: key.id })).states.map((state) => [state.field, state.fullAt]))
    await rig.spend(secret, 2)
    // A key of this minute tells nothing.
    expect([...(await fullAt()).values()]).toEqual([null, null, null])
    vi.setSystemTime(START + HOUR)
    const hour = await fullAt()
    // Two requests an hour: the other eight are used in four hours, the tokens not today, the month not known yet.
    expect(hour.get('budgetPerDay')).toBe(START + 5 * HOUR)
    expect([hour.get('tokensPerDay'), hour.get('budgetPerMonth')]).toEqual([null, null])
    vi.setSystemTime(START + 24 * HOUR)
    const day = await fullAt()
    // Nothing in the last three hours; two requests in the day since the key was made.
    expect([day.get('budgetPerDay'), day.get('budgetPerMonth')]).toEqual([null, null])
    await rig.spend(secret, 10)
    expect((await fullAt()).get('budgetPerMonth')).toBe(START + 24 * HOUR + (88 / 12) * 24 * HOUR)
  })
})
