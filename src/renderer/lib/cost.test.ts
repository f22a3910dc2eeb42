import { describe, expect, it } from 'vitest'
import { costOf } from './cost.ts'

describe('cost', () => {
  it('is not known where tokens were used and nothing was charged', () => {
    expect(costOf({ input: 0, output: 3, costNanos: 0 })).toBeNull()
  })

  it('is nothing where nothing was used, and else what was charged', () => {
    expect(costOf({ input: 0, output: 0, costNanos: 0 })).toBe(0)
    expect(costOf({ input: 2, output: 3, costNanos: 9 })).toBe(9)
  })
})
