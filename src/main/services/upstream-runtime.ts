/**
 * What is known of upstreams beyond their rows: secrets in memory, why one could not be read, and how the simulator
 * behaves. It turns a row into the directory's record and into what an operator sees.
 */
import { isDeepStrictEqual } from 'node:util'
import type { AccountQuota } from '../../shared/models/quota.ts'
import type { SimulatorBehaviour, Upstream, UpstreamHealth, UpstreamSecret } from '../../shared/models/upstream.ts'
import type { StoredUpstream } from '../db/upstream-store.ts'
import type { WritableDirectory } from '../gateway/directory.ts'
import type { HealthView } from '../gateway/health.ts'
import type { UpstreamRecord } from '../gateway/ports.ts'
import type { ProviderAccount } from '../providers/provider.ts'
import type { QuotaEvidence } from '../providers/quota-evidence.ts'
import { providerOf } from '../providers/registry.ts'

/** The built-in upstream's running server: its address and token are new with each start. */
export interface SimulatorAddress {
  baseUrl(upstreamId: string): string
  readonly token: string
}

export interface UpstreamRuntime {
  /** Puts the record where the request path finds it. */
  publish(upstream: StoredUpstream): void
  forget(id: string): void
  present(upstream: StoredUpstream): Upstream
  healthOf(id: string): UpstreamHealth
  account(upstream: StoredUpstream): ProviderAccount
  secretOf(id: string): UpstreamSecret | null
  keepSecret(id: string, secret: UpstreamSecret | null): void
  /** Another form of the secret that is kept: what is known of the account stays. */
  renewSecret(id: string, secret: UpstreamSecret): void
  /** The row has a secret that cannot be read, and why. */
  secretUnreadable(id: string, reason: string): void
  isUnreadable(id: string): boolean
  /** How a simulated upstream behaves now; undefined for an id that is none. */
  behaviour(id: string): SimulatorBehaviour | undefined
  needsButLacksSecret(upstream: StoredUpstream): boolean
  /** Entries of Codex's own model list, for the next time it is published. Whether they are others than before. */
  keepEntries(id: string, entries: ReadonlyMap<string, string>): boolean
  /** Its kind has such a list, and it was not fetched since the start. */
  lacksEntries(id: string): boolean
}

/** What stands in the row of a simulated upstream instead of an address. */
export const SIMULATOR_URL = 'simulator:'

const NO_ENTRIES: ReadonlyMap<string, string> = new Map()

export function createUpstreamRuntime(deps: {
  readonly directory: WritableDirectory
  readonly health: HealthView
  readonly simulator: SimulatorAddress
  readonly quota: Pick<QuotaEvidence, 'windows' | 'forget'>
  /** Of a signed-in account, as far as it is known. */
  readonly accountQuotaOf?: (upstream: StoredUpstream) => AccountQuota | null
}): UpstreamRuntime {
  const { directory, health, simulator, quota, accountQuotaOf = () => null } = deps
  const secrets = new Map<string, UpstreamSecret>()
  const unreadable = new Map<string, string>()
  const behaviours = new Map<string, SimulatorBehaviour>()
  const catalogs = new Map<string, ReadonlyMap<string, string>>()

  function account(upstream: StoredUpstream): ProviderAccount {
    const { id, kind, baseUrl, proxyUrl } = upstream
    if (kind === 'simulator') {
      return { baseUrl: simulator.baseUrl(id), proxyUrl: null, secret: { apiKey: simulator.token } }
    }
    return { baseUrl, proxyUrl, secret: secrets.get(id) ?? null }
  }

  /** Left out where its list says nothing but ids. */
  function catalogOf({ id, modelFacts }: StoredUpstream): Pick<UpstreamRecord, 'catalog'> {
    const entries = catalogs.get(id) ?? NO_ENTRIES
    if (modelFacts.length === 0 && entries.size === 0) return {}
    return { catalog: { facts: new Map(modelFacts.map((facts) => [facts.id, facts])), entries } }
  }

  function publish(upstream: StoredUpstream): void {
    const { id, name, kind, status, statusReason, fetchedModels, manualModels } = upstream
    if (upstream.simulator === null) behaviours.delete(id)
    else behaviours.set(id, upstream.simulator)
    const models = new Set([...fetchedModels, ...manualModels])
    // A kind that can do without a secret must not be called without the one it has.
    const reason = providerOf(kind).needsSecret ? undefined : unreadable.get(id)
    const state =
      reason === undefined || status !== 'active'
        ? { status, statusReason }
        : { status: 'auth_required' as const, statusReason: reason }
    const { maxConcurrent } = upstream
    directory.putUpstream({
      id,
      name,
      kind,
      models,
      maxConcurrent,
      ...catalogOf(upstream),
      ...state,
      ...account(upstream),
    })
  }

  function present(upstream: StoredUpstream): Upstream {
    return {
      ...upstream,
      health: healthOf(upstream.id),
      quota: quota.windows(upstream.id),
      accountQuota: accountQuotaOf(upstream),
    }
  }

  function healthOf(id: string): UpstreamHealth {
    const seen = health.view(id)
    const reason = unreadable.get(id)
    // An operator's pause is the nearer reason; otherwise it must show even where the kind could do without a secret.
    if (reason === undefined || seen.state === 'paused') return seen
    return { ...seen, state: 'secret_missing', reason, until: null }
  }

  return {
    publish,
    forget(id) {
      secrets.delete(id)
      unreadable.delete(id)
      behaviours.delete(id)
      catalogs.delete(id)
      quota.forget(id)
      directory.removeUpstream(id)
    },
    present,
    healthOf,
    account,
    secretOf: (id) => secrets.get(id) ?? null,
    keepSecret(id, secret) {
      unreadable.delete(id)
      // Another credential may be another account, with limits and models of its own.
      quota.forget(id)
      catalogs.delete(id)
      if (secret === null) secrets.delete(id)
      else secrets.set(id, secret)
    },
    renewSecret(id, secret) {
      secrets.set(id, secret)
    },
    secretUnreadable(id, reason) {
      secrets.delete(id)
      unreadable.set(id, reason)
    },
    isUnreadable: (id) => unreadable.has(id),
    behaviour: (id) => behaviours.get(id),
    keepEntries(id, entries) {
      const before = catalogs.get(id) ?? NO_ENTRIES
      catalogs.set(id, entries)
      return !isDeepStrictEqual(before, entries)
    },
    lacksEntries(id) {
      const record = directory.upstream(id)
      return record !== undefined && providerOf(record.kind).backend !== undefined && !catalogs.has(id)
    },
    needsButLacksSecret: ({ id, kind }) => kind !== 'simulator' && providerOf(kind).needsSecret && !secrets.has(id),
  }
}
