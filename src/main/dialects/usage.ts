/** Token figures as the providers report them, in one shape. */
import type { TokenUsage } from '../../shared/models/request.ts'

const NAME = '"usage"'
/** The figures stand near the end; only an answer that puts them elsewhere is searched whole. */
const TAIL_BYTES = 4_096

function count(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

/**
 * From a `usage` object of Chat Completions (`prompt_tokens`, `completion_tokens`), Responses (`input_tokens`,
 * `output_tokens`) or Embeddings (`prompt_tokens` only). Null when it is none of these.
 */
export function toTokenUsage(value: unknown): TokenUsage | null {
  const input = member(value, 'input_tokens') ?? member(value, 'prompt_tokens')
  if (typeof input !== 'number') return null
  const inputDetails = member(value, 'input_tokens_details') ?? member(value, 'prompt_tokens_details')
  const outputDetails = member(value, 'output_tokens_details') ?? member(value, 'completion_tokens_details')
  return {
    input: count(input),
    // Some OpenAI-compatible providers report the cached part beside the details.
    cached: count(member(inputDetails, 'cached_tokens') ?? member(value, 'prompt_cache_hit_tokens')),
    output: count(member(value, 'output_tokens') ?? member(value, 'completion_tokens')),
    reasoning: count(member(outputDetails, 'reasoning_tokens')),
  }
}

/**
 * The last usage object in a piece of JSON text, without parsing what stands around it. Inside a string the quotes would
 * be escaped, so text of a model can't be mistaken for it.
 */
export function findUsage(bytes: Buffer): TokenUsage | null {
  // As latin1 every byte is one character: cheap to make, and all that matters here is ASCII.
  const start = Math.max(0, bytes.length - TAIL_BYTES)
  const found = lastUsage(bytes.toString('latin1', start))
  return found ?? (start === 0 ? null : lastUsage(bytes.toString('latin1')))
}

function lastUsage(text: string): TokenUsage | null {
  for (let at = text.lastIndexOf(NAME); at >= 0; at = at === 0 ? -1 : text.lastIndexOf(NAME, at - 1)) {
    const usage = usageAt(text, at + NAME.length)
    if (usage !== null) return usage
  }
  return null
}

function usageAt(text: string, from: number): TokenUsage | null {
  const colon = skipBlanks(text, from)
  if (text[colon] !== ':') return null
  const start = skipBlanks(text, colon + 1)
  if (text[start] !== '{') return null
  const end = closingBrace(text, start)
  if (end < 0) return null
  try {
    return toTokenUsage(JSON.parse(text.slice(start, end)))
  } catch {
    return null // Not the figure after all, or one cut off: the caller looks further.
  }
}

function skipBlanks(text: string, from: number): number {
  let at = from
  while (text[at] === ' ') at++
  return at
}

/** Usage objects hold numbers and short names only, so braces can be counted without minding strings. */
function closingBrace(text: string, from: number): number {
  let depth = 0
  for (let i = from; i < text.length; i++) {
    if (text[i] === '{') depth++
    else if (text[i] === '}' && --depth === 0) return i + 1
  }
  return -1
}
