import { describe, expect, it } from 'vitest'
import { findingsOf, type Finding } from './key-hygiene.ts'
import { noLimits } from './models/limit.ts'

const NOW = Date.UTC(2026, 5, 1)
const DAY = 86_400_000
const daysAgo = (days: number) => NOW - days * DAY

type Key = Finding['key']
type Facts = Parameters<typeof findingsOf>[0][number]

/** Young, used a moment ago, with one limit: nothing to find. */
const clean: Facts = {
  status: 'active',
  modelPolicy: { mode: 'all' },
  enforced: { model: null, effort: null, serviceTier: null },
  limits: { ...noLimits, requestsPerDay: 100 },
  limitOverrides: [],
  expiresAt: null,
  createdAt: daysAgo(10),
  rotatedAt: null,
  lastUsedAt: NOW - 1_000,
  previous: null,
}
const broad: Partial<Key> = { limits: noLimits }
const old: Partial<Key> = { createdAt: daysAgo(400), rotatedAt: daysAgo(10) }

function found(fields: Partial<Key>): (readonly [string, number | null])[] {
  return findingsOf([{ ...clean, ...fields }], NOW).map(({ kind, at }) => [kind, at])
}

describe('findingsOf', () => {
  it.each<[string, Partial<Key>, ReturnType<typeof found>]>([
    ['a clean key', {}, []],
    ['a key not used for 30 days', { ...old, lastUsedAt: daysAgo(30) }, [['unused', daysAgo(30)]]],
    ['one that was used a moment later', { ...old, lastUsedAt: daysAgo(30) + 1 }, []],
    ['one that was never used', { createdAt: daysAgo(30), lastUsedAt: null }, [['unused', null]]],
    ['one that is too young to tell', { createdAt: daysAgo(30) + 1, lastUsedAt: null }, []],
    ['a paused one that nobody uses', { ...old, status: 'paused', lastUsedAt: daysAgo(31) }, [['unused', daysAgo(31)]]],
    ['a key never rotated for 180 days', { createdAt: daysAgo(180) }, [['unrotated', null]]],
    ['one that is 180 days old in a moment', { createdAt: daysAgo(180) + 1 }, []],
    ['one rotated too long ago', { ...old, rotatedAt: daysAgo(181) }, [['unrotated', daysAgo(181)]]],
    ['one rotated since', old, []],
    ['all models, no limit, no expiry', broad, [['over_broad', null]]],
    ['the same with an expiry', { ...broad, expiresAt: NOW + 90 * DAY }, []],
    ['the same with chosen models', { ...broad, modelPolicy: { mode: 'selected', models: ['a'] } }, []],
    ['the same with an enforced model', { ...broad, enforced: { ...clean.enforced, model: 'a' } }, []],
    ['the same with a limit of 0', { limits: { ...noLimits, budgetTotal: 0 } }, []],
    [
      'the same with a limit for one model',
      { ...broad, limitOverrides: [{ model: 'a*', limits: { ...noLimits, tokensPerDay: 1 } }] },
      [],
    ],
    [
      'the same with a row that caps nothing',
      { ...broad, limitOverrides: [{ model: 'a*', limits: noLimits }] },
      [['over_broad', null]],
    ],
    ['a key that expires within 7 days', { expiresAt: NOW + 7 * DAY }, [['expiring', NOW + 7 * DAY]]],
    ['one that expires a moment later', { expiresAt: NOW + 7 * DAY + 1 }, []],
    ['one that expires now', { status: 'expired', expiresAt: NOW }, []],
    ['one that expired 30 days ago', { status: 'expired', expiresAt: daysAgo(30) }, [['expired', daysAgo(30)]]],
    ['one that expired a moment later', { status: 'expired', expiresAt: daysAgo(30) + 1 }, []],
    ['an old secret in use', { previous: { until: NOW + 1, usedAt: NOW - 5 } }, [['old_secret', NOW - 5]]],
    ['an old secret that nobody uses', { previous: { until: NOW + 1, usedAt: null } }, []],
    ['an old secret whose time is over', { previous: { until: NOW, usedAt: NOW - 5 } }, []],
  ])('looks at %s', (_case, fields, findings) => {
    expect(found(fields)).toEqual(findings)
  })

  const bad: Partial<Key> = {
    ...broad,
    createdAt: daysAgo(400),
    lastUsedAt: null,
    previous: { until: NOW + 1, usedAt: NOW - 5 },
  }

  it('finds nothing on a revoked key, and of an expired one only that', () => {
    expect(found({ ...bad, status: 'revoked' })).toEqual([])
    expect(found({ ...bad, status: 'expired', expiresAt: daysAgo(60) })).toEqual([['expired', daysAgo(60)]])
  })

  it('puts them in order by kind, then as the keys came', () => {
    const keys = [
      { ...clean, ...bad },
      { ...clean, expiresAt: NOW + 1 },
      { ...clean, ...broad },
    ]
    expect(findingsOf(keys, NOW).map(({ kind, key }) => [kind, keys.indexOf(key)])).toEqual([
      ['old_secret', 0],
      ['expiring', 1],
      ['over_broad', 0],
      ['over_broad', 2],
      ['unused', 0],
      ['unrotated', 0],
    ])
  })
})
