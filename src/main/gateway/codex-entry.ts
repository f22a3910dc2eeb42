/** Entries of the model list as Codex reads it: its provider's own where there is one, else made from what is known. */
import type { ServingMode } from '../../shared/models/pool.ts'
import { parseObject } from '../dialects/json.ts'
import type { Offer } from './model-offers.ts'

/** Ids that Codex knows better than we do: an entry of ours would replace its own prompt and limits for them. */
export const KNOWN_TO_CODEX = /^(?:gpt-|o\d|codex-|chatgpt-)/

/** Words of these lists that every version of Codex understands: any other would make it refuse the whole list. */
const EFFORTS: ReadonlySet<string> = new Set(['none', 'minimal', 'low', 'medium', 'high', 'xhigh'])
const INPUTS: ReadonlySet<string> = new Set(['text', 'image'])

/** As its provider wrote it, but for its name where it is an alias, and the form where the Pool chooses one. */
export function codexEntry(
  name: string,
  { model: slug, text }: NonNullable<Offer['entry']>,
  mode: ServingMode,
): string {
  if (slug === name && mode === 'auto') return text
  return JSON.stringify({
    ...parseObject(text),
    slug: name,
    ...(slug === name ? {} : { display_name: name, visibility: 'list' }),
    ...(mode === 'auto' ? {} : { use_responses_lite: mode === 'lite' }),
  })
}

export function madeEntry({ name, facts }: Offer, priority: number): string {
  const efforts = facts?.efforts.filter((effort) => EFFORTS.has(effort)) ?? []
  const inputs = facts?.inputs.filter((input) => INPUTS.has(input)) ?? []
  const window = facts?.contextWindow ?? null
  const usual = efforts.includes('medium') ? 'medium' : efforts[0]
  return JSON.stringify({
    slug: name,
    display_name: facts?.name ?? name,
    supported_reasoning_levels: efforts.map((effort) => ({ effort, description: '' })),
    ...(usual === undefined ? {} : { default_reasoning_level: usual }),
    shell_type: 'unified_exec',
    visibility: 'list',
    supported_in_api: true,
    priority,
    base_instructions:
      "You are a coding agent that works in a terminal on the user's machine. Use the tools you are given to read, change and run code, keep changes small, and say briefly what you did.",
    support_verbosity: false,
    truncation_policy: { mode: 'tokens', limit: 10_000 },
    context_window: window ?? 128_000,
    // What is known is what a request may hold, nothing of which the provider keeps for itself.
    ...(window === null ? {} : { effective_context_window_percent: 100 }),
    ...(inputs.length === 0 ? {} : { input_modalities: inputs }),
    experimental_supported_tools: [],
  })
}
