/**
 * An upstream on a bare socket: it shows the request as it came and sends exactly the bytes the test says, at the
 * borders the test says.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'

export interface UpstreamCall {
  /** 0 for the first request this upstream saw. */
  readonly index: number
  readonly method: string
  readonly path: string
  /** As written, in order. */
  readonly rawHeaders: readonly (readonly [string, string])[]
  /** Names in lower case; several values of one name are joined with `, `. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly socket: Socket
  /** Monotonic ms at which the connection of this request was gone. */
  readonly gone: Promise<number>
}

export interface RawUpstream {
  readonly port: number
  /** Ends in `/v1`. */
  readonly url: string
  readonly calls: readonly UpstreamCall[]
  readonly sockets: ReadonlySet<Socket>
  /** Resolves with the call of this index once it is there. */
  call(index: number): Promise<UpstreamCall>
  close(): Promise<void>
}

export type Script = (call: UpstreamCall) => void | Promise<void>

const HEAD_END = Buffer.from('\r\n\r\n')

export async function startRawUpstream(script: Script): Promise<RawUpstream> {
  const calls: UpstreamCall[] = []
  const sockets = new Set<Socket>()
  let waiting: (() => void)[] = []

  function onConnection(socket: Socket): void {
    let pending: Buffer = Buffer.alloc(0)
    const gone = new Promise<number>((resolve) => {
      const note = (): void => resolve(performance.now())
      socket.once('close', note)
      socket.once('end', note)
    })
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    // A reset is what many tests are about; `close` follows.
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      pending = Buffer.concat([pending, bytes])
      for (let call = next(); call !== null; call = next()) {
        calls.push(call)
        for (const wake of waiting.splice(0)) wake()
        Promise.resolve(script(call)).catch(() => socket.destroy())
      }
    })

    function next(): UpstreamCall | null {
      const end = pending.indexOf(HEAD_END)
      if (end < 0) return null
      const [first = '', ...lines] = pending.toString('latin1', 0, end).split('\r\n')
      const [method = '', path = ''] = first.split(' ')
      const rawHeaders = lines.map((line): [string, string] => {
        const colon = line.indexOf(':')
        return [line.slice(0, colon), line.slice(colon + 1).trim()]
      })
      const headers: Record<string, string> = {}
      for (const [name, value] of rawHeaders) {
        const known = headers[name.toLowerCase()]
        headers[name.toLowerCase()] = known === undefined ? value : `${known}, ${value}`
      }
      const from = end + HEAD_END.length
      const length = Number(headers['content-length'] ?? 0)
      if (pending.length < from + length) return null
      const body = pending.subarray(from, from + length)
      pending = pending.subarray(from + length)
      return { index: calls.length, method, path, rawHeaders, headers, body, socket, gone }
    }
  }

  const server = createServer({ noDelay: true }, onConnection)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `http://127.0.0.1:${port}/v1`,
    calls,
    sockets,
    async call(index) {
      for (;;) {
        const found = calls[index]
        if (found !== undefined) return found
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
    },
    async close() {
      waiting = []
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

export type Headers = Readonly<Record<string, string>>

export function headBytes(status: number, headers: Headers): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`HTTP/1.1 ${status} Scripted\r\n${lines.join('')}\r\n`, 'latin1')
}

/** One chunk of a chunked body. */
export function chunkBytes(data: Buffer | string): Buffer {
  const bytes = Buffer.from(data)
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
}

export const LAST_CHUNK = Buffer.from('0\r\n\r\n')

export const EVENT_STREAM: Headers = { 'content-type': 'text/event-stream', 'transfer-encoding': 'chunked' }
export const JSON_TYPE: Headers = { 'content-type': 'application/json' }

/** A whole answer with its length. */
export function answerBytes(status: number, body: Buffer | string, headers: Headers = JSON_TYPE): Buffer {
  const bytes = Buffer.from(body)
  return Buffer.concat([headBytes(status, { ...headers, 'content-length': String(bytes.length) }), bytes])
}

/** A whole chunked event stream in one write. */
export function streamBytes(body: Buffer | string): Buffer {
  return Buffer.concat([headBytes(200, EVENT_STREAM), chunkBytes(body), LAST_CHUNK])
}

/** Sends each piece as a chunk of its own, in a turn of the event loop of its own, so that it is read alone. */
export async function sendPieces(socket: Socket, pieces: readonly Buffer[], headers: Headers): Promise<void> {
  socket.write(headBytes(200, headers))
  for (const piece of pieces) {
    await turn()
    socket.write(chunkBytes(piece))
  }
  await turn()
  socket.write(LAST_CHUNK)
}
