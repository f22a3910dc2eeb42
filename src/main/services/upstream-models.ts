/** The model lists of upstreams, fetched when an operator asks and on a schedule. */
import { isDeepStrictEqual } from 'node:util'
import type { Actor } from '../../shared/models/audit.ts'
import type {
  Upstream,
  UpstreamDraft,
  UpstreamPatch,
  UpstreamSecret,
  UpstreamTest,
} from '../../shared/models/upstream.ts'
import type { Db } from '../db/database.ts'
import { findUpstream, listUpstreams, updateUpstream, type StoredUpstream } from '../db/upstream-store.ts'
import type { HealthView } from '../gateway/health.ts'
import type { AccountKeeper } from '../gateway/ports.ts'
import type { Changes } from './change.ts'
import type { EventHub } from './events.ts'
import type { IsOwnAddress } from './loop-check.ts'
import { found } from './record-id.ts'
import { factsOf, type Facts } from './sanitise.ts'
import { createUpstreamCheck, type Checked } from './upstream-check.ts'
import { upstreamIntent, upstreamTarget } from './upstream-draft.ts'
import type { UpstreamRuntime } from './upstream-runtime.ts'

export interface UpstreamModelService {
  test(id: string): Promise<UpstreamTest>
  probe(draft: UpstreamDraft): Promise<UpstreamTest>
  probeEdit(id: string, patch: UpstreamPatch, secret: UpstreamSecret | undefined): Promise<UpstreamTest>
  refreshModels(actor: Actor, id: string): Promise<Upstream>
  /** The scheduled refresh: told in the audit log only when it brought something new. */
  refreshQuietly(id: string, signal: AbortSignal): Promise<void>
  /** Upstreams whose list can be fetched now, with the time of the last one. */
  refreshable(): { id: string; fetchedAt: number | null }[]
}

export interface UpstreamModelDeps {
  readonly db: Db
  readonly runtime: UpstreamRuntime
  readonly health: HealthView
  readonly changes: Changes
  readonly events: EventHub
  readonly now: () => number
  readonly isOwnAddress: IsOwnAddress
  /** Of a signed-in account: new tokens where these were refused. */
  readonly renew: AccountKeeper['refreshAfter401']
}

function auditedModels(upstream: StoredUpstream, other: StoredUpstream): Facts {
  const theirs = new Set(other.fetchedModels)
  const only = upstream.fetchedModels.filter((model) => !theirs.has(model))
  return factsOf({ models: upstream.fetchedModels.length, only, error: upstream.modelsError }, [
    'models',
    'only',
    'error',
  ])
}

export function createUpstreamModelService(deps: UpstreamModelDeps): UpstreamModelService {
  const { db, runtime, health, changes, events, now } = deps
  const check = createUpstreamCheck(deps)

  /** Null when the upstream changed or went while it was asked: the answer is of another one. */
  function withResult(
    asked: StoredUpstream,
    checked: Checked,
  ): { before: StoredUpstream; after: StoredUpstream } | null {
    const before = findUpstream(db, asked.id)
    if (before === undefined || before.baseUrl !== asked.baseUrl) return null
    // New tokens of one account are the same credential.
    const isSame =
      before.account === null
        ? before.secret?.fingerprint === asked.secret?.fingerprint
        : before.account.accountId === asked.account?.accountId
    if (!isSame) return null
    const result = checked.ok
      ? { fetchedModels: checked.models, modelFacts: checked.facts, modelsFetchedAt: now(), modelsError: null }
      : { modelsError: `${checked.error.message} ${checked.next}` }
    return { before, after: { ...before, ...result } }
  }

  function publish(upstream: StoredUpstream): void {
    runtime.publish(upstream)
    events.emit({ type: 'upstream.changed', id: upstream.id })
  }

  function saveAudited(actor: Actor, asked: StoredUpstream, checked: Checked): void {
    const result = withResult(asked, checked)
    if (result === null) return
    const { before, after } = result
    if (checked.ok) runtime.keepEntries(asked.id, checked.entries)
    changes.run(upstreamIntent(actor, 'upstream.refreshModels', asked.id, asked), (commit) =>
      commit((tx) => {
        updateUpstream(tx, after)
        return {
          value: null,
          target: upstreamTarget(after),
          before: auditedModels(before, after),
          after: auditedModels(after, before),
          errorCode: checked.ok ? null : checked.error.code,
        }
      }),
    )
    publish(after)
  }

  /** No news for the operator. What clients are told of the models may have changed all the same. */
  function saveSilently({ before, after }: { before: StoredUpstream; after: StoredUpstream }, checked: Checked): void {
    updateUpstream(db, after)
    if (!checked.ok) return
    const isSame = isDeepStrictEqual(before.modelFacts, after.modelFacts)
    if (runtime.keepEntries(after.id, checked.entries) || !isSame) publish(after)
  }

  function isNews(before: StoredUpstream, after: StoredUpstream): boolean {
    const models = [before, after].map((upstream) => upstream.fetchedModels.join('\n'))
    return models[0] !== models[1] || before.modelsError !== after.modelsError
  }

  return {
    async test(id) {
      const upstream = found(findUpstream(db, id), 'ups')
      const checked = await check.stored(upstream)
      if (checked.ok) health.clear(id)
      return check.toTest(checked, upstream.proxyUrl !== null)
    },
    probe: check.draft,
    probeEdit: check.edit,
    async refreshModels(actor, id) {
      const asked = found(findUpstream(db, id), 'ups')
      saveAudited(actor, asked, await check.stored(asked))
      return runtime.present(found(findUpstream(db, id), 'ups'))
    },
    async refreshQuietly(id, signal) {
      const asked = findUpstream(db, id)
      if (asked === undefined) return
      const checked = await check.stored(asked, signal)
      if (signal.aborted) return
      const result = withResult(asked, checked)
      if (result === null) return
      if (isNews(result.before, result.after)) saveAudited('system', asked, checked)
      else saveSilently(result, checked)
    },
    refreshable: () =>
      listUpstreams(db)
        .filter((upstream) => upstream.status === 'active' && !runtime.needsButLacksSecret(upstream))
        .filter((upstream) => !runtime.isUnreadable(upstream.id))
        // Entries of Codex's own list live in memory: after a start they are fetched at once.
        .map(({ id, modelsFetchedAt: at }) => ({ id, fetchedAt: runtime.lacksEntries(id) ? null : at })),
  }
}
