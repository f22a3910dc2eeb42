import { describe, expect, it } from 'vitest'
import type { PoolKey } from '../../../shared/models/key.ts'
import { limits } from '../../../shared/models/limit.ts'
import {
  copyName,
  DAY_MS,
  expiresSoon,
  fits,
  isFiltered,
  isNeverRotated,
  isUnused,
  joinRows,
  policyWords,
  withoutSecret,
  type KeyFilters,
} from './key-rows.ts'

const now = Date.UTC(2026, 5, 1)
const key: PoolKey = {
  id: 'key_1',
  poolId: 'pool_1',
  name: 'Laptop',
  owner: 'Ada',
  prefix: 'sk-weir-abcdefghij',
  status: 'active',
  notes: '',
  metadata: {},
  modelPolicy: { mode: 'all' },
  enforced: { model: null, effort: null, serviceTier: null },
  allowedUpstreams: null,
  ipAllowlist: [],
  limits: limits.parse({}),
  limitOverrides: [],
  unpriced: 'refuse',
  alertThresholds: [50, 80, 100],
  canMakeTokens: false,
  expiresAt: null,
  createdAt: now - 40 * DAY_MS,
  updatedAt: now,
  rotatedAt: null,
  previous: null,
  lastUsedAt: null,
  raises: [],
  resets: [],
}
const nothing: KeyFilters = {
  q: '',
  status: null,
  pool: '',
  owner: '',
  soon: false,
  unused: false,
  unrotated: false,
}
const row = (patch: Partial<PoolKey> = {}) => ({
  key: { ...key, ...patch },
  pool: { id: 'pool_1', name: 'Team', status: 'active' as const },
  usage: null,
  glance: null,
})

describe('what needs a look', () => {
  it('expires soon: within two weeks, not over, not revoked', () => {
    expect(expiresSoon({ ...key, expiresAt: now + DAY_MS }, now)).toBe(true)
    expect(expiresSoon({ ...key, expiresAt: now - 1 }, now)).toBe(false)
    expect(expiresSoon({ ...key, expiresAt: now + 15 * DAY_MS }, now)).toBe(false)
    expect(expiresSoon({ ...key, expiresAt: now + DAY_MS, status: 'revoked' }, now)).toBe(false)
    expect(expiresSoon(key, now)).toBe(false)
  })

  it('is unused when nothing came for 30 days, and it is older than that', () => {
    expect(isUnused(key, now)).toBe(true)
    expect(isUnused({ ...key, lastUsedAt: now - DAY_MS }, now)).toBe(false)
    expect(isUnused({ ...key, createdAt: now - DAY_MS }, now)).toBe(false)
    expect(isUnused({ ...key, status: 'revoked' }, now)).toBe(false)
  })

  it('was never rotated', () => {
    expect(isNeverRotated(key)).toBe(true)
    expect(isNeverRotated({ ...key, rotatedAt: now })).toBe(false)
    expect(isNeverRotated({ ...key, status: 'revoked' })).toBe(false)
  })
})

describe('filters', () => {
  it.each([
    [{ q: 'LAP' }, true],
    [{ q: 'abcdef' }, true],
    [{ q: 'ada' }, true],
    [{ q: 'phone' }, false],
    [{ status: 'active' }, true],
    [{ status: 'revoked' }, false],
    [{ pool: 'pool_2' }, false],
    [{ owner: 'Ada' }, true],
    [{ owner: 'Bob' }, false],
    [{ soon: true }, false],
    [{ unused: true }, true],
    [{ unused: true, q: 'phone' }, false],
  ] as const)('%j keeps the key: %s', (filters, kept) => {
    expect(fits(row(), { ...nothing, ...filters }, now)).toBe(kept)
    expect(isFiltered({ ...nothing, ...filters })).toBe(true)
  })

  it('are none by default', () => expect(isFiltered(nothing)).toBe(false))
})

describe('withoutSecret', () => {
  it('leaves the public part of a key that was pasted whole', () => {
    expect(withoutSecret('sk-weir-abcdefghij-0123456789ABCDEFabcdef')).toBe('sk-weir-abcdefghij')
    expect(withoutSecret('sk-weir-abcdefghij')).toBe('sk-weir-abcdefghij')
  })
})

describe('policyWords', () => {
  it('says the least that is true', () => expect(policyWords(key)).toEqual(['all models']))

  it('names everything that narrows the key', () => {
    expect(
      policyWords({
        ...key,
        modelPolicy: { mode: 'selected', models: ['a'] },
        enforced: { model: null, effort: 'high', serviceTier: 'flex' },
        allowedUpstreams: ['u1', 'u2'],
        ipAllowlist: ['127.0.0.1'],
      }),
    ).toEqual(['1 model', 'always high, flex', '2 upstreams', '1 address'])
  })
})

describe('joinRows', () => {
  it('tells no traffic from figures that are not there yet', () => {
    const figures = { total: {} as never, keys: [] }
    expect(joinRows([key], [], undefined, undefined)[0]?.usage).toBeNull()
    expect(joinRows([key], [], figures, undefined)[0]?.usage?.sums.requests).toBe(0)
  })

  it('tells a key without limits from figures that are not there yet', () => {
    const glance = { id: key.id, limits: 1, fullest: null }
    expect(joinRows([key], [], undefined, undefined)[0]?.glance).toBeUndefined()
    expect(joinRows([key], [], undefined, new Map())[0]?.glance).toBeNull()
    expect(joinRows([key], [], undefined, new Map([[key.id, glance]]))[0]?.glance).toBe(glance)
  })
})

describe('copyName', () => {
  it('finds a name that is free, without case, within 80 characters', () => {
    expect(copyName('laptop', [])).toBe('laptop copy')
    expect(copyName('laptop', ['Laptop Copy', 'laptop copy 2'])).toBe('laptop copy 3')
    expect(copyName('x'.repeat(80), []).length).toBe(80)
  })
})
