/** `GET /v1/models`: what this key may use, in one body that both OpenAI's clients and Codex understand. */
import { AppError } from '../../shared/errors.ts'
import { isModelAllowed, sentModel } from './permit.ts'
import { fallbackOf } from './plan.ts'
import type { Directory } from './directory.ts'
import type { KeyRecord, PoolRecord, TokenRecord, UpstreamRecord } from './ports.ts'

interface Asker {
  readonly key: KeyRecord
  readonly token: TokenRecord | null
  readonly pool: PoolRecord
}

/** Those of the fallback Pool serve as well; which models pass is for the key's own Pool to say. */
function usableUpstreams({ key, pool }: Asker, directory: Directory): UpstreamRecord[] {
  return [...pool.assignments, ...(fallbackOf(pool, directory)?.assignments ?? [])].flatMap(
    ({ upstreamId, enabled }) => {
      const record = directory.upstream(upstreamId)
      if (record === undefined || !enabled || record.status !== 'active') return []
      return key.allowedUpstreams === null || key.allowedUpstreams.has(upstreamId) ? [record] : []
    },
  )
}

/** The models of the Pool's usable upstreams and its aliases for them, as far as key, token and Pool allow them, sorted. */
export function modelsOf(caller: Asker, directory: Directory): string[] {
  const { key, token, pool } = caller
  if (key.enforced.model !== null) return isModelAllowed(caller, key.enforced.model) ? [key.enforced.model] : []
  const upstreams = usableUpstreams(caller, directory)
  const served = new Set(upstreams.flatMap((record) => [...record.models]))
  // A list that is not known serves any id, so ids the operator picked by hand are offered.
  const servesAny = upstreams.some((record) => record.models.size === 0)
  const picked = [key.selectedModels, token?.selectedModels, pool.models?.allowed]
  const byHand = servesAny ? picked.flatMap((ids) => [...(ids ?? [])]) : []
  const names = new Set([...served, ...byHand, ...(pool.models?.aliases.keys() ?? [])])
  return [...names]
    .filter((name) => servesAny || served.has(sentModel(pool, name)))
    .filter((name) => isModelAllowed(caller, name))
    .sort()
}

function openaiModel(id: string) {
  return { id, object: 'model', created: 0, owned_by: 'weir' }
}

/** Ids that Codex knows better than we do: an entry of ours would replace its own prompt and limits for them. */
const KNOWN_TO_CODEX = /^(?:gpt-|o\d|codex-|chatgpt-)/

function codexModel(id: string, priority: number) {
  return {
    slug: id,
    display_name: id,
    supported_reasoning_levels: [],
    shell_type: 'unified_exec',
    visibility: 'list',
    supported_in_api: true,
    priority,
    base_instructions:
      "You are a coding agent that works in a terminal on the user's machine. Use the tools you are given to read, change and run code, keep changes small, and say briefly what you did.",
    support_verbosity: false,
    truncation_policy: { mode: 'tokens', limit: 10_000 },
    context_window: 128_000,
    experimental_supported_tools: [],
  }
}

export function modelList(models: readonly string[]) {
  return {
    object: 'list',
    data: models.map(openaiModel),
    models: models.filter((id) => !KNOWN_TO_CODEX.test(id)).map((id, index) => codexModel(id, index + 1)),
  }
}

/** @throws AppError `model_not_found` */
export function oneModel(models: readonly string[], id: string) {
  if (!models.includes(id)) {
    throw new AppError('model_not_found', `This key has no model "${id.slice(0, 200)}".`, {
      details: { field: 'model' },
    })
  }
  return openaiModel(id)
}
