/**
 * The operator surface: every call the admin page, the desktop window and the `weir` command can make. One table of
 * route → {input, output}; transports add nothing to it. Inputs are parsed because they cross into the privileged side.
 */
import { z } from 'zod'
import { accountRoutes } from './contract-accounts.ts'
import { planRoutes } from './contract-plan.ts'
import { policyRoutes } from './contract-policy.ts'
import { priceRoutes } from './contract-prices.ts'
import { quotaRoutes } from './contract-quota.ts'
import { resetRoutes } from './contract-resets.ts'
import { sessionRoutes } from './contract-sessions.ts'
import { auditDetail, auditFilter, auditPage } from './models/audit.ts'
import { displayName } from './models/common.ts'
import { backup, dataStatus, retentionPreview, retentionRule, usageCheck } from './models/data-care.ts'
import { diagnosticsInput, diagnosticsPreview, diagnosticsSaved } from './models/diagnostics.ts'
import { doctorQuestion, doctorReport } from './models/doctor.ts'
import { job, jobWait } from './models/job.ts'
import {
  keyBulk,
  keyBulkResult,
  keyDeletePreview,
  keyDraft,
  keyDuplicate,
  keyFilter,
  keyPatch,
  keyReview,
  keyReviewInput,
  keyRotate,
  keyTest,
  keyTestResult,
  keyWithSecret,
  poolKey,
} from './models/key.ts'
import { pool, poolDeletePreview, poolDraft, poolPatch, poolSummary } from './models/pool.ts'
import { exportJob, exportStart } from './models/export.ts'
import {
  catalogModel,
  keyFigures,
  keyFiguresQuery,
  overview,
  overviewQuery,
  poolFigures,
  upstreamAttempts,
  upstreamAttemptsQuery,
  upstreamFigures,
} from './models/overview.ts'
import { requestCount, requestDetail, requestFilter, requestPage } from './models/request.ts'
import { filterPage, savedFilter, savedFilterDraft } from './models/saved-filter.ts'
import { clientAddresses, setupSimulator, setupState } from './models/setup.ts'
import { sharingChange, sharingStatus } from './models/sharing.ts'
import { series, seriesQuery, statsPoint, statsQuery } from './models/stats.ts'
import {
  poolReadiness,
  upstream,
  upstreamDeletePreview,
  upstreamDraft,
  upstreamHealthHistory,
  upstreamMembership,
  upstreamPatch,
  upstreamProbeEdit,
  upstreamReadiness,
  upstreamSecret,
  upstreamTest,
} from './models/upstream.ts'
import { settingGroups } from './setting-groups.ts'
import { settingKeys, settingsPatch } from './settings.ts'

const byId = z.object({ id: z.string() })
const nothing = z.object({})

const settingRow = z.object({
  key: z.enum(settingKeys),
  group: z.enum(settingGroups),
  title: z.string(),
  value: z.json(),
  default: z.json(),
  type: z.enum(['integer', 'boolean', 'text', 'list']),
  unit: z.enum(['ms', 'bytes', 'count', 'days', 'none']),
  /** Numbers: the smallest and largest value. Lists: the most entries is `max`. */
  min: z.number().nullable(),
  max: z.number().nullable(),
  help: z.string(),
  /** What a change does to running and new work. */
  affects: z.string(),
  restart: z.boolean(),
  /** Saved, and in force from the next start on: the value that is in force until then is `active`. */
  pendingRestart: z.boolean(),
  active: z.json(),
  /** The start's flag or variable overrides the stored value, named here. */
  overriddenBy: z.string().nullable(),
})

