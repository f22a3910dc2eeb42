import { describe, expect, it } from 'vitest'
import { bareUpstream } from '../../../test/support/route-scene.ts'
import { mostOutput, withPrices } from './limited-request.ts'
import type { Prices, PriceSource } from './ports.ts'
import type { Grant } from './stages.ts'

const grant: Grant = { model: 'usual', effort: null, serviceTier: null, reservedInput: 1, reservedOutput: 1 }
/** b calls it otherwise. */
const mapped: Grant = { ...grant, modelBy: new Map([['b', 'theirs']]) }
const [a, b] = [bareUpstream('a'), bareUpstream('b')]

function prices(known: Readonly<Record<string, number>>): Prices & Pick<PriceSource, 'maxOutput'> {
  return {
    rates: (model) => (model in known ? ({ input: 1 } as never) : null),
    maxOutput: (model) => known[model] ?? null,
  }
}

describe('limited-request', () => {
  it('takes the longest answer of whoever may serve it, and none where one of them is not known', () => {
    expect(mostOutput(grant, [a, b], prices({ usual: 5, theirs: 9 }))).toBe(5)
    expect(mostOutput(mapped, [a, b], prices({ usual: 5, theirs: 9 }))).toBe(9)
    expect(mostOutput(mapped, [b], prices({ theirs: 9 }))).toBe(9)
    expect(mostOutput(mapped, [a, b], prices({ usual: 5 }))).toBeNull()
  })

  it('looks for the price of what each upstream is sent', () => {
    const limits = { limits: { budgets: {} } }
    const key = { ...limits, unpriced: 'refuse', prefix: 'sk', enforced: { model: null } }
    const asked = { key, token: null, grant: mapped, plan: { candidates: [a, b], exclusions: [] } } as never
    const left = withPrices(asked, prices({ theirs: 9 }))
    expect(left.candidates).toEqual([b])
    expect(left.exclusions).toEqual([{ upstreamId: 'a', reason: 'model_unpriced', until: null }])
  })
})
