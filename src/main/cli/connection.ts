/** The core that a command works on: the running instance, or one opened on the data directory for this command alone. */
import { setTimeout as wait } from 'node:timers/promises'
import { AppError } from '../../shared/errors.ts'
import { type Call, localCall } from '../host/headless/call.ts'
import { controlCall, isInstanceRunning } from '../host/headless/control-client.ts'
import type { CreateCore } from '../host/headless/core.ts'
import { createLog } from '../host/headless/log.ts'
import type { Options } from '../options.ts'
import type { Io } from './command.ts'

const PATIENCE_MS = 5_000
const PAUSE_MS = 100

export interface Connection {
  readonly call: Call
  close(): Promise<unknown>
}

export interface ConnectDeps {
  readonly createCore: CreateCore
  readonly askPassphrase?: () => Promise<string>
  readonly io: Io
}

export async function connect(options: Options, deps: ConnectDeps, needsInstance: boolean): Promise<Connection> {
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    if (await isInstanceRunning(options.dataDir)) {
      return { call: controlCall(options.dataDir), close: () => Promise.resolve() }
    }
    if (needsInstance) {
      const message = `No Weir is running on ${options.dataDir}. Start it with \`weir start\`.`
      throw new AppError('instance_not_running', message)
    }
    try {
      return await openDirectly(options, deps)
    } catch (error) {
      // Somebody holds the lock without answering: a start, a stop, or another command. It takes a moment at most.
      const isHeld = error instanceof AppError && error.code === 'instance_running'
      if (!isHeld || Date.now() > deadline) throw error
      await wait(PAUSE_MS)
    }
  }
}

async function openDirectly(options: Options, deps: ConnectDeps): Promise<Connection> {
  const core = await deps.createCore(options, {
    listen: false,
    signInLink: () => null,
    adminUrl: () => null,
    log: createLog(options.logLevel === 'info' ? 'error' : options.logLevel, deps.io.stderr),
    ...(deps.askPassphrase === undefined ? {} : { askPassphrase: deps.askPassphrase }),
  })
  return { call: localCall(core.dispatch, 'command'), close: () => core.close() }
}
