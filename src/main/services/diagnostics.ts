/**
 * The bundle for whoever helps. Built from what may be shown of each record, never from a record as a whole, so that a new
 * field is left out until somebody decides about it. No secret is near it; names and notes are left out unless asked for.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { arch, cpus, freemem, homedir, platform, release, totalmem } from 'node:os'
import { join } from 'node:path'
import type { RouteOutput } from '../../shared/contract.ts'
import { AppError } from '../../shared/errors.ts'
import type { Actor } from '../../shared/models/audit.ts'
import type { DiagnosticsPreview, DiagnosticsSaved } from '../../shared/models/diagnostics.ts'
import type { PoolKey } from '../../shared/models/key.ts'
import type { Pool } from '../../shared/models/pool.ts'
import type { Upstream } from '../../shared/models/upstream.ts'
import { readAuditHead } from '../db/audit-store.ts'
import { databaseError } from '../db/connection.ts'
import type { Db } from '../db/database.ts'
import type { Reader } from '../db/reader.ts'
import type { Changes } from './change.ts'
import type { DataCareService } from './data-care.ts'
import type { JobService } from './jobs.ts'
import type { LogLine } from './log-tail.ts'
import type { SettingService } from './settings.ts'

export interface DiagnosticsService {
  preview(input: { readonly names: boolean }): Promise<DiagnosticsPreview>
  save(actor: Actor, input: { readonly names: boolean }): Promise<DiagnosticsSaved>
}

export interface DiagnosticsDeps {
  readonly db: Db
  readonly dataDir: string
  readonly reader: Pick<Reader, 'dataFacts' | 'errorCounts'>
  readonly dataCare: Pick<DataCareService, 'status'>
  readonly settings: Pick<SettingService, 'list'>
  readonly jobs: Pick<JobService, 'list'>
  readonly system: { status(): Promise<RouteOutput<'system.status'>> }
  readonly pools: () => readonly Pool[]
  readonly upstreams: () => readonly Upstream[]
  readonly keys: () => Promise<readonly PoolKey[]>
  readonly logTail: () => readonly LogLine[]
  readonly changes: Changes
  readonly now: () => number
}

const WEEK_MS = 7 * 86_400_000

export function createDiagnosticsService(deps: DiagnosticsDeps): DiagnosticsService {
  const { dataDir, changes, now } = deps

  async function preview({ names }: { readonly names: boolean }): Promise<DiagnosticsPreview> {
    const createdAt = now()
    const text = withoutHome(`${JSON.stringify(await collect(deps, names, createdAt), null, 2)}\n`)
    const stamp = new Date(createdAt).toISOString().replaceAll(/[-:.]/g, '').slice(0, 15)
    return { text, fileName: `weir-diagnostics-${stamp}Z.json`, bytes: Buffer.byteLength(text), createdAt }
  }

  async function save(actor: Actor, input: { readonly names: boolean }): Promise<DiagnosticsSaved> {
    const target = { kind: 'system', id: null, name: null } as const
    return changes.runAsync({ actor, action: 'diagnostics.save', target }, async (commit) => {
      const { text, fileName, bytes } = await preview(input)
      const dir = join(dataDir, 'diagnostics')
      const path = join(dir, fileName)
      try {
        mkdirSync(dir, { recursive: true, mode: 0o700 })
        writeFileSync(path, text, { mode: 0o600 })
      } catch (error) {
        throw databaseError(error, path)
      }
      commit(() => ({ value: null, target, after: { file: fileName, names: input.names } }))
      return { path, bytes }
    })
  }

  return { preview, save }
}

async function collect(deps: DiagnosticsDeps, names: boolean, createdAt: number): Promise<unknown> {
  const { reader, now } = deps
  const [status, data, facts, keys, lastDay, lastWeek] = await Promise.all([
    deps.system.status(),
    attempt(() => deps.dataCare.status()),
    attempt(() => reader.dataFacts()),
    deps.keys(),
    attempt(() => reader.errorCounts(now() - WEEK_MS / 7)),
    attempt(() => reader.errorCounts(now() - WEEK_MS)),
  ])
  const { version, startedAt, gateway, secretStore, pendingRestart, canRestart } = status
  return {
    bundle: 'weir diagnostics',
    createdAt: new Date(createdAt).toISOString(),
    with: names ? 'names of records' : 'no names of records',
    program: {
      version,
      node: process.versions.node,
      sqlite: sqliteVersion(deps.db),
      electron: process.versions['electron'] ?? null,
    },
    machine: {
      platform: platform(),
      arch: arch(),
      release: release(),
      cores: cpus().length,
      memory: totalmem(),
      free: freemem(),
    },
    process: { startedAt, uptimeSeconds: Math.round(process.uptime()), memory: process.memoryUsage() },
    gateway,
    secretStore,
    restart: { canRestart, pending: pendingRestart },
    settings: Object.fromEntries(
      deps.settings
        .list()
        .map(({ key, value, default: initial, overriddenBy, active }) => [
          key,
          { value, default: initial, active, overriddenBy },
        ]),
    ),
    data,
    newestMigration: facts !== null && 'newestMigration' in facts ? facts.newestMigration : null,
    audit: readAuditHead(deps.db),
    records: records(deps, keys, names),
    errors: { lastDay, lastWeek },
    jobs: deps.jobs
      .list()
      .map(({ kind, state, startedAt: at, endedAt, error }) => ({ kind, state, at, endedAt, error })),
    log: deps.logTail(),
  }
}

function records(deps: DiagnosticsDeps, keys: readonly PoolKey[], names: boolean) {
  const called = (name: string) => (names ? { name } : {})
  return {
    pools: deps.pools().map(({ id, name, status, strategy, assignments }) => ({
      id,
      ...called(name),
      status,
      strategy,
      upstreams: assignments.map(({ upstreamId, priority, enabled }) => ({ upstreamId, priority, enabled })),
      keys: keys.filter((key) => key.poolId === id).length,
    })),
    upstreams: deps
      .upstreams()
      .map(({ id, name, kind, status, health, fetchedModels, manualModels, modelsFetchedAt }) => ({
        id,
        ...called(name),
        kind,
        status,
        health: health.state,
        models: { fetched: fetchedModels.length, manual: manualModels.length, fetchedAt: modelsFetchedAt },
      })),
    keys: names
      ? keys.map(({ id, name, poolId, status, expiresAt, lastUsedAt }) => {
          return { id, name, poolId, status, expiresAt, lastUsedAt }
        })
      : Object.fromEntries([...Map.groupBy(keys, (key) => key.status)].map(([status, all]) => [status, all.length])),
  }
}

/** A bundle is most wanted when something is broken: what cannot be had says why. */
async function attempt<T>(ask: () => Promise<T>): Promise<T | { readonly error: string }> {
  try {
    return await ask()
  } catch (error) {
    return { error: AppError.from(error).code }
  }
}

function sqliteVersion(db: Db): string {
  return String(db.$client.prepare('select sqlite_version()').pluck().get())
}

/** Paths under the home directory name its owner. As they stand in JSON, where a backslash is two. */
function withoutHome(text: string): string {
  const home = homedir()
  if (home.length < 2) return text
  return text.replaceAll(JSON.stringify(home).slice(1, -1), '~')
}
