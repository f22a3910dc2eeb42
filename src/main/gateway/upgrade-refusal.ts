/**
 * Refuses WebSocket upgrades with an answer clients understand. From the upgrade on the server does not know the
 * socket: one whose client never closes would stay, and hold up the server's `close`, so they are counted here.
 */
import { AppError } from '../../shared/errors.ts'
import { encodeError } from './http-error.ts'
import { readHeaders, type RequestHeaders } from './request-headers.ts'
import { pathOf } from './router.ts'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

export interface UpgradeRefusal {
  readonly refuse: (request: IncomingMessage, socket: Duplex) => void
  /** Destroys the sockets whose clients have not closed yet. */
  close(): void
}

/** How long a client may take to close after its upgrade was refused. */
const LINGER_MS = 1_000

/** `guard` throws for a request that may not even learn what is here. */
export function createUpgradeRefusal(guard: (headers: RequestHeaders) => void): UpgradeRefusal {
  const lingering = new Set<Duplex>()

  function whyRefused(request: IncomingMessage): AppError {
    try {
      guard(readHeaders(request.rawHeaders))
    } catch (thrown) {
      return AppError.from(thrown)
    }
    const message = `${pathOf(request.url ?? '/')} does not speak WebSocket here; use HTTP.`
    return new AppError('websocket_unsupported', message)
  }

  return {
    refuse(request, socket) {
      socket.on('error', () => {}) // The client may be gone already; there is nobody to tell.
      const { status, headers, body } = encodeError(whyRefused(request), 'other', null, null)
      const lines = [`HTTP/1.1 ${status} ${status === 426 ? 'Upgrade Required' : 'Forbidden'}`, 'connection: close']
      if (status === 426) lines.push('upgrade: HTTP/1.1')
      for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`)
      socket.end(`${lines.join('\r\n')}\r\n\r\n${body.toString()}`)
      lingering.add(socket)
      const bound = setTimeout(() => socket.destroy(), LINGER_MS)
      socket.on('close', () => {
        clearTimeout(bound)
        lingering.delete(socket)
      })
      socket.resume()
    },
    close() {
      for (const socket of lingering) socket.destroy()
    },
  }
}
