import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeTempDir } from '../../../test/support/temp-dir.ts'
import { limitField } from '../../shared/models/limit.ts'
import { firstIdAt } from '../../shared/request-id.ts'
import { openDatabase, type OpenedDatabase } from './open.ts'
import { chargesOf } from './request-charges.ts'
import type { RequestRow } from './request-query.ts'

const AT = Date.UTC(2026, 0, 1)
/** Every limit there is. */
const all = Object.fromEntries(limitField.options.map((field, place) => [field, place + 1]))

let opened: OpenedDatabase

beforeAll(() => {
  opened = openDatabase({ dataDir: makeTempDir('request-charges') })
  const overrides = [
    { id: 'ovr_a', model: 'gpt-5*', limits: { tokensPerDay: 70 } },
    { id: 'ovr_b', model: 'o*', limits: { tokensPerDay: 80 } },
  ]
  const client = opened.db.$client
  client.exec(`
    INSERT INTO pool (id, name, status, strategy, notes, created_at, updated_at)
      VALUES ('pool_a', 'Team', 'active', 'priority', '', 1, 1)`)
  const addKey = client.prepare(`
    INSERT INTO api_key (id, pool_id, public_id, secret_hash, name, status, notes, metadata, model_policy, enforced,
      ip_allowlist, limits, limit_overrides, created_at, updated_at)
      VALUES (?, 'pool_a', ?, x'00', ?, 'active', '', '{}', '{"mode":"all"}', '{}', '[]', ?, ?, 1, 1)`)
  addKey.run('key_all', 'ALL', 'all', JSON.stringify(all), null)
  addKey.run(
    'key_rows',
    'ROWS',
    'rows',
    JSON.stringify({ requestsPerDay: 9, budgetTotal: 5 }),
    JSON.stringify(overrides),
  )
  addKey.run('key_none', 'NONE', 'none', null, null)
  client.exec(`
    INSERT INTO ephemeral_token (id, key_id, public_id, secret_hash, name, made_by, limits, created_at, expires_at)
      VALUES ('tok_a', 'key_none', 'TOKEN', x'00', 'lent', 'operator', '{"requestsPerHour":3}', 1, 9)`)
})
afterAll(() => opened.close())

const charges = (different: Partial<RequestRow>) =>
  chargesOf(opened.db, {
    id: firstIdAt(AT),
    at: AT,
    state: 'completed',
    keyId: 'key_rows',
    limitRule: null,
    tokenId: null,
    reservedInput: 900,
    reservedOutput: 100,
    reservedCostNanos: 77,
    inputTokens: 30,
    outputTokens: 12,
    costNanos: 5,
    ...different,
  } as RequestRow)

describe('request-charges', () => {
  it('are of everything that is counted over time, each in its unit', () => {
    expect(charges({ keyId: 'key_all' })?.map(({ field, amount }) => [field, amount])).toEqual([
      ['requestsPerMinute', 1],
      ['requestsPerHour', 1],
      ['requestsPerDay', 1],
      ['tokensPerMinute', 42],
      ['tokensPerDay', 42],
      ['tokensPerWeek', 42],
      ['budgetPerDay', 5],
      ['budgetPerWeek', 5],
      ['budgetPerMonth', 5],
      ['budgetTotal', 5],
    ])
  })

  it('are of the row that applied as well, and of no other', () => {
    expect(charges({ limitRule: 'ovr_a' })).toEqual([
      { of: 'key', model: null, field: 'requestsPerDay', amount: 1, limit: 9 },
      { of: 'key', model: null, field: 'budgetTotal', amount: 5, limit: 5 },
      { of: 'key', model: 'gpt-5*', field: 'tokensPerDay', amount: 42, limit: 70 },
    ])
    expect(charges({ limitRule: 'ovr_gone' })?.length).toBe(2)
  })

  it('are of the token that it came with', () => {
    const ofToken = { of: 'token', model: null, field: 'requestsPerHour', amount: 1, limit: 3 }
    expect(charges({ keyId: 'key_none', tokenId: 'tok_a' })).toEqual([ofToken])
    expect(charges({ keyId: 'key_none', tokenId: 'tok_gone' })).toEqual([])
  })

  it('are what is reserved while it runs, and nothing where it was refused', () => {
    const open = charges({ state: 'open', limitRule: 'ovr_b', costNanos: null, inputTokens: 0, outputTokens: 0 })
    expect(open?.map(({ amount }) => amount)).toEqual([1, 77, 1_000])
    expect(charges({ state: 'refused' })).toEqual([])
    expect(charges({ costNanos: null })?.at(-1)?.amount).toBe(0)
  })

  it('are not known once the key is gone', () => {
    expect(charges({ keyId: 'key_gone' })).toBeNull()
  })
})
