/** The services that keep Weir itself in order: audit, settings, data, backups, diagnostics, sharing, restart. */
import type { RouteOutput } from '../../shared/contract.ts'
import { AppError } from '../../shared/errors.ts'
import type { Actor } from '../../shared/models/audit.ts'
import type { PoolKey } from '../../shared/models/key.ts'
import type { Pool } from '../../shared/models/pool.ts'
import type { Upstream } from '../../shared/models/upstream.ts'
import { readAuditHead } from '../db/audit-store.ts'
import type { Settings } from '../../shared/settings.ts'
import type { Db } from '../db/database.ts'
import type { StartWork } from '../db/next-start.ts'
import type { Reader } from '../db/reader.ts'
import type { WritableDirectory } from '../gateway/directory.ts'
import type { Log } from '../gateway/ports.ts'
import { createAuditService, type AuditService } from './audit.ts'
import type { AuditAnchor } from './audit-anchor.ts'
import { createBackupService, type BackupService } from './backups.ts'
import type { Changes } from './change.ts'
import type { ClientRoster } from './client-roster.ts'
import { createDataCareService, type DataCareService } from './data-care.ts'
import { createDiagnosticsService, type DiagnosticsService } from './diagnostics.ts'
import type { EventHub } from './events.ts'
import { createJobs, type JobService } from './jobs.ts'
import type { LogLine } from './log-tail.ts'
import { tryFlush } from './requests.ts'
import { createRetentionService, type RetentionService } from './retention.ts'
import { createSettingService, type SettingOverrides, type SettingService } from './settings.ts'
import { createSharingService, type SharingService } from './sharing.ts'
import type { Interfaces } from './sharing-addresses.ts'
import type { GatewayAddress } from './sharing-move.ts'

type SystemStatus = RouteOutput<'system.status'>

/** What only the composition root knows: where this instance listens, how to sign in to it, how to start it anew. */
export interface SystemPort {
  status(): Omit<SystemStatus, 'pendingRestart' | 'canRestart'>
  signInLink(): RouteOutput<'system.signInLink'>
  /** Missing where the host cannot. Returns at once. */
  readonly restart?: (() => void) | undefined
}

export interface SystemService {
  status(): SystemStatus
  signInLink(): RouteOutput<'system.signInLink'>
  restart(actor: Actor): RouteOutput<'system.restart'>
}

export interface OperationDeps {
  readonly db: Db
  readonly dataDir: string
  readonly directory: WritableDirectory
  readonly reader: Pick<
    Reader,
    'auditPage' | 'auditEntry' | 'auditHash' | 'chainSlice' | 'dataFacts' | 'errorCounts' | 'retention' | 'usageCheck'
  >
  readonly events: EventHub
  readonly log: Log
  readonly now: () => number
  readonly flushJournal: () => void
  readonly overrides: SettingOverrides
  readonly kept?: Partial<Settings> | undefined
  readonly system: SystemPort
  readonly gateway: GatewayAddress
  readonly clients: Pick<ClientRoster, 'list'>
  readonly interfaces: () => Interfaces
  readonly logTail: () => readonly LogLine[]
  /** What was done before the database was opened. */
  readonly startWork?: StartWork
}

export interface Operations {
  readonly jobs: JobService
  readonly audit: AuditService
  readonly settings: SettingService
  readonly backups: BackupService
  readonly retention: RetentionService
  readonly dataCare: DataCareService
  readonly diagnostics: DiagnosticsService
  readonly sharing: SharingService
  readonly system: SystemService
  /** Writes into the audit log what was done before the database was opened. */
  opened(): void
  /** Begins the schedules. */
  start(): void
  close(): Promise<void>
}

/** The records as the diagnostics bundle counts them. */
export interface RecordLists {
  readonly pools: () => readonly Pool[]
  readonly upstreams: () => readonly Upstream[]
  readonly keys: () => Promise<readonly PoolKey[]>
}

interface OperationParts {
  readonly changes: Changes
  readonly anchor: AuditAnchor
  readonly records: RecordLists
  /** What else is brought down on the schedule of retention. */
  readonly sweeps: readonly (() => Promise<void>)[]
}

export function createOperations(
  given: OperationDeps,
  { changes, anchor, records, sweeps }: OperationParts,
): Operations {
  const { directory, system: port } = given
  // When the disk refuses, an operator must still see and mend what is there.
  const deps = { ...given, flushJournal: () => void tryFlush(given.flushJournal), changes }
  const jobs = createJobs(deps)
  const settings = createSettingService(deps)
  const retention = createRetentionService({ ...deps, jobs, sweeps, settings: () => directory.settings })
  const dataCare = createDataCareService({ ...deps, jobs, retention })
  const system = createSystem(port, settings, changes)
  const diagnostics = createDiagnosticsService({
    ...deps,
    ...records,
    dataCare,
    settings,
    jobs,
    system: { status: async () => system.status() },
  })
  return {
    jobs,
    audit: createAuditService({ ...deps, jobs, anchor }),
    settings,
    backups: createBackupService({ ...deps, jobs }),
    retention,
    dataCare,
    diagnostics,
    sharing: createSharingService({ ...deps, settings }),
    system,
    opened: () => tellStartWork(deps, anchor),
    start: retention.start,
    async close() {
      retention.close()
      await jobs.close()
      await anchor.close()
    },
  }
}

function tellStartWork(
  { db, startWork, changes }: OperationDeps & { readonly changes: Changes },
  anchor: AuditAnchor,
): void {
  // An empty log has no past that a copy of its head could speak for.
  if (readAuditHead(db).entries === 0) void anchor.reset()
  if (startWork === undefined) return
  const { restored, failed } = startWork
  const target = { kind: 'backup', id: null, name: restored?.id ?? failed?.id ?? null } as const
  const intent = { actor: 'system', action: 'backup.restored', target } as const
  if (restored !== null) {
    changes.run(intent, (commit) => {
      commit(() => ({ value: null, target, after: { replaced: restored.replaced } }))
    })
    // The restored log ends earlier than the one that was replaced, and that is as it should be.
    void anchor.reset()
  }
  if (failed !== null) {
    changes.run(intent, (commit) => {
      commit(() => ({ value: null, target, errorCode: failed.error.code }))
    })
  }
}

function createSystem(port: SystemPort, settings: SettingService, changes: Changes): SystemService {
  return {
    status: () => ({
      ...port.status(),
      pendingRestart: settings.pending(),
      canRestart: port.restart !== undefined,
    }),
    signInLink: () => port.signInLink(),
    restart(actor) {
      const target = { kind: 'system', id: null, name: null } as const
      const { restart } = port
      changes.run({ actor, action: 'system.restart', target }, (commit) => {
        if (restart === undefined) {
          throw new AppError('state_conflict', 'This Weir cannot restart itself. Stop it and start it again.')
        }
        commit(() => ({ value: null, target }))
      })
      // The answer leaves first.
      setImmediate(() => restart?.())
      return { restarting: true }
    },
  }
}
