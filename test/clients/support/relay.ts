/**
 * A TCP relay between a client and Weir that writes down every request and the status it got. It is how a test knows
 * what a client really sent and how often: Weir's own log has no row for a request whose key it does not know.
 */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { zstdDecompressSync } from 'node:zlib'
import { createMessageReader, type HttpMessage } from './http-messages.ts'

export interface RelayedRequest {
  readonly at: number
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** Null until the head of the answer has passed. */
  status: number | null
  answerHeaders: Readonly<Record<string, string>>
}

export interface Relay {
  readonly port: number
  readonly requests: RelayedRequest[]
  close(): Promise<void>
}

function record(message: HttpMessage): RelayedRequest {
  const [method = '', path = ''] = message.startLine.split(' ')
  return { at: Date.now(), method, path, headers: message.headers, body: message.body, status: null, answerHeaders: {} }
}

/** The body as JSON, whatever its content encoding; the encodings a client here uses are none and zstd. */
export function bodyOf(request: RelayedRequest): Record<string, unknown> {
  const plain = request.headers['content-encoding'] === 'zstd' ? zstdDecompressSync(request.body) : request.body
  return JSON.parse(plain.toString('utf8')) as Record<string, unknown>
}

export async function startRelay(targetPort: number): Promise<Relay> {
  const requests: RelayedRequest[] = []
  const sockets = new Set<Socket>()

  function handle(client: Socket): void {
    const target = connect(targetPort, '127.0.0.1')
    const unanswered: RelayedRequest[] = []
    const readRequest = createMessageReader({
      message(message) {
        const request = record(message)
        requests.push(request)
        unanswered.push(request)
      },
    })
    const readAnswer = createMessageReader({
      head({ startLine, headers }) {
        const request = unanswered.shift()
        if (!request) return
        request.status = Number(startLine.split(' ')[1])
        request.answerHeaders = headers
      },
    })
    for (const [from, to, read] of [
      [client, target, readRequest],
      [target, client, readAnswer],
    ] as const) {
      sockets.add(from)
      from.on('data', read)
      from.pipe(to)
      from.on('error', () => to.resetAndDestroy())
      from.on('close', () => {
        sockets.delete(from)
        // Ends the other side after what is still to be written; a reset has already been passed on as one.
        to.end()
      })
    }
  }

  const server = createServer(handle).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