/** What runs, where it listens, and what it can do. */
const systemStatus = z.object({
  version: z.string(),
  startedAt: z.number(),
  dataDir: z.string(),
  gateway: z.object({
    url: z.string(),
    listening: z.boolean(),
    /** True when other machines of the network can reach it. */
    exposed: z.boolean(),
    requestsInFlight: z.number(),
    /** Null while the request log can be written, else why not. */
    accountingError: z.string().nullable(),
  }),
  adminUrl: z.string().nullable(),
  secretStore: z.object({
    kind: z.enum(['keychain', 'vault', 'none']),
    usable: z.boolean(),
    reason: z.string().nullable(),
  }),
  /** Saved settings that wait for a restart. */
  pendingRestart: z.array(z.object({ key: z.enum(settingKeys), active: z.json(), next: z.json() })),
  /** `system.restart` works here. False for a host that only its own operator can start again. */
  canRestart: z.boolean(),
})

export const contract = {
  'system.status': { input: nothing, output: systemStatus },
  /** Restarts the core in place: running requests finish first. Settings that wait for a restart are in force then. */
  'system.restart': { input: nothing, output: z.object({ restarting: z.boolean() }) },
  /** A fresh one-time sign-in link. Null where no page is served. */
  'system.signInLink': { input: nothing, output: z.object({ url: z.string().nullable() }) },

  /** The addresses of this machine, for an IP allowlist. */
  'system.clientAddress': { input: nothing, output: clientAddresses },

  /** What exists of upstream, Pool, key and request. */
  'setup.state': { input: nothing, output: setupState },
  /** The simulator there is, else a new one. */
  'setup.simulator': { input: nothing, output: setupSimulator },

  'pool.list': { input: nothing, output: z.array(pool) },
  'pool.get': { input: byId, output: pool },
  'pool.create': { input: poolDraft, output: pool },
  'pool.update': { input: byId.extend({ patch: poolPatch }), output: pool },
  /** Counts for the cards of all Pools, in the order of `pool.list`. */
  'pool.summary': { input: nothing, output: z.array(poolSummary) },
  /** One row per assigned upstream, in the order in which they are tried. */
  'pool.readiness': { input: byId, output: z.array(poolReadiness) },
  /** A new Pool with the upstreams, strategy and models of another one, without its keys. */
  'pool.duplicate': { input: byId.extend({ name: displayName }), output: pool },
  /** What `pool.delete` would take with it. */
  'pool.deletePreview': { input: byId, output: poolDeletePreview },
  /** Archived Pools only; deletes the Pool's keys with it, keeps the request log. */
  'pool.delete': { input: byId, output: z.object({ deletedKeys: z.number() }) },

  'upstream.list': { input: nothing, output: z.array(upstream) },
  'upstream.get': { input: byId, output: upstream },
  'upstream.create': { input: upstreamDraft, output: upstream },
  /** With a secret, both change in one step: neither secret is ever sent to the other's address. */
  'upstream.update': {
    input: byId.extend({ patch: upstreamPatch, secret: upstreamSecret.optional() }),
    output: upstream,
  },
  'upstream.setSecret': { input: byId.extend({ secret: upstreamSecret }), output: upstream },
  'upstream.pause': { input: byId, output: upstream },
  'upstream.resume': { input: byId, output: upstream },
  /** A live check of a saved upstream. */
  'upstream.test': { input: byId, output: upstreamTest },
  /** The same for a draft that is not saved yet. */
  'upstream.probe': { input: upstreamDraft, output: upstreamTest },
  /** The same for an edit of a saved one. */
  'upstream.probeEdit': { input: upstreamProbeEdit, output: upstreamTest },
  /** Its states since the start. */
  'upstream.health': { input: byId, output: upstreamHealthHistory },
  /** One row per Pool that it is assigned to. */
  'upstream.readiness': { input: byId, output: z.array(upstreamReadiness) },
  /** The same of every upstream, for a list. */
  'upstream.readinessAll': {
    input: nothing,
    output: z.array(upstreamReadiness.extend({ upstreamId: z.string() })),
  },
  /** Sets which Pools it is in, with priority and weight. Returns the Pools that changed. */
  'upstream.assign': {
    input: byId.extend({ pools: z.array(upstreamMembership).max(500) }),
    output: z.array(pool),
  },
  /** What `upstream.delete` would leave dry. */
  'upstream.deletePreview': { input: byId, output: upstreamDeletePreview },
  'upstream.refreshModels': { input: byId, output: upstream },
  'upstream.delete': { input: byId, output: z.object({ pools: z.array(z.string()) }) },

  'key.list': { input: keyFilter, output: z.array(poolKey) },
  'key.get': { input: byId, output: poolKey },
  'key.create': { input: keyDraft, output: keyWithSecret },
  'key.update': { input: byId.extend({ patch: keyPatch }), output: poolKey },
  /** The old secret is refused at once, or opens for the grace beside the new one. */
  'key.rotate': { input: keyRotate, output: keyWithSecret },
  /** Refuses the old secret from the next request on; changes nothing where there is none. */
  'key.endGrace': { input: byId, output: poolKey },
  'key.pause': { input: byId, output: poolKey },
  'key.resume': { input: byId, output: poolKey },
  'key.revoke': { input: byId, output: poolKey },
  'key.duplicate': { input: keyDuplicate, output: keyWithSecret },
  'key.bulk': { input: keyBulk, output: keyBulkResult },
  /** What the gateway would answer to a request that nobody sent, step by step. */
  'key.doctor': { input: doctorQuestion, output: doctorReport },
  /** What a draft or an edit comes to, before it is saved. */
  'key.effectivePolicy': { input: keyReviewInput, output: keyReview },
  /** One small real request through the gateway with this secret. */
  'key.test': { input: keyTest, output: keyTestResult },
  /** What `key.delete` would take with it. */
  'key.deletePreview': { input: byId, output: keyDeletePreview },
  /** `prefix` must be typed; the request log of the key goes with it. */
  'key.delete': { input: byId.extend({ prefix: z.string() }), output: z.object({ deletedRequests: z.number() }) },

  ...accountRoutes,

  ...planRoutes,

  ...quotaRoutes,

  ...resetRoutes,

  ...sessionRoutes,

  ...policyRoutes,

  ...priceRoutes,

  'request.list': { input: requestFilter, output: requestPage },
  'request.get': { input: byId, output: requestDetail },
  /** About how many there are. Asked apart from the page, which does not wait for it. */
  'request.count': { input: requestFilter, output: requestCount },

  'audit.list': { input: auditFilter, output: auditPage },
  'audit.get': { input: byId, output: auditDetail },
  /** Walks the whole chain. The verdict is the job's result. */
  'audit.verify': { input: nothing, output: job },

  'settings.list': { input: nothing, output: z.array(settingRow) },
  /** Checks everything before it saves anything. */
  'settings.update': { input: z.object({ patch: settingsPatch }), output: z.array(settingRow) },
  /** Puts defaults back; without keys, all of them. */
  'settings.reset': {
    input: z.object({ keys: z.array(z.enum(settingKeys)).min(1).optional() }),
    output: z.array(settingRow),
  },

  'data.status': { input: nothing, output: dataStatus },
  /** While requests run where the file allows it, else at the next start; the job is null then. */
  'data.compact': { input: nothing, output: z.object({ job: job.nullable() }) },
  /** Takes back what the next start would do: a restore, a compaction. */
  'data.cancelNextStart': { input: nothing, output: dataStatus },
  /** Compares what limits and budgets count with the log; may take seconds for a large one. */
  'data.checkUsage': { input: nothing, output: usageCheck },
  /** The rule of the settings unless another one is given. */
  'retention.preview': { input: z.object({ rule: retentionRule.optional() }), output: retentionPreview },
  'retention.apply': { input: z.object({ rule: retentionRule.optional() }), output: job },

  'backup.list': { input: nothing, output: z.array(backup) },
  'backup.create': { input: nothing, output: job },
  /** One of the list by its id, or any file by its path. */
  'backup.check': { input: z.union([byId, z.object({ path: z.string().min(1).max(4_096) })]), output: job },
  /** Checks it and leaves it for the next start. */
  'backup.restore': { input: byId, output: job },
  'backup.delete': { input: byId, output: z.array(backup) },

  'diagnostics.preview': { input: diagnosticsInput, output: diagnosticsPreview },
  /** Writes it into the data directory's `diagnostics` folder. */
  'diagnostics.save': { input: diagnosticsInput, output: diagnosticsSaved },

  'sharing.status': { input: nothing, output: sharingStatus },
  /** Moves the gateway to another address or port at once. Where that fails it stays where it is. */
  'sharing.set': { input: sharingChange, output: sharingStatus },

  /** Running and recent jobs, newest first. */
  'job.list': { input: nothing, output: z.array(job) },
  'job.get': { input: byId, output: job },
  'job.wait': { input: jobWait, output: job },
  'job.cancel': { input: byId, output: job },

  'stats.query': { input: statsQuery, output: z.array(statsPoint) },
  /** Traffic over time in steps of the operator's zone, the largest groups apart. */
  'stats.series': { input: seriesQuery, output: series },
  'overview.get': { input: overviewQuery, output: overview },
  'pool.figures': { input: nothing, output: z.array(poolFigures) },
  'key.figures': { input: keyFiguresQuery, output: keyFigures },
  'upstream.figures': { input: z.object({ id: z.string().optional() }), output: z.array(upstreamFigures) },
  'upstream.attempts': { input: upstreamAttemptsQuery, output: upstreamAttempts },
  'model.catalog': { input: nothing, output: z.array(catalogModel) },

  /** Prepares a file of what the filter matches; the host hands it out at `path`, once. */
  'export.start': { input: exportStart, output: exportJob },
  'export.list': { input: nothing, output: z.array(exportJob) },
  'export.get': { input: byId, output: exportJob },
  'export.cancel': { input: byId, output: exportJob },

  'filter.list': { input: z.object({ page: filterPage }), output: z.array(savedFilter) },
  'filter.save': { input: savedFilterDraft, output: savedFilter },
  'filter.delete': { input: byId, output: z.object({ id: z.string() }) },
} satisfies Record<string, { input: z.ZodType; output: z.ZodType }>

