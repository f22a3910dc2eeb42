/** The whole core in this process, as a host builds it: real files, sockets, threads. */
import { createApp, type App } from '../../src/main/app.ts'
import { type Call, localCall } from '../../src/main/host/headless/call.ts'
import { parseOptions } from '../../src/main/options.ts'
import type { CoreEvent } from '../../src/shared/contract.ts'
import type { Job } from '../../src/shared/models/job.ts'
import { makeTempDir } from './temp-dir.ts'

export interface AppRig {
  readonly app: App
  readonly call: Call
  readonly dataDir: string
  readonly events: CoreEvent[]
  readonly log: string[]
  readonly restarts: number
  /** Waits for the end of a job and returns it. */
  ended(job: Job): Promise<Job>
  close(): Promise<void>
}

export interface AppRigOptions {
  readonly dataDir?: string
  /** Flags of the start; without a port the system chooses one. */
  readonly argv?: readonly string[]
  readonly env?: Record<string, string>
  readonly listen?: boolean
  readonly canRestart?: boolean
}

const open = new Set<AppRig>()

export async function startApp(options: AppRigOptions = {}): Promise<AppRig> {
  const { dataDir = makeTempDir('app'), argv = ['--port', '0'], env = {}, listen = true } = options
  const log: string[] = []
  const write = (message: string, facts?: object) => log.push(`${message} ${JSON.stringify(facts ?? {})}`)
  const counted = { restarts: 0 }
  const app = await createApp(parseOptions([...argv, '--data-dir', dataDir], env), {
    signInLink: () => null,
    adminUrl: () => null,
    log: { info: write, warn: write, error: write },
    listen,
    ...(options.canRestart === true ? { restart: () => (counted.restarts += 1) } : {}),
  })
  const events: CoreEvent[] = []
  app.subscribe((event) => events.push(event))
  const call = localCall(app.dispatch, 'operator')
  let closing: Promise<void> | null = null
  const rig: AppRig = {
    app,
    call,
    dataDir,
    events,
    log,
    get restarts() {
      return counted.restarts
    },
    async ended(job) {
      let row = job
      while (row.state === 'running') row = await call('job.wait', { id: row.id, timeoutMs: 60_000 })
      return row
    },
    close: () => (closing ??= end()),
  }
  async function end(): Promise<void> {
    open.delete(rig)
    await app.close()
  }
  open.add(rig)
  return rig
}

/** For afterEach. */
export async function closeApps(): Promise<void> {
  for (const rig of open) await rig.close()
}
