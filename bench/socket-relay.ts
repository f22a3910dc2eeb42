/**
 * The yardstick of `sockets.ts`: the least a correct relay of WebSockets does with `ws`. One connection to the upstream per
 * client, each frame passed on as it is, with back-pressure. No keys, no log, no JSON. `node socket-relay.ts UPSTREAM_PORT`.
 */
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'

const TEXT = { binary: false } as const
const MOST_WAITING = 16_384
const options = { perMessageDeflate: false } as const
const upstream = `ws://127.0.0.1:${process.argv[2] ?? ''}/v1/responses`

function pass(from: WebSocket, to: WebSocket): void {
  from.on('message', (data: Buffer) => {
    if (to.readyState !== WebSocket.OPEN) return
    to.send(data, TEXT, () => {
      if (from.isPaused && to.bufferedAmount < MOST_WAITING) from.resume()
    })
    if (to.bufferedAmount >= MOST_WAITING) from.pause()
  })
  from.on('close', () => to.close())
  from.on('error', () => to.terminate())
}

const server = new WebSocketServer({ ...options, port: 0, host: '127.0.0.1' }, () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port, key: '' })}\n`)
})
server.on('connection', (client) => {
  const beyond = new WebSocket(upstream, options)
  client.pause()
  beyond.once('open', () => client.resume())
  pass(client, beyond)
  pass(beyond, client)
})
process.on('SIGTERM', () => process.exit(0))
