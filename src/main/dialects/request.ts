/** The few fields of a request body that decide policy, routing and accounting, per dialect, and how to set them. */
import { AppError } from '../../shared/errors.ts'
import { countField, fieldValue, stringField, type JsonFields } from './json-fields.ts'
import { capEdits } from './output-cap.ts'
import type { UpstreamKind } from '../../shared/models/upstream.ts'
import type { Dialect } from './dialect.ts'

export interface RequestFacts {
  readonly model: string
  readonly stream: boolean
  readonly effort: string | null
  readonly serviceTier: string | null
  /** The client's own bound on output tokens. */
  readonly maxOutput: number | null
  /** Chat streams only: the client asked for the usage chunk itself. */
  readonly asksUsage: boolean
  /** Codex's `client_metadata`: folder, git remote, commit. */
  readonly hasWorkspaceMetadata: boolean
  /**
   * Of routes that pass as they are. `fixed`: the route itself stands for a model, which cannot be another one. `none`: no
   * model takes part, so rules and prices of models have nothing to say. Left out where the client names one.
   */
  readonly modelIs?: 'fixed' | 'none'
}

const WORKSPACE_FIELD = 'client_metadata'

function objectField(fields: JsonFields, name: string): Record<string, unknown> {
  if (!fields.members.has(name)) return {}
  const value = fieldValue(fields, name)
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

function effortOf(dialect: Dialect, fields: JsonFields): string | null {
  const value =
    dialect === 'responses' ? objectField(fields, 'reasoning')['effort'] : fieldValue(fields, 'reasoning_effort')
  return typeof value === 'string' ? value.slice(0, 40) : null
}

function maxOutputOf(dialect: Dialect, fields: JsonFields): number | null {
  if (dialect === 'embeddings') return 0
  if (dialect === 'responses') return countField(fields, 'max_output_tokens')
  return countField(fields, 'max_completion_tokens') ?? countField(fields, 'max_tokens')
}

/** @throws AppError `invalid_request` where it is missing or no id. */
export function checkedModel(model: string | null): string {
  if (model === null || model === '') {
    throw new AppError('invalid_request', 'The field "model" is missing.', { details: { field: 'model' } })
  }
  if (model.length > 200) {
    throw new AppError('invalid_request', 'The field "model" is longer than 200 characters.', {
      details: { field: 'model' },
    })
  }
  return model
}

/** @throws AppError `invalid_request` when the model is missing. `defaultModel` stands in where the key enforces one. */
export function readRequest(dialect: Dialect, fields: JsonFields, defaultModel: string | null): RequestFacts {
  const model = checkedModel(stringField(fields, 'model') ?? defaultModel)
  return {
    model,
    stream: dialect !== 'embeddings' && fieldValue(fields, 'stream') === true,
    effort: effortOf(dialect, fields),
    serviceTier: stringField(fields, 'service_tier')?.slice(0, 40) ?? null,
    maxOutput: maxOutputOf(dialect, fields),
    asksUsage: objectField(fields, 'stream_options')['include_usage'] === true,
    hasWorkspaceMetadata: fields.members.has(WORKSPACE_FIELD),
  }
}

/** What the gateway wants changed; null leaves the client's value. */
export interface FieldChanges {
  readonly model: string | null
  readonly effort: string | null
  readonly serviceTier: string | null
  readonly dropWorkspaceMetadata: boolean
  readonly addUsage: boolean
  /** The most output tokens of the request, at least 1; null where the key sets no cap. */
  readonly outputCap?: number | null
  /** Decides under which name a maximum goes that the client does not name itself. */
  readonly upstreamKind?: UpstreamKind
}

/** The edits that bring a body of this dialect to the wanted values; empty when it has them already. */
export function editsFor(
  dialect: Dialect,
  fields: JsonFields,
  facts: RequestFacts,
  changes: FieldChanges,
): Map<string, unknown> {
  const edits = new Map<string, unknown>()
  if (changes.model !== null && (changes.model !== facts.model || !fields.members.has('model'))) {
    edits.set('model', changes.model)
  }
  if (changes.effort !== null && changes.effort !== facts.effort && dialect !== 'embeddings') {
    if (dialect === 'responses') edits.set('reasoning', { ...objectField(fields, 'reasoning'), effort: changes.effort })
    else edits.set('reasoning_effort', changes.effort)
  }
  if (changes.serviceTier !== null && changes.serviceTier !== facts.serviceTier && dialect !== 'embeddings') {
    edits.set('service_tier', changes.serviceTier)
  }
  if (changes.dropWorkspaceMetadata && facts.hasWorkspaceMetadata) edits.set(WORKSPACE_FIELD, undefined)
  if (changes.addUsage) {
    edits.set('stream_options', { ...objectField(fields, 'stream_options'), include_usage: true })
  }
  const { outputCap = null, upstreamKind = 'openai-compatible' } = changes
  if (outputCap === null) return edits
  for (const [name, value] of capEdits(dialect, fields, outputCap, upstreamKind)) edits.set(name, value)
  return edits
}
