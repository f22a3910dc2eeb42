/**
 * Live checks of an upstream: saved, as a draft, or as it would be after an edit. A check never throws for what the
 * upstream did or where the address leads: that is its result.
 */
import { AppError } from '../../shared/errors.ts'
import type {
  Upstream,
  UpstreamDraft,
  UpstreamPatch,
  UpstreamSecret,
  UpstreamTest,
} from '../../shared/models/upstream.ts'
import type { Db } from '../db/database.ts'
import { findUpstream, type StoredUpstream } from '../db/upstream-store.ts'
import type { AccountKeeper } from '../gateway/ports.ts'
import { listModels, type ModelList } from '../providers/model-list.ts'
import type { ProviderAccount } from '../providers/provider.ts'
import { providerOf } from '../providers/registry.ts'
import { refuseOwnAddress, type IsOwnAddress } from './loop-check.ts'
import { found } from './record-id.ts'
import { adviceFor } from './upstream-advice.ts'
import { addressesOf, newUpstream, patchedUpstream } from './upstream-draft.ts'
import type { UpstreamRuntime } from './upstream-runtime.ts'
import { missingSecret, usableSecret, withoutSecret } from './upstream-secret.ts'

export type Checked =
  | ({ readonly ok: true } & ModelList)
  | { readonly ok: false; readonly error: AppError; readonly next: string; readonly latencyMs: number }

export interface UpstreamCheck {
  stored(upstream: StoredUpstream, signal?: AbortSignal): Promise<Checked>
  draft(draft: UpstreamDraft): Promise<UpstreamTest>
  /** Without a new secret the stored one is used. */
  edit(id: string, patch: UpstreamPatch, secret: UpstreamSecret | undefined): Promise<UpstreamTest>
  toTest(checked: Checked, hasProxy: boolean): UpstreamTest
}

/** For one check, the connection included: an operator waits for it. */
const CHECK_TIMEOUT_MS = 20_000

function failed(error: AppError, hasProxy: boolean, latencyMs = 0): Checked {
  return { ok: false, error, next: adviceFor(error, hasProxy).next, latencyMs }
}

function toTest(checked: Checked, hasProxy: boolean): UpstreamTest {
  const latencyMs = Math.round(checked.latencyMs)
  if (checked.ok) {
    const { models } = checked
    const message = `Address and credential work; ${String(models.length)} ${models.length === 1 ? 'model' : 'models'} listed.`
    return { ok: true, latencyMs, models, errorCode: null, cause: null, field: null, message, next: null }
  }
  const { code, message } = checked.error
  return { ok: false, latencyMs, models: [], errorCode: code, message, ...adviceFor(checked.error, hasProxy) }
}

/** What the built-in upstream lists is what it was told to list. */
function simulated({ fetchedModels }: StoredUpstream): Checked {
  return { ok: true, models: fetchedModels, facts: [], entries: new Map(), latencyMs: 0 }
}

type Place = Pick<StoredUpstream, 'baseUrl' | 'proxyUrl' | 'kind'>

function isSamePlace(a: Place, b: Place): boolean {
  if (a.kind === 'simulator') return true
  return new URL(a.baseUrl).origin === new URL(b.baseUrl).origin && a.proxyUrl === b.proxyUrl
}

/** A check leaves no trace in the audit log, so it must not be a way to have a stored secret sent somewhere new. */
function secretStaysHome(): AppError {
  const message = 'The stored secret is not sent to a new address before that is saved.'
  return new AppError('upstream_secret_missing', message, { details: { cause: 'new address' } })
}

export function createUpstreamCheck(deps: {
  readonly db: Db
  readonly runtime: UpstreamRuntime
  readonly now: () => number
  readonly isOwnAddress: IsOwnAddress
  readonly renew: AccountKeeper['refreshAfter401']
}): UpstreamCheck {
  const { db, runtime, now } = deps

  async function check(kind: Upstream['kind'], account: ProviderAccount, signal?: AbortSignal): Promise<Checked> {
    const startedAt = performance.now()
    try {
      const options = { signal: signal ?? new AbortController().signal, timeoutMs: CHECK_TIMEOUT_MS }
      return { ok: true, ...(await listModels(providerOf(kind), account, options)) }
    } catch (thrown) {
      const known = AppError.from(thrown)
      const message = withoutSecret(known.message, account.secret)
      const { details = {} } = known
      const isSignedOut = account.secret?.account !== undefined && details['status'] === 401
      const error = isSignedOut
        ? new AppError('account_sign_in_required', message, { details: { cause: 'status 401' }, cause: known })
        : new AppError(known.code, message, { details, cause: known })
      return failed(error, account.proxyUrl !== null, performance.now() - startedAt)
    }
  }

  /** An upstream that is not saved like this, with the secret it would have. */
  async function checkUnsaved(upstream: StoredUpstream, secret: UpstreamSecret | null): Promise<UpstreamTest> {
    const { kind, name, baseUrl, proxyUrl } = upstream
    const hasProxy = proxyUrl !== null
    if (upstream.simulator !== null) return toTest(simulated(upstream), false)
    if (secret === null && providerOf(kind).needsSecret) return toTest(failed(missingSecret(name), hasProxy), hasProxy)
    try {
      for (const [address, field] of addressesOf(upstream)) await refuseOwnAddress(deps.isOwnAddress, address, field)
    } catch (error) {
      return toTest(failed(AppError.from(error), hasProxy), hasProxy)
    }
    return toTest(await check(kind, { baseUrl, proxyUrl, secret }), hasProxy)
  }

  return {
    toTest,
    async stored(upstream, signal) {
      if (runtime.needsButLacksSecret(upstream)) {
        return failed(missingSecret(upstream.name), upstream.proxyUrl !== null)
      }
      const account = runtime.account(upstream)
      const checked = await check(upstream.kind, account, signal)
      const used = account.secret?.account?.accessToken
      if (checked.ok || used === undefined || checked.error.code !== 'account_sign_in_required') return checked
      // As a request would: an access token may have run out, which is no reason to trouble the operator.
      const outcome = await deps.renew(upstream.id, used)
      return outcome === 'renewed' ? check(upstream.kind, runtime.account(upstream), signal) : checked
    },
    draft: async (draft) => checkUnsaved(newUpstream(draft, now()), usableSecret(draft.kind, draft.secret)),
    async edit(id, patch, given) {
      const before = found(findUpstream(db, id), 'ups')
      const after = patchedUpstream(before, patch, now())
      const stored = runtime.secretOf(id)
      if (given === undefined && stored !== null && !isSamePlace(before, after)) {
        return toTest(failed(secretStaysHome(), after.proxyUrl !== null), after.proxyUrl !== null)
      }
      return checkUnsaved(after, given === undefined ? stored : usableSecret(before.kind, given))
    },
  }
}
