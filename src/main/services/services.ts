/** All use-cases of Weir, built from what they need. Transports call these and add nothing. */
import type { SimulatorBehaviour } from '../../shared/models/upstream.ts'
import type { Db } from '../db/database.ts'
import { tokenIdsOf } from '../db/ephemeral-token-store.ts'
import { findUpstream } from '../db/upstream-store.ts'
import type { Affinity } from '../gateway/affinity.ts'
import type { WritableDirectory } from '../gateway/directory.ts'
import type { HealthView } from '../gateway/health.ts'
import type { QuotaEvidence } from '../providers/quota-evidence.ts'
import type { Reader } from '../db/reader.ts'
import type { AccountKeeper, Log } from '../gateway/ports.ts'
import type { SecretStore } from '../secrets/store.ts'
import { createAccountService, type AccountService } from './accounts/accounts.ts'
import type { CodexHome } from './accounts/codex-home.ts'
import { createAccountQuotas, type AccountQuotas, type AccountQuotaService } from './accounts/account-quotas.ts'
import { createSavedResets, type SavedResetService } from './accounts/saved-resets.ts'
import { createAuditAnchor } from './audit-anchor.ts'
import type { BudgetAlerts } from './budget-alerts.ts'
import { createChanges } from './change.ts'
import { createDoctorService, type DoctorDeps, type DoctorService } from './doctor.ts'
import type { EventHub } from './events.ts'
import { createExportSources } from './export-sources.ts'
import { createExports, type ExportService } from './exports.ts'
import { createKeyAdjustmentService, type KeyAdjustmentService } from './key-adjustments.ts'
import { createKeyReviewService, type KeyReviewService } from './key-review.ts'
import { createKeyTestService, type KeyTestService } from './key-test.ts'
import { createKeyService, type KeyService } from './keys.ts'
import { loadDirectory } from './load-directory.ts'
import type { IsOwnAddress } from './loop-check.ts'
import { createModelRefresh } from './model-refresh.ts'
import type { NoticeService } from './notices.ts'
import { createFigureService, type FigureService } from './overview.ts'
import { createOperations, type OperationDeps, type Operations } from './operations.ts'
import { bundledPrices } from '../prices/catalog.ts'
import { createPriceBook, type PriceBook } from '../prices/price-book.ts'
import { createPoolPlanning, type PoolPlanning } from './pool-planning.ts'
import { createPoolOverview, type PoolOverview } from './pools-overview.ts'
import { createPoolService, type PoolService } from './pools.ts'
import { createKeyUsageService, type KeyUsageService } from './key-usage.ts'
import type { Ledger } from '../gateway/limits/ledger.ts'
import type { PriceFetchOptions } from './price-fetch.ts'
import { createPriceService, type PriceService } from './prices.ts'
import {
  createRequestService,
  createStatsService,
  tryFlush,
  type RequestReader,
  type RequestService,
  type StatsService,
} from './requests.ts'
import { createSavedFilterService, type SavedFilterService } from './saved-filters.ts'
import { createSecretSaving } from './secret-saving.ts'
import { createSessionService, type SessionService } from './sessions.ts'
import { createSetupService, type SetupService } from './setup.ts'
import { createTelling } from './telling.ts'
import { createTokenService, type TokenService } from './tokens.ts'
import { createUpstreamOverview, type UpstreamOverview } from './upstream-overview.ts'
import { createUpstreamModelService, type UpstreamModelService } from './upstream-models.ts'
import { createUpstreamRuntime, type SimulatorAddress, type UpstreamRuntime } from './upstream-runtime.ts'
import { createUpstreamService, type UpstreamService } from './upstreams.ts'

