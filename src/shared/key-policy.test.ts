import { describe, expect, it } from 'vitest'
import { effectivePolicyOf, policyChanges, spanInWords, type KeyPolicy, type PolicyWorld } from './key-policy.ts'
import { noLimits, type Limits } from './models/limit.ts'

const NOW = Date.UTC(2026, 0, 1)
const DAY = 86_400_000

function key(fields: Partial<KeyPolicy> = {}): KeyPolicy {
  return {
    name: 'laptop',
    owner: null,
    notes: '',
    metadata: {},
    modelPolicy: { mode: 'all' },
    enforced: { model: null, effort: null, serviceTier: null },
    allowedUpstreams: null,
    ipAllowlist: [],
    limits: noLimits,
    limitOverrides: [],
    unpriced: 'refuse',
    alertThresholds: [50, 80, 100],
    canMakeTokens: false,
    expiresAt: null,
    ...fields,
  }
}

function world(pool: Partial<PolicyWorld['pool']> = {}): PolicyWorld {
  const assignments = ['a', 'b'].map((upstreamId) => ({
    upstreamId,
    priority: 1,
    weight: 1,
    enabled: upstreamId === 'a',
  }))
  return {
    pool: { name: 'Team', status: 'active', assignments, aliases: [], allowedModels: null, ...pool },
    upstreamName: (id) => (id === 'gone' ? null : `Account ${id}`),
    now: NOW,
  }
}

const aliases = [{ alias: 'fast', model: 'gpt-5-mini' }]

