/** Token figures as the providers report them, in one shape. */
import type { TokenUsage } from '../../shared/models/request.ts'

const USAGE = Buffer.from('"usage"')
const BLANK = 0x20
const COLON = 0x3a
const OPEN_BRACE = 0x7b
const MAX_USAGE_BYTES = 8_192

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
  let at = bytes.lastIndexOf(USAGE)
  while (at >= 0) {
    const usage = usageAt(bytes, at + USAGE.length)
    if (usage !== null) return usage
    at = at === 0 ? -1 : bytes.lastIndexOf(USAGE, at - 1)
  }
  return null
}

function usageAt(bytes: Buffer, from: number): TokenUsage | null {
  let at = from
  while (bytes[at] === BLANK) at++
  if (bytes[at] !== COLON) return null
  at++
  while (bytes[at] === BLANK) at++
  if (bytes[at] !== OPEN_BRACE) return null
  const text = bytes.toString('utf8', at, Math.min(bytes.length, at + MAX_USAGE_BYTES))
  const end = closingBrace(text)
  if (end < 0) return null
  try {
    return toTokenUsage(JSON.parse(text.slice(0, end)))
  } catch {
    return null // Not the figure after all, or one cut off: the caller looks further.
  }
}

/** Usage objects hold numbers and short names only, so braces can be counted without minding strings. */
function closingBrace(text: string): number {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '{') depth++
    else if (text[i] === '}' && --depth === 0) return i + 1
  }
  return -1
}
