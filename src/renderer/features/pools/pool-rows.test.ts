import { describe, expect, it } from 'vitest'
import { usualRouting } from './routing-form.ts'
import { blockedBy, filterPools, formatRate, poolRows, recentOf, type Pool, type PoolCounts } from './pool-rows.ts'

function pool(name: string, status: Pool['status'] = 'active'): Pool {
  return {
    id: `pool_${name}`,
    name,
    status,
    strategy: 'priority',
    routing: usualRouting,
    notes: '',
    assignments: [],
    aliases: [],
    allowedModels: null,
    hiddenModels: [],
    servingModes: [],
    createdAt: 0,
    updatedAt: 0,
  }
}

function counts(upstreams: [number, number, number], keys: [number, number]): PoolCounts {
  const [total, enabled, ready] = upstreams
  return { id: 'x', upstreams: { total, enabled, ready }, keys: { total: keys[0], usable: keys[1] } }
}

describe('blockedBy', () => {
  it.each([
    ['without an upstream', counts([0, 0, 0], [1, 1]), 'No upstream is assigned.'],
    ['with upstreams switched off', counts([2, 0, 0], [1, 1]), 'Every upstream of it is switched off.'],
    ['with none ready', counts([2, 2, 0], [1, 1]), 'None of its upstreams is ready.'],
    ['without a key', counts([1, 1, 1], [0, 0]), 'It has no key yet.'],
    ['with unusable keys', counts([1, 1, 1], [3, 0]), 'None of its keys can be used.'],
    ['that is well', counts([2, 2, 1], [2, 1]), null],
  ])('says why a Pool %s cannot serve', (_case, own, reason) => {
    expect(blockedBy({ status: 'active' }, own)).toBe(reason)
  })

  it.each(['disabled', 'archived'] as const)('leaves a Pool that is %s alone', (status) => {
    expect(blockedBy({ status }, counts([0, 0, 0], [0, 0]))).toBeNull()
  })
})

describe('recentOf', () => {
  it('averages over the time of the steps and keeps the peak', () => {
    const step = (at: number, tokens: number) => ({ at, requests: 2, tokens, tokensPerSecond: tokens / 900 })
    const figures = poolRows([pool('a')], [], [])[0]?.figures
    if (!figures) throw new Error('a Pool without traffic has figures')
    const recent = recentOf({ ...figures, series: [step(0, 900), step(900_000, 2_700)] })
    expect(recent).toEqual({ requests: 4, tokensPerSecond: 2, peak: 3 })
  })

  it('is zero before anything came', () => {
    expect(recentOf(null)).toEqual({ requests: 0, tokensPerSecond: 0, peak: 0 })
  })
})

describe('poolRows', () => {
  it('lists active Pools first, then by name with numbers in order', () => {
    const all = [pool('z', 'archived'), pool('Pool 10'), pool('b', 'disabled'), pool('pool 9')]
    expect(poolRows(all, [], []).map((row) => row.pool.name)).toEqual(['pool 9', 'Pool 10', 'b', 'z'])
  })

  it('knows where a Pool falls back to, and that it serves by that when its own upstreams cannot', () => {
    const team = { ...pool('Team'), routing: { ...usualRouting, fallbackPoolId: 'pool_Spare' } }
    const all = (own: [number, number, number], spare: Pool, ready: number) =>
      poolRows(
        [team, spare],
        [
          { ...counts(own, [1, 1]), id: 'pool_Team' },
          { ...counts([1, 1, ready], [1, 1]), id: 'pool_Spare' },
        ],
        [],
      ).find((row) => row.pool.name === 'Team')
    expect(all([0, 0, 0], pool('Spare'), 1)).toMatchObject({ isOnFallback: true, blockedBy: null })
    expect(all([1, 1, 1], pool('Spare'), 1)).toMatchObject({ isOnFallback: false, fallback: { name: 'Spare' } })
    expect(all([1, 1, 0], pool('Spare'), 0)?.blockedBy).toBe('None of its upstreams is ready.')
    expect(all([1, 1, 0], pool('Spare', 'disabled'), 1)?.blockedBy).toBe('None of its upstreams is ready.')
    expect(all([1, 1, 1], pool('Other'), 1)?.fallback).toBeNull()
  })

  it('tells not loaded from no traffic', () => {
    expect(poolRows([pool('a')], undefined, undefined)[0]).toMatchObject({ counts: null, figures: null })
    expect(poolRows([pool('a')], undefined, [])[0]?.figures?.day.requests).toBe(0)
  })
})

describe('filterPools', () => {
  const rows = poolRows(
    [{ ...pool('Team'), notes: 'for Ada' }, pool('Dry'), pool('Old', 'archived')],
    [
      { ...counts([1, 1, 1], [1, 1]), id: 'pool_Team' },
      { ...counts([0, 0, 0], [0, 0]), id: 'pool_Dry' },
    ],
    [],
  )
  const names = (text: string, filter: Parameters<typeof filterPools>[2]) =>
    filterPools(rows, text, filter).map((row) => row.pool.name)

  it.each([
    ['', null, ['Dry', 'Team', 'Old']],
    ['ADA', null, ['Team']],
    ['pool_old', null, ['Old']],
    ['', 'active', ['Dry', 'Team']],
    ['', 'attention', ['Dry']],
    ['', 'archived', ['Old']],
    ['team', 'archived', []],
  ] as const)('finds by %j and %s', (text, filter, found) => expect(names(text, filter)).toEqual(found))
})

describe('formatRate', () => {
  it.each([
    [0, '0'],
    [0.02, '< 0.1'],
    [12.34, '12.3'],
    [1_234.5, '1,235'],
  ])('writes %d as %s', (value, text) => expect(formatRate(value)).toBe(text))
})
