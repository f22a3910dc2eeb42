/**
 * Weir as a subject of `sockets.ts`: the real gateway with its journal on a real file, one upstream, one Pool, one key.
 * `node socket-weir.ts UPSTREAM_PORT`.
 */
import { startGateway, upstreamRecord } from '../test/support/gateway-rig.ts'

const rig = await startGateway({ settings: { 'gateway.maxSockets': 10_000, 'gateway.maxUpstreamSockets': 10_000 } })
const key = rig.pool([upstreamRecord('up', `http://127.0.0.1:${process.argv[2] ?? ''}/v1`, { kind: 'openai' })])
process.stdout.write(`${JSON.stringify({ port: rig.port, key })}\n`)
process.on('SIGTERM', () => {
  void rig.close().then(() => process.exit(0))
})
