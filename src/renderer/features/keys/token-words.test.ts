import { describe, expect, it } from 'vitest'
import type { EphemeralToken } from '../../../shared/models/ephemeral-token.ts'
import type { PoolKey } from '../../../shared/models/key.ts'
import { limits } from '../../../shared/models/limit.ts'
import {
  endOfToken,
  fitsToken,
  isLive,
  madeNoMore,
  scopeWords,
  statusOfToken,
  statusReason,
  tokenRequestLine,
  usedWords,
} from './token-words.ts'

const NOW = Date.UTC(2026, 0, 1)
type KeyState = Pick<PoolKey, 'status' | 'expiresAt'>

function token(fields: Partial<EphemeralToken> = {}): EphemeralToken {
  return {
    id: 'tok_1',
    keyId: 'key_1',
    name: 'Script',
    prefix: 'et-weir-abcdefghij',
    status: 'active',
    madeBy: 'operator',
    modelPolicy: { mode: 'all' },
    limits: limits.parse({}),
    ipAllowlist: [],
    createdAt: NOW - 60_000,
    expiresAt: NOW + 60_000,
    revokedAt: null,
    lastUsedAt: null,
    used: { requests: 0, tokens: 0, costNanos: 0 },
    ...fields,
  }
}

const key = (status: KeyState['status'] = 'active', expiresAt: number | null = null): KeyState => ({
  status,
  expiresAt,
})

describe('the state of a token', () => {
  it.each([
    ['active', token(), key(), true],
    ['expired', token({ expiresAt: NOW }), key(), false],
    ['keyEnded', token(), key('active', NOW), false],
    ['revoked', token({ status: 'revoked' }), key(), false],
    ['keyEnded', token({ status: 'keyEnded' }), key('paused'), true],
    ['keyEnded', token({ status: 'keyEnded', expiresAt: NOW }), key('paused'), false],
    ['keyEnded', token({ status: 'keyEnded' }), key('revoked'), false],
  ] as const)('is %s', (status, of, its, live) => {
    expect(statusOfToken(of, its, NOW)).toBe(status)
    expect(isLive(of, its, NOW)).toBe(live)
  })

  it('is explained where it is the key’s', () => {
    expect(statusReason('keyEnded', key('paused'))).toContain('resumed')
    expect(statusReason('keyEnded', key('active', NOW))).toBe('Its key has expired.')
    expect(statusReason('expired', key('paused'))).toBeNull()
  })

  it('ends with the key where that is first', () => {
    expect(endOfToken(token(), key())).toBe(NOW + 60_000)
    expect(endOfToken(token(), key('active', NOW + 1_000))).toBe(NOW + 1_000)
    expect(endOfToken(token(), key('active', NOW + 90_000))).toBe(NOW + 60_000)
  })

  it.each([
    [key(), null],
    [key('paused'), null],
    [key('active', NOW + 1), null],
    [key('active', NOW), /expired/],
    [key('expired'), /expired/],
    [key('revoked'), /revoked/],
  ])('of its key %o says whether more can be made', (its, reason) => {
    if (reason === null) expect(madeNoMore(its, NOW)).toBeNull()
    else expect(madeNoMore(its, NOW)).toMatch(reason)
  })
})

it('is found by a part of its name or prefix', () => {
  expect(['scr', ' SCRIPT ', 'abcdefgh', '', 'other'].map((text) => fitsToken(token(), text))).toEqual([
    true,
    true,
    true,
    true,
    false,
  ])
})

it('says what of the key it may do', () => {
  expect(scopeWords(token())).toEqual(['models, limits and addresses as the key'])
  expect(scopeWords(token({ modelPolicy: { mode: 'none' } }))[0]).toBe('models none')
  const narrow = token({
    modelPolicy: { mode: 'selected', models: ['a', 'b'] },
    limits: limits.parse({ requestsPerHour: 10, budgetTotal: 0 }),
    ipAllowlist: ['10.0.0.0/8'],
  })
  expect(scopeWords(narrow)).toEqual([
    'models a, b',
    'limits 10 requests an hour, $0 in total: denied',
    'addresses 10.0.0.0/8',
  ])
  expect(scopeWords(token({ ipAllowlist: ['::1'] }))).toEqual([
    'models as the key',
    'limits as the key',
    'addresses ::1',
  ])
})

it('says what it used', () => {
  expect(usedWords(token())).toBe('nothing yet')
  expect(usedWords(token({ lastUsedAt: NOW }))).toBe('nothing counted')
  expect(usedWords(token({ used: { requests: 1, tokens: 4_500, costNanos: 12_000_000 } }))).toBe(
    '1 request, 4.5k tokens, $0.012',
  )
  expect(usedWords(token({ used: { requests: 2, tokens: 10, costNanos: 0 } }))).toBe('2 requests, 10 tokens, unpriced')
})

it('says how a key makes one itself', () => {
  const line = tokenRequestLine('http://127.0.0.1:4141')
  expect(line).toContain('curl http://127.0.0.1:4141/v1/ephemeral_tokens')
  expect(JSON.parse(/-d '(.*)'/.exec(line)?.[1] ?? '')).toEqual({ name: 'script', ttl_seconds: 3_600 })
})
