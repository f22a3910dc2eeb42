import { describe, expect, it } from 'vitest'
import { LimitRefused } from './limit-error.ts'
import type { LimitRefusal } from './limits/verdict.ts'

const NOW = Date.UTC(2026, 3, 1, 12)
const PREFIX = 'sk-weir-abc'

function refused(changes: Partial<LimitRefusal>): LimitRefused {
  return new LimitRefused(
    {
      kind: 'rate',
      keyPrefix: PREFIX,
      rule: null,
      model: null,
      field: 'requestsPerMinute',
      limit: 60,
      used: 60,
      requested: 1,
      retryAt: NOW + 1_500,
      ...changes,
    },
    NOW,
  )
}

const messages = [
  [{}, `The key ${PREFIX} is limited to 60 requests a minute; 60 are used. It fits in 2 s.`],
  [
    { field: 'tokensPerDay', limit: 2_000, used: 1, requested: 2_000, retryAt: NOW + 43_200_000 },
    `The key ${PREFIX} is limited to 2,000 tokens a day; 1 is used and this request may need 2,000. It fits at 2026-04-02T00:00:00.000Z.`,
  ],
  [
    {
      kind: 'budget',
      field: 'budgetTotal',
      model: 'gpt-5*',
      limit: 5e9,
      used: 4_999_999_999,
      requested: 125_000,
      retryAt: null,
    },
    `The key ${PREFIX} is limited for gpt-5* to $5.00 in total; $4.999999999 are used and this request may need $0.000125. Waiting does not help: the operator can raise it.`,
  ],
  [
    { kind: 'concurrency', field: 'concurrentRequests', limit: 1, used: 1, retryAt: null },
    `The key ${PREFIX} is limited to 1 request at a time, and one runs already.`,
  ],
  [
    { kind: 'never', field: 'inputTokensPerRequest', limit: 100, used: 0, requested: 101, retryAt: null },
    `The key ${PREFIX} is limited to 100 input tokens a request; this request alone may need 101.`,
  ],
  [
    { kind: 'never', field: 'tokensPerDay', limit: 100, used: 0, requested: 101, retryAt: null },
    `The key ${PREFIX} is limited to 100 tokens a day; this request alone may need 101. A smaller maximum of output tokens in the request may make it fit.`,
  ],
  [
    { kind: 'never', field: 'requestsPerDay', limit: 0, used: 0, retryAt: null },
    `The key ${PREFIX} is limited to 0 requests a day: denied.`,
  ],
] as const satisfies readonly (readonly [Partial<LimitRefusal>, string])[]

describe('LimitRefused', () => {
  it.each(messages)('says of %j what is allowed, what is used, and when it fits', (changes, message) => {
    expect(refused(changes).message).toBe(message)
  })

  it('names key, rule, limit, used, requested and reset time', () => {
    expect(refused({ model: 'gpt-5*' }).details).toEqual({
      key: PREFIX,
      rule: 'requestsPerMinute',
      model: 'gpt-5*',
      limit: 60,
      used: 60,
      requested: 1,
      resetAt: NOW + 1_500,
    })
  })

  it.each([
    ['a minute', { retryAt: NOW + 60_000 }, 60_000, false],
    ['more than a minute', { retryAt: NOW + 60_001 }, 60_001, true],
    ['a moment that has come meanwhile', { retryAt: NOW - 5 }, 1, false],
    ['a slot', { kind: 'concurrency', retryAt: null }, 1_000, false],
    ['nothing', { kind: 'budget', retryAt: null }, null, true],
    ['nothing, as it never fits', { kind: 'never', retryAt: null }, null, true],
  ] as const)('has a client wait for %s', (_for, changes, waitMs, isLong) => {
    const error = refused(changes)
    expect([error.waitMs, error.isLong]).toEqual([waitMs, isLong])
  })
})
