/** Thousands of requests that are all under way before the first answer: many connections, several requests on each. */
import { connect, type Socket } from 'node:net'
import { requestBytes } from './raw-client.ts'

export interface Burst {
  /** How many answers had this status so far. */
  count(status: number): number
  /** Every request was answered, or its connection is gone. */
  readonly over: Promise<void>
}

export interface BurstTarget {
  readonly port: number
  readonly key: string
  readonly body: object
}

const PER_CONNECTION = 10
const STATUS_LINE = /HTTP\/1\.1 (\d{3}) /g
/** A status line may come in two pieces. */
const LINE_LENGTH = 'HTTP/1.1 200 '.length

async function opened(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  return socket
}

/** All connections stand before the first request goes out. `requests`: a multiple of ten. */
export async function startBurst({ port, key, body }: BurstTarget, requests: number): Promise<Burst> {
  const counts = new Map<number, number>()
  const bytes = requestBytes({ key, body })
  const connections = requests / PER_CONNECTION
  const sockets: Socket[] = []
  while (sockets.length < connections) {
    const batch = Math.min(50, connections - sockets.length)
    sockets.push(...(await Promise.all(Array.from({ length: batch }, () => opened(port)))))
  }
  const all = sockets.map(
    (socket) =>
      new Promise<void>((resolve) => {
        let answered = 0
        let rest = ''
        socket.on('data', (chunk) => {
          rest += chunk.toString('latin1')
          let end = 0
          for (const match of rest.matchAll(STATUS_LINE)) {
            const status = Number(match[1])
            counts.set(status, (counts.get(status) ?? 0) + 1)
            answered += 1
            end = match.index + match[0].length
          }
          rest = rest.slice(Math.max(end, rest.length - LINE_LENGTH + 1))
          if (answered === PER_CONNECTION) socket.destroy()
        })
        socket.on('error', () => socket.destroy())
        socket.once('close', () => resolve())
      }),
  )
  for (const socket of sockets) socket.write(Buffer.concat(Array.from({ length: PER_CONNECTION }, () => bytes)))
  return {
    count: (status) => counts.get(status) ?? 0,
    over: Promise.all(all).then(() => {}),
  }
}
