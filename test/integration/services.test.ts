/** The contract from router to disk, on real parts: database file, reader thread, vault, simulator, an upstream's socket. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { contract, type Route, type RouteInput, type RouteOutput } from '../../src/shared/contract.ts'
import { createRequestIds, formatRequestId } from '../../src/shared/request-id.ts'
import { hashPoolKey, parsePoolKey } from '../../src/main/gateway/pool-key.ts'
import { openSecretStore } from '../../src/main/secrets/store.ts'
import { useAccounts } from '../support/canary-accounts.ts'
import { findCanaries, findCanariesIn, plantCanaries } from '../support/canaries.ts'
import { startHttpPeer, type Peer } from '../support/http-peer.ts'
import { createServicesRig, type ServicesRig } from '../support/services-rig.ts'
import { useLimitRoutes } from '../support/limit-routes.ts'
import { useSessionRoutes } from '../support/session-routes.ts'
import { makeTempDir } from '../support/temp-dir.ts'

let rig: ServicesRig
let peer: Peer
const called = new Set<Route>()
const answers: unknown[] = []
const passphrase = 'a passphrase for this test'

beforeEach(async () => {
  called.clear()
  answers.length = 0
  peer = await startHttpPeer((_, res) => {
    res.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[{"id":"m-1"}]}')
  })
  const dataDir = makeTempDir('services')
  const bound = { host: '127.0.0.1', port: 4_141 }
  const gateway = { bound, listen: async (host: string, port: number) => ({ host, port }) }
  rig = await createServicesRig({ dataDir, secrets: await openSecretStore({ dataDir, passphrase }), gateway })
})
afterEach(async () => {
  await rig.close()
  await peer.close()
})

/** Calls a route and checks its answer against the contract, strictly: it must come out of the schema as it went in. */
async function call<R extends Route>(route: R, input: RouteInput<R>): Promise<RouteOutput<R>> {
  called.add(route)
  const result = await rig.call(route, input)
  answers.push(result)
  if (!result.ok) throw new Error(`${route}: ${JSON.stringify(result.error)}`)
  const parsed = contract[route].output.parse(result.value)
  expect(parsed).toEqual(result.value)
  return parsed as RouteOutput<R>
}

async function refused(route: Route, input: unknown): Promise<void> {
  const result = await rig.call(route, input)
  answers.push(result)
  expect([route, result.ok]).toEqual([route, false])
}

function logRequest(keyId: string, poolId: string): string {
  const at = rig.clock.now
  const id = createRequestIds(0)(at)
  const text = { keyId, poolId, route: '/v1/responses', model: 'm-1', sentModel: null, effort: null, serviceTier: null }
  const reserved = { reservedInput: 1, reservedOutput: 1, reservedCostNanos: null, limitRule: null }
  const client = { client: 'curl', clientIp: '127.0.0.1', exclusions: [] } as const
  const row = { id, at, stream: false, ...text, ...reserved, ...client }
  rig.journal.settle(rig.journal.admit(row), {
    state: 'completed',
    upstreamId: 'ups_0000000000000000',
    status: 200,
    errorCode: null,
    usage: { input: 3, cached: 1, output: 2, reasoning: 0 },
    usageSource: 'reported',
    costNanos: null,
    firstByteMs: 1,
    durationMs: 2,
    tries: [
      {
        number: 1,
        upstreamId: 'ups_0000000000000000',
        at,
        durationMs: 2,
        firstByteMs: 1,
        status: 200,
        errorCode: null,
        cause: null,
      },
    ],
  })
  return formatRequestId(id)
}

