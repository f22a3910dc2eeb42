/**
 * What one row of a provider's model list says beyond the id. There is no common form: the names here are those that
 * Codex's backend, OpenRouter, vLLM, llama.cpp, LM Studio, Mistral, Groq and Weir itself use. Whatever is not of the
 * expected kind counts as not said.
 */
import type { ModelFacts } from '../../shared/models/model-facts.ts'

type Row = Readonly<Record<string, unknown>>

const MAX_NAME = 200
const MAX_WORD = 40
const MAX_WORDS = 20
/** No model takes more; larger figures are mistakes. */
const MAX_TOKENS = 1_000_000_000
const NOTHING: Row = {}

function rowOf(value: unknown): Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Row) : NOTHING
}

function tokens(...values: readonly unknown[]): number | null {
  for (const value of values) {
    if (typeof value === 'number' && value >= 1 && value <= MAX_TOKENS) return Math.floor(value)
  }
  return null
}

function words(...lists: readonly unknown[]): string[] {
  const list = lists.find((each) => Array.isArray(each) && each.length > 0)
  if (!Array.isArray(list)) return []
  const texts = list.map((each: unknown) => (typeof each === 'string' ? each : rowOf(each)['effort']))
  const short = texts.filter((each) => typeof each === 'string' && each !== '' && each.length <= MAX_WORD)
  return [...new Set(short as string[])].slice(0, MAX_WORDS)
}

function bool(...values: readonly unknown[]): boolean | null {
  const value = values.find((each) => typeof each === 'boolean')
  return typeof value === 'boolean' ? value : null
}

/** What a request may hold: Codex's backend keeps a part of the window for itself and says how large the rest is. */
function contextOf(row: Row): number | null {
  const { context_length, max_context_length, max_model_len, max_input_tokens } = row
  const window = tokens(row['context_window'])
  const percent = row['effective_context_window_percent']
  if (window !== null && typeof percent === 'number' && percent > 0 && percent <= 100) {
    return Math.floor((window * percent) / 100)
  }
  const provider = rowOf(row['top_provider'])
  const meta = rowOf(row['meta'])
  return tokens(
    context_length,
    window,
    provider['context_length'],
    max_model_len,
    max_context_length,
    max_input_tokens,
    meta['n_ctx'],
    meta['n_ctx_train'],
  )
}

function inputsOf(row: Row): string[] {
  const said = words(row['input_modalities'], rowOf(row['architecture'])['input_modalities'], row['modalities'])
  if (said.length > 0) return said
  const { vision } = rowOf(row['capabilities'])
  return typeof vision === 'boolean' ? (vision ? ['text', 'image'] : ['text']) : []
}

function toolsOf(row: Row): boolean | null {
  const { supports_tools, supported_parameters, capabilities } = row
  const said = bool(supports_tools, rowOf(capabilities)['function_calling'], rowOf(capabilities)['tool_use'])
  if (said !== null) return said
  if (!Array.isArray(supported_parameters) || supported_parameters.length === 0) return null
  return supported_parameters.includes('tools')
}

/** Null where the row says nothing but the id. */
export function readFacts(id: string, value: unknown): ModelFacts | null {
  const row = rowOf(value)
  const named = [row['display_name'], row['name']].find(
    (name) => typeof name === 'string' && name !== '' && name !== id,
  )
  const { max_output_tokens, max_completion_tokens, visibility } = row
  const facts: ModelFacts = {
    id,
    name: typeof named === 'string' ? named.slice(0, MAX_NAME) : null,
    contextWindow: contextOf(row),
    maxOutput: tokens(max_output_tokens, max_completion_tokens, rowOf(row['top_provider'])['max_completion_tokens']),
    efforts: words(row['supported_reasoning_levels'], row['reasoning_efforts'], rowOf(row['reasoning'])['efforts']),
    inputs: inputsOf(row),
    hasTools: toolsOf(row),
    isLite: bool(row['use_responses_lite']),
    isHidden: visibility === 'hide' || visibility === 'none',
  }
  const { name, contextWindow, maxOutput, efforts, inputs, hasTools, isLite, isHidden } = facts
  const saysNothing = [name, contextWindow, maxOutput, hasTools, isLite].every((fact) => fact === null)
  return saysNothing && efforts.length + inputs.length === 0 && !isHidden ? null : facts
}
