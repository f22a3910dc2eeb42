/**
 * Refuses WebSocket upgrades with an answer clients understand. From the upgrade on the server does not know the
 * socket: one whose client never closes would stay, and hold up the server's `close`, so they are counted here.
 */
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { AppError } from '../../shared/errors.ts'
import type { ClientKind } from '../../shared/models/request.ts'
import { encodeError } from './http-error.ts'

export interface UpgradeRefusal {
  refuse(socket: Duplex, error: AppError, client: ClientKind): void
  /** Destroys the sockets whose clients have not closed yet. */
  close(): void
}

/** How long a client may take to close after its upgrade was refused. */
const LINGER_MS = 1_000

export function createUpgradeRefusal(): UpgradeRefusal {
  const lingering = new Set<Duplex>()

  return {
    refuse(socket, error, client) {
      const { status, headers, body } = encodeError(error, client, null, null)
      const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`, 'connection: close']
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
