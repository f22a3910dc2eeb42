/**
 * What a key may do in the end, from its own policy and its Pool's: the Review step of the wizard. Pure. It says in words
 * what the gateway's `permit` and `route` will do, so both must be changed together.
 */
import { normaliseIpRules } from './ip-rules.ts'
import { limitLines, limitsOf, limitWarnings, overridesOf, thresholdsOf } from './limit-policy.ts'
import type { EffectivePolicy, EnforcedFields, ModelPolicy, PolicyChange, PoolKey } from './models/key.ts'
import type { Pool } from './models/pool.ts'

export type KeyPolicy = Pick<
  PoolKey,
  | 'name'
  | 'owner'
  | 'notes'
  | 'metadata'
  | 'modelPolicy'
  | 'enforced'
  | 'allowedUpstreams'
  | 'ipAllowlist'
  | 'limits'
  | 'limitOverrides'
  | 'unpriced'
  | 'alertThresholds'
  | 'canMakeTokens'
  | 'expiresAt'
>

export interface PolicyWorld {
  readonly pool: Pick<Pool, 'name' | 'status' | 'assignments' | 'aliases' | 'allowedModels'>
  /** The name of an upstream; null for one that is gone. */
  readonly upstreamName: (id: string) => string | null
  readonly now: number
}

type Aliases = ReadonlyMap<string, string>

function aliasesOf({ pool }: PolicyWorld): Aliases {
  return new Map(pool.aliases.map(({ alias, model }) => [alias, model]))
}

/** A list lets a model pass that it names, or whose alias leads to one that it names. */
function listed(list: ReadonlySet<string>, model: string, aliases: Aliases): boolean {
  return list.has(model) || list.has(aliases.get(model) ?? model)
}

function modelsOf(policy: ModelPolicy, world: PolicyWorld): EffectivePolicy['models'] {
  const { allowedModels } = world.pool
  const aliases = aliasesOf(world)
  if (policy.mode === 'none') return { mode: 'none', ids: [], isLimitedByPool: false }
  const ofKey = policy.mode === 'selected' ? new Set(policy.models) : null
  const ofPool = allowedModels === null ? null : new Set(allowedModels)
  if (ofKey === null && ofPool === null) return { mode: 'all', ids: [], isLimitedByPool: false }
  const named = new Set([...(ofKey ?? []), ...(ofPool ?? []), ...aliases.keys()])
  const ids = [...named]
    .filter((id) => ofKey === null || listed(ofKey, id, aliases))
    .filter((id) => ofPool === null || listed(ofPool, id, aliases))
    .sort()
  const lost =
    ofKey === null ? ofPool !== null : [...ofKey].some((id) => ofPool !== null && !listed(ofPool, id, aliases))
  return { mode: ids.length === 0 ? 'none' : 'selected', ids, isLimitedByPool: lost }
}