async function useUpstreams(secret: { apiKey: string; headers: Record<string, string>; proxyCredentials: string }) {
  const draft = { kind: 'openai-compatible', name: 'Peer', baseUrl: peer.url, secret } as const
  const { id } = await call('upstream.create', draft)
  await call('upstream.get', { id })
  await call('upstream.update', { id, patch: { notes: 'by the window' } })
  await call('upstream.setSecret', { id, secret })
  await call('upstream.pause', { id })
  await call('upstream.resume', { id })
  expect((await call('upstream.test', { id })).models).toEqual(['m-1'])
  expect((await call('upstream.probe', draft)).ok).toBe(true)
  expect((await call('upstream.refreshModels', { id })).fetchedModels).toEqual(['m-1'])
  expect((await call('upstream.probeEdit', { id, patch: {}, secret })).ok).toBe(true)
  expect((await call('upstream.health', { id })).history.length).toBeGreaterThan(0)
  const { upstream: simulator } = await call('setup.simulator', {})
  expect((await call('upstream.test', { id: simulator.id })).ok).toBe(true)
  expect((await call('upstream.list', {})).length).toBe(2)
  return id
}

async function useKeys(poolId: string, upstreamId: string): Promise<{ id: string; prefix: string; secrets: string[] }> {
  const made = await call('key.create', {
    poolId,
    name: 'laptop',
    allowedUpstreams: [upstreamId],
    metadata: { a: [1] },
  })
  const { id, prefix } = made.key
  await call('key.get', { id })
  await call('key.update', { id, patch: { modelPolicy: { mode: 'selected', models: ['m-1'] }, ipAllowlist: ['::1'] } })
  const rotated = await call('key.rotate', { id })
  await call('key.endGrace', { id })
  const lent = await call('token.create', { keyId: id, name: 'job', limits: { requestsPerDay: 5 } })
  expect((await call('token.list', { keyId: id })).map(({ status }) => status)).toEqual(['active'])
  expect((await call('token.revoke', { id: lent.token.id })).status).toBe('revoked')
  await call('key.pause', { id })
  await call('key.resume', { id })
  expect((await call('key.list', { poolId })).length).toBe(1)
  const copy = await call('key.duplicate', { id, name: 'copy' })
  expect((await call('key.bulk', { ids: [copy.key.id], action: 'revoke' })).results.length).toBe(1)
  expect((await call('key.usage', { id })).states).toEqual([])
  await useLimitRoutes(call, id, rig.clock.now)
  expect((await call('key.doctor', { key: id, model: 'm-1' })).steps.length).toBeGreaterThan(5)
  await call('key.effectivePolicy', { draft: { poolId, name: 'x', ipAllowlist: ['10.0.0.1/8'] } })
  // There is no gateway around these services: trying a key has a test of its own.
  called.add('key.test')
  await refused('key.test', { secret: rotated.secret })
  return { id, prefix, secrets: [made.secret, rotated.secret, copy.secret, lent.secret] }
}

async function useRecords(requestId: string): Promise<void> {
  expect((await call('request.list', {})).rows.map((row) => row.id)).toEqual([requestId])
  expect((await call('request.get', { id: requestId })).tries.length).toBe(1)
  const from = rig.clock.now - 60_000
  const sums = await call('stats.query', { from, to: rig.clock.now + 60_000, groupBy: 'key' })
  expect(sums.map((point) => point.requests)).toEqual([1])
  await useFigures(requestId)
  expect((await call('audit.list', {})).rows.length).toBeGreaterThan(10)
  await call('settings.list', {})
  await call('settings.update', { patch: { 'routing.maxAttempts': 4 } })
  await call('system.status', {})
  await call('system.signInLink', {})
  await call('system.clientAddress', {})
  expect((await call('setup.state', {})).lastRequest?.id).toBe(requestId)
}

