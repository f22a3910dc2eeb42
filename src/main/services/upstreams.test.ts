import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { startHttpPeer, type Peer } from '../../../test/support/http-peer.ts'
import {
  createServicesRig,
  memorySecrets,
  type MemorySecrets,
  type ServicesRig,
} from '../../../test/support/services-rig.ts'
import { AppError } from '../../shared/errors.ts'
import { poolDraft } from '../../shared/models/pool.ts'
import { upstreamDraft } from '../../shared/models/upstream.ts'

let rig: ServicesRig
let secrets: MemorySecrets
let peer: Peer
/** What the peer answers with, and the credential it saw last. */
let answer = { status: 200, body: '{}' }
let sawAuthorization: string | undefined

beforeEach(async () => {
  answer = { status: 200, body: JSON.stringify({ data: [{ id: 'big' }, { id: 'small' }] }) }
  peer = await startHttpPeer((req, res) => {
    sawAuthorization = req.headers.authorization
    res.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body)
  })
  secrets = memorySecrets()
  rig = await createServicesRig({ secrets, isOwnAddress: (url) => url.port === '4141' })
})
afterEach(async () => {
  await rig.close()
  await peer.close()
})

const code = (expected: string) => expect.objectContaining({ code: expected })

async function create(fields: Partial<z.input<typeof upstreamDraft>> = {}) {
  const draft = upstreamDraft.parse({ kind: 'openai-compatible', name: 'Local', baseUrl: peer.url, ...fields })
  return rig.services.upstreams.create('operator', draft)
}

async function lastAudit(action: string) {
  return (await rig.services.audit.list({ limit: 1, action })).rows[0]
}

