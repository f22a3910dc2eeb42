import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createServicesRig, type ServicesRig } from '../../../test/support/services-rig.ts'
import { auditText } from '../../shared/audit-sentence.ts'
import { keyDraft, type PoolKey } from '../../shared/models/key.ts'
import { MAX_RAISE_MS, noLimits } from '../../shared/models/limit.ts'
import { poolDraft } from '../../shared/models/pool.ts'
import { findKey } from '../db/api-key-store.ts'

const DOLLAR = 1_000_000_000
const HOUR = 3_600_000

let rig: ServicesRig
let key: PoolKey
beforeEach(async () => {
  rig = await createServicesRig()
  const poolId = rig.services.pools.create('operator', poolDraft.parse({ name: 'Team' })).id
  const limits = { ...noLimits, budgetPerDay: 10 * DOLLAR, requestsPerDay: 5 }
  const limitOverrides = [{ model: 'gpt*', limits: { ...noLimits, budgetTotal: DOLLAR } }]
  key = rig.services.keys.create('operator', keyDraft.parse({ poolId, name: 'laptop', limits, limitOverrides })).key
})
afterEach(async () => rig.close())

const overrideId = () => key.limitOverrides[0]?.id ?? ''

function raise(change: object = {}): PoolKey {
  const input = { id: key.id, overrideId: null, field: 'budgetPerDay' as const, addNanos: 5 * DOLLAR }
  return rig.services.keys.raiseBudget('operator', { ...input, until: rig.clock.now + 2 * HOUR, ...change })
}
const place = (field: 'budgetPerDay' | 'budgetTotal' = 'budgetPerDay', override: string | null = null) => ({
  id: key.id,
  overrideId: override,
  field,
})

async function lastSentence(): Promise<string> {
  const [row] = (await rig.services.audit.list({ limit: 1 })).rows
  return row === undefined ? '' : auditText(row)
}
const code = (expected: string, message = '') =>
  expect.objectContaining({ code: expected, message: expect.stringContaining(message) })
const statesOf = async () => (await rig.services.keys.usage(key.id)).states

describe('a raise', () => {
  it('is kept with the key, counts at once, ends by itself, and is told in the audit log', async () => {
    const until = rig.clock.now + 2 * HOUR
    const raised = { overrideId: null, field: 'budgetPerDay', addNanos: 5 * DOLLAR, at: rig.clock.now, until }
    expect(raise().raises).toEqual([raised])
    expect(findKey(rig.db, key.id)?.raises).toEqual([raised])
    expect(rig.events).toContainEqual({ type: 'key.changed', id: key.id })
    expect((await statesOf())[1]).toMatchObject({ limit: 15 * DOLLAR, raisedBy: 5 * DOLLAR, raisedUntil: until })
    expect(await lastSentence()).toBe(
      'Raised the budget per day of key “laptop” in “Team” by “$5.00” until “2026-01-01 02:00:00Z”',
    )
    rig.clock.now = until
    expect((await statesOf())[1]).toMatchObject({ limit: 10 * DOLLAR, raisedBy: 0, raisedUntil: null })
  })

  it('stands in the place of an earlier one of the same budget, beside those of others', async () => {
    raise()
    raise({ addNanos: DOLLAR })
    const both = raise({ overrideId: overrideId(), field: 'budgetTotal' })
    expect(both.raises.map(({ addNanos, field }) => [addNanos, field])).toEqual([
      [DOLLAR, 'budgetPerDay'],
      [5 * DOLLAR, 'budgetTotal'],
    ])
    const second = (await rig.services.audit.list({ limit: 2 })).rows[1]
    expect(second?.before).toMatchObject({ addNanos: 5 * DOLLAR })
    expect((await statesOf()).map(({ limit }) => limit)).toEqual([5, 11 * DOLLAR, 6 * DOLLAR])
  })

  it('can be ended, which changes nothing where there is none', async () => {
    raise()
    expect(rig.services.keys.endRaise('operator', place()).raises).toEqual([])
    expect(await lastSentence()).toBe('Ended the raise of “$5.00” of the budget per day of key “laptop” in “Team”')
    expect((await statesOf())[1]).toMatchObject({ limit: 10 * DOLLAR })
    const rows = (await rig.services.audit.list({ limit: 50 })).rows.length
    rig.services.keys.endRaise('operator', place())
    expect((await rig.services.audit.list({ limit: 50 })).rows.length).toBe(rows)
  })

  it('of what cannot be raised is refused with the reason', async () => {
    const { now } = rig.clock
    expect(() => raise({ field: 'budgetPerWeek' })).toThrow(code('invalid_input', 'no cap on budget per week'))
    expect(() => raise({ overrideId: 'lim_0000000000000000' })).toThrow(code('invalid_input', 'no such override'))
    expect(() => raise({ overrideId: overrideId() })).toThrow(code('invalid_input', 'the override for gpt*'))
    expect(() => raise({ until: now })).toThrow(code('invalid_input', 'is in the past'))
    expect(() => raise({ until: now + MAX_RAISE_MS + 1 })).toThrow(code('invalid_input', '366 days'))
    expect(() => raise({ id: 'key_0000000000000000' })).toThrow(code('not_found'))
    expect(raise({ until: now + MAX_RAISE_MS }).raises.length).toBe(1)
    rig.services.keys.revoke('operator', key.id)
    expect(() => raise()).toThrow(code('state_conflict'))
    expect(() => rig.services.keys.endRaise('operator', place())).toThrow(code('state_conflict'))
    expect(() => rig.services.keys.resetLimit('operator', place())).toThrow(code('state_conflict'))
  })
})

describe('what is over', () => {
  it('goes with the next change: raises that ended, resets of past periods', async () => {
    raise()
    expect(rig.services.keys.resetLimit('operator', place()).resets.length).toBe(1)
    rig.services.keys.resetLimit('operator', place('budgetTotal', overrideId()))
    expect(await lastSentence()).toBe(
      'Set the budget in total for some models of key “laptop” in “Team” back from “$0.00” used',
    )
    rig.clock.now += 24 * HOUR
    const later = rig.services.keys.update('operator', key.id, { notes: 'x' })
    expect([later.raises, later.resets.map(({ field }) => field)]).toEqual([[], ['budgetTotal']])
  })

  it('goes with the limit that it was of', () => {
    raise({ overrideId: overrideId(), field: 'budgetTotal' })
    raise()
    rig.services.keys.resetLimit('operator', place('budgetTotal', overrideId()))
    const bare = rig.services.keys.update('operator', key.id, { limitOverrides: [] })
    expect([bare.raises.map(({ field }) => field), bare.resets]).toEqual([['budgetPerDay'], []])
    const lifted = rig.services.keys.update('operator', key.id, { limits: { ...noLimits, requestsPerDay: 5 } })
    expect(lifted.raises).toEqual([])
  })

  it('is not copied with a key', () => {
    raise()
    const copy = rig.services.keys.duplicate('operator', { id: key.id, name: 'copy' })
    expect([copy.key.raises, copy.key.resets]).toEqual([[], []])
  })
})

describe('a glance at all keys', () => {
  it('has those with limits, and turns the loop in between', async () => {
    const { poolId } = key
    rig.services.keys.create('operator', keyDraft.parse({ poolId, name: 'open' }))
    expect(await rig.services.keys.usageAll()).toEqual([
      {
        id: key.id,
        limits: 3,
        fullest: expect.objectContaining({ field: 'requestsPerDay', used: 0, limit: 5, model: null }),
      },
    ])
  })
})