export interface ServiceDeps extends OperationDeps {
  readonly db: Db
  readonly directory: WritableDirectory
  readonly secrets: SecretStore
  readonly reader: RequestReader & OperationDeps['reader'] & Pick<Reader, 'requestCount' | 'replayPage'>
  readonly health: HealthView
  readonly quota: QuotaEvidence
  readonly simulator: SimulatorAddress
  readonly events: EventHub
  readonly log: Log
  readonly now: () => number
  /** Asked with the address as written and with each IP address its host resolves to. */
  readonly isOwnAddress: IsOwnAddress
  readonly flushJournal: () => void
  readonly ledger: Pick<
    Ledger,
    'states' | 'budgets' | 'glance' | 'periodOf' | 'forget' | 'forgetRule' | 'check' | 'verdicts'
  >
  readonly limiter: DoctorDeps['limiter']
  readonly traffic: DoctorDeps['traffic']
  readonly affinity: Affinity
  /** The one that the gateway asks; its own where there is no gateway. */
  readonly prices?: PriceBook
  readonly priceFetch?: PriceFetchOptions
  readonly codexHome: CodexHome
  /** How long a sign-in may take, ms; its own default where it is left out. */
  readonly flowMs?: number
}

export interface Services extends Omit<Operations, 'opened' | 'start' | 'close'> {
  readonly pools: PoolService & PoolOverview & PoolPlanning
  readonly upstreams: UpstreamService & UpstreamOverview & Omit<UpstreamModelService, 'refreshQuietly' | 'refreshable'>
  readonly keys: KeyService & KeyAdjustmentService & KeyReviewService & KeyTestService & KeyUsageService & DoctorService
  readonly notices: NoticeService
  /** For the gateway: what it settled, and what a limit refused. */
  readonly alerts: Pick<BudgetAlerts, 'settled' | 'refused'>
  readonly accounts: Omit<AccountService, 'start' | 'close'>
  readonly quotas: AccountQuotaService
  readonly resets: Omit<SavedResetService, 'start' | 'look' | 'close'>
  readonly tokens: TokenService
  readonly sessions: SessionService
  readonly prices: PriceService
  readonly setup: SetupService
  readonly requests: RequestService
  readonly figures: FigureService
  readonly exports: ExportService
  readonly savedFilters: SavedFilterService
  readonly stats: StatsService
  /** For the simulator's server: how the upstream of this id behaves now. */
  simulatorBehaviour(upstreamId: string): SimulatorBehaviour | undefined
  /** Settings only: what the listeners need before the rest is loaded. */
  loadSettings(): void
  /** Fills the directory from the database and the secret store. Once, before the first request. */
  loadDirectory(): Promise<void>
  /** Starts the schedules: model lists, retention. */
  start(): void
  close(): Promise<void>
}

/** What pages ask beyond the records: previews, reviews, histories. They read, and change nothing. */
function createOverviews(deps: ServiceDeps, runtime: UpstreamRuntime) {
  const flushJournal = (): void => void tryFlush(deps.flushJournal)
  deps.health.onRestChange((id) => deps.events.emit({ type: 'upstream.changed', id }))
  const keyTest = createKeyTestService({
    async gatewayUrl() {
      const { gateway } = await deps.system.status()
      return gateway.listening ? gateway.url : null
    },
  })
  return {
    pools: createPoolOverview({ ...deps, flushJournal }),
    upstreams: createUpstreamOverview({ ...deps, runtime }),
    keys: { ...createKeyReviewService({ ...deps, flushJournal }), ...keyTest },
  }
}

