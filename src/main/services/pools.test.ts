import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createServicesRig, type ServicesRig } from '../../../test/support/services-rig.ts'
import { poolDraft, poolRouting } from '../../shared/models/pool.ts'
import { upstreamDraft } from '../../shared/models/upstream.ts'
import { keyDraft } from '../../shared/models/key.ts'

let rig: ServicesRig
beforeEach(async () => {
  rig = await createServicesRig()
})
afterEach(async () => rig.close())

function createPool(name: string, upstreamIds: readonly string[] = []) {
  const assignments = upstreamIds.map((upstreamId) => ({ upstreamId }))
  return rig.services.pools.create('operator', poolDraft.parse({ name, assignments }))
}

async function createUpstream(name: string): Promise<string> {
  const draft = upstreamDraft.parse({ kind: 'simulator', name })
  return (await rig.services.upstreams.create('operator', draft)).id
}

async function audit(action: string) {
  return (await rig.services.audit.list({ limit: 50, action })).rows
}

describe('pools', () => {
  it('puts a new Pool into the directory, the list, the audit log and the events', async () => {
    const upstreamId = await createUpstream('one')
    const pool = createPool('Team', [upstreamId])
    expect(pool).toMatchObject({
      name: 'Team',
      status: 'active',
      assignments: [{ upstreamId, priority: 1, weight: 1 }],
    })
    expect(rig.directory.pool(pool.id)).toMatchObject({ name: 'Team', assignments: [{ upstreamId }] })
    expect(rig.services.pools.list()).toEqual([pool])
    expect(rig.events).toContainEqual({ type: 'pool.changed', id: pool.id })
    expect(await audit('pool.create')).toMatchObject([
      { actor: 'operator', outcome: 'success', targetId: pool.id, targetName: 'Team', after: { name: 'Team' } },
    ])
  })

  it('refuses a name that differs in case only, and records the refusal', async () => {
    createPool('Team')
    expect(() => createPool('TEAM')).toThrow(expect.objectContaining({ code: 'name_taken' }))
    const other = createPool('Other')
    expect(() => rig.services.pools.update('operator', other.id, { name: 'team' })).toThrow(
      expect.objectContaining({ code: 'name_taken' }),
    )
    expect(await audit('pool.update')).toMatchObject([
      { outcome: 'failure', errorCode: 'name_taken', targetId: other.id, targetName: 'Other', after: null },
    ])
    expect(rig.services.pools.get(other.id)).toEqual(other)
  })

  it('takes another Pool as fallback, and no unknown one or itself', () => {
    const [pool, spare] = [createPool('Team'), createPool('Spare')]
    const name = (fallbackPoolId: string) =>
      rig.services.pools.update('operator', pool.id, { routing: poolRouting.parse({ fallbackPoolId }) })
    expect(name(spare.id).routing.fallbackPoolId).toBe(spare.id)
    expect(rig.directory.pool(pool.id)?.routing.fallbackPoolId).toBe(spare.id)
    expect(() => name(pool.id)).toThrow(/cannot be its own fallback/)
    expect(() => name('pool_0000000000000000')).toThrow(/there is no Pool pool_0{16}/)
    const draft = poolDraft.parse({ name: 'New', routing: { fallbackPoolId: 'pool_0000000000000000' } })
    expect(() => rig.services.pools.create('operator', draft)).toThrow(/there is no Pool/)
  })

  it('names unknown upstreams and refuses one that is listed twice, without leaving half a Pool', async () => {
    const id = await createUpstream('one')
    expect(() => createPool('A', ['ups_0000000000000000'])).toThrow(/assignments: there is no upstream ups_0{16}/)
    expect(() => createPool('A', [id, id])).toThrow(expect.objectContaining({ code: 'invalid_input' }))
    expect(rig.services.pools.list()).toEqual([])
  })

  it('replaces assignments as a whole and records only what changed', async () => {
    const [one, two] = [await createUpstream('one'), await createUpstream('two')]
    const pool = createPool('Team', [one])
    const assignments = [{ upstreamId: two, priority: 2, weight: 0, enabled: false }]
    const after = rig.services.pools.update('command', pool.id, { assignments, name: 'Team' })
    expect(after.assignments).toEqual(assignments)
    expect(rig.services.pools.get(pool.id)).toEqual(after)
    expect(rig.directory.pool(pool.id)?.assignments).toEqual(assignments)
    const [row] = await audit('pool.update')
    expect(row).toMatchObject({ actor: 'command', before: { assignments: [{ upstreamId: one }] } })
    expect(Object.keys(row?.after ?? {})).toEqual(['assignments'])
  })

  it('writes nothing when nothing changes', async () => {
    const pool = createPool('Team')
    rig.clock.now += 1_000
    expect(rig.services.pools.update('operator', pool.id, { name: 'Team' })).toEqual(pool)
    expect(await audit('pool.update')).toEqual([])
  })

  it('deletes archived Pools only, with their keys, which stop working at once', async () => {
    const pool = createPool('Team')
    const made = rig.services.keys.create('operator', keyDraft.parse({ poolId: pool.id, name: 'k' }))
    const publicId = made.key.prefix.slice('sk-weir-'.length)
    expect(() => rig.services.pools.delete('operator', pool.id)).toThrow(
      expect.objectContaining({ code: 'state_conflict' }),
    )
    rig.services.pools.update('operator', pool.id, { status: 'archived' })
    expect(rig.directory.pool(pool.id)?.status).toBe('archived')
    expect(rig.services.pools.delete('operator', pool.id)).toEqual({ deletedKeys: 1 })
    expect(rig.directory.pool(pool.id)).toBeUndefined()
    expect(rig.directory.keyByPublicId(publicId)).toBeUndefined()
    expect(() => rig.services.keys.get(made.key.id)).toThrow(expect.objectContaining({ code: 'not_found' }))
  })
})
