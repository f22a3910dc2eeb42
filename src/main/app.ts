/**
 * The composition root: builds every part and passes it on as an argument, each with its disposal on the next line, and
 * closes them in reverse. Hosts and the `weir` command get an App and never build one themselves.
 */
import { networkInterfaces } from 'node:os'
import { createJournal } from './db/journal.ts'
import { acquireLock } from './db/lock.ts'
import { doNextStart } from './db/next-start.ts'
import { openDatabase } from './db/open.ts'
import { createReader } from './db/reader.ts'
import { closeInterrupted, lastRequestId, replayJournal, settleDatabase } from './db/recovery.ts'
import { loadCounters, loadTokenCounters, prepareUsageDays } from './db/usage-day-store.ts'
import { createDirectory } from './gateway/directory.ts'
import { createGatewayCore } from './gateway/core.ts'
import { createLedger } from './gateway/limits/ledger.ts'
import { bundledPrices } from './prices/catalog.ts'
import { createPriceBook } from './prices/price-book.ts'
import { createSimulator } from './providers/simulator/server.ts'
import { createHandlers } from './rpc/handlers.ts'
import { createRouter, type Dispatch } from './rpc/router.ts'
import { openSecretStore } from './secrets/store.ts'
import { createCodexHome } from './services/accounts/codex-home.ts'
import { createCallerUsage } from './services/caller-usage.ts'
import { createClientRoster } from './services/client-roster.ts'
import { createEventHub } from './services/events.ts'
import type { ExportFile } from './services/exports.ts'
import { createLogTail } from './services/log-tail.ts'
import { createServices, type Services } from './services/services.ts'
import { createMint } from './services/tokens.ts'
import { createTokenCounter } from './tokens/tokens.ts'
import { AppError } from '../shared/errors.ts'
import { isLoopback } from '../shared/loopback.ts'
import { formatRequestId } from '../shared/request-id.ts'
import { version } from './version.ts'
import type { CoreEvent } from '../shared/contract.ts'
import type { Settings } from '../shared/settings.ts'
import type { Log } from './gateway/ports.ts'
import type { Options } from './options.ts'

export interface App {
  readonly dispatch: Dispatch
  readonly subscribe: (listener: (event: CoreEvent) => void) => () => void
  /** Without `/v1`. Where it would listen, when it does not. */
  readonly gatewayUrl: string
  readonly settings: () => Settings
  /** The file of an export that waits to be fetched, for the host to hand out. */
  readonly openExport: (id: string) => ExportFile
  /** Drains the gateway, then closes everything in reverse. `cut` counts requests that did not finish in time. */
  close(): Promise<{ cut: number }>
}

export interface AppHooks {
  readonly signInLink: () => string | null
  readonly adminUrl: () => string | null
  readonly askPassphrase?: () => Promise<string>
  readonly log: Log
  /** Closes this core and creates it anew, with the same options. Missing where the host cannot. */
  readonly restart?: () => void
  /** What the host holds on to across a restart: in force until the host itself starts anew. */
  readonly kept?: Partial<Settings>
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
  const { log, tail } = createLogTail(hooks.log, Date.now)
  const startedAt = Date.now()
  const lock = acquireLock(dataDir)
  closers.push(() => lock.release())
  const startWork = doNextStart({ dataDir, log, now: Date.now, settle: () => settleDatabase(dataDir) })
  const database = openDatabase({ dataDir, log })
  closers.push(() => database.close())
  const { db } = database
  const secrets = await openSecretStore({
    dataDir,
    passphrase: passphrase ?? undefined,
    askPassphrase: hooks.askPassphrase,
  })
  const { zone, isRebuilt } = prepareUsageDays(db, Date.now())
  if (isRebuilt) log.info('what limits count was summed from the log')
  replayJournal(db, dataDir)
  const interrupted = closeInterrupted(db)
  if (interrupted > 0)
    log.warn('requests were cut off by the last stop; each is charged its reservation', { interrupted })