describe('key-policy', () => {
  it('says of an open key that it is open', () => {
    expect(effectivePolicyOf(key(), world())).toEqual({
      models: { mode: 'all', ids: [], isLimitedByPool: false },
      enforced: { model: null, effort: null, serviceTier: null, sentModel: null },
      upstreams: {
        mode: 'all',
        list: [
          { id: 'a', name: 'Account a', isAssigned: true, isEnabled: true },
          { id: 'b', name: 'Account b', isAssigned: true, isEnabled: false },
        ],
      },
      ipAllowlist: [],
      ipMerged: [],
      expiry: { at: null, words: 'never expires' },
      limits: [],
      overrides: [],
      unpriced: 'refuse',
      alertThresholds: null,
      canMakeTokens: false,
      warnings: [],
    })
  })

  it.each([
    ['the key’s list', ['b', 'a'], null, ['a', 'b']],
    ['the Pool’s list', null, ['x'], ['x']],
    ['what both have', ['a', 'x'], ['x', 'y'], ['x']],
    ['nothing where they have nothing in common', ['a'], ['x'], []],
    ['an id together with its alias', ['gpt-5-mini'], null, ['fast', 'gpt-5-mini']],
    ['an alias without its id', ['fast'], null, ['fast']],
  ] as const)('allows %s', (_case, ofKey, ofPool, ids) => {
    const modelPolicy: KeyPolicy['modelPolicy'] =
      ofKey === null ? { mode: 'all' } : { mode: 'selected', models: [...ofKey] }
    const { models } = effectivePolicyOf(key({ modelPolicy }), world({ aliases, allowedModels: ofPool && [...ofPool] }))
    // The Pool takes something away wherever it has a list here.
    const isLimitedByPool = ofPool !== null
    expect(models).toEqual({ mode: ids.length === 0 ? 'none' : 'selected', ids, isLimitedByPool })
  })

  it('allows a key without models none, whatever the Pool has', () => {
    const { models } = effectivePolicyOf(key({ modelPolicy: { mode: 'none' } }), world({ allowedModels: ['x'] }))
    expect(models).toEqual({ mode: 'none', ids: [], isLimitedByPool: false })
  })

  it('resolves the enforced model and warns of one that nothing lets through', () => {
    const enforced = { model: 'fast', effort: null, serviceTier: null }
    const open = effectivePolicyOf(key({ enforced }), world({ aliases }))
    expect([open.enforced.sentModel, open.warnings]).toEqual(['gpt-5-mini', []])
    const byKey = key({ enforced, modelPolicy: { mode: 'selected', models: ['other'] } })
    expect(effectivePolicyOf(byKey, world({ aliases })).warnings).toEqual([
      'The enforced model fast is not among the models of the key: every request will be refused.',
    ])
    expect(effectivePolicyOf(key({ enforced }), world({ aliases, allowedModels: ['other'] })).warnings).toEqual([
      'The Pool does not offer the enforced model fast: every request will be refused.',
    ])
  })

  it('warns of everything else that lets nothing through', () => {
    const closed = key({ allowedUpstreams: ['b', 'gone'], modelPolicy: { mode: 'none' }, expiresAt: NOW - 2 * DAY })
    const { warnings, expiry } = effectivePolicyOf(closed, world({ status: 'disabled' }))
    expect(warnings.map((line) => line.split(':')[0])).toEqual([
      'The Pool is disabled',
      'No upstream is left for this key',
      'The upstream gone is not in the Pool, so the key cannot use it.',
      'No model is left for this key',
      'The expiry is in the past',
    ])
    expect(expiry.words).toBe('expired 2 days ago, on 2025-12-30 00:00 UTC')
  })

  it('normalises addresses', () => {
    const { ipAllowlist, ipMerged } = effectivePolicyOf(key({ ipAllowlist: ['10.1.2.3', '10.9.9.9/8'] }), world())
    expect([ipAllowlist, ipMerged]).toEqual([['10.0.0.0/8'], [{ rule: '10.1.2.3', into: '10.0.0.0/8' }]])
  })

  it('tells field by field what an edit changes, and nothing that reads the same', () => {
    const before = key({ ipAllowlist: ['10.0.0.1/32'], modelPolicy: { mode: 'selected', models: ['a', 'b'] } })
    const after = key({
      owner: 'Ada',
      ipAllowlist: ['10.0.0.1'],
      modelPolicy: { mode: 'selected', models: ['b', 'a'] },
      enforced: { model: null, effort: 'low', serviceTier: null },
      allowedUpstreams: ['a'],
      expiresAt: NOW,
    })
    expect(policyChanges(before, after, world())).toEqual([
      { field: 'owner', label: 'Owner', before: 'none', after: 'Ada' },
      { field: 'enforced.effort', label: 'Enforced effort', before: 'as the client asks', after: 'low' },
      { field: 'allowedUpstreams', label: 'Upstreams', before: 'all of the Pool', after: 'Account a' },
      { field: 'expiresAt', label: 'Expiry', before: 'never', after: '2026-01-01 00:00 UTC' },
    ])
    expect(policyChanges(before, before, world())).toEqual([])
  })

  const limits = (caps: Partial<Limits>): Limits => ({ ...noLimits, ...caps })
  const row = (model: string, caps: Partial<Limits>) => ({ id: `lim_${model}`, model, limits: limits(caps) })

  it('says each limit in words, 0 otherwise than none', () => {
    const caps = { requestsPerMinute: 60, requestsPerHour: 1, tokensPerDay: 0, budgetPerDay: 5e9, budgetTotal: 125_000 }
    const policy = effectivePolicyOf(
      key({ limits: limits(caps), limitOverrides: [row('a*', { outputTokensPerRequest: 4_096 }), row('b', {})] }),
      world(),
    )
    expect(policy.limits.map(({ words }) => words)).toEqual([
      '60 requests a minute',
      '1 request an hour',
      '0 tokens a day: denied',
      '$5.00 a day',
      '$0.000125 in total',
    ])
    expect(policy.overrides).toEqual([
      { model: 'a*', words: ['4,096 output tokens a request'] },
      { model: 'b', words: [] },
    ])
  })

  it.each<[string, Partial<KeyPolicy>, string[]]>([
    [
      'a cap of 0',
      { limits: limits({ tokensPerDay: 0, tokensPerMinute: 5 }) },
      ['The limit of 0 tokens a day denies every request.'],
    ],
    [
      'a smaller window above a larger one, once',
      { limits: limits({ requestsPerMinute: 100, requestsPerHour: 50, requestsPerDay: 49 }) },
      ['The limit of 100 requests a minute has no effect: that of 50 requests an hour is reached first.'],
    ],
    [
      'no window that may lie across two of the larger ones',
      { limits: limits({ requestsPerHour: 60, requestsPerDay: 50 }) },
      [],
    ],
    [
      'an override above the key',
      { limits: limits({ requestsPerDay: 10 }), limitOverrides: [row('a', { requestsPerDay: 11, tokensPerDay: 5 })] },
      ['The limit of 11 requests a day for a has no effect: the key itself has 10 requests a day.'],
    ],
    [
      'a budget that models without a price do not touch',
      { unpriced: 'free', limitOverrides: [row('a', { budgetTotal: 1 })] },
      ['Models without a price count nothing towards the budget: they may be used without end.'],
    ],
    ['no models without a price where there is no budget', { unpriced: 'free' }, []],
    [
      'rows for models that the key may not use, by what is asked and what is sent',
      {
        modelPolicy: { mode: 'selected', models: ['fast', 'x-1'] },
        limitOverrides: ['fast', 'gpt-5*', 'x-*', 'x-2', 'y*'].map((model) => row(model, { requestsPerDay: 1 })),
      },
      [
        'The limits for x-2 have no effect: the key may not use such a model.',
        'The limits for y* have no effect: the key may not use such a model.',
      ],
    ],
  ])('warns of %s', (_case, fields, warnings) => {
    expect(effectivePolicyOf(key(fields), world({ aliases })).warnings).toEqual(warnings)
  })

  it('tells limit by limit and model by model what an edit changes', () => {
    const before = key({ limits: limits({ requestsPerMinute: 60, budgetPerDay: 0 }), limitOverrides: [row('a', {})] })
    const after = key({
      limits: limits({ requestsPerMinute: 30, budgetPerDay: null, tokensPerWeek: 1_000 }),
      limitOverrides: [row('b', { concurrentRequests: 2 })],
      unpriced: 'warn',
    })
    expect(policyChanges(before, after, world()).map((change) => [change.field, change.before, change.after])).toEqual([
      ['limits.requestsPerMinute', '60 requests a minute', '30 requests a minute'],
      ['limits.tokensPerWeek', 'no cap', '1,000 tokens a week'],
      ['limits.budgetPerDay', '$0.00 a day: denied', 'no cap'],
      ['limitOverrides.a', 'counted apart, no cap', 'none of its own'],
      ['limitOverrides.b', 'none of its own', '2 requests at a time'],
      ['unpriced', 'refused where there is a budget', 'allowed with a warning'],
    ])
  })

  it('tells at which shares of a budget alerts are made, where there is one', () => {
    const budget = { limitOverrides: [row('a', { budgetTotal: 5 })] }
    const before = key(budget)
    const after = key({ ...budget, alertThresholds: [90, 25] })
    expect(effectivePolicyOf(before, world()).alertThresholds).toEqual([50, 80, 100])
    expect(effectivePolicyOf(after, world()).alertThresholds).toEqual([25, 90])
    expect(effectivePolicyOf(key({ alertThresholds: [] }), world()).alertThresholds).toBeNull()
    expect(policyChanges(before, after, world())).toEqual([
      {
        field: 'alertThresholds',
        label: 'Budget alerts',
        before: 'at 50 %, 80 % and 100 % of a budget',
        after: 'at 25 % and 90 % of a budget',
      },
    ])
    const none = policyChanges(after, key({ ...budget, alertThresholds: [] }), world())
    expect(none.map((change) => change.after)).toEqual(['none'])
  })

  it('tells who makes ephemeral tokens', () => {
    const after = key({ canMakeTokens: true })
    expect(effectivePolicyOf(after, world()).canMakeTokens).toBe(true)
    expect(policyChanges(key(), after, world())).toEqual([
      {
        field: 'canMakeTokens',
        label: 'Makes ephemeral tokens',
        before: 'the operator only',
        after: 'the operator and the key itself',
      },
    ])
  })

  it.each([
    [30 * DAY, 'in 30 days'],
    [DAY, 'in 1 day'],
    [-3_600_000, '1 hour ago'],
    [120_000, 'in 2 minutes'],
    [5_000, 'in less than a minute'],
  ])('says %i ms as %s', (ms, words) => {
    expect(spanInWords(ms)).toBe(words)
  })
})
