import { describe, expect, it } from 'vitest'
import { tokenDraft } from '../../../shared/models/ephemeral-token.ts'
import { limits } from '../../../shared/models/limit.ts'
import { noLimitTexts } from './limit-form.ts'
import {
  emptyTokenForm,
  lifeChoices,
  lifeSeconds,
  refusedTokenFields,
  tokenDraftOf,
  tokenLimitGroups,
  tokenProblems,
  type Life,
  type TokenFieldId,
  type TokenForm,
} from './token-form.ts'

const open = { modelPolicy: { mode: 'all' } } as const
const narrow = { modelPolicy: { mode: 'selected' as const, models: ['a', 'b'] } }
const good: TokenForm = { ...emptyTokenForm, name: 'script' }
const custom = (amount: number | string, unit: Life['unit']): Life => ({ choice: 'custom', amount, unit })

describe('the lifetime', () => {
  it('is an hour unless another is chosen', () => {
    expect(lifeSeconds(emptyTokenForm.life)).toBe(3_600)
    expect(lifeChoices.map(({ value }) => lifeSeconds({ ...emptyTokenForm.life, choice: value }))).toEqual([
      900, 3_600, 28_800, 86_400, 604_800, 7_200,
    ])
  })

  it.each([
    [custom(1, 'min'), 60],
    [custom('90', 'min'), 5_400],
    [custom(7, 'd'), 604_800],
    [custom(168, 'h'), 604_800],
    [custom(0, 'min'), null],
    [custom(1.5, 'h'), null],
    [custom('', 'h'), null],
    [custom('x', 'h'), null],
    [custom(169, 'h'), null],
    [custom(8, 'd'), null],
  ])('of one’s own, %o, is %s s', (life, seconds) => {
    expect(lifeSeconds(life)).toBe(seconds)
    if (seconds === null) return
    expect(tokenDraft.safeParse({ keyId: 'key_1', name: 'x', ttlSeconds: seconds }).success).toBe(true)
  })
})

describe('tokenProblems', () => {
  const bad: readonly (readonly [TokenFieldId, Partial<TokenForm>])[] = [
    ['token-name', { name: '  ' }],
    ['token-name', { name: 'x'.repeat(81) }],
    ['token-life', { life: custom(8, 'd') }],
    ['token-models', { modelMode: 'selected' }],
    ['token-models', { modelMode: 'selected', models: ['a', 'c'] }],
    ['token-models', { modelMode: 'selected', models: Array.from({ length: 501 }, () => 'a') }],
    ['key-limits-budgetTotal', { limits: { ...noLimitTexts, budgetTotal: 'lots' } }],
    ['token-addresses', { addresses: '127.0.0.1\nhere' }],
    ['token-addresses', { addresses: Array.from({ length: 51 }, (_, index) => `10.0.0.${index}`).join('\n') }],
  ]
  it.each(bad)('finds what is wrong with %s', (fieldId, patch) => {
    expect(tokenProblems({ ...good, ...patch }, narrow).map((found) => found.fieldId)).toEqual([fieldId])
  })

  it('finds nothing wrong with a name, nor with any model of a key that may ask for all', () => {
    expect(tokenProblems(good, narrow)).toEqual([])
    expect(tokenProblems({ ...good, modelMode: 'selected', models: ['c'] }, open)).toEqual([])
  })
})

describe('tokenDraftOf', () => {
  it('is what the core takes', () => {
    const form: TokenForm = {
      name: '  script ',
      life: custom(2, 'd'),
      modelMode: 'selected',
      models: ['a'],
      limits: { ...noLimitTexts, requestsPerHour: '1k', budgetTotal: '0' },
      addresses: '127.0.0.1, 10.0.0.0/8',
    }
    expect(tokenDraft.parse(tokenDraftOf(form, 'key_1'))).toEqual({
      keyId: 'key_1',
      name: 'script',
      ttlSeconds: 172_800,
      modelPolicy: { mode: 'selected', models: ['a'] },
      limits: limits.parse({ requestsPerHour: 1_000, budgetTotal: 0 }),
      ipAllowlist: ['127.0.0.1', '10.0.0.0/8'],
    })
  })

  it('of a form that names only who it is for, narrows nothing', () => {
    const draft = tokenDraft.parse(tokenDraftOf(good, 'key_1'))
    expect(draft).toEqual(tokenDraft.parse({ keyId: 'key_1', name: 'script' }))
  })
})

it('offers each limit once at most', () => {
  const offered = tokenLimitGroups.flatMap(({ fields }) => fields)
  expect(new Set(offered).size).toBe(offered.length)
  expect(Object.keys(limits.shape).filter((field) => !offered.some((each) => each === field))).toEqual([
    'tokensPerWeek',
    'budgetPerWeek',
    'budgetPerMonth',
  ])
})

it('brings what the core refused to its field', () => {
  const errors = { 'ipAllowlist.0': 'bad', 'limits.budgetTotal': 'too much', keyId: 'gone', ttlSeconds: 'too long' }
  expect(refusedTokenFields(errors).map(({ fieldId, inline }) => [fieldId, inline])).toEqual([
    ['token-addresses', 'Refused: bad.'],
    ['key-limits-budgetTotal', 'Refused: too much.'],
    ['token-life', 'Refused: too long.'],
  ])
})
