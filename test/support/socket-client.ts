/** A client on a WebSocket, for tests: every frame that came, how the connection ended, or why there is none. */
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { WebSocket, type RawData } from 'ws'

export interface Frame {
  readonly type: string
  readonly status?: number
  readonly error?: { readonly code: string | null; readonly message: string; readonly type?: string }
  readonly headers?: Readonly<Record<string, string>>
  readonly response?: { readonly id: string; readonly status: string; readonly [field: string]: unknown }
  readonly delta?: string
  readonly [field: string]: unknown
}

export interface SocketClient {
  readonly ws: WebSocket
  /** Of the 101. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly frames: readonly Frame[]
  /** As they came. */
  readonly texts: readonly string[]
  /** Anything but a text goes as JSON. */
  send(frame: unknown): void
  /** The frames up to the next one of these types that was not waited for before, that one included. */
  until(...types: readonly string[]): Promise<readonly Frame[]>
  /** Sends a turn; resolves with all that came of it. */
  turn(body?: object): Promise<readonly Frame[]>
  /** `[code, reason]`. */
  readonly closed: Promise<readonly [number, string]>
}

export interface Upgrade {
  readonly port: number
  readonly key?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** After one of these a turn is over. */
export const LAST = ['response.completed', 'response.failed', 'response.incomplete', 'error'] as const
export const asCodexSocket = { originator: 'codex_exec' } as const
export const aTurn = { model: 'm', input: [{ role: 'user', content: 'x' }], store: false }

function connect({ port, key, path = '/v1/responses', headers = {} }: Upgrade): WebSocket {
  const credential = key === undefined ? {} : { authorization: `Bearer ${key}` }
  return new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers: { ...credential, ...headers } })
}

export async function openSocket(upgrade: Upgrade): Promise<SocketClient> {
  const ws = connect(upgrade)
  const frames: Frame[] = []
  const texts: string[] = []
  let wake: (() => void)[] = []
  let end: readonly [number, string] | null = null
  let seen = 0
  const { promise: closed, resolve } = Promise.withResolvers<readonly [number, string]>()
  const notify = (): void => {
    for (const each of wake.splice(0)) each()
  }
  ws.on('message', (data: RawData) => {
    texts.push((data as Buffer).toString('utf8'))
    frames.push(JSON.parse(texts.at(-1) ?? '') as Frame)
    notify()
  })
  ws.on('close', (code, reason) => {
    end = [code, reason.toString('utf8')]
    resolve(end)
    notify()
  })
  ws.on('error', () => {})
  const [[response]] = await Promise.all([once(ws, 'upgrade'), once(ws, 'open')])

  async function until(...types: readonly string[]): Promise<readonly Frame[]> {
    for (let at = seen; ;) {
      for (; at < frames.length; at += 1) {
        if (!types.includes(frames[at]?.type ?? '')) continue
        const from = seen
        seen = at + 1
        return frames.slice(from, seen)
      }
      if (end !== null) throw new Error(`the socket is closed (${end.join(' ')}); it had sent: ${texts.join('\n')}`)
      await new Promise<void>((awake) => wake.push(awake))
    }
  }

  function send(frame: unknown): void {
    ws.send(typeof frame === 'string' ? frame : JSON.stringify(frame))
  }

  return {
    ws,
    headers: (response as { headers: SocketClient['headers'] }).headers,
    frames,
    texts,
    closed,
    send,
    until,
    turn(body = aTurn) {
      send({ type: 'response.create', ...body })
      return until(...LAST)
    },
  }
}

export interface Refused {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly code: string | null
  readonly message: string
}

/** An upgrade that must be refused. */
export async function refusedSocket(upgrade: Upgrade): Promise<Refused> {
  const ws = connect(upgrade)
  ws.on('error', () => {})
  const opened = once(ws, 'open').then(() => {
    ws.terminate()
    throw new Error('the upgrade was not refused')
  })
  const [, response] = (await Promise.race([once(ws, 'unexpected-response'), opened])) as [
    unknown,
    AsyncIterable<Buffer> & { statusCode: number; headers: Refused['headers'] },
  ]
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part)
  const { error } = JSON.parse(Buffer.concat(parts).toString('utf8')) as { error: { code: string; message: string } }
  return { status: response.statusCode, headers: response.headers, code: error.code, message: error.message }
}

/** A client that shakes hands and then does nothing by itself: it answers no ping, and reads only when it is told to. */
export async function openDeafSocket({ port, key = '', path = '/v1/responses' }: Upgrade): Promise<Socket> {
  const socket = createConnection({ port, host: '127.0.0.1' })
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${key}\r\nConnection: Upgrade\r\n` +
      'Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  )
  const [head] = (await once(socket, 'data')) as [Buffer]
  if (!head.toString('latin1').startsWith('HTTP/1.1 101 ')) throw new Error(`no upgrade: ${head.toString('latin1')}`)
  return socket
}

/** One text frame as a client sends it: masked, here with zeros, so that the text stands in it as it is. */
export function maskedFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  const head = Buffer.alloc(payload.length < 126 ? 6 : 8)
  head[0] = 0x81
  head[1] = 0x80 | (payload.length < 126 ? payload.length : 126)
  if (payload.length >= 126) head.writeUInt16BE(payload.length, 2)
  return Buffer.concat([head, payload])
}
