import { describe, expect, it } from 'vitest'
import { limits as limitsSchema, type Limits } from '../../../shared/models/limit.ts'
import { compileLimits, hasBudget, needsTokens, outputCap, ruleFor } from './rules.ts'

const some = (set: Partial<Limits>) => limitsSchema.parse(set)
const rows = (...models: string[]) => models.map((model) => ({ id: `id of ${model}`, model, limits: some({}) }))

describe('limit rules', () => {
  it.each([
    ['gpt-5', 'gpt-5', ['gpt-5*', 'gpt-5', '*'], 'gpt-5'],
    ['gpt-5-mini', 'gpt-5-mini', ['*', 'gpt-*', 'gpt-5*', 'gpt-6*'], 'gpt-5*'],
    ['claude', 'claude', ['gpt-*', '*'], '*'],
    ['claude', 'claude', ['gpt-*'], null],
    // By what is sent, where what is asked is an alias.
    ['fast', 'gpt-5-mini', ['gpt-5*'], 'gpt-5*'],
    ['fast', 'gpt-5-mini', ['fast*', 'gpt-5-mini'], 'gpt-5-mini'],
    ['fast', 'gpt-5-mini', ['fa*', 'gpt-5*'], 'gpt-5*'],
    ['fast', 'gpt-5-mini', ['fast', 'gpt-5-mini'], 'fast'],
    ['fast', 'gpt-5-mini', ['gpt*', 'fas*'], 'fas*'],
    ['fast', 'gpt-5-mini', ['fas*', 'gpt*'], 'fas*'],
    // A beginning is no exact id, and an exact id no beginning.
    ['gpt-5', 'gpt-5', ['gpt'], null],
    ['gpt-5', 'gpt-5', ['gpt-5*'], 'gpt-5*'],
    [null, null, ['*'], null],
  ])('for %s sent as %s takes of %j the row %s', (asked, sent, models, expected) => {
    expect(ruleFor(compileLimits(null, rows(...models)), asked, sent)?.model ?? null).toBe(expected)
  })

  it('is nothing for a key without limits, but something for a limit of 0', () => {
    expect(compileLimits(some({}), [])).toBeNull()
    expect(compileLimits(null, null)).toBeNull()
    expect(compileLimits(some({ requestsPerDay: 0 }), [])?.own?.requestsPerDay).toBe(0)
    expect(compileLimits(some({}), rows('*'))).toMatchObject({ own: null, overrides: [{ id: 'id of *' }] })
  })

  it.each([
    [{ requestsPerMinute: 1, outputTokensPerRequest: 1, concurrentRequests: 1 }, false, false],
    [{ tokensPerMinute: 1 }, true, false],
    [{ tokensPerDay: 0 }, true, false],
    [{ tokensPerWeek: 1 }, true, false],
    [{ inputTokensPerRequest: 1 }, true, false],
    [{ budgetPerDay: 1 }, true, true],
    [{ budgetPerWeek: 1 }, true, true],
    [{ budgetPerMonth: 1 }, true, true],
    [{ budgetTotal: 0 }, true, true],
  ])('with %j needs tokens: %s, has a budget: %s', (set, tokens, budget) => {
    const own = compileLimits(some(set), null)
    expect([needsTokens(own, null), hasBudget(own, null)]).toEqual([tokens, budget])
    const override = compileLimits(null, [{ id: 'a', model: 'm', limits: some(set) }])
    expect([needsTokens(override, null), hasBudget(override, null)]).toEqual([false, false])
    const rule = ruleFor(override, 'm', 'm')
    expect([needsTokens(override, rule), hasBudget(override, rule)]).toEqual([tokens, budget])
  })

  it.each([
    [null, null, null],
    [100, null, 100],
    [null, 50, 50],
    [100, 50, 50],
    [50, 100, 50],
    [100, 0, 0],
    [0, null, 0],
  ])('caps output at the smaller of %s and %s: %s', (own, ofRow, expected) => {
    const row = { id: 'a', model: '*', limits: some({ outputTokensPerRequest: ofRow }) }
    const rules = compileLimits(some({ outputTokensPerRequest: own }), [row])
    expect(outputCap(rules, ruleFor(rules, 'any', 'any'))).toBe(expected)
  })
})
