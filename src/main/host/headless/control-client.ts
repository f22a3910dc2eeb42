/** The `weir` command's side of the control channel. */
import { request } from 'node:http'
import type { RpcResult } from '../../../shared/contract.ts'
import { AppError } from '../../../shared/errors.ts'
import { type Call, createCall } from './call.ts'
import { controlPath } from './control-path.ts'

/** Generous: a live test of an upstream may take its whole connect and first-byte time. */
const ANSWER_TIMEOUT_MS = 180_000

export function controlCall(dataDir: string): Call {
  const { path } = controlPath(dataDir)
  return createCall((route, input) => send(path, JSON.stringify({ route, input })))
}

/** True when an instance of this data directory answers. */
export async function isInstanceRunning(dataDir: string): Promise<boolean> {
  try {
    await controlCall(dataDir)('system.status', {})
    return true
  } catch (error) {
    if (error instanceof AppError && error.code === 'instance_not_running') return false
    throw error
  }
}

function send(socketPath: string, body: string): Promise<RpcResult<unknown>> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        socketPath,
        path: '/rpc',
        method: 'POST',
        agent: false,
        timeout: ANSWER_TIMEOUT_MS,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => resolve(parse(Buffer.concat(chunks))))
        response.on('error', (cause) => reject(broken(cause)))
      },
    )
    call.on('timeout', () => call.destroy(new Error('no answer in time')))
    call.on('error', (cause: NodeJS.ErrnoException) => reject(isAbsent(cause) ? absent(cause) : broken(cause)))
    call.end(body)
  })
}

function parse(body: Buffer): RpcResult<unknown> {
  try {
    return JSON.parse(body.toString('utf8')) as RpcResult<unknown>
  } catch {
    return {
      ok: false,
      error: { code: 'internal', message: 'The running Weir answered with something else than JSON.' },
    }
  }
}

/** No socket, or one that a killed process left behind. */
function isAbsent(cause: NodeJS.ErrnoException): boolean {
  return cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED' || cause.code === 'ENOTSOCK'
}

function absent(cause: Error): AppError {
  return new AppError(
    'instance_not_running',
    'No Weir is running on this data directory. Start it with `weir start`.',
    {
      cause,
    },
  )
}

function broken(cause: Error): AppError {
  return new AppError('instance_not_running', 'The running Weir broke off before it answered. Try again.', { cause })
}
