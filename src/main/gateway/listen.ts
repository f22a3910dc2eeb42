/** Binds the listener, and says what to do when the address can't be had. */
import { AppError } from '../../shared/errors.ts'
import type { Server, ServerOptions } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Settings } from '../../shared/settings.ts'

const MAX_HEADER_BYTES = 65_536
/** Longer than clients keep idle connections, so that it is they who close: a request never meets a closing socket. */
const KEEP_ALIVE_MS = 75_000

export function serverOptions(settings: Settings): ServerOptions {
  // Node has no limit for the head once the one for the whole request is off; bodies are timed where they are read.
  const headersTimeout = settings['gateway.bodyTimeoutMs']
  return {
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: 0,
    headersTimeout,
    connectionsCheckingInterval: Math.min(headersTimeout, 30_000),
    maxHeaderSize: MAX_HEADER_BYTES,
    noDelay: true,
  }
}

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
