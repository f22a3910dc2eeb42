/** What the log tells of a request's cost, where its provider wrote into a cache: the log has no count of that. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openBudgetHouse, type BudgetHouse } from '../support/budget-house.ts'

const START = Date.UTC(2026, 3, 1, 12)
const RATES = { input: 5_000_000, cachedInput: 500_000, cacheWrite: 6_250_000, output: 30_000_000 }
const USAGE = { input: 1_000, cached: 300, written: 650, output: 9 }
const COST = 50 * 5_000 + 300 * 500 + 650 * 6_250 + 9 * 30_000

let rig: BudgetHouse
beforeEach(async () => {
  rig = await openBudgetHouse(START)
  await rig.call('price.set', { model: 'm', rates: RATES })
})
afterEach(() => rig.close())

async function detail(keyId: string) {
  const { rows } = await rig.call('request.list', { keyId })
  return rig.call('request.get', { id: rows[0]?.id ?? '' })
}

describe('the cost of a request that wrote into a cache', () => {
  it('has it as a part of its own, also after a restart and by a price that is over', async () => {
    const { key, secret } = await rig.key('writes', {})
    expect((await rig.ask(secret, 9, { usage: USAGE })).status).toBe(200)
    vi.setSystemTime(START + 60_000)
    await rig.call('price.set', { model: 'm', rates: { input: 1, output: 1 } })
    await rig.reopen()
    const { usage, cost, costNanos } = await detail(key.id)
    expect([usage, costNanos]).toEqual([{ input: 1_000, cached: 300, cacheWrite: 650, output: 9, reasoning: 0 }, COST])
    expect(cost?.parts.map(({ component, tokens, nanos }) => [component, tokens, nanos])).toEqual([
      ['input', 50, 250_000],
      ['cachedInput', 300, 150_000],
      ['cacheWrite', 650, 4_062_500],
      ['output', 9, 270_000],
    ])
  })
})