  const ledger = createLedger({ zone: () => zone })
  const moment = { db, zone, now: Date.now() }
  for (const counters of loadCounters(moment)) ledger.seed(counters.keyId, counters.rule, counters)
  // A token has an account of its own, under its own id.
  for (const counters of loadTokenCounters(moment)) {
    if (counters.rule !== null) ledger.seed(counters.rule, null, counters)
  }
  const prices = createPriceBook({ list: bundledPrices })
  const tokens = createTokenCounter({ log })
  closers.push(() => tokens.close())
  const directory = createDirectory()
  const journal = createJournal({ db, dataDir, log, now: Date.now })
  closers.push(() => journal.close())
  const reader = createReader(database.file)
  closers.push(() => reader.close())
  const events = createEventHub((error) => log.error('an event listener failed', { error }))
  const late: { services?: Services } = {}
  const simulator = await createSimulator({ behaviourOf: (id) => late.services?.simulatorBehaviour(id) })
  closers.push(() => simulator.close())

  const clients = createClientRoster(Date.now)
  const core = createGatewayCore({
    directory,
    journal,
    log,
    clock: Date.now,
    lastRequestId: lastRequestId(db),
    ledger,
    prices,
    tokens,
    usageOf: createCallerUsage({ reader, ledger, now: Date.now }),
    mintToken: createMint(() => {
      if (late.services === undefined) throw new AppError('shutting_down', 'Weir is not ready yet.')
      return late.services.tokens
    }),
    accounts: {
      refreshAfter401: async (id, usedToken) =>
        (await late.services?.accounts.keeper.refreshAfter401(id, usedToken)) ?? 'later',
    },
    events: {
      settled(admitted) {
        const { id, keyId, poolId } = admitted
        clients.note(admitted)
        late.services?.alerts.settled(keyId)
        if (admitted.tokenId !== undefined) late.services?.tokens.noteUse(admitted.tokenId, keyId)
        events.emit({ type: 'request.settled', id: formatRequestId(id), keyId, poolId })
      },
      limitRefused: (refusal) => late.services?.alerts.refused(refusal),
      authFailed: (id, reason) => late.services?.upstreams.authFailed(id, reason),
    },
  })
  closers.push(() => core.close())

  let lastBound: typeof core.gateway.bound = null
  /** Where it listens, or did, or would. */
  const address = () => {
    const { settings } = directory
    lastBound = core.gateway.bound ?? lastBound
    return lastBound ?? { host: settings['gateway.host'], port: settings['gateway.port'] }
  }
  const gatewayUrl = () => urlOf(address().host, address().port)
  const services = createServices({
    db,
    directory,
    secrets,
    reader,
    health: core.health,
    quota: core.quota,
    ledger,
    limiter: core.limiter,
    traffic: core.traffic,
    affinity: core.affinity,
    prices,
    simulator,
    events,
    log,
    now: Date.now,
    isOwnAddress: (url) => isOwn(url, [core.gateway.bound?.port ?? 0, portOf(hooks.adminUrl()), simulator.port]),
    flushJournal: () => journal.flush(),
    overrides: options.overrides,
    kept: hooks.kept,
    dataDir,
    gateway: core.gateway,
    clients,
    codexHome: createCodexHome(process.env),
    interfaces: networkInterfaces,
    logTail: tail,
    startWork,
    system: {
      restart: hooks.restart,
      signInLink: () => ({ url: hooks.signInLink() }),
      status: () => ({
        version,
        startedAt,
        dataDir,
        gateway: {
          url: gatewayUrl(),
          listening: core.gateway.bound !== null,
          exposed: !isLoopback(address().host),
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

  if (hooks.listen !== false) {
    const { settings } = directory
    await core.gateway.listen(settings['gateway.host'], settings['gateway.port'])
    services.start()
  }

  return {
    dispatch: createRouter(createHandlers(services), log),
    subscribe: events.subscribe,
    get gatewayUrl() {
      return gatewayUrl()
    },
    settings: () => directory.settings,
    openExport: (id) => services.exports.open(id),
    async close() {
      address()
      const drained =
        core.gateway.bound !== null
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
