/** All use-cases of Weir, built from what they need. Transports call these and add nothing. */
import type { RouteOutput } from '../../shared/contract.ts'
import type { SimulatorBehaviour } from '../../shared/models/upstream.ts'
import type { Db } from '../db/database.ts'
import type { WritableDirectory } from '../gateway/directory.ts'
import type { HealthView } from '../gateway/health.ts'
import type { Log } from '../gateway/ports.ts'
import type { SecretStore } from '../secrets/store.ts'
import { createAuditService, type AuditService } from './audit.ts'
import { createChanges } from './change.ts'
import type { EventHub } from './events.ts'
import { createKeyService, type KeyService } from './keys.ts'
import { loadDirectory } from './load-directory.ts'
import type { IsOwnAddress } from './loop-check.ts'
import { createModelRefresh } from './model-refresh.ts'
import { createPoolService, type PoolService } from './pools.ts'
import {
  createRequestService,
  createStatsService,
  type RequestReader,
  type RequestService,
  type StatsService,
} from './requests.ts'
import { createSecretSaving } from './secret-saving.ts'
import { createSettingService, type SettingOverrides, type SettingService } from './settings.ts'
import { createUpstreamModelService, type UpstreamModelService } from './upstream-models.ts'
import { createUpstreamRuntime, type SimulatorAddress } from './upstream-runtime.ts'
import { createUpstreamService, type UpstreamService } from './upstreams.ts'

/** What only the composition root knows: where this instance listens, and how to sign in to it. */
export interface SystemPort {
  status(): RouteOutput<'system.status'> | Promise<RouteOutput<'system.status'>>
  signInLink(): RouteOutput<'system.signInLink'> | Promise<RouteOutput<'system.signInLink'>>
}

export interface ServiceDeps {
  readonly db: Db
  readonly directory: WritableDirectory
  readonly secrets: SecretStore
  readonly reader: RequestReader
  readonly health: HealthView
  readonly simulator: SimulatorAddress
  readonly events: EventHub
  readonly log: Log
  readonly now: () => number
  /** Asked with the address as written and with each IP address its host resolves to. */
  readonly isOwnAddress: IsOwnAddress
  readonly flushJournal: () => void
  readonly system: SystemPort
  readonly overrides: SettingOverrides
}

export interface Services {
  readonly pools: PoolService
  readonly upstreams: UpstreamService & Omit<UpstreamModelService, 'refreshQuietly' | 'refreshable'>
  readonly keys: KeyService
  readonly requests: RequestService
  readonly audit: AuditService
  readonly settings: SettingService
  readonly stats: StatsService
  readonly system: SystemPort
  /** For the simulator's server: how the upstream of this id behaves now. */
  simulatorBehaviour(upstreamId: string): SimulatorBehaviour | undefined
  /** Settings only: what the listeners need before the rest is loaded. */
  loadSettings(): void
  /** Fills the directory from the database and the secret store. Once, before the first request. */
  loadDirectory(): Promise<void>
  /** Starts the schedule of model lists. */
  start(): void
  close(): Promise<void>
}

export function createServices(deps: ServiceDeps): Services {
  const { db, directory, secrets, log, now } = deps
  const changes = createChanges(deps)
  const runtime = createUpstreamRuntime(deps)
  const saving = createSecretSaving({ secrets, runtime, log })
  const models = createUpstreamModelService({ ...deps, changes, runtime })
  const refresh = createModelRefresh({
    refreshable: models.refreshable,
    refresh: models.refreshQuietly,
    intervalMs: () => directory.settings['models.refreshIntervalMs'],
    now,
    log,
  })
  const upstreams = createUpstreamService({ ...deps, changes, runtime, saving, wantModels: refresh.soon })
  const { test, probe, refreshModels } = models
  const settings = createSettingService({ ...deps, changes })
  return {
    pools: createPoolService({ ...deps, changes }),
    upstreams: { ...upstreams, test, probe, refreshModels },
    keys: createKeyService({ ...deps, changes }),
    requests: createRequestService(deps),
    audit: createAuditService({ db }),
    settings,
    stats: createStatsService(deps),
    system: deps.system,
    simulatorBehaviour: runtime.behaviour,
    loadSettings: settings.load,
    async loadDirectory() {
      settings.load()
      await loadDirectory({ ...deps, changes, runtime })
    },
    start: refresh.start,
    close: refresh.close,
  }
}
