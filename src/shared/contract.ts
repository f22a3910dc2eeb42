/**
 * The operator surface: every call the admin page, the desktop window and the `weir` command can make. One table of
 * route → {input, output}; transports add nothing to it. Inputs are parsed because they cross into the privileged side.
 */
import { z } from 'zod'
import { auditFilter, auditPage } from './models/audit.ts'
import { keyDraft, keyPatch, keyWithSecret, poolKey } from './models/key.ts'
import { pool, poolDraft, poolPatch } from './models/pool.ts'
import { requestDetail, requestFilter, requestPage } from './models/request.ts'
import { statsPoint, statsQuery } from './models/stats.ts'
import { upstream, upstreamDraft, upstreamPatch, upstreamSecret, upstreamTest } from './models/upstream.ts'
import { settingKeys, settingsPatch } from './settings.ts'

const byId = z.object({ id: z.string() })
const nothing = z.object({})

const settingRow = z.object({
  key: z.enum(settingKeys),
  value: z.json(),
  default: z.json(),
  unit: z.string(),
  help: z.string(),
  restart: z.boolean(),
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
})

export const contract = {
  'system.status': { input: nothing, output: systemStatus },
  /** A fresh one-time sign-in link. Null where no page is served. */
  'system.signInLink': { input: nothing, output: z.object({ url: z.string().nullable() }) },

  'pool.list': { input: nothing, output: z.array(pool) },
  'pool.get': { input: byId, output: pool },
  'pool.create': { input: poolDraft, output: pool },
  'pool.update': { input: byId.extend({ patch: poolPatch }), output: pool },
  /** Archived Pools only; deletes the Pool's keys with it, keeps the request log. */
  'pool.delete': { input: byId, output: z.object({ deletedKeys: z.number() }) },

  'upstream.list': { input: nothing, output: z.array(upstream) },
  'upstream.get': { input: byId, output: upstream },
  'upstream.create': { input: upstreamDraft, output: upstream },
  'upstream.update': { input: byId.extend({ patch: upstreamPatch }), output: upstream },
  'upstream.setSecret': { input: byId.extend({ secret: upstreamSecret }), output: upstream },
  'upstream.pause': { input: byId, output: upstream },
  'upstream.resume': { input: byId, output: upstream },
  /** A live check of a saved upstream. */
  'upstream.test': { input: byId, output: upstreamTest },
  /** The same for a draft that is not saved yet. */
  'upstream.probe': { input: upstreamDraft, output: upstreamTest },
  'upstream.refreshModels': { input: byId, output: upstream },
  'upstream.delete': { input: byId, output: z.object({ pools: z.array(z.string()) }) },

  'key.list': { input: z.object({ poolId: z.string().optional() }), output: z.array(poolKey) },
  'key.get': { input: byId, output: poolKey },
  'key.create': { input: keyDraft, output: keyWithSecret },
  'key.update': { input: byId.extend({ patch: keyPatch }), output: poolKey },
  'key.rotate': { input: byId, output: keyWithSecret },
  'key.pause': { input: byId, output: poolKey },
  'key.resume': { input: byId, output: poolKey },
  'key.revoke': { input: byId, output: poolKey },
  /** `prefix` must be typed; the request log of the key goes with it. */
  'key.delete': { input: byId.extend({ prefix: z.string() }), output: z.object({ deletedRequests: z.number() }) },

  'request.list': { input: requestFilter, output: requestPage },
  'request.get': { input: byId, output: requestDetail },

  'audit.list': { input: auditFilter, output: auditPage },

  'settings.list': { input: nothing, output: z.array(settingRow) },
  'settings.update': { input: z.object({ patch: settingsPatch }), output: z.array(settingRow) },

  'stats.query': { input: statsQuery, output: z.array(statsPoint) },
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
  | { type: 'settings.changed' }
