/** Services on real parts for tests: database file, directory, health, simulator, reader thread, journal. */
import { networkInterfaces } from 'node:os'
import type { CoreEvent, RpcResult } from '../../src/shared/contract.ts'
import { createJournal, type WritableJournal } from '../../src/main/db/journal.ts'
import type { Db } from '../../src/main/db/database.ts'
import { openDatabase } from '../../src/main/db/open.ts'
import { createReader } from '../../src/main/db/reader.ts'
import { createAffinity, type Affinity } from '../../src/main/gateway/affinity.ts'
import { createDirectory, type WritableDirectory } from '../../src/main/gateway/directory.ts'
import { createLedger } from '../../src/main/gateway/limits/ledger.ts'
import { createHealth, type Health } from '../../src/main/gateway/health.ts'
import { createTraffic } from '../../src/main/gateway/traffic.ts'
import { createLimiter } from '../../src/main/gateway/limiter.ts'
import type { Log } from '../../src/main/gateway/ports.ts'
import { bundledPrices } from '../../src/main/prices/catalog.ts'
import { createPriceBook } from '../../src/main/prices/price-book.ts'
import { providerOf } from '../../src/main/providers/registry.ts'
import { createQuotaEvidence, type QuotaEvidence } from '../../src/main/providers/quota-evidence.ts'
import { createSimulator } from '../../src/main/providers/simulator/server.ts'
import { createHandlers } from '../../src/main/rpc/handlers.ts'
import { createRouter } from '../../src/main/rpc/router.ts'
import type { SecretStore } from '../../src/main/secrets/store.ts'
import { createCodexHome } from '../../src/main/services/accounts/codex-home.ts'
import { createClientRoster } from '../../src/main/services/client-roster.ts'
import { createEventHub } from '../../src/main/services/events.ts'
import { createServices, type ServiceDeps, type Services } from '../../src/main/services/services.ts'
import { createTokenCounter } from '../../src/main/tokens/tokens.ts'
import { makeTempDir } from './temp-dir.ts'

/** A secret store in memory that can be told to fail, as a keychain does when it is locked. */
export interface MemorySecrets extends SecretStore {
  readonly items: Map<string, string>
  /** Thrown by the named operations until emptied. */
  readonly failing: Map<'get' | 'set' | 'delete', Error>
}

export function memorySecrets(items = new Map<string, string>()): MemorySecrets {
  const failing: MemorySecrets['failing'] = new Map()
  const check = (operation: 'get' | 'set' | 'delete') => {
    const error = failing.get(operation)
    if (error !== undefined) throw error
  }
  return {
    items,
    failing,
    status: { kind: 'keychain', usable: true, reason: null },
    get: async (id) => {
      check('get')
      return items.get(id) ?? null
    },
    set: async (id, value) => {
      check('set')
      items.set(id, value)
    },
    delete: async (id) => {
      check('delete')
      items.delete(id)
    },
  }
}

export interface LoggedLine {
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
  readonly facts: Readonly<Record<string, unknown>> | undefined
}

export interface ServicesRig {
  readonly dataDir: string
  readonly services: Services
  readonly db: Db
  readonly directory: WritableDirectory
  readonly health: Health
  readonly quota: QuotaEvidence
  readonly affinity: Affinity
  readonly secrets: SecretStore
  readonly journal: WritableJournal
  readonly events: CoreEvent[]
  readonly logged: LoggedLine[]
  /** Moves by itself only when told to. */
  readonly clock: { now: number }
  call(route: string, input?: unknown): Promise<RpcResult<unknown>>
  close(): Promise<void>
}

export interface RigOptions {
  /** An earlier rig's, to start again on what it left. */
  readonly dataDir?: string
  readonly secrets?: SecretStore
  readonly overrides?: ServiceDeps['overrides']
  readonly isOwnAddress?: ServiceDeps['isOwnAddress']
  readonly gateway?: ServiceDeps['gateway']
  readonly interfaces?: ServiceDeps['interfaces']
  readonly priceFetch?: NonNullable<ServiceDeps['priceFetch']>
  /** The folder of the operator's Codex; an empty one where it is left out. */
  readonly codexHome?: string
  readonly flowMs?: number
}

