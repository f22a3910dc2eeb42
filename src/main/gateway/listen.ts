/** Binds the listener, and says what to do when the address can't be had. */
import { AppError } from '../../shared/errors.ts'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** @throws AppError `port_in_use` or `invalid_option`. Returns the address really bound. */
export function listen(server: Server, host: string, port: number): Promise<{ host: string; port: number }> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(listenError(cause, host, port))
    })
    server.listen({ host, port, backlog: 1_024 }, () => {
      resolve({ host, port: (server.address() as AddressInfo).port })
    })
  })
}

function listenError(cause: NodeJS.ErrnoException, host: string, port: number): AppError {
  const details = { host, port }
  if (cause.code === 'EADDRINUSE') {
    const message = `Port ${port} on ${host} is taken by another program. Stop it, or start with another --port.`
    return new AppError('port_in_use', message, { details, cause })
  }
  const why = cause.code === 'EACCES' ? 'is not allowed' : `is not possible (${cause.code ?? 'unknown reason'})`
  return new AppError('invalid_option', `Listening on ${host} port ${port} ${why}. Choose another --host or --port.`, {
    details,
    cause,
  })
}
