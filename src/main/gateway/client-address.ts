import type { Socket } from 'node:net'

/** IPv4 addresses in their own form, also on a socket that listens for both families. Empty where it is gone. */
export function addressOf(socket: Pick<Socket, 'remoteAddress'>): string {
  const address = socket.remoteAddress ?? ''
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address
}