describe('upstreams', () => {
  it('saves the secret outside the database and shows only what cannot give it away', async () => {
    const made = await create({ secret: { apiKey: 'sk-test-0123456789', headers: { 'X-Org': 'org-42' } } })
    expect(made).toMatchObject({ status: 'active', health: { state: 'ready' } })
    expect(made.secret).toMatchObject({ headerNames: ['X-Org'], hasApiKey: true })
    expect(made.secret?.fingerprint).toMatch(/^[0-9a-f]{12}$/)
    expect([...secrets.items.keys()]).toEqual([`upstream:${made.id}`])
    expect(rig.directory.upstream(made.id)?.secret).toEqual({
      apiKey: 'sk-test-0123456789',
      headers: { 'X-Org': 'org-42' },
    })
    expect(JSON.stringify([made, rig.services.upstreams.list()])).not.toMatch(/0123456789|org-42/)
    expect(await lastAudit('upstream.create')).toMatchObject({ outcome: 'success', targetId: made.id })
  })

  it('leaves neither row nor item when the secret store refuses, and tells why', async () => {
    secrets.failing.set('set', new AppError('secret_store_unavailable', 'no keychain'))
    await expect(create({ secret: { apiKey: 'k-1' } })).rejects.toThrow(code('secret_store_unavailable'))
    expect(rig.services.upstreams.list()).toEqual([])
    expect([...secrets.items]).toEqual([])
    expect([...rig.directory.upstreams()]).toEqual([])
    expect(await lastAudit('upstream.create')).toMatchObject({
      outcome: 'failure',
      errorCode: 'secret_store_unavailable',
      targetName: 'Local',
    })
  })

  it('puts the old secret back when the row cannot be written', async () => {
    const made = await create({ secret: { apiKey: 'old-key' } })
    const item = secrets.items.get(`upstream:${made.id}`)
    rig.db.$client.exec(
      `create trigger refuse before update on upstream begin select raise(abort, 'no'); end;
       create trigger keep before delete on upstream begin select raise(abort, 'no'); end;`,
    )
    const replaced = rig.services.upstreams.setSecret('operator', made.id, { apiKey: 'new-key' })
    await expect(replaced).rejects.toThrow(code('internal'))
    await expect(rig.services.upstreams.delete('operator', made.id)).rejects.toThrow(code('internal'))
    expect(secrets.items.get(`upstream:${made.id}`)).toBe(item)
    expect(rig.services.upstreams.get(made.id).secret).toEqual(made.secret)
    expect(rig.directory.upstream(made.id)?.secret).toEqual({ apiKey: 'old-key' })
  })

  it('replaces a secret; two at once end with the store and the row in step', async () => {
    const made = await create({ secret: { apiKey: 'first' } })
    const { upstreams } = rig.services
    await Promise.all([
      upstreams.setSecret('operator', made.id, { apiKey: 'second' }),
      upstreams.setSecret('operator', made.id, { apiKey: 'third' }),
    ])
    expect(secrets.items.get(`upstream:${made.id}`)).toContain('third')
    expect(rig.directory.upstream(made.id)?.secret).toEqual({ apiKey: 'third' })
    const again = await upstreams.setSecret('operator', made.id, { apiKey: 'first' })
    expect(again.secret?.fingerprint).toBe(made.secret?.fingerprint)
    const bare = await upstreams.setSecret('operator', made.id, {})
    expect(bare.secret).toBeNull()
    expect(secrets.items.size).toBe(0)
  })

  it('changes address and secret in one step, so that neither secret is ever beside the other address', async () => {
    const made = await create({ baseUrl: 'http://127.0.0.1:9/v1', secret: { apiKey: 'old' } })
    const seen: unknown[] = []
    rig.directory.onUpstreamChange((id) => {
      const record = rig.directory.upstream(id)
      seen.push([record?.baseUrl, record?.secret?.apiKey])
    })
    const patch = { baseUrl: peer.url }
    const after = await rig.services.upstreams.update('operator', made.id, patch, { apiKey: 'new' })
    expect(after).toMatchObject({ baseUrl: peer.url, secret: { hasApiKey: true } })
    expect(after.secret?.fingerprint).not.toBe(made.secret?.fingerprint)
    expect(new Set(seen.map((pair) => JSON.stringify(pair)))).toEqual(new Set([JSON.stringify([peer.url, 'new'])]))
    expect(secrets.items.get(`upstream:${made.id}`)).toContain('new')
    expect((await rig.services.audit.list({ limit: 5, action: 'upstream.update' })).rows).toHaveLength(1)
    const refused = rig.services.upstreams.update('operator', made.id, { baseUrl: 'http://127.0.0.1:4141' }, {})
    await expect(refused).rejects.toThrow(code('upstream_loops_back'))
    expect(rig.services.upstreams.get(made.id).secret).toEqual(after.secret)
  })

  it('takes the secret and the memberships along when it is deleted', async () => {
    const [one, two] = [await create({ secret: { apiKey: 'k' } }), await create({ name: 'Other' })]
    const pools = [[one.id], [one.id, two.id]].map((ids, index) => {
      const assignments = ids.map((upstreamId) => ({ upstreamId }))
      return rig.services.pools.create('operator', poolDraft.parse({ name: `p${String(index)}`, assignments }))
    })
    await expect(rig.services.upstreams.delete('operator', one.id)).resolves.toEqual({ pools: [pools[0]?.id] })
    expect(secrets.items.size).toBe(0)
    expect(rig.directory.upstream(one.id)).toBeUndefined()
    expect(pools.map((pool) => rig.directory.pool(pool.id)?.assignments.length)).toEqual([0, 1])
    await expect(rig.services.upstreams.delete('operator', one.id)).rejects.toThrow(code('not_found'))
  })

  it.each(['http://127.0.0.1:4141', 'http://localhost:4141', 'http://[::1]:4141'])(
    'refuses %s as its own',
    async (url) => {
      await expect(create({ baseUrl: url })).rejects.toThrow(code('upstream_loops_back'))
      await expect(create({ proxyUrl: url })).rejects.toThrow(code('upstream_loops_back'))
      const made = await create()
      const update = rig.services.upstreams.update('operator', made.id, { baseUrl: url })
      await expect(update).rejects.toThrow(code('upstream_loops_back'))
      expect(rig.directory.upstream(made.id)?.baseUrl).toBe(peer.url)
    },
  )

  it.each(['Host', 'content-length', 'Transfer-Encoding', 'connection', 'proxy-authorization'])(
    'refuses the extra header %s',
    async (name) => {
      await expect(create({ secret: { headers: { [name]: 'x' } } })).rejects.toThrow(code('invalid_input'))
      expect(secrets.items.size).toBe(0)
    },
  )

  it('wants what its kind needs', async () => {
    const bare = upstreamDraft.parse({ kind: 'openai-compatible', name: 'x' })
    await expect(rig.services.upstreams.create('operator', bare)).rejects.toThrow(/baseUrl/)
    await expect(create({ kind: 'openai', secret: { headers: { a: 'b' } } })).rejects.toThrow(/secret\.apiKey/)
    await expect(create({ kind: 'simulator', secret: { apiKey: 'k' } })).rejects.toThrow(/takes none/)
    await expect(create({ simulator: { words: 3 } })).rejects.toThrow(/not simulated/)
    const made = await create({ kind: 'openai' })
    expect(made.health.state).toBe('secret_missing')
    expect(() => rig.services.upstreams.resume('operator', made.id)).toThrow(code('upstream_secret_missing'))
    await expect(rig.services.upstreams.test(made.id)).resolves.toMatchObject({
      ok: false,
      errorCode: 'upstream_secret_missing',
    })
  })

  it('marks a refused credential once, and a new secret brings the upstream back', async () => {
    const made = await create({ secret: { apiKey: 'planted-secret' } })
    const { upstreams } = rig.services
    upstreams.authFailed(made.id, 'Incorrect API key provided: planted-secret.')
    upstreams.authFailed(made.id, 'again')
    const marked = upstreams.get(made.id)
    expect(marked).toMatchObject({ status: 'auth_required', statusReason: 'Incorrect API key provided: (hidden).' })
    expect(rig.directory.upstream(made.id)?.status).toBe('auth_required')
    expect((await rig.services.audit.list({ limit: 9, action: 'upstream.authFailed' })).rows).toMatchObject([
      { actor: 'system', targetId: made.id, before: { status: 'active' }, after: { status: 'auth_required' } },
    ])
    expect((await upstreams.setSecret('operator', made.id, { apiKey: 'good' })).status).toBe('active')
    upstreams.pause('operator', made.id)
    upstreams.authFailed(made.id, 'late')
    expect(upstreams.get(made.id).status).toBe('paused')
    expect(upstreams.resume('operator', made.id)).toMatchObject({ status: 'active', statusReason: null })
    expect(() => upstreams.authFailed('ups_0000000000000000', 'unknown')).not.toThrow()
  })

  it('keeps fields that a patch leaves out, the simulator’s too', async () => {
    const made = await create({ kind: 'simulator', simulator: { words: 3, latencyMs: 7 }, notes: 'n' })
    expect(made).toMatchObject({ baseUrl: 'simulator:', fetchedModels: made.simulator?.models })
    expect(rig.directory.upstream(made.id)?.baseUrl).toMatch(/^http:\/\/127\.0\.0\.1:/)
    const after = await rig.services.upstreams.update('operator', made.id, {
      simulator: { fault: 'status', models: ['m'] },
    })
    expect(after.simulator).toEqual({ ...made.simulator, fault: 'status', models: ['m'] })
    expect(after).toMatchObject({ notes: 'n', fetchedModels: ['m'] })
    expect(rig.services.simulatorBehaviour(made.id)).toEqual(after.simulator)
    await expect(rig.services.upstreams.test(made.id)).resolves.toMatchObject({ ok: true, models: ['m'] })
  })

  it('fetches the model list, keeps it over a failure and drops it with the address', async () => {
    const made = await create({ manualModels: ['mine'], secret: { apiKey: 'k-123456' } })
    const { upstreams } = rig.services
    const fresh = await upstreams.refreshModels('operator', made.id)
    expect(sawAuthorization).toBe('Bearer k-123456')
    expect(fresh).toMatchObject({ fetchedModels: ['big', 'small'], modelsError: null, modelsFetchedAt: rig.clock.now })
    expect([...(rig.directory.upstream(made.id)?.models ?? [])].sort()).toEqual(['big', 'mine', 'small'])
    answer = { status: 500, body: '' }
    const failed = await upstreams.refreshModels('operator', made.id)
    expect(failed.fetchedModels).toEqual(['big', 'small'])
    expect(failed.modelsError).toMatch(/500/)
    expect(await lastAudit('upstream.refreshModels')).toMatchObject({ outcome: 'failure', errorCode: 'upstream_error' })
    const moved = await upstreams.update('operator', made.id, { baseUrl: `${peer.url}/other` })
    expect(moved).toMatchObject({ fetchedModels: [], modelsFetchedAt: null, modelsError: null })
  })

  it('checks a draft without saving anything of it', async () => {
    const draft = upstreamDraft.parse({
      kind: 'openai-compatible',
      name: 'x',
      baseUrl: peer.url,
      secret: { apiKey: 'k-123456' },
    })
    await expect(rig.services.upstreams.probe(draft)).resolves.toMatchObject({ ok: true, models: ['big', 'small'] })
    answer = { status: 401, body: '' }
    await expect(rig.services.upstreams.probe(draft)).resolves.toMatchObject({
      ok: false,
      errorCode: 'upstream_auth_failed',
    })
    expect([secrets.items.size, rig.services.upstreams.list().length]).toEqual([0, 0])
  })
})

