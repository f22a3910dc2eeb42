/** Use-cases of upstreams: the row, its secret and the directory's record always change together. */
import type { Actor } from '../../shared/models/audit.ts'
import type {
  Upstream,
  UpstreamDraft,
  UpstreamPatch,
  UpstreamSecret,
  UpstreamStatus,
} from '../../shared/models/upstream.ts'
import type { Db } from '../db/database.ts'
import { findPool, unassignUpstream } from '../db/pool-store.ts'
import {
  deleteUpstream,
  findUpstream,
  insertUpstream,
  listUpstreams,
  updateUpstream,
  type StoredUpstream,
} from '../db/upstream-store.ts'
import type { WritableDirectory } from '../gateway/directory.ts'
import type { HealthView } from '../gateway/health.ts'
import type { Log } from '../gateway/ports.ts'
import type { QuotaEvidence } from '../providers/quota-evidence.ts'
import type { Changes, Commit } from './change.ts'
import type { EventHub } from './events.ts'
import { refuseOwnAddress, type IsOwnAddress } from './loop-check.ts'
import { toPoolRecord } from './pools.ts'
import { found, invalidField } from './record-id.ts'
import { differenceOf, factsOf } from './sanitise.ts'
import type { SecretSaving } from './secret-saving.ts'
import {
  addressesOf,
  AUDITED_UPSTREAM_FIELDS,
  auditView,
  newUpstream,
  patchedUpstream,
  upstreamIntent,
  upstreamTarget,
} from './upstream-draft.ts'
import type { UpstreamRuntime } from './upstream-runtime.ts'
import { missingSecret, secretFacts, usableSecret, withoutSecret } from './upstream-secret.ts'

export interface UpstreamService {
  list(): Upstream[]
  get(id: string): Upstream
  create(actor: Actor, draft: UpstreamDraft): Promise<Upstream>
  /** With a secret, row and secret change in one step. */
  update(actor: Actor, id: string, patch: UpstreamPatch, secret?: UpstreamSecret): Promise<Upstream>
  setSecret(actor: Actor, id: string, secret: UpstreamSecret): Promise<Upstream>
  pause(actor: Actor, id: string): Upstream
  resume(actor: Actor, id: string): Upstream
  /** Returns the ids of the Pools it leaves without any upstream. */
  delete(actor: Actor, id: string): Promise<{ pools: string[] }>
  /** The provider refused the credential. Called by the gateway; never throws. */
  authFailed(id: string, reason: string): void
}

export interface UpstreamServiceDeps {
  readonly db: Db
  readonly directory: WritableDirectory
  readonly runtime: UpstreamRuntime
  readonly saving: SecretSaving
  readonly health: HealthView
  readonly quota: Pick<QuotaEvidence, 'forget'>
  readonly changes: Changes
  readonly events: EventHub
  readonly log: Log
  readonly now: () => number
  readonly isOwnAddress: IsOwnAddress
  /** Its model list should be fetched soon. */
  readonly wantModels: (id: string) => void
  /** Its provider refuses the credential from now on. Never throws. */
  readonly authRequired: (upstream: StoredUpstream) => void
}

/** Stands in the row while its secret is being saved, and is the truth if Weir stops in that moment. */
const UNFINISHED = 'Weir stopped before the secret was saved. Set the secret, or delete the upstream.'

