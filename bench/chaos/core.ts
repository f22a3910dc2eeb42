/**
 * `node --expose-gc bench/chaos/core.ts DIR PORT...`: Weir's core with one Pool over these upstreams. The runner asks it
 * for its heap, and to put back what a 401 has shut out, as an operator would.
 */
import { createApp } from '../../src/main/app.ts'
import { localCall } from '../../src/main/host/headless/call.ts'
import { parseOptions } from '../../src/main/options.ts'

const [dataDir = '', ...ports] = process.argv.slice(2)
const env = { WEIR_PASSPHRASE: 'chaos run passphrase' }
const silent = { info() {}, warn() {}, error: (message: string, facts?: object) => console.error(message, facts) }
const app = await createApp(parseOptions(['--data-dir', dataDir, '--port', '0'], env), {
  signInLink: () => null,
  adminUrl: () => null,
  log: silent,
})
const call = localCall(app.dispatch, 'operator')
// Rests and circuits as short as can be: the flaky ones are to be met again and again.
await call('settings.update', {
  patch: {
    'gateway.connectTimeoutMs': 1_000,
    'gateway.firstByteTimeoutMs': 2_000,
    'gateway.idleTimeoutMs': 2_000,
    'routing.cooldownMs': 0,
    'routing.quotaCooldownMs': 100,
    'routing.maxCooldownMs': 1_000,
    'routing.breakerOpenMs': 100,
    'routing.breakerMaxOpenMs': 200,
    'routing.modelMissingMs': 1_000,
  },
})
const upstreams = []
for (const [index, port] of ports.entries()) {
  upstreams.push(
    await call('upstream.create', {
      kind: 'openai',
      name: index === 0 ? 'Healthy' : `Flaky ${index}`,
      baseUrl: `http://127.0.0.1:${port}/v1`,
      secret: { apiKey: `upstream-key-${index}` },
      manualModels: ['m'],
    }),
  )
}
const pool = await call('pool.create', {
  name: 'Chaos',
  strategy: 'least_in_flight',
  routing: { maxAttempts: ports.length },
  assignments: upstreams.map(({ id }) => ({ upstreamId: id })),
})
const { secret } = await call('key.create', { poolId: pool.id, name: 'Chaos' })

async function restore(): Promise<void> {
  for (const { id, status } of await call('upstream.list', {})) {
    if (status === 'auth_required') await call('upstream.resume', { id })
  }
}

function heap(): number {
  const collect = (globalThis as { gc?: () => void }).gc
  if (collect === undefined) throw new Error('start it with --expose-gc')
  collect()
  collect()
  return process.memoryUsage().heapUsed
}

process.on('message', (message: 'heap' | 'restore' | 'close') => {
  if (message === 'heap') process.send?.({ kind: 'heap', bytes: heap() })
  else if (message === 'restore') restore().catch(console.error)
  else
    app.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
})
process.send?.({ kind: 'ready', url: app.gatewayUrl, key: secret, healthy: upstreams[0]?.id })
