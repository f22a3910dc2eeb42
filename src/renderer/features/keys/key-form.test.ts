import { describe, expect, it } from 'vitest'
import type { PoolKey } from '../../../shared/models/key.ts'
import { limits } from '../../../shared/models/limit.ts'
import { draftOf, emptyForm, formOf, inverseOf, patchOf, type KeyForm } from './key-form.ts'
import { problemsOf, refusedFields, type FieldId } from './key-problems.ts'
import { noLimitTexts } from './limit-form.ts'

const now = Date.UTC(2026, 0, 1)
const good: KeyForm = { ...emptyForm('pool_1'), name: 'laptop' }
const key: PoolKey = {
  id: 'key_1',
  poolId: 'pool_1',
  name: 'laptop',
  owner: 'Ada',
  prefix: 'sk-weir-abcdefghij',
  status: 'active',
  notes: 'of the team',
  metadata: { team: 'core' },
  modelPolicy: { mode: 'selected', models: ['a', 'b'] },
  enforced: { model: 'a', effort: 'high', serviceTier: null },
  allowedUpstreams: ['up_1'],
  ipAllowlist: ['10.0.0.0/8', '127.0.0.1'],
  limits: limits.parse({ requestsPerMinute: 0, budgetPerDay: 5_500_000_000 }),
  limitOverrides: [{ id: 'lim_1', model: 'a*', limits: limits.parse({ tokensPerDay: 1_000_000 }) }],
  unpriced: 'warn',
  alertThresholds: [50, 80, 100],
  canMakeTokens: false,
  expiresAt: now + 1_000,
  createdAt: now,
  updatedAt: now,
  rotatedAt: null,
  previous: null,
  lastUsedAt: null,
  raises: [],
  resets: [],
}

describe('problemsOf', () => {
  const bad: readonly (readonly [FieldId, Partial<KeyForm>])[] = [
    ['key-pool', { poolId: '' }],
    ['key-name', { name: '  ' }],
    ['key-name', { name: 'x'.repeat(81) }],
    ['key-name', { name: 'PHONE' }],
    ['key-owner', { owner: 'x'.repeat(121) }],
    ['key-expiry', { expiry: { choice: 'custom', at: now - 1, typed: '2020-01-01T00:00' } }],
    ['key-addresses', { addresses: '127.0.0.1\n10.0.0.300' }],
    ['key-notes', { notes: 'x'.repeat(2_001) }],
    ['key-metadata', { metadata: '{' }],
    ['key-metadata', { metadata: '[]' }],
    ['key-metadata', { metadata: '{"": 1}' }],
    ['key-metadata', { metadata: JSON.stringify({ a: 'x'.repeat(4_096) }) }],
    ['key-models', { modelMode: 'selected' }],
    ['key-enforced-model', { enforcedModel: 'two words' }],
    ['key-tier', { serviceTier: 'Priority!' }],
    ['key-upstreams', { upstreamMode: 'selected' }],
    ['key-limits-tokensPerDay', { limits: { ...noLimitTexts, tokensPerDay: 'lots' } }],
    ['key-override-x-model', { overrides: [{ rowId: 'x', id: null, model: 'a*b', limits: noLimitTexts }] }],
  ]
  it.each(bad)('finds what is wrong with %s', (fieldId, patch) => {
    const found = problemsOf({ ...good, ...patch }, { now, siblings: ['phone'] })
    expect(found.map((problem) => problem.fieldId)).toEqual([fieldId])
  })

  it('finds nothing wrong with a name and a Pool', () => expect(problemsOf(good, { now, siblings: [] })).toEqual([]))
})

describe('a key', () => {
  it('goes into the form and comes out as it was', () => {
    expect(patchOf(formOf(key), key)).toEqual({})
    expect(draftOf(formOf(key))).toMatchObject({
      owner: 'Ada',
      metadata: { team: 'core' },
      modelPolicy: key.modelPolicy,
      ipAllowlist: key.ipAllowlist,
      allowedUpstreams: ['up_1'],
      limits: key.limits,
      limitOverrides: key.limitOverrides,
      unpriced: 'warn',
    })
  })

  it('is edited by its changed fields alone, each of which can be cleared and taken back', () => {
    const cleared: KeyForm = { ...emptyForm('pool_1'), name: 'laptop' }
    const patch = patchOf(cleared, key)
    expect(patch).toEqual({
      owner: null,
      expiresAt: null,
      ipAllowlist: [],
      notes: '',
      metadata: {},
      modelPolicy: { mode: 'all' },
      enforced: { model: null, effort: null, serviceTier: null },
      allowedUpstreams: null,
      limits: limits.parse({}),
      limitOverrides: [],
      unpriced: 'refuse',
    })
    expect(inverseOf(patch, key)).toEqual({
      owner: 'Ada',
      expiresAt: key.expiresAt,
      ipAllowlist: key.ipAllowlist,
      notes: key.notes,
      metadata: key.metadata,
      modelPolicy: key.modelPolicy,
      enforced: key.enforced,
      allowedUpstreams: key.allowedUpstreams,
      limits: key.limits,
      // Taken away and brought back, it is a new row to the core.
      limitOverrides: [{ model: 'a*', limits: key.limitOverrides[0]?.limits }],
      unpriced: 'warn',
    })
  })

  it('keeps the ids of the rows that an edit leaves in place', () => {
    const form = formOf(key)
    const [row] = form.overrides
    if (row === undefined) throw new Error('no row')
    const added = { rowId: 'new1', id: null, model: 'b', limits: { ...noLimitTexts, concurrentRequests: '2' } }
    const edited: KeyForm = { ...form, overrides: [{ ...row, model: 'a-*' }, added] }
    const patch = patchOf(edited, key)
    expect(patch).toEqual({
      limitOverrides: [
        { id: 'lim_1', model: 'a-*', limits: key.limitOverrides[0]?.limits },
        { model: 'b', limits: limits.parse({ concurrentRequests: 2 }) },
      ],
    })
    expect(inverseOf(patch, key)).toEqual({ limitOverrides: key.limitOverrides })
  })
})

describe('refusedFields', () => {
  it('brings what the core said to the fields', () => {
    const fields = refusedFields({
      'ipAllowlist.0': 'no address',
      'enforced.serviceTier': 'odd',
      'limits.budgetTotal': 'too big',
      'limitOverrides.0.model': 'odd',
      other: 'x',
    })
    expect(fields.map(({ fieldId, step }) => [fieldId, step])).toEqual([
      ['key-addresses', 'basics'],
      ['key-tier', 'models'],
      ['key-limits-budgetTotal', 'limits'],
      ['key-overrides', 'limits'],
    ])
  })
})