describe('upstreams after a restart', () => {
  async function restart(): Promise<void> {
    await rig.close()
    rig = await createServicesRig({ dataDir: rig.dataDir, secrets })
  }

  it('are as they were, secrets included', async () => {
    const made = await create({ secret: { apiKey: 'kept' } })
    await restart()
    expect(rig.services.upstreams.get(made.id)).toEqual(made)
    expect(rig.directory.upstream(made.id)?.secret).toEqual({ apiKey: 'kept' })
  })

  it('stay and say why when the secret cannot be read, and are not called without it', async () => {
    const made = await create({ secret: { apiKey: 'kept' } })
    secrets.failing.set('get', new AppError('vault_locked', 'The vault is locked.'))
    await restart()
    const seen = rig.services.upstreams.get(made.id)
    expect(seen.health).toMatchObject({ state: 'secret_missing', reason: 'The vault is locked.' })
    expect(seen.status).toBe('active')
    expect(rig.directory.upstream(made.id)).toMatchObject({ secret: null, status: 'auth_required' })
    const repaired = await rig.services.upstreams.setSecret('operator', made.id, { apiKey: 'new' })
    expect(repaired.health.state).toBe('ready')
    expect(rig.directory.upstream(made.id)).toMatchObject({ secret: { apiKey: 'new' }, status: 'active' })
  })

  it('are corrected when a crash came between the item and the row', async () => {
    const made = await create({ secret: { apiKey: 'first' } })
    secrets.items.set(`upstream:${made.id}`, JSON.stringify({ apiKey: 'second' }))
    await restart()
    const seen = rig.services.upstreams.get(made.id)
    expect(seen.secret?.fingerprint).not.toBe(made.secret?.fingerprint)
    expect(rig.directory.upstream(made.id)?.secret).toEqual({ apiKey: 'second' })
    expect(await lastAudit('upstream.secretReconciled')).toMatchObject({ actor: 'system', outcome: 'success' })
  })

  it('say so when their item is gone or damaged', async () => {
    const [gone, damaged] = [
      await create({ secret: { apiKey: 'a' } }),
      await create({ name: 'B', secret: { apiKey: 'b' } }),
    ]
    secrets.items.delete(`upstream:${gone.id}`)
    secrets.items.set(`upstream:${damaged.id}`, '{"apiKey": 7')
    await restart()
    expect(rig.services.upstreams.get(gone.id).health.reason).toMatch(/no secret of this upstream/)
    expect(rig.services.upstreams.get(damaged.id).health.reason).toMatch(/damaged/)
  })
})
