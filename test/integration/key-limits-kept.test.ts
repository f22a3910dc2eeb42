/** How the limits of a key are kept on a real database file, copied, shown and audited. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keyDraft } from '../../src/shared/models/key.ts'
import { counters, createCountedLog, type CountedLog } from '../support/counted-log.ts'
import { createServicesRig, type ServicesRig } from '../support/services-rig.ts'
import { makeTempDir } from '../support/temp-dir.ts'

describe('limits of a key', () => {
  let rig: ServicesRig
  let made: CountedLog
  const caps = { requestsPerMinute: 60, budgetPerDay: 0, tokensPerDay: 500 }
  const stored = (id: string) =>
    rig.db.$client.prepare('select limits, limit_overrides, unpriced from api_key where id = ?').get(id)

  async function call<T>(route: string, input: unknown): Promise<T> {
    const result = await rig.call(route, input)
    if (!result.ok) throw new Error(result.error.message)
    return result.value as T
  }
  type Made = { key: ReturnType<ServicesRig['services']['keys']['get']> }

  beforeEach(async () => {
    rig = await createServicesRig()
    made = createCountedLog(makeTempDir('key-limits-kept'))
  })
  afterEach(async () => rig.close())

  async function create(fields: object): Promise<Made['key']> {
    const pool = await call<{ id: string }>('pool.create', { name: `Team ${Math.random()}` })
    return (await call<Made>('key.create', { poolId: pool.id, name: 'laptop', ...fields })).key
  }

  it('are stored only where they are set, shown whole, and the same after a restart', async () => {
    const open = await create({})
    expect(stored(open.id)).toEqual({ limits: null, limit_overrides: null, unpriced: null })
    expect([Object.values(open.limits).every((cap) => cap === null), open.limitOverrides]).toEqual([true, []])
    const key = await create({ limits: caps, limitOverrides: [{ model: 'gpt-5*', limits: caps }], unpriced: 'warn' })
    const rows = stored(key.id) as Record<string, string>
    expect(JSON.parse(rows['limits'] ?? '')).toEqual(caps)
    expect([key.limits.budgetPerDay, key.limits.budgetPerWeek, key.unpriced]).toEqual([0, null, 'warn'])
    const { limits, unpriced } = rig.directory.keyByPublicId(key.prefix.slice('sk-weir-'.length)) ?? {}
    expect([limits?.own?.tokensPerDay, limits?.prefixes[0]?.rule.id, unpriced]).toEqual([
      500,
      key.limitOverrides[0]?.id,
      'warn',
    ])
    const { dataDir: kept } = rig
    await rig.close()
    rig = await createServicesRig({ dataDir: kept })
    expect(rig.services.keys.get(key.id)).toEqual(key)
    expect(rig.services.keys.get(open.id)).toEqual(open)
  })

  it('keep the ids of rows that stay, give new ones, and refuse those of others', async () => {
    const row = (model: string, id?: string) => ({ model, limits: { tokensPerDay: 1 }, ...(id ? { id } : {}) })
    const before = await create({ limitOverrides: [row('a'), row('b')] })
    const [a, b] = before.limitOverrides.map(({ id }) => id)
    expect([a, b]).toEqual([expect.stringMatching(/^lim_\w{16}$/), expect.stringMatching(/^lim_\w{16}$/)])
    expect(a).not.toBe(b)
    const patch = { limitOverrides: [row('b*', b), row('c')] }
    const after = await call<Made['key']>('key.update', { id: before.id, patch })
    expect(after.limitOverrides.map(({ id, model }) => [id === b, model])).toEqual([
      [true, 'b*'],
      [false, 'c'],
    ])
    const same = { limitOverrides: [row('b*', b), row('c'), row('d')] }
    const third = await call<Made['key']>('key.update', { id: before.id, patch: same })
    expect(third.limitOverrides.slice(0, 2)).toEqual(after.limitOverrides)
    for (const foreign of [a, 'lim_of_nobody']) {
      const wrong = { id: before.id, patch: { limitOverrides: [row('a', foreign)] } }
      expect(await rig.call('key.update', wrong)).toMatchObject({ ok: false, error: { code: 'invalid_input' } })
    }
    const twice = { limitOverrides: [row('x', b), row('y', b)] }
    expect(await rig.call('key.update', { id: before.id, patch: twice })).toMatchObject({ ok: false })
    const draft = keyDraft.parse({ poolId: before.poolId, name: 'new', limitOverrides: [row('a', b)] })
    expect(() => rig.services.keys.create('operator', draft)).toThrow(/not of this key/)
  })

  it('are copied by a duplicate that counts for itself', async () => {
    const limitOverrides = [{ model: 'a', limits: caps }]
    const source = await create({ limits: caps, limitOverrides, unpriced: 'free' })
    const { key } = await call<Made>('key.duplicate', { id: source.id, name: 'copy' })
    expect([key.limits, key.unpriced]).toEqual([source.limits, 'free'])
    expect(key.limitOverrides.map(({ model, limits }) => ({ model, limits }))).toEqual(
      source.limitOverrides.map(({ model, limits }) => ({ model, limits })),
    )
    expect(key.limitOverrides[0]?.id).not.toBe(source.limitOverrides[0]?.id)
  })

  it('are in the audit log cap by cap, and an edit that comes to the same is none', async () => {
    const key = await create({ limits: caps, limitOverrides: [{ model: 'a', limits: { tokensPerDay: 7 } }] })
    const limits = { requestsPerMinute: 60, tokensPerDay: 900 }
    await call('key.update', { id: key.id, patch: { limits, limitOverrides: [{ model: 'b', limits: {} }] } })
    const [entry] = (await rig.services.audit.list({ limit: 1 })).rows
    expect(entry?.before).toEqual({ limits: caps, limitOverrides: { a: { tokensPerDay: 7 } } })
    expect(entry?.after).toEqual({ limits, limitOverrides: { b: {} } })
    const { limitOverrides } = rig.services.keys.get(key.id)
    await call('key.update', { id: key.id, patch: { limits, limitOverrides: [{ model: 'b', limits: {} }] } })
    expect((await rig.services.audit.list({ limit: 1 })).rows[0]?.id).toBe(entry?.id)
    expect(rig.services.keys.get(key.id).limitOverrides).toEqual(limitOverrides)
  })

  it('take what they counted with them', async () => {
    const [one, other] = [await create({}), await create({})]
    for (const { id, poolId } of [one, other]) {
      const row = made.admitted(rig.clock.now, { keyId: id, poolId, limitRule: 'lim_1' })
      rig.journal.settle(rig.journal.admit(row), made.settled())
    }
    rig.journal.flush()
    const counting = () => new Set(counters(rig.db).map(({ keyId }) => keyId))
    expect(counting()).toEqual(new Set([one.id, other.id]))
    await call('key.delete', { id: one.id, prefix: one.prefix })
    expect(counting()).toEqual(new Set([other.id]))
    await call('pool.update', { id: other.poolId, patch: { status: 'archived' } })
    await call('pool.delete', { id: other.poolId })
    expect(counting()).toEqual(new Set())
  })
})
