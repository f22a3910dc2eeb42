import { expect, it } from 'vitest'
import { createRetryBudget, LEAST_RETRIES } from './retry-budget.ts'

function spent(budget: ReturnType<typeof createRetryBudget>, tries: number): number {
  return Array.from({ length: tries }, () => budget.spend()).filter(Boolean).length
}

it('a retry budget is a share of the requests of the last minute, and a few more', () => {
  let now = 1_000
  const budget = createRetryBudget(
    () => 20,
    () => now,
  )
  expect(spent(budget, 50)).toBe(LEAST_RETRIES)
  for (let n = 0; n < 100; n++) budget.request()
  expect(spent(budget, 50)).toBe(20)
  now += 30_000
  expect(spent(budget, 50)).toBe(0)
  now += 31_000
  expect(spent(budget, 50)).toBe(LEAST_RETRIES)
})
