/** The policy of a Pool key as flags: one set for create and update. What no flag names is left out, and so stays. */
import { AppError } from '../../shared/errors.ts'
import { type ModelPolicy, type ReasoningEffort, reasoningEffort } from '../../shared/models/key.ts'
import type { Call } from '../host/headless/call.ts'
import { choice, clearable } from './arguments.ts'
import type { FlagSpec, Input } from './command.ts'
import { pick } from './lookup.ts'
import { parseMoment } from './moment.ts'

export const policyFlags: readonly FlagSpec[] = [
  { name: 'model', value: 'ID', many: true, help: 'Allow this model and no other that is not named.' },
  { name: 'all-models', help: 'Allow every model of the Pool.' },
  { name: 'no-models', help: 'Allow no model.' },
  { name: 'enforce-model', value: 'ID', help: 'Always send this model; empty clears.' },
  {
    name: 'enforce-effort',
    value: reasoningEffort.options.join('|'),
    help: 'Always send this reasoning effort; empty clears.',
  },
  { name: 'enforce-tier', value: 'TIER', help: 'Always send this service tier; empty clears.' },
  { name: 'allow-upstream', value: 'NAME', many: true, help: 'Use this upstream and no other that is not named.' },
  { name: 'any-upstream', help: 'Allow every upstream of the Pool.' },
  { name: 'allow-ip', value: 'ADDRESS', many: true, help: 'Accept calls from this address or CIDR network only.' },
  { name: 'any-ip', help: 'Accept calls from every address.' },
  { name: 'make-tokens', value: 'yes|no', help: 'Whether the key itself may make ephemeral tokens.' },
  { name: 'expires', value: 'WHEN', help: 'A span like 30d, a date like 2027-01-31, or never.' },
  { name: 'owner', value: 'TEXT', help: 'Who uses the key; empty clears.' },
  { name: 'notes', value: 'TEXT', help: 'Notes for yourself.' },
  { name: 'metadata', value: 'JSON', help: 'A JSON object of your own, at most 4 KB. Not for secrets.' },
]

interface PolicyFields {
  modelPolicy?: ModelPolicy
  enforced?: { model?: string | null; effort?: ReasoningEffort | null; serviceTier?: string | null }
  allowedUpstreams?: string[] | null
  ipAllowlist?: string[]
  canMakeTokens?: boolean
  expiresAt?: number | null
  owner?: string | null
  notes?: string
  metadata?: Record<string, never>
}

export async function readPolicy(input: Input, call: Call, now: number): Promise<PolicyFields> {
  const fields: PolicyFields = {}
  const modelPolicy = readModels(input)
  if (modelPolicy !== undefined) fields.modelPolicy = modelPolicy
  const enforced = readEnforced(input)
  if (Object.keys(enforced).length > 0) fields.enforced = enforced
  const upstreams = input.list('allow-upstream')
  if (upstreams.length > 0) {
    const known = await call('upstream.list', {})
    fields.allowedUpstreams = upstreams.map((text) => pick('upstream', text, known).id)
  } else if (input.isOn('any-upstream')) fields.allowedUpstreams = null
  if (input.isOn('any-ip')) fields.ipAllowlist = []
  if (input.isOn('allow-ip')) fields.ipAllowlist = [...input.list('allow-ip')]
  const makes = choice(input, 'make-tokens', ['yes', 'no'])
  if (makes !== undefined) fields.canMakeTokens = makes === 'yes'
  const expires = input.text('expires')
  if (expires !== undefined) {
    fields.expiresAt = expires === 'never' ? null : parseMoment('expires', expires, now, 'ahead')
  }
  const owner = clearable(input, 'owner')
  if (owner !== undefined) fields.owner = owner
  const notes = input.text('notes')
  if (notes !== undefined) fields.notes = notes
  const metadata = input.text('metadata')
  if (metadata !== undefined) fields.metadata = parseMetadata(metadata)
  return fields
}

function readModels(input: Input): ModelPolicy | undefined {
  const models = input.list('model')
  const given = [models.length > 0, input.isOn('all-models'), input.isOn('no-models')].filter(Boolean).length
  if (given > 1) throw new AppError('invalid_option', 'Give --model, --all-models or --no-models, only one of them.')
  if (models.length > 0) return { mode: 'selected', models: [...models] }
  if (input.isOn('all-models')) return { mode: 'all' }
  return input.isOn('no-models') ? { mode: 'none' } : undefined
}

function readEnforced(input: Input): NonNullable<PolicyFields['enforced']> {
  const model = clearable(input, 'enforce-model')
  const effort = clearable(input, 'enforce-effort')
  const serviceTier = clearable(input, 'enforce-tier')
  if (typeof effort === 'string' && !reasoningEffort.safeParse(effort).success) {
    const wanted = reasoningEffort.options.join(', ')
    throw new AppError('invalid_option', `--enforce-effort is "${effort}", but must be one of ${wanted}.`)
  }
  return {
    ...(model === undefined ? {} : { model }),
    ...(effort === undefined ? {} : { effort: effort as ReasoningEffort | null }),
    ...(serviceTier === undefined ? {} : { serviceTier }),
  }
}

function parseMetadata(text: string): Record<string, never> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, never>
  } catch {
    // Said below, for this and for JSON that is no object.
  }
  throw new AppError('invalid_option', '--metadata must be a JSON object, like {"team":"search"}.')
}