export type Contract = typeof contract
export type Route = keyof Contract
/** What a caller writes: defaults may be left out. */
export type RouteInput<R extends Route> = z.input<Contract[R]['input']>
/** What a handler gets: parsed, defaults filled in. */
export type ParsedInput<R extends Route> = z.output<Contract[R]['input']>
export type RouteOutput<R extends Route> = z.output<Contract[R]['output']>

export interface RpcError {
  code: string
  message: string
  details?: Readonly<Record<string, unknown>>
}
export type RpcResult<T> = { ok: true; value: T } | { ok: false; error: RpcError }

/** What the core tells its pages. Ids only: a page fetches what it shows. */
export type CoreEvent =
  | { type: 'request.settled'; id: string; keyId: string; poolId: string }
  | { type: 'pool.changed'; id: string }
  | { type: 'upstream.changed'; id: string }
  | { type: 'key.changed'; id: string }
  /** A sign-in went on; its id is the flow's. */
  | { type: 'account.changed'; id: string }
  | { type: 'settings.changed' }
  | { type: 'price.changed' }
  /** A token of this key was made, revoked or used for the first time. */
  | { type: 'token.changed'; id: string }
  /** Sessions were let go. */
  | { type: 'session.changed' }
  /** A new notice, or one that was read. */
  | { type: 'notice.changed' }
  /** `export.get` has the figures. */
  | { type: 'export.progress'; id: string }
  | { type: 'job.changed'; id: string }
  /** The gateway's address, or what is waiting for a restart. */
  | { type: 'system.changed' }