function upstreamsOf(allowed: readonly string[] | null, world: PolicyWorld): EffectivePolicy['upstreams'] {
  const { assignments } = world.pool
  const ids = allowed ?? assignments.map((member) => member.upstreamId)
  return {
    mode: allowed === null ? 'all' : 'selected',
    list: ids.map((id) => {
      const member = assignments.find((entry) => entry.upstreamId === id)
      return {
        id,
        name: world.upstreamName(id) ?? id,
        isAssigned: member !== undefined,
        isEnabled: member?.enabled === true,
      }
    }),
  }
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** `in 30 days`, `2 hours ago`; below a minute `less than a minute`. */
export function spanInWords(ms: number): string {
  const size = Math.abs(ms)
  const [unit, length] = UNITS.find(([, length]) => size >= length) ?? ['minute', 60_000]
  const amount = Math.floor(size / length)
  const words = size < 60_000 ? 'less than a minute' : `${String(amount)} ${unit}${amount === 1 ? '' : 's'}`
  return ms >= 0 ? `in ${words}` : `${words} ago`
}

/** In UTC and to the minute, so that it reads the same wherever it is read. */
function momentInWords(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

function expiryInWords(at: number | null, now: number): string {
  if (at === null) return 'never expires'
  const verb = at > now ? 'expires' : 'expired'
  return `${verb} ${spanInWords(at - now)}, on ${momentInWords(at)}`
}

function enforcedWarning(enforced: EnforcedFields, key: ModelPolicy, world: PolicyWorld): string[] {
  const { model } = enforced
  if (model === null) return []
  const aliases = aliasesOf(world)
  const byKey = key.mode === 'all' || (key.mode === 'selected' && listed(new Set(key.models), model, aliases))
  const { allowedModels } = world.pool
  const byPool = allowedModels === null || listed(new Set(allowedModels), model, aliases)
  if (!byKey) return [`The enforced model ${model} is not among the models of the key: every request will be refused.`]
  if (!byPool) return [`The Pool does not offer the enforced model ${model}: every request will be refused.`]
  return []
}

function warningsOf(key: KeyPolicy, policy: Omit<EffectivePolicy, 'warnings'>, world: PolicyWorld): string[] {
  const { pool, now } = world
  const usable = policy.upstreams.list.filter((entry) => entry.isAssigned && entry.isEnabled)
  const gone = policy.upstreams.list.filter((entry) => !entry.isAssigned)
  return [
    ...(pool.status === 'active'
      ? []
      : [`The Pool is ${pool.status}: every request will be refused until it is active.`]),
    ...(usable.length > 0 ? [] : ['No upstream is left for this key: every request will be refused.']),
    ...gone.map((entry) => `The upstream ${entry.name} is not in the Pool, so the key cannot use it.`),
    ...(policy.models.mode === 'none' ? ['No model is left for this key: every request will be refused.'] : []),
    ...(policy.models.isLimitedByPool && key.modelPolicy.mode === 'selected'
      ? ['The Pool does not offer every model that the key names.']
      : []),
    ...(policy.models.mode === 'none' ? [] : enforcedWarning(key.enforced, key.modelPolicy, world)),
    ...(key.expiresAt !== null && key.expiresAt <= now
      ? ['The expiry is in the past: every request will be refused.']
      : []),
    ...limitWarnings(key, namedModels(policy.models, world)),
  ]
}

/** What the key may ask for, and what is sent for it; null where nothing limits that, or nothing is left to ask. */
function namedModels({ mode, ids }: EffectivePolicy['models'], world: PolicyWorld): string[] | null {
  if (mode !== 'selected') return null
  const aliases = aliasesOf(world)
  return ids.flatMap((id) => [id, aliases.get(id) ?? id])
}

export function effectivePolicyOf(key: KeyPolicy, world: PolicyWorld): EffectivePolicy {
  const { rules, merged } = normaliseIpRules(key.ipAllowlist)
  const { model } = key.enforced
  const policy = {
    models: modelsOf(key.modelPolicy, world),
    enforced: { ...key.enforced, sentModel: model === null ? null : (aliasesOf(world).get(model) ?? model) },
    upstreams: upstreamsOf(key.allowedUpstreams, world),
    ipAllowlist: [...rules],
    ipMerged: merged.map((entry) => ({ ...entry })),
    expiry: { at: key.expiresAt, words: expiryInWords(key.expiresAt, world.now) },
    limits: limitsOf(key),
    overrides: overridesOf(key),
    unpriced: key.unpriced,
    alertThresholds: thresholdsOf(key),
    canMakeTokens: key.canMakeTokens,
  }
  return { ...policy, warnings: warningsOf(key, policy, world) }
}

function modelWords(policy: ModelPolicy): string {
  if (policy.mode === 'selected') return policy.models.toSorted().join(', ')
  return policy.mode === 'all' ? 'all models' : 'no model'
}

type Line = readonly [field: string, label: string, words: (key: KeyPolicy, world: PolicyWorld) => string]

const AS_ASKED = 'as the client asks'
const FIELDS: readonly Line[] = [
  ['name', 'Name', (key) => key.name],
  ['owner', 'Owner', (key) => key.owner ?? 'none'],
  ['notes', 'Notes', (key) => (key.notes === '' ? 'none' : key.notes)],
  ['metadata', 'Metadata', (key) => JSON.stringify(key.metadata)],
  ['modelPolicy', 'Models', (key) => modelWords(key.modelPolicy)],
  ['enforced.model', 'Enforced model', (key) => key.enforced.model ?? AS_ASKED],
  ['enforced.effort', 'Enforced effort', (key) => key.enforced.effort ?? AS_ASKED],
  ['enforced.serviceTier', 'Enforced service tier', (key) => key.enforced.serviceTier ?? AS_ASKED],
  [
    'allowedUpstreams',
    'Upstreams',
    ({ allowedUpstreams }, { upstreamName }) =>
      allowedUpstreams === null
        ? 'all of the Pool'
        : allowedUpstreams
            .map((id) => upstreamName(id) ?? id)
            .sort()
            .join(', '),
  ],
  [
    'ipAllowlist',
    'Addresses',
    (key) => (key.ipAllowlist.length === 0 ? 'every address' : normaliseIpRules(key.ipAllowlist).rules.join(', ')),
  ],
  [
    'canMakeTokens',
    'Makes ephemeral tokens',
    (key) => (key.canMakeTokens ? 'the operator and the key itself' : 'the operator only'),
  ],
  ['expiresAt', 'Expiry', (key) => (key.expiresAt === null ? 'never' : momentInWords(key.expiresAt))],
]

/** Field by field, in words; what reads the same before and after is no change. */
export function policyChanges(before: KeyPolicy, after: KeyPolicy, world: PolicyWorld): PolicyChange[] {
  const lines: readonly Line[] = [...FIELDS, ...limitLines(before, after)]
  return lines.flatMap(([field, label, words]) => {
    const change = { field, label, before: words(before, world), after: words(after, world) }
    return change.before === change.after ? [] : [change]
  })
}
