/**
 * The control channel: the contract for the `weir` command, over a socket that only this account can open (mode 0600, or
 * a private folder). Whoever can open it can read the data directory anyway, so there is no further credential.
 */
import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { AppError } from '../../../shared/errors.ts'
import { controlPath } from './control-path.ts'
import type { Dispatch } from './core.ts'
import { answerCall, sendRefusal } from './exchange.ts'

export interface ControlServer {
  readonly path: string
  close(): Promise<void>
}

/** Call only while the data directory's lock is held: a socket file that is there then belongs to a killed process. */
export async function openControlServer(dataDir: string, dispatch: Dispatch): Promise<ControlServer> {
  const { path, privateDir } = controlPath(dataDir)
  if (privateDir !== null) makePrivateDir(privateDir)
  const isFile = !path.startsWith('\\\\')
  if (isFile) rmSync(path, { force: true })
  const server = createServer((request, response) => {
    if (request.method !== 'POST' || request.url !== '/rpc') {
      sendRefusal(response, new AppError('unknown_route', 'The control channel has one path: POST /rpc.'))
      return
    }
    answerCall(request, response, dispatch, 'command').catch((error: unknown) => sendRefusal(response, error))
  })
  server.headersTimeout = 10_000
  server.requestTimeout = 30_000
  await listen(server, path)
  if (isFile) chmodSync(path, 0o600)
  return {
    path,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new AppError('data_dir_unwritable', `The control socket ${path} cannot be created.`, { cause }))
    })
    // The file is made inside listen(): nobody else may connect in the moment before chmod.
    const before = process.umask(0o177)
    try {
      server.listen(path, () => resolve())
    } finally {
      process.umask(before)
    }
  })
}

/** A shared temporary folder is anybody's: a folder or link that another account has put there is refused. */
function makePrivateDir(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const found = lstatSync(dir)
  if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0) return
  throw new AppError('data_dir_unwritable', `${dir} exists and is not private to this account. Remove it.`)
}