/** One request of one key: every figure says 1. */
async function useFigures(requestId: string): Promise<void> {
  expect(await call('request.count', { state: 'completed' })).toEqual({ count: 1, isExact: true })
  expect((await call('overview.get', { zone: 'Europe/Berlin' })).today.sums.requests).toBe(1)
  expect((await call('stats.series', { metric: 'requests' })).groups).toMatchObject([{ id: 'm-1', total: 1 }])
  expect((await call('pool.figures', {})).map((row) => row.day.requests)).toEqual([1])
  const range = { from: rig.clock.now - 60_000, to: rig.clock.now + 60_000 }
  expect((await call('key.figures', range)).keys.map((row) => row.requestShare)).toEqual([1])
  expect((await call('upstream.figures', {})).map((row) => row.day.requests)).toEqual([0, 0])
  const attempts = await call('upstream.attempts', { id: 'ups_0000000000000000' })
  expect(attempts.rows.map((row) => row.requestId)).toEqual([requestId])
  const models = await call('model.catalog', {})
  expect(models.find((model) => model.id === 'm-1')).toMatchObject({ requests: 1 })
  const job = await call('export.start', { kind: 'requests', format: 'csv' })
  expect((await call('export.get', { id: job.id })).expectedRows).toBe(1)
  expect((await call('export.cancel', { id: job.id })).state).toBe('cancelled')
  expect((await call('export.list', {})).length).toBe(1)
  const saved = await call('filter.save', { page: 'requests', name: 'Mine', filter: { model: 'm-1' } })
  expect((await call('filter.list', { page: 'requests' })).length).toBe(1)
  expect(await call('filter.delete', { id: saved.id })).toEqual({ id: saved.id })
}

async function usePrices(upstreamId: string): Promise<void> {
  const rates = { input: 1_000_000, output: 2_000_000 }
  expect((await call('price.set', { model: 'm-1', upstreamId, rates })).upstreamName).toBe('Peer')
  expect((await call('price.set', { model: 'm-*', rates, note: 'by hand' })).requests).toBe(1)
  const { rows, unpriced } = await call('price.list', {})
  expect(rows.length).toBeGreaterThan(50)
  expect(unpriced.map((row) => row.model)).not.toContain('m-1')
  const { text } = await call('price.export', {})
  const { id } = await call('price.upload', { part: text })
  const preview = await call('price.preview', { uploadId: id, name: 'prices.json' })
  expect(preview.counts).toEqual({ added: 0, changed: 0, unchanged: 2, invalid: 0 })
  expect(await call('price.import', { id: preview.id })).toEqual({ added: 0, changed: 0 })
  expect(await call('price.remove', { model: 'm-1', upstreamId })).toBeNull()
  expect((await call('price.history', { model: 'm-1', upstreamId })).map((row) => row.source)).toEqual([
    'bundled',
    'operator',
  ])
}

async function usePreviews(poolId: string, upstreamId: string, keyId: string): Promise<void> {
  expect((await call('key.deletePreview', { id: keyId })).requests).toBe(1)
  expect((await call('pool.deletePreview', { id: poolId })).requestsKept).toBe(1)
  expect((await call('upstream.deletePreview', { id: upstreamId })).pools.map((pool) => pool.id)).toEqual([poolId])
  expect((await call('upstream.readiness', { id: upstreamId })).map((row) => row.poolId)).toEqual([poolId])
  expect(await call('upstream.readinessAll', {})).toMatchObject([{ poolId, upstreamId, isReady: true }])
  expect(await call('pool.readiness', { id: poolId })).toMatchObject([{ upstreamId, isReady: true }])
  expect((await call('pool.summary', {})).map((row) => row.id)).toEqual([poolId])
  const { now, draft } = await call('pool.previewPlan', {
    poolId,
    keyId,
    model: 'm-1',
    draft: { pausedUpstreams: [upstreamId] },
  })
  expect(now.places.map((row) => row.outcome)).toEqual(['ordered'])
  expect(draft?.refusal?.code).toBe('no_upstream_eligible')
  const replayed = await call('pool.replay', { poolId })
  expect(await ended(replayed)).toBe('done')
  await call('pool.duplicate', { id: poolId, name: 'Copy' })
  const pools = [{ poolId, priority: 2, weight: 1, enabled: true }]
  expect((await call('upstream.assign', { id: upstreamId, pools })).length).toBe(2)
}

async function ended(job: { id: string; state: string }): Promise<string> {
  return (await call('job.wait', { id: job.id, timeoutMs: 60_000 })).state
}

