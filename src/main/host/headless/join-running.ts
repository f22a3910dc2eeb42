/** A second start on a data directory: asks the instance that owns it for what this start would have printed. */
import { setTimeout as wait } from 'node:timers/promises'
import { AppError } from '../../../shared/errors.ts'
import type { Options } from '../../options.ts'
import { baseUrlOf, type Ready } from './announce.ts'
import { controlCall } from './control-client.ts'
import { ensureDemo } from './demo.ts'

/** The owner may have taken the lock and not opened its control channel yet. */
const PATIENCE_MS = 10_000
const PAUSE_MS = 100

export async function joinRunning(options: Options): Promise<Ready> {
  const call = controlCall(options.dataDir)
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    try {
      const status = await call('system.status', {})
      const link = await call('system.signInLink', {})
      const demo = options.demo ? await ensureDemo(call) : null
      return {
        baseUrl: baseUrlOf(status.gateway.url),
        adminUrl: link.url,
        dataDir: status.dataDir,
        version: status.version,
        demo,
        joined: true,
      }
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'instance_not_running') throw error
      if (Date.now() > deadline) throw silent(options.dataDir, error)
      await wait(PAUSE_MS)
    }
  }
}

function silent(dataDir: string, cause: AppError): AppError {
  const message =
    `Another Weir owns ${dataDir} but does not answer: it is starting or stopping, or a \`weir\` command works on the ` +
    'folder. Try again in a moment.'
  return new AppError('instance_running', message, { cause })
}
