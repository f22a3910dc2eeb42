/** What an operator looks at and tries out: figures, previews, exports, saved filters, a second key, a key's own test. */
import type { Call } from '../../src/main/host/headless/call.ts'

export interface ViewsOf {
  readonly call: Call
  readonly poolId: string
  readonly upstreamId: string
  readonly keyId: string
  /** A secret of the upstream, as an operator types it into an edit. */
  readonly secret: { readonly apiKey: string }
  /** The bytes of an export, as the browser gets them. */
  readonly download: (path: string) => Promise<unknown>
}

/** Returns the secrets of the keys that were made. */
export async function useViews(views: ViewsOf): Promise<Readonly<Record<string, string>>> {
  const { call, keyId, upstreamId, poolId } = views
  await readFigures(views)
  await usePrices(views)
  await useSessions(views)
  for (const format of ['csv', 'json', 'jsonl'] as const) {
    for (const kind of ['requests', 'audit'] as const) {
      const { path } = await call('export.start', { kind, format })
      await views.download(path)
    }
  }
  const { id } = await call('export.start', { kind: 'requests', format: 'csv' })
  await call('export.get', { id })
  await call('export.cancel', { id })
  await call('export.list', {})
  const saved = await call('filter.save', { page: 'requests', name: 'Of the canary', filter: { keyId } })
  await call('filter.list', { page: 'requests' })
  await call('filter.delete', { id: saved.id })

  await call('upstream.probeEdit', { id: upstreamId, patch: { notes: 'edited' }, secret: views.secret })
  const pools = [{ poolId, priority: 1, weight: 2, enabled: true }]
  await call('upstream.assign', { id: upstreamId, pools })
  await call('key.usage', { id: keyId })
  await call('key.doctor', { key: keyId, model: 'sim-chat' })
  await call('key.effectivePolicy', { id: keyId, patch: { ipAllowlist: ['127.0.0.1'] } })
  return tryKeys(views)
}

async function useSessions({ call, upstreamId }: ViewsOf): Promise<void> {
  const { rows } = await call('session.list', { upstreamId })
  const [latest] = rows
  if (latest === undefined) throw new Error('no session of the clients is remembered')
  const { released } = await call('session.release', { id: latest.id })
  const others = await call('session.releaseAll', { upstreamId })
  if (!released || others.released !== rows.length - 1) throw new Error('the sessions could not be let go')
}

async function usePrices({ call, upstreamId }: ViewsOf): Promise<void> {
  const rates = { input: 1_000_000, output: 2_000_000 }
  await call('price.set', { model: 'leaky', upstreamId, rates, note: 'a note' })
  await call('price.set', { model: 'leaky', rates })
  await call('price.list', {})
  await call('price.history', { model: 'leaky' })
  const { text } = await call('price.export', {})
  const { id } = await call('price.upload', { part: text.replaceAll('"leaky"', '"leaky-2"') })
  const preview = await call('price.preview', { uploadId: id, name: 'prices.json' })
  await call('price.import', { id: preview.id })
  await call('price.remove', { model: 'leaky' })
}

/** On a Pool of the simulator: what this test sends has none of the marks that the leaky upstream is checked for. */
async function tryKeys({ call, keyId, poolId }: ViewsOf): Promise<Readonly<Record<string, string>>> {
  const { upstream } = await call('setup.simulator', {})
  const copyOfPool = await call('pool.duplicate', { id: poolId, name: 'A copy' })
  const assignments = [{ upstreamId: upstream.id, priority: 1, weight: 1, enabled: true }]
  const pool = await call('pool.update', { id: copyOfPool.id, patch: { assignments } })
  const { key, secret } = await call('key.create', { poolId: pool.id, name: 'tried' })
  const { ok, message } = await call('key.test', { secret })
  if (!ok) throw new Error(`the key did not work: ${message}`)
  const copy = await call('key.duplicate', { id: keyId, name: 'a copy' })
  await call('key.bulk', { ids: [copy.key.id, key.id], action: 'revoke' })
  return { triedKey: secret, copiedKey: copy.secret }
}

async function readFigures({ call, poolId, upstreamId, keyId }: ViewsOf): Promise<void> {
  const now = Date.now()
  await call('setup.state', {})
  await call('system.clientAddress', {})
  await call('overview.get', { zone: 'Europe/Berlin' })
  await call('stats.series', {})
  await call('request.count', {})
  await call('model.catalog', {})
  await call('pool.summary', {})
  await call('pool.figures', {})
  await call('pool.readiness', { id: poolId })
  await call('pool.deletePreview', { id: poolId })
  await call('pool.previewPlan', { poolId, keyId, model: 'leaky', session: 'a session', draft: { strategy: 'spread' } })
  const { id } = await call('pool.replay', { poolId, draft: { pausedUpstreams: [upstreamId] } })
  await call('job.wait', { id, timeoutMs: 60_000 })
  await call('key.figures', { from: now - 3_600_000, to: now + 60_000 })
  await call('key.deletePreview', { id: keyId })
  await call('upstream.figures', {})
  await call('upstream.attempts', { id: upstreamId })
  await call('upstream.health', { id: upstreamId })
  await call('upstream.readiness', { id: upstreamId })
  await call('upstream.readinessAll', {})
  await call('upstream.deletePreview', { id: upstreamId })
}
