/** Live checks of upstreams and their model lists. A check never throws for what the upstream did: that is its result. */
import { AppError } from '../../shared/errors.ts'
import type { Actor } from '../../shared/models/audit.ts'
import type { Upstream, UpstreamDraft, UpstreamSecret, UpstreamTest } from '../../shared/models/upstream.ts'
import type { Db } from '../db/database.ts'
import { findUpstream, listUpstreams, updateUpstream, type StoredUpstream } from '../db/upstream-store.ts'
import type { HealthView } from '../gateway/health.ts'
import { listModels } from '../providers/model-list.ts'
import type { ProviderAccount } from '../providers/provider.ts'
import { providerOf } from '../providers/registry.ts'
import type { Changes } from './change.ts'
import type { EventHub } from './events.ts'
import { refuseOwnAddress, type IsOwnAddress } from './loop-check.ts'
import { found } from './record-id.ts'
import { factsOf, type Facts } from './sanitise.ts'
import { addressesOf, newUpstream, upstreamIntent, upstreamTarget } from './upstream-draft.ts'
import type { UpstreamRuntime } from './upstream-runtime.ts'
import { missingSecret, usableSecret, withoutSecret } from './upstream-secret.ts'

export interface UpstreamModelService {
  test(id: string): Promise<UpstreamTest>
  probe(draft: UpstreamDraft): Promise<UpstreamTest>
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
}

type Checked = { ok: true; models: string[]; latencyMs: number } | { ok: false; error: AppError; latencyMs: number }

/** For one check, the connection included: an operator waits for it. */
const CHECK_TIMEOUT_MS = 20_000

function modelFacts(upstream: StoredUpstream, other: StoredUpstream): Facts {
  const theirs = new Set(other.fetchedModels)
  const only = upstream.fetchedModels.filter((model) => !theirs.has(model))
  return factsOf({ models: upstream.fetchedModels.length, only, error: upstream.modelsError }, [
    'models',
    'only',
    'error',
  ])
}

function toTest(checked: Checked): UpstreamTest {
  const latencyMs = Math.round(checked.latencyMs)
  if (checked.ok) {
    const count = checked.models.length
    const message = `Address and credential work; ${String(count)} ${count === 1 ? 'model' : 'models'} listed.`
    return { ok: true, latencyMs, models: checked.models, errorCode: null, message }
  }
  return { ok: false, latencyMs, models: [], errorCode: checked.error.code, message: checked.error.message }
}

export function createUpstreamModelService(deps: UpstreamModelDeps): UpstreamModelService {
  const { db, runtime, health, changes, events, now } = deps

  async function check(kind: Upstream['kind'], account: ProviderAccount, signal?: AbortSignal): Promise<Checked> {
    const startedAt = performance.now()
    try {
      const options = { signal: signal ?? new AbortController().signal, timeoutMs: CHECK_TIMEOUT_MS }
      return { ok: true, ...(await listModels(providerOf(kind), account, options)) }
    } catch (thrown) {
      const known = AppError.from(thrown)
      const message = withoutSecret(known.message, account.secret)
      const error = new AppError(known.code, message, { cause: known })
      return { ok: false, error, latencyMs: performance.now() - startedAt }
    }
  }

  async function checkStored(upstream: StoredUpstream, signal?: AbortSignal): Promise<Checked> {
    if (runtime.needsButLacksSecret(upstream)) {
      return { ok: false, error: missingSecret(upstream.name), latencyMs: 0 }
    }
    return check(upstream.kind, runtime.account(upstream), signal)
  }

  /** Null when the upstream changed or went while it was asked: the answer is of another one. */
  function withResult(
    asked: StoredUpstream,
    checked: Checked,
  ): { before: StoredUpstream; after: StoredUpstream } | null {
    const before = findUpstream(db, asked.id)
    if (before === undefined || before.baseUrl !== asked.baseUrl) return null
    if (before.secret?.fingerprint !== asked.secret?.fingerprint) return null
    const result = checked.ok
      ? { fetchedModels: checked.models, modelsFetchedAt: now(), modelsError: null }
      : { modelsError: checked.error.message }
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
    changes.run(upstreamIntent(actor, 'upstream.refreshModels', asked.id, asked), (commit) =>
      commit((tx) => {
        updateUpstream(tx, after)
        return {
          value: null,
          target: upstreamTarget(after),
          before: modelFacts(before, after),
          after: modelFacts(after, before),
          errorCode: checked.ok ? null : checked.error.code,
        }
      }),
    )
    publish(after)
  }

  function isNews(before: StoredUpstream, after: StoredUpstream): boolean {
    const models = [before, after].map((upstream) => upstream.fetchedModels.join('\n'))
    return models[0] !== models[1] || before.modelsError !== after.modelsError
  }

  return {
    async test(id) {
      const checked = await checkStored(found(findUpstream(db, id), 'ups'))
      if (checked.ok) health.clear(id)
      return toTest(checked)
    },
    async probe(draft) {
      const upstream = newUpstream(draft, now())
      const secret: UpstreamSecret | null = usableSecret(draft.kind, draft.secret)
      for (const [address, field] of addressesOf(upstream)) await refuseOwnAddress(deps.isOwnAddress, address, field)
      if (upstream.simulator !== null) {
        return toTest({ ok: true, models: upstream.fetchedModels, latencyMs: 0 })
      }
      if (secret === null && providerOf(draft.kind).needsSecret) {
        return toTest({ ok: false, error: missingSecret(draft.name), latencyMs: 0 })
      }
      const { baseUrl, proxyUrl } = upstream
      return toTest(await check(draft.kind, { baseUrl, proxyUrl, secret }))
    },
    async refreshModels(actor, id) {
      const asked = found(findUpstream(db, id), 'ups')
      saveAudited(actor, asked, await checkStored(asked))
      return runtime.present(found(findUpstream(db, id), 'ups'))
    },
    async refreshQuietly(id, signal) {
      const asked = findUpstream(db, id)
      if (asked === undefined) return
      const checked = await checkStored(asked, signal)
      if (signal.aborted) return
      const result = withResult(asked, checked)
      if (result === null) return
      if (isNews(result.before, result.after)) saveAudited('system', asked, checked)
      else updateUpstream(db, result.after)
    },
    refreshable: () =>
      listUpstreams(db)
        .filter((upstream) => upstream.status === 'active' && !runtime.needsButLacksSecret(upstream))
        .filter((upstream) => !runtime.isUnreadable(upstream.id))
        .map(({ id, modelsFetchedAt }) => ({ id, fetchedAt: modelsFetchedAt })),
  }
}
