/** What an operator writes about an upstream, made into the row it becomes. No I/O. */
import { accountAddress } from '../../shared/models/account.ts'
import { simulatorBehaviour, type SimulatorBehaviour } from '../../shared/models/upstream.ts'
import type { Upstream, UpstreamDraft, UpstreamPatch } from '../../shared/models/upstream.ts'
import type { StoredUpstream } from '../db/upstream-store.ts'
import { providerOf } from '../providers/registry.ts'
import type { Intent, Target } from './change.ts'
import { invalidField, newRecordId } from './record-id.ts'
import { SIMULATOR_URL } from './upstream-runtime.ts'

/** The row's fields that the audit log tells of; of the secret only what cannot give it away. */
export function auditView(upstream: StoredUpstream) {
  const { name, kind, status, statusReason, baseUrl, proxyUrl, notes, manualModels, simulator, secret } = upstream
  const { maxConcurrent } = upstream
  return {
    name,
    kind,
    status,
    statusReason,
    baseUrl,
    proxyUrl,
    notes,
    manualModels,
    simulator,
    maxConcurrent,
    fingerprint: secret?.fingerprint ?? null,
    headerNames: secret?.headerNames ?? [],
  }
}

export const AUDITED_UPSTREAM_FIELDS = [
  'name',
  'kind',
  'status',
  'statusReason',
  'baseUrl',
  'proxyUrl',
  'notes',
  'manualModels',
  'simulator',
  'maxConcurrent',
  'fingerprint',
  'headerNames',
] as const satisfies readonly (keyof ReturnType<typeof auditView>)[]

export function upstreamTarget(upstream: StoredUpstream): Target {
  return { kind: 'upstream', id: upstream.id, name: upstream.name }
}

export function upstreamIntent(
  actor: Intent['actor'],
  action: string,
  id: string,
  upstream: StoredUpstream | undefined,
): Intent {
  return { actor, action, target: { kind: 'upstream', id, name: upstream?.name ?? null } }
}

function baseUrlOf(draft: UpstreamDraft): string {
  if (draft.kind === 'simulator') return SIMULATOR_URL
  const url = draft.baseUrl ?? providerOf(draft.kind).defaultBaseUrl
  if (url === null) throw invalidField('baseUrl', `an upstream of kind ${draft.kind} needs the address of its API`)
  return url
}

/** Leaves out what is undefined: a field that was not sent must not replace one. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

function simulatedModels(simulator: SimulatorBehaviour | null, at: number) {
  return simulator === null
    ? { fetchedModels: [], modelFacts: [], modelsFetchedAt: null, modelsError: null }
    : { fetchedModels: simulator.models, modelFacts: [], modelsFetchedAt: at, modelsError: null }
}

/** A new row without its secret. */
export function newUpstream(draft: UpstreamDraft, at: number): StoredUpstream {
  const { kind, name, notes, manualModels, proxyUrl } = draft
  if (kind === 'chatgpt') throw invalidField('kind', 'a ChatGPT account is added by signing in')
  if (kind !== 'simulator' && draft.simulator !== undefined) {
    throw invalidField('simulator', `an upstream of kind ${kind} is not simulated`)
  }
  const simulator = kind === 'simulator' ? simulatorBehaviour.parse(given(draft.simulator ?? {})) : null
  return {
    id: newRecordId('ups'),
    name,
    kind,
    status: 'active',
    statusReason: null,
    baseUrl: baseUrlOf(draft),
    proxyUrl: kind === 'simulator' ? null : proxyUrl,
    notes,
    manualModels: [...new Set(manualModels)],
    ...simulatedModels(simulator, at),
    secret: null,
    simulator,
    account: null,
    maxConcurrent: draft.maxConcurrent,
    createdAt: at,
    updatedAt: at,
  }
}

/** The row with the patch applied. A new address makes the fetched list another's, so it is dropped. */
export function patchedUpstream(before: StoredUpstream, patch: UpstreamPatch, at: number): StoredUpstream {
  const isSimulator = before.kind === 'simulator'
  if (!isSimulator && patch.simulator !== undefined) {
    throw invalidField('simulator', `an upstream of kind ${before.kind} is not simulated`)
  }
  if (before.kind === 'chatgpt' && patch.baseUrl !== undefined && !accountAddress.safeParse(patch.baseUrl).success) {
    throw invalidField('baseUrl', 'the address of an account must be https, or http on this machine')
  }
  const simulator = before.simulator && { ...before.simulator, ...given(patch.simulator ?? {}) }
  const after: StoredUpstream = {
    ...before,
    name: patch.name ?? before.name,
    notes: patch.notes ?? before.notes,
    manualModels: patch.manualModels ? [...new Set(patch.manualModels)] : before.manualModels,
    baseUrl: isSimulator ? before.baseUrl : (patch.baseUrl ?? before.baseUrl),
    proxyUrl: isSimulator || patch.proxyUrl === undefined ? before.proxyUrl : patch.proxyUrl,
    maxConcurrent: patch.maxConcurrent === undefined ? before.maxConcurrent : patch.maxConcurrent,
    simulator,
    updatedAt: at,
  }
  const isElsewhere = after.baseUrl !== before.baseUrl
  return isElsewhere || patch.simulator !== undefined ? { ...after, ...simulatedModels(simulator, at) } : after
}

/** Addresses that must not lead back to Weir, with the name of their field. */
export function addressesOf(
  upstream: Pick<Upstream, 'kind' | 'baseUrl' | 'proxyUrl'>,
): [address: string, field: string][] {
  if (upstream.kind === 'simulator') return []
  const addresses: [string, string][] = [[upstream.baseUrl, 'baseUrl']]
  if (upstream.proxyUrl !== null) addresses.push([upstream.proxyUrl, 'proxyUrl'])
  return addresses
}