export function createUpstreamService(deps: UpstreamServiceDeps): UpstreamService {
  const { db, runtime, saving, health, changes, events, log, now } = deps

  function publish(upstream: StoredUpstream): Upstream {
    runtime.publish(upstream)
    events.emit({ type: 'upstream.changed', id: upstream.id })
    return runtime.present(upstream)
  }

  async function checkAddresses(upstream: StoredUpstream): Promise<void> {
    for (const [address, field] of addressesOf(upstream)) await refuseOwnAddress(deps.isOwnAddress, address, field)
  }

  /** Writes the row and its audit row, both sides of what differs. */
  function save(commit: Commit, before: StoredUpstream, after: StoredUpstream): void {
    commit((tx) => {
      updateUpstream(tx, after)
      const difference = differenceOf(auditView(before), auditView(after), AUDITED_UPSTREAM_FIELDS)
      return { value: null, target: upstreamTarget(after), ...difference }
    })
  }

  function facts(upstream: StoredUpstream) {
    return factsOf(auditView(upstream), AUDITED_UPSTREAM_FIELDS)
  }

  async function insertWithSecret(commit: Commit, upstream: StoredUpstream, secret: UpstreamSecret): Promise<void> {
    insertUpstream(db, { ...upstream, secret: null, status: 'auth_required', statusReason: UNFINISHED })
    try {
      await saving.replace(upstream.id, secret, () =>
        commit((tx) => {
          updateUpstream(tx, upstream)
          return { value: null, target: upstreamTarget(upstream), after: facts(upstream) }
        }),
      )
    } catch (error) {
      deleteUpstream(db, upstream.id)
      throw error
    }
  }

  async function create(actor: Actor, draft: UpstreamDraft): Promise<Upstream> {
    const intent = {
      actor,
      action: 'upstream.create',
      target: { kind: 'upstream', id: null, name: draft.name },
    } as const
    const upstream = await changes.runAsync(intent, async (commit) => {
      const plain = newUpstream(draft, now())
      const secret = usableSecret(draft.kind, draft.secret)
      await checkAddresses(plain)
      const upstream = { ...plain, secret: secret && secretFacts(secret, now()) }
      await saving.serially(upstream.id, async () => {
        if (secret !== null) return insertWithSecret(commit, upstream, secret)
        return commit((tx) => {
          insertUpstream(tx, upstream)
          return { value: undefined, target: upstreamTarget(upstream), after: facts(upstream) }
        })
      })
      runtime.keepSecret(upstream.id, secret)
      return upstream
    })
    deps.wantModels(upstream.id)
    return publish(upstream)
  }

  function isMoved(before: StoredUpstream, after: StoredUpstream): boolean {
    return after.baseUrl !== before.baseUrl || after.proxyUrl !== before.proxyUrl
  }

  async function update(
    actor: Actor,
    id: string,
    patch: UpstreamPatch,
    secret: UpstreamSecret | undefined,
  ): Promise<Upstream> {
    const stored = findUpstream(db, id)
    return changes.runAsync(upstreamIntent(actor, 'upstream.update', id, stored), async (commit) => {
      await checkAddresses(patchedUpstream(found(stored, 'ups'), patch, now()))
      if (secret !== undefined) return replaceSecret(commit, id, patch, secret)
      // Read again: the look-up of the address took time, and the row may have changed meanwhile.
      const before = found(findUpstream(db, id), 'ups')
      const after = patchedUpstream(before, patch, now())
      if (differenceOf(auditView(before), auditView(after), AUDITED_UPSTREAM_FIELDS) === null) {
        return runtime.present(before)
      }
      save(commit, before, after)
      if (isMoved(before, after)) {
        health.clear(id)
        deps.quota.forget(id)
        deps.wantModels(id)
      }
      return publish(after)
    })
  }

  /** The new secret and, where there is one, the new address: together, so that no secret is sent to the other's host. */
  async function replaceSecret(
    commit: Commit,
    id: string,
    patch: UpstreamPatch,
    given: UpstreamSecret,
  ): Promise<Upstream> {
    return saving.serially(id, async () => {
      const { kind } = found(findUpstream(db, id), 'ups')
      if (kind === 'simulator') throw invalidField('secret', 'the simulator is built in and takes none')
      const secret = usableSecret(kind, given)
      const after = await saving.replace(id, secret, () => {
        const before = found(findUpstream(db, id), 'ups')
        const at = now()
        const isBack = before.status === 'auth_required'
        const after: StoredUpstream = {
          ...patchedUpstream(before, patch, at),
          secret: secret && secretFacts(secret, at),
          status: isBack ? 'active' : before.status,
          statusReason: isBack ? null : before.statusReason,
          updatedAt: at,
        }
        save(commit, before, after)
        return after
      })
      runtime.keepSecret(id, secret)
      health.clear(id)
      deps.wantModels(id)
      return publish(after)
    })
  }

  async function setSecret(actor: Actor, id: string, given: UpstreamSecret): Promise<Upstream> {
    const intent = upstreamIntent(actor, 'upstream.setSecret', id, findUpstream(db, id))
    return changes.runAsync(intent, (commit) => replaceSecret(commit, id, {}, given))
  }

  /** Asking for the state it is already in succeeds and changes nothing. */
  function move(actor: Actor, id: string, status: Exclude<UpstreamStatus, 'auth_required'>): Upstream {
    const stored = findUpstream(db, id)
    const action = status === 'paused' ? 'upstream.pause' : 'upstream.resume'
    return changes.run(upstreamIntent(actor, action, id, stored), (commit) => {
      const before = found(stored, 'ups')
      if (status === 'active' && runtime.needsButLacksSecret(before)) throw missingSecret(before.name)
      if (status === 'active') health.clear(id)
      if (before.status === status) return runtime.present(before)
      const after: StoredUpstream = { ...before, status, statusReason: null, updatedAt: now() }
      save(commit, before, after)
      return publish(after)
    })
  }

  function removeRow(commit: Commit, upstream: StoredUpstream): string[] {
    return commit((tx) => {
      const pools = unassignUpstream(tx, upstream.id)
      deleteUpstream(tx, upstream.id)
      return { value: pools, target: upstreamTarget(upstream), before: { ...facts(upstream), pools } }
    })
  }

  async function remove(actor: Actor, id: string): Promise<{ pools: string[] }> {
    const stored = findUpstream(db, id)
    const intent = upstreamIntent(actor, 'upstream.delete', id, stored)
    const poolIds = await changes.runAsync(intent, async (commit) =>
      saving.serially(id, async () => {
        const upstream = found(findUpstream(db, id), 'ups')
        if (upstream.secret === null) return removeRow(commit, upstream)
        return saving.replace(id, null, () => removeRow(commit, upstream))
      }),
    )
    const pools = poolIds.flatMap((poolId) => findPool(db, poolId) ?? [])
    for (const pool of pools) {
      deps.directory.putPool(toPoolRecord(pool))
      events.emit({ type: 'pool.changed', id: pool.id })
    }
    runtime.forget(id)
    events.emit({ type: 'upstream.changed', id })
    return { pools: pools.filter((pool) => pool.assignments.length === 0).map((pool) => pool.id) }
  }

  function authFailed(id: string, reason: string): void {
    try {
      const before = findUpstream(db, id)
      // Many requests meet the same refusal at once; the first one tells, and an operator's pause stays a pause.
      if (before === undefined || before.status !== 'active') return
      const statusReason = withoutSecret(reason, runtime.secretOf(id))
      changes.run(upstreamIntent('system', 'upstream.authFailed', id, before), (commit) => {
        const after: StoredUpstream = { ...before, status: 'auth_required', statusReason }
        save(commit, before, after)
        publish(after)
        deps.authRequired(after)
      })
    } catch (cause) {
      log.error('an upstream whose credential was refused could not be marked', { upstreamId: id, cause })
    }
  }

  return {
    list: () => listUpstreams(db).map(runtime.present),
    get: (id) => runtime.present(found(findUpstream(db, id), 'ups')),
    create,
    update,
    setSecret,
    pause: (actor, id) => move(actor, id, 'paused'),
    resume: (actor, id) => move(actor, id, 'active'),
    delete: remove,
    authFailed,
  }
}
