/** An upstream for routes that pass as they are: keeps what it was sent to the byte, and answers as it is told. */
import type { IncomingMessage } from 'node:http'
import { startHttpPeer, type Peer } from './http-peer.ts'

export interface PlainCall {
  readonly method: string
  /** With its query. */
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly bytes: Buffer
}

export interface PlainReply {
  readonly status?: number
  readonly type?: string
  readonly body: string | Buffer | object
  readonly headers?: Readonly<Record<string, string>>
}

export interface PlainPeer extends Peer {
  readonly calls: PlainCall[]
  /** What it answers from now on; `null` breaks the connection once the request is there. */
  answer: ((call: PlainCall) => PlainReply | null) | PlainReply | null
}

export async function startPlainPeer(): Promise<PlainPeer> {
  const told: Pick<PlainPeer, 'answer' | 'calls'> = { answer: { body: {} }, calls: [] }
  const peer = await startHttpPeer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const call = { method, url, headers, bytes: Buffer.concat(parts) }
      whole.calls.push(call)
      const reply = typeof whole.answer === 'function' ? whole.answer(call) : whole.answer
      if (reply === null) {
        request.socket.resetAndDestroy()
        return
      }
      const { status = 200, type = 'application/json', body } = reply
      const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
      response.writeHead(status, { 'content-type': type, 'content-length': bytes.length, ...reply.headers }).end(bytes)
    })
  })
  const whole: PlainPeer = { ...peer, ...told }
  return whole
}

export interface FormField {
  readonly name: string
  readonly value: string | Buffer
  /** Makes it a file. */
  readonly file?: string
}

const BOUNDARY = 'border-of-the-test'
export const FORM_TYPE = `multipart/form-data; boundary=${BOUNDARY}`

/** A form as a careful program writes it. */
export function formBytes(fields: readonly FormField[]): Buffer {
  const pieces = fields.flatMap(({ name, value, file }) => {
    const ofFile = file === undefined ? '' : `; filename="${file}"\r\nContent-Type: application/octet-stream`
    return [`--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${ofFile}\r\n\r\n`, value, '\r\n']
  })
  return Buffer.concat([...pieces, `--${BOUNDARY}--\r\n`].map((piece) => Buffer.from(piece)))
}

/** Bytes that are no text, with line ends and dashes in them. */
export function noise(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => (index * 7_919 + (index >> 3)) % 256))
}
