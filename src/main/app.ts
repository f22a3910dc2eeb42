/**
 * The composition root: builds every part and passes it on as an argument, each with its disposal on the next line, and
 * closes them in reverse. Hosts and the `weir` command get an App and never build one themselves.
 */
import { networkInterfaces } from 'node:os'
import { createJournal } from './db/journal.ts'
import { acquireLock } from './db/lock.ts'
import { openDatabase } from './db/open.ts'
import { createReader, type Reader } from './db/reader.ts'
import { closeInterrupted, lastRequestId, replayJournal } from './db/recovery.ts'
import { createDirectory } from './gateway/directory.ts'
import { createGatewayCore } from './gateway/core.ts'
import { createSimulator } from './providers/simulator/server.ts'
import { createHandlers } from './rpc/handlers.ts'
import { createRouter, type Dispatch } from './rpc/router.ts'
import { openSecretStore } from './secrets/store.ts'
import { createEventHub } from './services/events.ts'
import { createServices, type Services } from './services/services.ts'
import { isLoopback } from '../shared/loopback.ts'
import { formatRequestId } from '../shared/request-id.ts'
import { version } from './version.ts'
import type { CoreEvent } from '../shared/contract.ts'
import type { Settings } from '../shared/settings.ts'
import type { KeyRecord, Log } from './gateway/ports.ts'
import type { Options } from './options.ts'

export interface App {
  readonly dispatch: Dispatch
  readonly subscribe: (listener: (event: CoreEvent) => void) => () => void
  /** Without `/v1`. Where it would listen, when it does not. */
  readonly gatewayUrl: string
  readonly settings: () => Settings
  /** Drains the gateway, then closes everything in reverse. `cut` counts requests that did not finish in time. */
  close(): Promise<{ cut: number }>
}

export interface AppHooks {
  readonly signInLink: () => string | null
  readonly adminUrl: () => string | null
  readonly askPassphrase?: () => Promise<string>
  readonly log: Log
  /** False opens the core without listening: the `weir` command at work on a data directory. */
  readonly listen?: boolean
}

type Closer = () => unknown

/** @throws AppError of the start: `instance_running`, `database_…`, `vault_…`, `port_in_use`. Leaves nothing open then. */
export async function createApp(options: Options, hooks: AppHooks): Promise<App> {
  const closers: Closer[] = []
  try {
    return await build(options, hooks, closers)
  } catch (error) {
    await closeAll(closers, hooks.log)
    throw error
  }
}

async function closeAll(closers: Closer[], log: Log): Promise<void> {
  for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
    try {
      await close()
    } catch (cause) {
      // The others must be closed as well.
      log.error('a part could not be closed', { cause })
    }
  }
}

async function build(options: Options, hooks: AppHooks, closers: Closer[]): Promise<App> {
  const { dataDir, passphrase } = options
  const { log } = hooks
  const startedAt = Date.now()
  const lock = acquireLock(dataDir)
  closers.push(() => lock.release())
  const database = openDatabase({ dataDir, log })
  closers.push(() => database.close())
  const { db } = database
  const secrets = await openSecretStore({
    dataDir,
    passphrase: passphrase ?? undefined,
    askPassphrase: hooks.askPassphrase,
  })
  replayJournal(db, dataDir)
  const interrupted = closeInterrupted(db)
  if (interrupted > 0)
    log.warn('requests were cut off by the last stop; each is charged its reservation', { interrupted })

  const directory = createDirectory()
  const journal = createJournal({ db, dataDir, log, now: Date.now })
  closers.push(() => journal.close())
  const reader = createReader(database.file)
  closers.push(() => reader.close())
  const events = createEventHub((error) => log.error('an event listener failed', { error }))
  const late: { services?: Services } = {}
  const simulator = await createSimulator({ behaviourOf: (id) => late.services?.simulatorBehaviour(id) })
  closers.push(() => simulator.close())

  const core = createGatewayCore({
    directory,
    journal,
    log,
    clock: Date.now,
    lastRequestId: lastRequestId(db),
    usageOf: (key) => usageOf(reader, key),
    events: {
      settled: ({ id, keyId, poolId }) =>
        events.emit({ type: 'request.settled', id: formatRequestId(id), keyId, poolId }),
      authFailed: (id, reason) => late.services?.upstreams.authFailed(id, reason),
    },
  })
  closers.push(() => core.close())

  const listening = { url: '', port: 0, isOpen: false }
  const services = createServices({
    db,
    directory,
    secrets,
    reader,
    health: core.health,
    simulator,
    events,
    log,
    now: Date.now,
    isOwnAddress: (url) => isOwn(url, [listening.port, portOf(hooks.adminUrl()), simulator.port]),
    flushJournal: () => journal.flush(),
    overrides: options.overrides,
    system: {
      signInLink: () => ({ url: hooks.signInLink() }),
      status: () => ({
        version,
        startedAt,
        dataDir,
        gateway: {
          url: listening.url,
          listening: listening.isOpen,
          exposed: !isLoopback(directory.settings['gateway.host']),
          requestsInFlight: core.gateway.requestsInFlight,
          accountingError: journal.failure,
        },
        adminUrl: hooks.adminUrl(),
        secretStore: secrets.status,
      }),
    },
  })
  late.services = services
  closers.push(() => services.close())
  await services.loadDirectory()

  const host = directory.settings['gateway.host']
  const wanted = directory.settings['gateway.port']
  const { port } = hooks.listen === false ? { port: wanted } : await core.gateway.listen(host, wanted)
  Object.assign(listening, { port, url: urlOf(host, port), isOpen: hooks.listen !== false })
  if (listening.isOpen) services.start()

  return {
    dispatch: createRouter(createHandlers(services), log),
    subscribe: events.subscribe,
    gatewayUrl: listening.url,
    settings: () => directory.settings,
    async close() {
      const drained = listening.isOpen
        ? await core.gateway.close(directory.settings['gateway.drainTimeoutMs'])
        : { cut: 0 }
      await closeAll(closers, log)
      return drained
    },
  }
}

/** An address clients on this machine can use, also when the gateway listens on all interfaces. */
function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}

function portOf(url: string | null): number {
  return url === null ? 0 : Number(new URL(url).port)
}

/** One of our ports on an address of this machine. Asked with literal addresses; names are resolved before. */
function isOwn(url: URL, ports: readonly number[]): boolean {
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
  if (port === 0 || !ports.includes(port)) return false
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isLoopback(host) || host === '0.0.0.0' || host === '::') return true
  return Object.values(networkInterfaces()).some((list) => list?.some((entry) => entry.address === host) === true)
}

const MINUTE_MS = 60_000

/** What `GET /v1/usage` tells a caller of its own key. Summed on the reader's thread. */
async function usageOf(reader: Reader, key: KeyRecord): Promise<unknown> {
  const now = Date.now()
  const used = async (minutes: number) => {
    const from = now - (minutes - 1) * MINUTE_MS
    const [sum] = await reader.stats({ from, to: now + MINUTE_MS, stepMinutes: 0, groupBy: 'none', keyId: key.id })
    return {
      requests: sum?.requests ?? 0,
      input_tokens: sum?.input ?? 0,
      cached_tokens: sum?.cached ?? 0,
      output_tokens: sum?.output ?? 0,
      reasoning_tokens: sum?.reasoning ?? 0,
    }
  }
  return {
    object: 'usage',
    key: { prefix: key.prefix, expires_at: key.expiresAt },
    // No limit exists yet that the gateway would enforce.
    limits: [],
    used: { minute: await used(1), hour: await used(60), day: await used(1_440) },
  }
}
