import { usualRouting } from '../../shared/models/pool.ts'
import { describe, expect, it } from 'vitest'
import { createDirectory } from './directory.ts'
import { modelsOf } from './model-offers.ts'
import { isModelAllowed, sentModel } from './permit.ts'
import type { KeyRecord, PoolModels, PoolRecord, TokenRecord } from './ports.ts'

const ALIASES = { fast: 'gpt-5-mini', 'gpt-5': 'gpt-5-mini', nowhere: 'gone' }

function models(allowed: readonly string[] | null, aliases: Readonly<Record<string, string>> = ALIASES): PoolModels {
  return { aliases: new Map(Object.entries(aliases)), allowed: allowed && new Set(allowed) }
}

function key(selected: readonly string[] | 'all' | 'none', enforcedModel: string | null = null): KeyRecord {
  const isList = typeof selected !== 'string'
  return {
    id: 'key',
    publicId: 'public',
    prefix: 'sk-weir-public',
    poolId: 'pool',
    secretHash: Buffer.alloc(32),
    previousHash: null,
    previousUntil: null,
    status: 'active',
    expiresAt: null,
    modelPolicy: isList ? { mode: 'selected', models: [...selected] } : { mode: selected },
    selectedModels: isList ? new Set(selected) : null,
    enforced: { model: enforcedModel, effort: null, serviceTier: null },
    allowedUpstreams: null,
    isIpAllowed: null,
    limits: null,
    unpriced: 'refuse',
    canMakeTokens: false,
  }
}

function pool(of: PoolModels | null): PoolRecord {
  const assignments = [{ upstreamId: 'ups', priority: 1, weight: 1, enabled: true }]
  return {
    id: 'pool',
    name: 'Team',
    status: 'active',
    strategy: 'priority',
    assignments,
    routing: usualRouting,
    models: of,
  }
}

type Models = readonly string[] | 'all' | 'none'

function token(selected: Models): TokenRecord {
  const { modelPolicy, selectedModels } = key(selected)
  return { modelPolicy, selectedModels } as Partial<TokenRecord> as TokenRecord
}

function offered(
  who: KeyRecord,
  of: PoolModels | null,
  served: readonly string[],
  lent: TokenRecord | null = null,
): string[] {
  const directory = createDirectory()
  const account = { baseUrl: 'http://127.0.0.1:9', proxyUrl: null, maxConcurrent: null, secret: null }
  const record = { id: 'ups', name: 'ups', kind: 'openai-compatible', status: 'active', statusReason: null } as const
  directory.putUpstream({ ...record, ...account, models: new Set(served) })
  return modelsOf({ key: who, token: lent, pool: pool(of) }, directory)
}

describe('permit', () => {
  it('resolves an alias once, also one that stands in the place of a real id', () => {
    const chain = pool(models(null, { a: 'b', b: 'c' }))
    expect(['a', 'b', 'c', 'd'].map((model) => sentModel(chain, model))).toEqual(['b', 'c', 'c', 'd'])
    expect(sentModel(pool(null), 'a')).toBe('a')
  })

  it.each([
    ['all', null, 'fast', true],
    ['none', null, 'fast', false],
    [['gpt-5-mini'], null, 'fast', true],
    [['fast'], null, 'fast', true],
    [['fast'], null, 'gpt-5-mini', false],
    [['other'], null, 'fast', false],
    ['all', ['fast'], 'fast', true],
    ['all', ['fast'], 'gpt-5-mini', false],
    ['all', ['gpt-5-mini'], 'fast', true],
    ['all', ['other'], 'fast', false],
    [['fast'], ['gpt-5-mini'], 'fast', true],
    [['fast', 'x'], ['gpt-5-mini'], 'x', false],
  ] as const)('with key %j and Pool %j, %s passes: %s', (selected, allowed, model, passes) => {
    expect(isModelAllowed({ key: key(selected), token: null, pool: pool(models(allowed)) }, model)).toBe(passes)
  })

  it.each([
    ['all', ['fast'], 'fast', true],
    ['all', ['gpt-5-mini'], 'fast', true],
    ['all', ['fast'], 'gpt-5-mini', false],
    ['all', 'none', 'fast', false],
    // Whatever the token names, the key must let it pass as well.
    [['fast'], ['gpt-5-mini'], 'gpt-5-mini', false],
    [['fast'], ['gpt-5-mini'], 'fast', true],
    [['fast'], ['other', 'x'], 'x', false],
    ['none', 'all', 'fast', false],
  ] as const)('with key %j and a token of it for %j, %s passes: %s', (ofKey, ofToken, model, passes) => {
    const asker = { key: key(ofKey), token: token(ofToken), pool: pool(models(null)) }
    expect(isModelAllowed(asker, model)).toBe(passes)
  })

  it('lists for a token what it and its key both have', () => {
    const listed = (ofKey: Models, ofToken: Models, served: readonly string[]) =>
      offered(key(ofKey), models(null), served, token(ofToken))
    expect(listed('all', ['fast', 'sim'], ['gpt-5-mini', 'sim', 'other'])).toEqual(['fast', 'sim'])
    expect(listed(['sim'], ['fast', 'sim'], ['gpt-5-mini', 'sim'])).toEqual(['sim'])
    // Where nobody knows what is served, what the token was made for is offered.
    expect(listed('all', ['by-hand'], [])).toEqual(['by-hand'])
    expect(listed(['sim'], ['by-hand'], [])).toEqual([])
  })

  it.each([
    ['everything and what leads to it', 'all', null, ['fast', 'gpt-5', 'gpt-5-mini', 'sim']],
    ['the aliases of an id that the key names', ['gpt-5-mini'], null, ['fast', 'gpt-5', 'gpt-5-mini']],
    ['an alias alone', ['fast'], null, ['fast']],
    ['what the Pool lets pass', 'all', ['sim'], ['sim']],
    ['what both have', ['sim', 'fast'], ['fast'], ['fast']],
    ['nothing', 'none', null, []],
  ] as const)('lists %s', (_case, selected, allowed, listed) => {
    expect(offered(key(selected), models(allowed), ['gpt-5-mini', 'sim'])).toEqual(listed)
  })

  it('lists what was written by hand where no list is known, and no alias into nothing where one is', () => {
    expect(offered(key(['mine']), models(['mine', 'ours']), [])).toEqual(['mine'])
    expect(offered(key('all'), models(['ours']), [])).toEqual(['ours'])
    expect(offered(key('all'), models(null), ['sim'])).toEqual(['sim'])
  })

  it('lists an enforced model by the name that the operator chose, if it passes', () => {
    expect(offered(key('all', 'fast'), models(null), ['gpt-5-mini'])).toEqual(['fast'])
    expect(offered(key('all', 'fast'), models(['other']), ['gpt-5-mini'])).toEqual([])
  })
})