async function useOperations(): Promise<void> {
  const [newest] = (await call('audit.list', { limit: 1 })).rows
  expect((await call('audit.get', { id: newest?.id ?? '' })).hash).toMatch(/^[0-9a-f]{64}$/)
  expect(await ended(await call('audit.verify', {}))).toBe('done')
  await call('settings.reset', { keys: ['routing.maxAttempts'] })
  expect((await call('sharing.set', { address: 'loopback' })).scope).toBe('machine')
  expect((await call('sharing.status', {})).facts.length).toBeGreaterThan(1)
  expect(await call('system.restart', {})).toEqual({ restarting: true })

  expect((await call('data.checkUsage', {})).differences).toEqual([])
  expect((await call('data.status', {})).rows).toMatchObject({ request: 1 })
  expect(await call('data.checkUsage', {})).toMatchObject({ found: 0, differences: [] })
  expect((await call('retention.preview', { rule: { days: 1 } })).requests).toBe(0)
  expect(await ended(await call('retention.apply', {}))).toBe('done')
  const { job } = await call('data.compact', {})
  if (job !== null) expect(await ended(job)).toBe('done')
  expect(await ended(await call('backup.create', {}))).toBe('done')
  const [backup] = await call('backup.list', {})
  const id = backup?.id ?? ''
  expect(await ended(await call('backup.check', { id }))).toBe('done')
  expect(await ended(await call('backup.restore', { id }))).toBe('done')
  expect((await call('data.cancelNextStart', {})).nextStart.restore).toBeNull()
  expect(await call('backup.delete', { id })).toEqual([])
  const jobs = await call('job.list', {})
  expect((await call('job.get', { id: jobs[0]?.id ?? '' })).kind).toBe('backup.restore')
  expect((await call('job.cancel', { id: jobs[0]?.id ?? '' })).state).toBe('done')
  await call('diagnostics.preview', { names: true })
  await call('diagnostics.save', {})
}

/** Routes that take any input, or none. */
const TAKES_ANY = new Set<Route>([
  'account.found',
  'price.export',
  'key.usageAll',
  'overview.get',
  'audit.verify',
  'settings.reset',
  'system.restart',
  'data.compact',
  'data.cancelNextStart',
  'data.checkUsage',
  'retention.preview',
  'retention.apply',
  'backup.create',
  'diagnostics.preview',
  'diagnostics.save',
  'session.release',
  'session.releaseAll',
])

