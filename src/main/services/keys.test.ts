import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createServicesRig, type ServicesRig } from '../../../test/support/services-rig.ts'
import { keyDraft } from '../../shared/models/key.ts'
import type { z } from 'zod'
import { poolDraft } from '../../shared/models/pool.ts'
import { requestFilter } from '../../shared/models/request.ts'
import { createRequestIds } from '../../shared/request-id.ts'
import { upstreamDraft } from '../../shared/models/upstream.ts'
import { hashPoolKey, parsePoolKey } from '../gateway/pool-key.ts'
import type { AdmittedRow, SettledRow } from '../gateway/ports.ts'

let rig: ServicesRig
let poolId: string
beforeEach(async () => {
  rig = await createServicesRig()
  poolId = rig.services.pools.create('operator', poolDraft.parse({ name: 'Team' })).id
})
afterEach(async () => rig.close())

function createKey(name: string, fields: Partial<z.input<typeof keyDraft>> = {}) {
  return rig.services.keys.create('operator', keyDraft.parse({ poolId, name, ...fields }))
}

function recordOf(secret: string) {
  const parsed = parsePoolKey(secret)
  return parsed === 'malformed' ? undefined : rig.directory.keyByPublicId(parsed.publicId)
}

const code = (expected: string) => expect.objectContaining({ code: expected })

const ids = createRequestIds(0)

function admitted(keyId: string): AdmittedRow {
  const at = rig.clock.now
  return {
    id: ids(at),
    at,
    keyId,
    poolId,
    route: '/v1/chat/completions',
    model: 'm',
    sentModel: null,
    effort: null,
    serviceTier: null,
    stream: false,
    reservedInput: 1,
    reservedOutput: 1,
    reservedCostNanos: null,
    limitRule: null,
    client: 'curl',
    clientIp: '127.0.0.1',
    exclusions: [],
  }
}

function settled(): SettledRow {
  const upstreamId = 'ups_0000000000000000'
  const attempt = { upstreamId, at: rig.clock.now, durationMs: 1, firstByteMs: 1, cause: null }
  return {
    state: 'completed',
    upstreamId,
    status: 200,
    errorCode: null,
    usage: { input: 1, cached: 0, output: 1, reasoning: 0 },
    usageSource: 'reported',
    costNanos: null,
    firstByteMs: 1,
    durationMs: 2,
    tries: [
      { ...attempt, number: 1, status: 503, errorCode: 'upstream_error' },
      { ...attempt, number: 2, status: 200, errorCode: null },
    ],
  }
}

function logRequests(keyId: string, count: number): void {
  for (let done = 0; done < count; done += 1) {
    const row = admitted(keyId)
    rig.journal.settle(rig.journal.admit(row), settled())
    rig.clock.now += 60_000
  }
}

function count(table: 'attempt' | 'usage_bucket'): unknown {
  return rig.db.$client.prepare(`select count(*) from ${table}`).pluck().get()
}

