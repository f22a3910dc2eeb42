import { describe, expect, it } from 'vitest'
import { limitOverrides, limits } from '../../../shared/models/limit.ts'
import {
  hasBudget,
  limitGroups,
  limitProblems,
  limitsOf,
  limitTextsOf,
  noLimitTexts,
  overrideFormsOf,
  overridesOf,
  readLimit,
  type OverrideForm,
} from './limit-form.ts'
import { limitFields } from './limit-words.ts'

const row = (rowId: string, model: string, texts: Partial<OverrideForm['limits']> = {}): OverrideForm => ({
  rowId,
  id: null,
  model,
  limits: { ...noLimitTexts, ...texts },
})

describe('the fields', () => {
  it('are those of the contract, each in one group', () => {
    const names = Object.keys(limits.shape)
    expect([...limitFields]).toEqual(names)
    expect(limitGroups.flatMap(({ fields }) => fields)).toEqual(names)
  })

  it.each(limitFields.map((field) => [field] as const))('%s takes what the core takes, and no more', (field) => {
    const fits = (text: string) => {
      const read = readLimit(field, text)
      return 'value' in read ? limits.shape[field].safeParse(read.value).success : null
    }
    const most = field.startsWith('budget') ? '1M' : /okens/.test(field) ? '1T' : '1B'
    expect(fits(most)).toBe(true)
    const { problem } = readLimit(field, most.replace('1', '2')) as { problem: string }
    expect(problem).toMatch(/^At most/)
    const value = (readLimit(field, most) as { value: number }).value
    expect(limits.shape[field].safeParse(value + 1).success).toBe(false)
  })
})

describe('blank and 0', () => {
  it('are no cap and none at all', () => {
    const read = limitsOf({ ...noLimitTexts, requestsPerMinute: '0', budgetPerDay: ' ', budgetTotal: '$0' })
    expect(read).toEqual({ ...limits.parse({}), requestsPerMinute: 0, budgetTotal: 0 })
    expect(limitTextsOf(read)).toEqual({ ...noLimitTexts, requestsPerMinute: '0', budgetTotal: '0.00' })
  })
})

describe('overrides', () => {
  const stored = limitOverrides.parse([
    { id: 'ovr_1', model: 'gpt-5*', limits: { requestsPerMinute: 5, budgetPerDay: 1_250_000_000 } },
    { model: 'gpt-5', limits: {} },
  ])

  it('go into the form and come out as they were, with the ids that their counters hang on', () => {
    expect(overridesOf(overrideFormsOf(stored))).toEqual(stored)
  })

  it.each([
    ['', 'Give a model id.'],
    ['two words', 'A model id has no blanks and only plain ASCII characters.'],
    ['g*t', 'A “*” may stand at the end only.'],
    ['gpt**', 'A “*” may stand at the end only.'],
    ['gpt-5*', 'This model has a row already.'],
    [' gpt-5* ', 'This model has a row already.'],
  ])('of %j are refused', (model, problem) => {
    const rows = [row('a', 'gpt-5*'), row('b', model)]
    const found = limitProblems(noLimitTexts, rows).filter(({ fieldId }) => fieldId === 'key-override-b-model')
    expect(found.map(({ inline }) => inline)).toEqual([problem])
  })

  it.each(['*', 'gpt-5', 'gpt-*', 'qwen3:30b', 'meta/llama*'])('of %j are taken', (model) => {
    expect(limitProblems(noLimitTexts, [row('a', 'gpt-5*'), row('b', model)])).toEqual([])
    expect(limitOverrides.safeParse([{ model, limits: {} }]).success).toBe(true)
  })

  it('are at most as many as the core takes', () => {
    const rows = Array.from({ length: 201 }, (_, index) => row(`r${index}`, `m${index}`))
    expect(limitProblems(noLimitTexts, rows).map(({ fieldId }) => fieldId)).toEqual(['key-overrides'])
    expect(limitOverrides.safeParse(overridesOf(rows)).success).toBe(false)
    expect(limitOverrides.safeParse(overridesOf(rows.slice(1))).success).toBe(true)
  })
})

describe('limitProblems', () => {
  it('names the field, and the row where it is in one', () => {
    const texts = { ...noLimitTexts, tokensPerDay: 'many' }
    const rows = [row('a', 'gpt-5', { budgetPerMonth: '5,50' }), row('b', '', { concurrentRequests: '1.5' })]
    expect(limitProblems(texts, rows).map(({ fieldId, message }) => [fieldId, message])).toEqual([
      ['key-limits-tokensPerDay', 'Tokens per day: Give a whole number: 500, 1k or 1.5M.'],
      ['key-override-a-budgetPerMonth', 'gpt-5, budget per month: Give dollars, cents behind a point: 5.50.'],
      ['key-override-b-model', 'Row 2: Give a model id.'],
      ['key-override-b-concurrentRequests', 'Row 2, requests at a time: Give a whole number: 500, 1k or 1.5M.'],
    ])
  })
})

describe('hasBudget', () => {
  it('asks the key and its rows; 0 is one', () => {
    expect(hasBudget(noLimitTexts, [row('a', 'gpt-5', { tokensPerDay: '5' })])).toBe(false)
    expect(hasBudget({ ...noLimitTexts, budgetTotal: '0' }, [])).toBe(true)
    expect(hasBudget(noLimitTexts, [row('a', 'gpt-5', { budgetPerDay: '5' })])).toBe(true)
  })
})