describe('services', () => {
  it('answer every route of the contract in its own form, and nowhere with a secret', async () => {
    const planted = plantCanaries('apiKey', 'header', 'proxy', 'pasted')
    const proxyCredentials = `user:${planted.proxy}`
    const upstreamId = await useUpstreams({
      apiKey: planted.apiKey,
      headers: { 'x-extra': planted.header },
      proxyCredentials,
    })
    const pool = await call('pool.create', { name: 'Team', assignments: [{ upstreamId }] })
    await call('pool.get', { id: pool.id })
    const key = await useKeys(pool.id, upstreamId)
    await useRecords(logRequest(key.id, pool.id))
    await usePrices(upstreamId)
    await usePreviews(pool.id, upstreamId, key.id)
    const tokens = await useAccounts(call)
    await useSessionRoutes(call, rig, { poolId: pool.id, upstreamId })
    await useOperations()
    await call('key.revoke', { id: key.id })
    expect(await call('key.delete', { id: key.id, prefix: key.prefix })).toEqual({ deletedRequests: 1 })
    await call('pool.update', { id: pool.id, patch: { status: 'archived' } })
    expect((await call('pool.list', {})).find((row) => row.id === pool.id)?.status).toBe('archived')
    expect(await call('upstream.delete', { id: upstreamId })).toEqual({ pools: [pool.id] })
    await call('pool.delete', { id: pool.id })
    expect([...called].sort()).toEqual(Object.keys(contract).sort())

    for (const route of Object.keys(contract) as Route[]) {
      if (
        /\.(list|status|signInLink|summary|state|simulator|clientAddress|count|catalog|series|figures|attempts|readinessAll)$/.test(
          route,
        )
      )
        continue
      if (TAKES_ANY.has(route)) continue
      const patch = { 'gateway.host': `${planted.pasted} ` }
      await refused(route, {
        id: planted.pasted,
        prefix: planted.pasted,
        patch,
        secret: { apiKey: '' },
        from: 1,
        to: 0,
      })
    }
    const keys = Object.fromEntries(key.secrets.map((secret, index) => [`key${String(index)}`, secret.slice(-38)]))
    const secrets = { ...keys, ...tokens }
    expect(findCanariesIn(JSON.stringify([rig.logged, rig.events]), { ...planted, ...secrets })).toEqual([])
    expect(findCanariesIn(JSON.stringify(answers), { ...planted, ...tokens })).toEqual([])
    expect(findCanaries([rig.dataDir], { ...planted, ...secrets })).toEqual([])
  })

  it('change what the next request sees, and a restart finds the same', async () => {
    const { id: upstreamId } = await call('upstream.create', {
      kind: 'openai',
      name: 'Account',
      baseUrl: peer.url,
      secret: { apiKey: 'k-123456' },
    })
    const pool = await call('pool.create', { name: 'Team', assignments: [{ upstreamId }] })
    const { key, secret } = await call('key.create', { poolId: pool.id, name: 'laptop' })
    const publicId = key.prefix.slice('sk-weir-'.length)
    expect(parsePoolKey(secret)).toEqual({ publicId })
    await call('key.pause', { id: key.id })
    expect(rig.directory.keyByPublicId(publicId)?.status).toBe('paused')
    await call('upstream.pause', { id: upstreamId })
    expect(rig.directory.upstream(upstreamId)?.status).toBe('paused')
    await call('settings.update', { patch: { 'routing.maxAttempts': 7 } })
    expect(rig.directory.settings['routing.maxAttempts']).toBe(7)

    const { dataDir } = rig
    await rig.close()
    rig = await createServicesRig({ dataDir, secrets: await openSecretStore({ dataDir, passphrase }) })
    expect(rig.directory.keyByPublicId(publicId)).toMatchObject({ id: key.id, status: 'paused' })
    expect(rig.directory.keyByPublicId(publicId)?.secretHash.equals(hashPoolKey(secret))).toBe(true)
    expect(rig.directory.upstream(upstreamId)).toMatchObject({ status: 'paused', secret: { apiKey: 'k-123456' } })
    expect(rig.directory.pool(pool.id)?.assignments.length).toBe(1)
    expect(rig.directory.settings['routing.maxAttempts']).toBe(7)
  })

  it('keep an upstream whose vault is locked, and say so', async () => {
    const made = await call('upstream.create', {
      kind: 'openai',
      name: 'Account',
      baseUrl: peer.url,
      secret: { apiKey: 'k-123456' },
    })
    const { dataDir } = rig
    await rig.close()
    rig = await createServicesRig({ dataDir, secrets: await openSecretStore({ dataDir, passphrase: undefined }) })
    const seen = await call('upstream.get', { id: made.id })
    expect(seen.health.state).toBe('secret_missing')
    expect(seen.health.reason).toContain('WEIR_PASSPHRASE')
    expect(seen.secret).toEqual(made.secret)
    await expect(rig.call('upstream.delete', { id: made.id })).resolves.toMatchObject({
      error: { code: 'vault_locked' },
    })
  })

  it('fetch the model list of a new upstream by themselves', async () => {
    rig.services.start()
    const made = await call('upstream.create', { kind: 'openai-compatible', name: 'Peer', baseUrl: peer.url })
    await expect.poll(() => [...(rig.directory.upstream(made.id)?.models ?? [])], { timeout: 20_000 }).toEqual(['m-1'])
    const page = await call('audit.list', { action: 'upstream.refreshModels' })
    expect(page.rows).toMatchObject([{ actor: 'system', outcome: 'success', targetId: made.id }])
  })
})