function capturingLog(logged: LoggedLine[]): Log {
  const line = (level: LoggedLine['level']) => (message: string, facts?: Readonly<Record<string, unknown>>) => {
    logged.push({ level, message, facts })
  }
  return { info: line('info'), warn: line('warn'), error: line('error') }
}

/** The rig has no gateway: what would move one is refused. */
const closedGateway: ServiceDeps['gateway'] = {
  bound: null,
  listen: () => Promise.reject(new Error('the rig has no gateway')),
}

function systemOf(dataDir: string, secrets: SecretStore): ServiceDeps['system'] {
  return {
    status: () => ({
      version: '0.0.0',
      startedAt: 0,
      dataDir,
      gateway: {
        url: 'http://127.0.0.1:4141',
        listening: false,
        exposed: false,
        requestsInFlight: 0,
        accountingError: null,
      },
      adminUrl: null,
      secretStore: secrets.status,
    }),
    signInLink: () => ({ url: null }),
    restart: () => {},
  }
}

export async function createServicesRig(options: RigOptions = {}): Promise<ServicesRig> {
  const { dataDir = makeTempDir('services'), secrets = memorySecrets(), overrides = {} } = options
  const clock = { now: Date.UTC(2026, 0, 1) }
  const logged: LoggedLine[] = []
  const log = capturingLog(logged)
  const now = () => clock.now
  const { db, file, close } = openDatabase({ dataDir })
  const directory = createDirectory()
  const health = createHealth(directory, (record) => providerOf(record.kind).needsSecret, now)
  const quota = createQuotaEvidence(now)
  const affinity = createAffinity({ directory, clock: now })
  const journal = createJournal({ db, dataDir, log, now })
  const ledger = createLedger({ zone: () => 'UTC' })
  const prices = createPriceBook({ list: bundledPrices, now })
  const tokens = createTokenCounter({ log })
  const reader = createReader(file)
  const behaviours: { of?: Services['simulatorBehaviour'] } = {}
  const simulator = await createSimulator({ behaviourOf: (id) => behaviours.of?.(id) })
  const hub = createEventHub()
  const events: CoreEvent[] = []
  hub.subscribe((event) => events.push(event))
  const services = createServices({
    db,
    directory,
    secrets,
    reader,
    health,
    quota,
    traffic: createTraffic({ health, directory, now }),
    affinity,
    ledger,
    limiter: createLimiter({ ledger, prices, tokens, directory, journal, affinity, clock: now }),
    prices,
    simulator,
    events: hub,
    log,
    now,
    isOwnAddress: options.isOwnAddress ?? (() => false),
    flushJournal: journal.flush,
    system: systemOf(dataDir, secrets),
    overrides,
    dataDir,
    gateway: options.gateway ?? closedGateway,
    clients: createClientRoster(now),
    codexHome: createCodexHome({ CODEX_HOME: options.codexHome ?? dataDir }),
    ...(options.flowMs === undefined ? {} : { flowMs: options.flowMs }),
    interfaces: options.interfaces ?? networkInterfaces,
    logTail: () => [],
    ...(options.priceFetch === undefined ? {} : { priceFetch: options.priceFetch }),
  })
  behaviours.of = services.simulatorBehaviour
  await services.loadDirectory()
  const dispatch = createRouter(createHandlers(services), log)
  return {
    dataDir,
    services,
    db,
    directory,
    health,
    quota,
    affinity,
    secrets,
    journal,
    events,
    logged,
    clock,
    call: (route, input) => dispatch(route, input, { actor: 'operator' }),
    async close() {
      await services.close()
      await reader.close()
      await tokens.close()
      journal.close()
      await simulator.close()
      close()
    },
  }
}
