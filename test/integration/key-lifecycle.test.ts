/** Keys through the operator's calls on a whole core, each tried over the gateway's real socket. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { clientSnippets } from '../../src/shared/client-snippets.ts'
import type { RouteInput } from '../../src/shared/contract.ts'
import { startApp, type AppRig } from '../support/app-rig.ts'
import { findCanaries, findCanariesIn } from '../support/canaries.ts'
import { startHttpPeer, type Peer } from '../support/http-peer.ts'

let rig: AppRig
let upstreamId: string
let poolId: string
const peers: Peer[] = []

beforeEach(async () => {
  rig = await startApp()
  upstreamId = (await rig.call('setup.simulator', {})).upstream.id
  poolId = (await rig.call('pool.create', { name: 'Team', assignments: [{ upstreamId }] })).id
})
afterEach(async () => {
  await rig.close()
  await Promise.all(peers.splice(0).map((peer) => peer.close()))
})

async function createKey(name: string, fields: Partial<RouteInput<'key.create'>> = {}) {
  return rig.call('key.create', { poolId, name, ...fields })
}

async function behave(simulator: NonNullable<RouteInput<'upstream.update'>['patch']['simulator']>): Promise<void> {
  await rig.call('upstream.update', { id: upstreamId, patch: { simulator } })
}

async function status(secret: string): Promise<number> {
  const headers = { authorization: `Bearer ${secret}` }
  return (await fetch(`${rig.app.gatewayUrl}/v1/models`, { headers })).status
}

describe('the test of a key', () => {
  it('makes a real request that stands in the log, and leaves the secret nowhere', async () => {
    const { key, secret } = await createKey('laptop')
    const seen = await rig.call('key.test', { secret })
    expect(seen).toMatchObject({ ok: true, status: 200, model: 'sim-chat', route: '/v1/chat/completions', next: null })
    expect(seen.message).toBe('The key works: sim-chat answered.')
    const row = await rig.call('request.get', { id: seen.requestId ?? '' })
    expect(row).toMatchObject({ keyId: key.id, state: 'completed', model: 'sim-chat' })
    expect(row.usage.output).toBeLessThanOrEqual(16)
    const canaries = { secret: secret.slice(-38) }
    const audit = await rig.call('audit.list', {})
    expect(findCanariesIn(JSON.stringify([seen, audit, rig.log]), canaries)).toEqual([])
    expect(findCanaries([rig.dataDir], canaries)).toEqual([])
    expect(audit.rows.map((entry) => entry.action)).not.toContain('key.test')
  })

  it('takes the model that is asked for, an alias and an embedding model too', async () => {
    await rig.call('pool.update', { id: poolId, patch: { aliases: [{ alias: 'fast', model: 'sim-tools' }] } })
    const { secret } = await createKey('laptop')
    expect(await rig.call('key.test', { secret, model: 'fast' })).toMatchObject({ ok: true, model: 'fast' })
    const embedding = await rig.call('key.test', { secret, model: 'sim-embedding' })
    expect(embedding).toMatchObject({ ok: true, route: '/v1/embeddings' })
  })

  it('says in the gateway’s words why a key is refused, with the next step', async () => {
    const { key, secret } = await createKey('laptop', { ipAllowlist: ['192.0.2.1'] })
    expect(await rig.call('key.test', { secret })).toMatchObject({
      ok: false,
      status: 403,
      errorCode: 'ip_not_allowed',
      message: `The key ${key.prefix} may not be used from 127.0.0.1.`,
      next: expect.stringMatching(/Add the address/),
    })
    await rig.call('key.update', { id: key.id, patch: { ipAllowlist: [], modelPolicy: { mode: 'none' } } })
    expect(await rig.call('key.test', { secret })).toMatchObject({ ok: true, model: null, requestId: null })
    const refused = await rig.call('key.test', { secret, model: 'sim-chat' })
    expect(refused).toMatchObject({
      ok: false,
      errorCode: 'model_not_allowed',
      requestId: expect.stringMatching(/^req_/),
    })
    expect(await rig.call('key.test', { secret: 'no key' })).toMatchObject({
      ok: false,
      errorCode: 'api_key_malformed',
    })
  })

  it.each([
    ['a provider that fails', { fault: 'status', faultStatus: 503 }, 'upstream_error'],
    ['a provider that breaks off', { fault: 'drop_mid_stream' }, 'upstream_reset'],
  ] as const)('tells of %s', async (_case, simulator, errorCode) => {
    await behave(simulator)
    const { secret } = await createKey('laptop')
    expect(await rig.call('key.test', { secret })).toMatchObject({ ok: false, errorCode, next: expect.any(String) })
  })

  it('tries the other name of the bound where a model refuses the first, and repeats nothing of the provider', async () => {
    const asked: string[] = []
    const peer = await startHttpPeer((req, res) => {
      const isList = req.method === 'GET'
      const parts: Buffer[] = []
      req.on('data', (part: Buffer) => parts.push(part))
      req.on('end', () => {
        const body = Buffer.concat(parts).toString()
        if (!isList) asked.push(/max_\w*tokens/.exec(body)?.[0] ?? 'none')
        const isBad = !isList && (body.includes('"max_tokens"') || body.includes('bad-model'))
        const answer = isList
          ? '{"data":[{"id":"thinker"}]}'
          : isBad
            ? '{"error":{"message":"words of the provider","code":"unsupported_parameter"}}'
            : '{"object":"chat.completion","choices":[{}]}'
        res.writeHead(isBad ? 400 : 200, { 'content-type': 'application/json' }).end(answer)
      })
    })
    peers.push(peer)
    const made = await rig.call('upstream.create', { kind: 'openai-compatible', name: 'Peer', baseUrl: peer.url })
    const other = await rig.call('pool.create', { name: 'Other', assignments: [{ upstreamId: made.id }] })
    const { secret } = await createKey('laptop', { poolId: other.id })
    expect(await rig.call('key.test', { secret, model: 'thinker' })).toMatchObject({ ok: true })
    expect(asked).toEqual(['max_tokens', 'max_completion_tokens'])
    const refused = await rig.call('key.test', { secret, model: 'bad-model' })
    expect(refused).toMatchObject({ ok: false, status: 400, errorCode: 'upstream_rejected' })
    expect(JSON.stringify(refused)).not.toContain('words of the provider')
  })
})

describe('the life of a key', () => {
  it('goes on as a copy with a secret of its own', async () => {
    const enforced = { model: 'sim-chat', effort: 'low', serviceTier: null } as const
    const fields = { owner: 'Ada', notes: 'n', metadata: { team: 'x' }, enforced, allowedUpstreams: [upstreamId] }
    const original = await createKey('laptop', fields)
    await rig.call('key.revoke', { id: original.key.id })
    const copy = await rig.call('key.duplicate', { id: original.key.id, name: 'laptop 2' })
    expect(copy.key).toMatchObject({ ...fields, status: 'active', name: 'laptop 2', rotatedAt: null, lastUsedAt: null })
    expect(copy.secret).not.toBe(original.secret)
    expect([await status(original.secret), await status(copy.secret)]).toEqual([401, 200])
    const byOwner = await rig.call('key.list', { owner: 'ADA' })
    expect(byOwner.map((key) => key.name)).toEqual(['laptop', 'laptop 2'])
    expect(await rig.call('key.list', { owner: 'Bob' })).toEqual([])
  })

  it('is changed with many others, each for itself, and back again', async () => {
    const made = await Promise.all(['a', 'b', 'c', 'd'].map((name) => createKey(name)))
    const [a, b, c, d] = made.map((one) => one.key.id) as [string, string, string, string]
    await rig.call('key.pause', { id: b })
    await rig.call('key.revoke', { id: c })
    const { results, undo } = await rig.call('key.bulk', { ids: [a, b, c, d, a, 'key_0'], action: 'pause' })
    expect(results.map(({ name, outcome, error }) => [name, outcome, error?.code ?? null])).toEqual([
      ['a', 'changed', null],
      ['b', 'unchanged', null],
      ['c', 'failed', 'state_conflict'],
      ['d', 'changed', null],
      [null, 'failed', 'not_found'],
    ])
    expect(undo).toEqual({ ids: [a, d], action: 'resume' })
    expect(await status(made[0]?.secret ?? '')).toBe(403)
    if (undo !== null) await rig.call('key.bulk', undo)
    expect(await Promise.all(made.map((one) => status(one.secret)))).toEqual([200, 403, 401, 200])
    expect((await rig.call('key.bulk', { ids: [a], action: 'revoke' })).undo).toBeNull()
  })

  it('is reviewed before it is saved', async () => {
    const draft = { poolId, name: 'new', allowedUpstreams: [upstreamId], ipAllowlist: ['10.0.0.1', '10.0.0.0/8'] }
    const fresh = await rig.call('key.effectivePolicy', { draft })
    expect(fresh.changes).toEqual([])
    expect(fresh.policy).toMatchObject({ ipAllowlist: ['10.0.0.0/8'], upstreams: { list: [{ name: 'Simulator' }] } })
    const { key } = await createKey('laptop')
    const patch = { modelPolicy: { mode: 'selected' as const, models: ['sim-chat'] } }
    const edit = await rig.call('key.effectivePolicy', { id: key.id, patch })
    expect(edit.changes).toEqual([{ field: 'modelPolicy', label: 'Models', before: 'all models', after: 'sim-chat' }])
    expect((await rig.call('key.get', { id: key.id })).modelPolicy).toEqual({ mode: 'all' })
  })

  it('says how many requests would go with it', async () => {
    const { key, secret } = await createKey('laptop')
    for (let count = 0; count < 3; count += 1) await rig.call('key.test', { secret, model: 'sim-chat' })
    const preview = await rig.call('key.deletePreview', { id: key.id })
    expect(preview).toMatchObject({ requests: 3, prefix: key.prefix, name: 'laptop', status: 'active' })
    expect(await rig.call('key.delete', { id: key.id, prefix: key.prefix })).toEqual({ deletedRequests: 3 })
  })
})

describe('Pools and upstreams', () => {
  it('say what a deletion would take along', async () => {
    const { key, secret } = await createKey('laptop', { allowedUpstreams: [upstreamId] })
    await createKey('unused')
    await rig.call('key.test', { secret, model: 'sim-chat' })
    expect(await rig.call('upstream.deletePreview', { id: upstreamId })).toEqual({
      pools: [{ id: poolId, name: 'Team', status: 'active', isLeftDry: true, keys: 2 }],
      onlyKeys: [{ id: key.id, name: 'laptop', prefix: key.prefix, poolId }],
      onlyKeyCount: 1,
      requestsInFlight: 0,
      hasSecret: false,
    })
    const preview = await rig.call('pool.deletePreview', { id: poolId })
    expect(preview).toMatchObject({ keys: 2, usedKeyCount: 1, requestsKept: 1, upstreams: 1 })
    expect(preview.usedKeys).toMatchObject([{ name: 'laptop', prefix: key.prefix }])
    expect(preview.blockedBy).toMatch(/Archive it/)
    await rig.call('pool.update', { id: poolId, patch: { status: 'archived' } })
    expect((await rig.call('pool.deletePreview', { id: poolId })).blockedBy).toBeNull()
  })

  it('tell health, readiness and limits as requests find them', async () => {
    await behave({ rateLimitHeaders: true })
    const { secret } = await createKey('laptop')
    await rig.call('key.test', { secret, model: 'sim-chat' })
    const { quota } = await rig.call('upstream.get', { id: upstreamId })
    expect(quota).toMatchObject([{ name: 'requests', limit: 10_000, remaining: 9_999 }, { name: 'tokens' }])
    const ready = { poolId, poolName: 'Team', priority: 1, weight: 1, isReady: true, reason: null, isResting: false }
    expect(await rig.call('upstream.readiness', { id: upstreamId })).toEqual([{ ...ready, until: null }])
    expect(await rig.call('upstream.readinessAll', {})).toEqual([{ ...ready, upstreamId, until: null }])
    await behave({ fault: 'status', faultStatus: 429, retryAfterSeconds: 60 })
    await rig.call('key.test', { secret, model: 'sim-chat' })
    expect(await rig.call('upstream.readiness', { id: upstreamId })).toEqual([
      { ...ready, isReady: false, reason: 'cooling_down', until: expect.any(Number) },
    ])
    expect((await rig.call('pool.summary', {}))[0]).toMatchObject({ upstreams: { total: 1, enabled: 1, ready: 0 } })
    await rig.call('upstream.resume', { id: upstreamId })
    const { history, current } = await rig.call('upstream.health', { id: upstreamId })
    expect(history.map((entry) => entry.state)).toEqual(['ready', 'cooling_down', 'ready'])
    expect(current.state).toBe('ready')
    await rig.call('pool.update', { id: poolId, patch: { allowedModels: ['elsewhere'] } })
    expect((await rig.call('upstream.readiness', { id: upstreamId }))[0]?.reason).toBe('models_not_allowed')
    await rig.call('pool.update', { id: poolId, patch: { status: 'disabled' } })
    expect((await rig.call('upstream.readiness', { id: upstreamId }))[0]?.reason).toBe('pool_disabled')
  })

  it('are put together from the side of the upstream, and copied', async () => {
    const second = await rig.call('pool.create', { name: 'Second', aliases: [{ alias: 'a', model: 'sim-chat' }] })
    const place = { priority: 3, weight: 2, enabled: false }
    const changed = await rig.call('upstream.assign', { id: upstreamId, pools: [{ poolId: second.id, ...place }] })
    expect(changed.map(({ name, assignments }) => [name, assignments])).toEqual([
      ['Second', [{ upstreamId, ...place }]],
      ['Team', []],
    ])
    expect(await rig.call('upstream.assign', { id: upstreamId, pools: [{ poolId: second.id, ...place }] })).toEqual([])
    await expect(
      rig.call('upstream.assign', { id: upstreamId, pools: [{ poolId: 'pool_x', ...place }] }),
    ).rejects.toMatchObject({ code: 'invalid_input' })
    const copy = await rig.call('pool.duplicate', { id: second.id, name: 'Copy' })
    const { id: _, name: __, createdAt: ___, updatedAt: ____, ...rest } = second
    expect(copy).toMatchObject({ ...rest, assignments: [{ upstreamId, ...place }], name: 'Copy' })
    await expect(rig.call('pool.duplicate', { id: second.id, name: 'copy' })).rejects.toMatchObject({
      code: 'name_taken',
    })
  })
})

describe('the first run', () => {
  it('is followed from nothing to the first request, with a snippet that works as pasted', async () => {
    expect(await rig.call('setup.simulator', {})).toMatchObject({ created: false, upstream: { id: upstreamId } })
    expect(await rig.call('setup.state', {})).toEqual({
      upstreams: 1,
      simulators: 1,
      pools: 1,
      servedPools: 1,
      keys: 0,
      lastRequest: null,
    })
    const { key, secret } = await createKey('laptop')
    const options = { baseUrl: rig.app.gatewayUrl, model: 'sim-chat', secret }
    const curl = clientSnippets(options).find((one) => one.id === 'curl')
    const script = `${curl?.setup}\n${curl?.code} --silent`
    const { stdout } = await promisify(execFile)('sh', ['-c', script])
    expect(JSON.parse(stdout)).toMatchObject({ object: 'chat.completion' })
    const state = await rig.call('setup.state', {})
    expect(state).toMatchObject({ keys: 1, lastRequest: { keyId: key.id } })
  })

  it('finds the addresses of this machine', async () => {
    const { addresses } = await rig.call('system.clientAddress', {})
    expect(addresses).toContainEqual({
      address: '127.0.0.1',
      family: 'ipv4',
      interface: expect.any(String),
      isLoopback: true,
    })
  })
})
