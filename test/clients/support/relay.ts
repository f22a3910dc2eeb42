/**
 * A TCP relay between a client and Weir that writes down every request and the status it got. It is how a test knows
 * what a client really sent and how often: Weir's own log has no row for a request whose key it does not know.
 */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { zstdDecompressSync } from 'node:zlib'
import { createFrameReader } from './frame-reader.ts'
import { createMessageReader, type HttpMessage } from './http-messages.ts'

export interface RelayedRequest {
  readonly at: number
  /** `WS` for a turn of a WebSocket: its frame is the body, and its headers are those of the upgrade. */
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

/** What was asked of a model: over HTTP, or as a turn of a WebSocket that is not only made ready. */
export function turnsOf(requests: readonly RelayedRequest[]): RelayedRequest[] {
  return requests.filter(
    (each) => each.method === 'POST' || (each.method === 'WS' && bodyOf(each)['generate'] !== false),
  )
}

/** Of the frame that ends a turn; null for any other. */
function statusIn(text: Buffer): number | null {
  const { type, status } = JSON.parse(text.toString('utf8')) as { type?: string; status?: number }
  if (type === 'error') return status ?? 0
  return /^response\.(?:completed|failed|incomplete)$/.test(type ?? '') ? 200 : null
}

export async function startRelay(targetPort: number): Promise<Relay> {
  const requests: RelayedRequest[] = []
  const sockets = new Set<Socket>()

  function handle(client: Socket): void {
    const target = connect(targetPort, '127.0.0.1')
    const unanswered: RelayedRequest[] = []
    let upgrade: RelayedRequest | null = null
    const readAsked = createFrameReader((body) => {
      const { path = '', headers = {} } = upgrade ?? {}
      const turn = { at: Date.now(), method: 'WS', path, headers, body, status: null, answerHeaders: {} }
      requests.push(turn)
      unanswered.push(turn)
    })
    const readTold = createFrameReader((text) => {
      const status = statusIn(text)
      const turn = status === null ? undefined : unanswered.shift()
      if (turn) turn.status = status
    })
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
        if (request.status === 101) upgrade = request
      },
    })
    for (const [from, to, read, readFrames] of [
      [client, target, readRequest, readAsked],
      [target, client, readAnswer, readTold],
    ] as const) {
      sockets.add(from)
      from.on('data', (chunk: Buffer) => (upgrade === null ? read : readFrames)(chunk))
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