export function createServices(given: ServiceDeps): Services {
  const { directory, secrets, log, now } = given
  const { notices, alerts, events, authRequired } = createTelling(given)
  const deps = { ...given, events }
  const anchor = createAuditAnchor(deps)
  const changes = createChanges({ ...deps, onAudit: anchor.touch })
  const late: { keeper?: AccountKeeper; quotas?: AccountQuotas } = {}
  const runtime = createUpstreamRuntime({ ...deps, accountQuotaOf: (row) => late.quotas?.present(row) ?? null })
  const saving = createSecretSaving({ secrets, runtime, log })
  const renew: AccountKeeper['refreshAfter401'] = async (id, usedToken) =>
    (await late.keeper?.refreshAfter401(id, usedToken)) ?? 'later'
  const models = createUpstreamModelService({ ...deps, changes, runtime, renew })
  const refresh = createModelRefresh({
    refreshable: models.refreshable,
    refresh: models.refreshQuietly,
    intervalMs: () => directory.settings['models.refreshIntervalMs'],
    now,
    log,
  })
  const upstreams = createUpstreamService({
    ...deps,
    changes,
    runtime,
    saving,
    wantModels: refresh.soon,
    authRequired,
  })
  const accounts = createAccountService({
    ...deps,
    changes,
    runtime,
    saving,
    wantModels: refresh.soon,
    authFailed: upstreams.authFailed,
    settings: () => directory.settings,
  })
  late.keeper = accounts.keeper
  const resets = createSavedResets({
    ...deps,
    changes,
    runtime,
    notices,
    renew,
    windowsOf: (id) => {
      const row = findUpstream(deps.db, id)
      return row === undefined ? [] : (runtime.present(row).accountQuota?.windows ?? [])
    },
    wantUsage: (id) => late.quotas?.readSoon(id),
  })
  const quotas = createAccountQuotas({
    ...deps,
    runtime,
    notices,
    renew,
    settings: () => directory.settings,
    resetsOf: resets.resetsOf,
    read: (id) => void resets.refreshResets(id),
  })
  late.quotas = quotas
  const { test, probe, probeEdit, refreshModels } = models
  const overviews = createOverviews(deps, runtime)
  const pools = createPoolService({ ...deps, changes })
  const keys = createKeyService({ ...deps, changes })
  const deleteKey: KeyService['delete'] = async (actor, id, prefix) => {
    const lent = tokenIdsOf(deps.db, id)
    const deleted = await keys.delete(actor, id, prefix)
    for (const account of [id, ...lent]) deps.ledger.forget(account)
    deps.affinity.forgetKey(id)
    return deleted
  }
  const tokens = createTokenService({ ...deps, changes, flushJournal: () => void tryFlush(deps.flushJournal) })
  const records = { pools: pools.list, upstreams: upstreams.list, keys: async () => keys.list({}) }
  const book = deps.prices ?? createPriceBook({ list: bundledPrices, now })
  const prices = createPriceService({ ...deps, changes, book, fetchOptions: deps.priceFetch })
  const doctor = createDoctorService({ ...deps, prices: book })
  const operations = createOperations(deps, { changes, anchor, records, sweeps: [tokens.sweep, quotas.sweep] })
  const { audit, settings } = operations
  const flushJournal = (): void => void tryFlush(deps.flushJournal)
  const planning = createPoolPlanning({ ...deps, flushJournal, prices: book, jobs: operations.jobs })
  return {
    ...operations,
    pools: { ...pools, ...overviews.pools, ...planning },
    upstreams: { ...upstreams, ...overviews.upstreams, test, probe, probeEdit, refreshModels },
    keys: {
      ...keys,
      ...overviews.keys,
      ...createKeyAdjustmentService({ ...deps, changes }),
      ...createKeyUsageService(deps),
      ...doctor,
      delete: deleteKey,
    },
    notices,
    alerts,
    accounts,
    quotas,
    resets,
    tokens,
    sessions: createSessionService({ ...deps, changes }),
    prices,
    setup: createSetupService({ ...deps, flushJournal: () => void tryFlush(deps.flushJournal), pools, upstreams }),
    requests: createRequestService({ ...deps, prices: book }),
    figures: createFigureService(deps),
    exports: createExports({ ...deps, sources: createExportSources({ ...deps, auditPage: audit.list }) }),
    savedFilters: createSavedFilterService(deps),
    stats: createStatsService(deps),
    simulatorBehaviour: runtime.behaviour,
    loadSettings: settings.load,
    async loadDirectory() {
      settings.load()
      prices.load()
      await loadDirectory({ ...deps, changes, runtime })
      quotas.load()
      operations.opened()
    },
    start() {
      refresh.start()
      accounts.start()
      quotas.start()
      resets.start()
      alerts.start()
      operations.start()
    },
    async close() {
      await refresh.close()
      await accounts.close()
      await quotas.close()
      await resets.close()
      await alerts.close()
      await operations.close()
    },
  }
}
