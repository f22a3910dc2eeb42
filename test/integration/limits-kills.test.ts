/** A kill charges what running requests held, and they hold less once they were counted to make room for others. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MOST, openBudgetHouse, type BudgetHouse } from '../support/budget-house.ts'
import { chatBody, exactInput, inputBound } from '../support/limits-rig.ts'

const START = Date.UTC(2026, 3, 1, 12)
const BODY = chatBody({ max_tokens: MOST })
const EXACT = exactInput(BODY) + MOST
const BOUND = inputBound(BODY) + MOST

let rig: BudgetHouse
beforeEach(async () => {
  rig = await openBudgetHouse(START)
})
afterEach(() => rig.close())

interface Row {
  readonly state: string
  readonly reserved: number
}
const rows = () =>
  rig.house.all<Row>('select state, reserved_input + reserved_output as reserved from request order by id')

describe('a request that was counted while it ran', () => {
  it.each([
    ['before the database has its row', false, false],
    ['after it, and before the row follows', true, false],
    ['after the row follows', true, true],
  ])('is charged by a kill what it held: %s', async (_when, hasRow, hasFollowed) => {
    const { key, secret } = await rig.key('counted', { tokensPerDay: BOUND })
    const asked = [rig.ask(secret, 1, { holdAt: 'head' })]
    await rig.upstream.arrived(1)
    if (hasRow) {
      vi.setSystemTime(START + 1_000)
      await expect.poll(rows).toEqual([{ state: 'open', reserved: BOUND }])
    }
    asked.push(rig.ask(secret, 1, { holdAt: 'head' }))
    await rig.upstream.arrived(2)
    if (hasFollowed) {
      vi.setSystemTime(START + 2_000)
      await expect.poll(() => rows().map(({ reserved }) => reserved)).toEqual([EXACT, EXACT])
    }
    const killed = rig.kill()
    rig.upstream.release()
    await Promise.allSettled(asked)
    await killed
    expect(rows()).toEqual([EXACT, EXACT].map((reserved) => ({ state: 'interrupted', reserved })))
    const { states } = await rig.call('key.usage', { id: key.id })
    expect(states).toMatchObject([{ field: 'tokensPerDay', used: 2 * EXACT, reserved: 0 }])
    expect((await rig.check()).found).toBe(0)
    // What is left by that fits, and nothing above.
    const left = Math.floor(BOUND / EXACT) - 2
    expect(await rig.spend(secret, 1)).toEqual([left > 0 ? 200 : 429])
  })

  it('shows in the log what it held, also where it ends as ever', async () => {
    const { secret } = await rig.key('counted', { tokensPerDay: BOUND })
    const asked = [rig.ask(secret, 1, { holdAt: 'head' })]
    await rig.upstream.arrived(1)
    vi.setSystemTime(START + 1_000)
    await expect.poll(rows).toEqual([{ state: 'open', reserved: BOUND }])
    asked.push(rig.ask(secret, 1, { holdAt: 'head' }))
    await rig.upstream.arrived(2)
    rig.upstream.release()
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200])
    await expect.poll(rows).toEqual([EXACT, EXACT].map((reserved) => ({ state: 'completed', reserved })))
  })
})