describe('keys', () => {
  it('gives the secret once and keeps only its hash', () => {
    const { key, secret } = createKey('laptop')
    expect(secret.startsWith(`${key.prefix}-`)).toBe(true)
    expect(recordOf(secret)?.secretHash.equals(hashPoolKey(secret))).toBe(true)
    expect(rig.services.keys.get(key.id)).toEqual(key)
    expect(JSON.stringify(rig.db.$client.prepare('select * from api_key').all())).not.toContain(secret.slice(19))
  })

  it('applies every policy field to the record of the request path', async () => {
    const draft = upstreamDraft.parse({ kind: 'simulator', name: 'sim' })
    const { id: upstreamId } = await rig.services.upstreams.create('operator', draft)
    const assignments = [{ upstreamId, priority: 1, weight: 1, enabled: true }]
    rig.services.pools.update('operator', poolId, { assignments })
    const { key, secret } = createKey('laptop', {
      modelPolicy: { mode: 'selected', models: ['a', 'b'] },
      enforced: { effort: 'high' },
      allowedUpstreams: [upstreamId],
      ipAllowlist: ['10.0.0.0/8'],
      expiresAt: rig.clock.now + 1_000,
    })
    const record = recordOf(secret)
    expect([...(record?.selectedModels ?? [])]).toEqual(['a', 'b'])
    expect(record?.enforced).toEqual({ model: null, effort: 'high', serviceTier: null })
    expect(record?.allowedUpstreams?.has(upstreamId)).toBe(true)
    expect(record?.isIpAllowed?.('10.1.2.3')).toBe(true)
    expect(record?.isIpAllowed?.('11.1.2.3')).toBe(false)
    expect(key.status).toBe('active')
    rig.clock.now += 1_000
    expect(rig.services.keys.get(key.id).status).toBe('expired')
    const after = rig.services.keys.update('operator', key.id, {
      enforced: { model: 'a' },
      ipAllowlist: [],
      expiresAt: null,
    })
    expect(after).toMatchObject({ status: 'active', enforced: { model: 'a', effort: 'high' }, expiresAt: null })
    expect(recordOf(secret)).toMatchObject({ isIpAllowed: null, expiresAt: null, enforced: { model: 'a' } })
  })

  it('refuses upstreams outside the Pool, a past expiry, a taken name and an archived or unknown Pool', () => {
    createKey('laptop')
    expect(() => createKey('x', { allowedUpstreams: ['ups_0000000000000000'] })).toThrow(
      /not assigned to the Pool: ups_0/,
    )
    expect(() => createKey('x', { allowedUpstreams: ['pasted secret'] })).toThrow(/\(not an id\)/)
    expect(() => createKey('x', { expiresAt: rig.clock.now })).toThrow(code('invalid_input'))
    expect(() => createKey('LAPTOP')).toThrow(code('name_taken'))
    expect(() => createKey('x', { poolId: 'pool_0000000000000000' })).toThrow(code('not_found'))
    const other = rig.services.pools.create('operator', poolDraft.parse({ name: 'Other' }))
    expect(createKey('laptop', { poolId: other.id }).key.name).toBe('laptop')
    rig.services.pools.update('operator', other.id, { status: 'archived' })
    expect(() => createKey('y', { poolId: other.id })).toThrow(code('state_conflict'))
  })

  it('rotates the secret under the same prefix, id and history', () => {
    const first = createKey('laptop')
    rig.clock.now += 5
    const second = rig.services.keys.rotate('operator', first.key.id)
    expect(second.secret).not.toBe(first.secret)
    expect(second.key).toEqual({ ...first.key, rotatedAt: rig.clock.now, updatedAt: rig.clock.now })
    expect(recordOf(second.secret)?.secretHash.equals(hashPoolKey(second.secret))).toBe(true)
    expect(recordOf(first.secret)?.secretHash.equals(hashPoolKey(first.secret))).toBe(false)
  })

  it('pauses, resumes and revokes for good', async () => {
    const { key, secret } = createKey('laptop')
    const { keys } = rig.services
    expect(keys.pause('operator', key.id).status).toBe('paused')
    expect(recordOf(secret)?.status).toBe('paused')
    expect(keys.pause('operator', key.id).status).toBe('paused')
    expect(keys.resume('operator', key.id).status).toBe('active')
    expect(recordOf(secret)?.status).toBe('active')
    expect(keys.revoke('operator', key.id).status).toBe('revoked')
    expect(recordOf(secret)?.status).toBe('revoked')
    for (const act of [keys.pause, keys.resume, keys.rotate]) {
      expect(() => act('operator', key.id)).toThrow(code('state_conflict'))
    }
    expect(() => keys.update('operator', key.id, { notes: 'x' })).toThrow(code('state_conflict'))
    expect(() => keys.update('operator', key.id, {})).toThrow(code('state_conflict'))
    const pauses = await rig.services.audit.list({ limit: 10, action: 'key.pause' })
    expect(pauses.rows.map((row) => row.outcome)).toEqual(['failure', 'success'])
  })

  it('lists keys of one Pool or of all, oldest first, however many there are', async () => {
    const other = rig.services.pools.create('operator', poolDraft.parse({ name: 'Other' })).id
    for (let index = 0; index < 600; index += 1) {
      rig.clock.now += 1
      createKey(`key ${String(index)}`, { poolId: index % 3 === 0 ? other : poolId })
    }
    const all = await rig.services.keys.list()
    expect(all.map((key) => key.name)).toEqual(Array.from({ length: 600 }, (_, index) => `key ${String(index)}`))
    expect((await rig.services.keys.list({ poolId: other })).length).toBe(200)
  })

  it('deletes a key with all its requests, attempts and usage, and nobody else’s', async () => {
    const gone = createKey('gone')
    const kept = createKey('kept')
    logRequests(gone.key.id, 700)
    logRequests(kept.key.id, 3)
    const { keys, requests } = rig.services
    await expect(keys.delete('operator', gone.key.id, kept.key.prefix)).rejects.toThrow(code('invalid_input'))
    expect(recordOf(gone.secret)?.status).toBe('active')
    await expect(keys.delete('operator', gone.key.id, gone.key.prefix)).resolves.toEqual({ deletedRequests: 700 })
    expect(recordOf(gone.secret)).toBeUndefined()
    expect(() => keys.get(gone.key.id)).toThrow(code('not_found'))
    const page = await requests.list(requestFilter.parse({}))
    expect(page.rows.map((row) => row.keyId)).toEqual(Array.from({ length: 3 }, () => kept.key.id))
    expect(count('attempt')).toBe(6)
    expect(count('usage_bucket')).toBe(3)
  })

  it('opens nothing while its history is being deleted', async () => {
    const { key, secret } = createKey('gone')
    logRequests(key.id, 600)
    const deletion = rig.services.keys.delete('operator', key.id, key.prefix)
    expect(recordOf(secret)?.status).toBe('revoked')
    expect(rig.services.keys.get(key.id).status).toBe('revoked')
    expect(() => rig.services.keys.resume('operator', key.id)).toThrow(code('state_conflict'))
    await expect(deletion).resolves.toEqual({ deletedRequests: 600 })
  })
})
