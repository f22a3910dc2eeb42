/** Token figures as the providers report them, in one shape. */
import { isObject } from './json.ts'
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
 * `output_tokens`), Embeddings (`prompt_tokens` only), or Anthropic's (`input_tokens` without what its cache read and
 * wrote). Null when it is none of these.
 */
export function toTokenUsage(value: unknown): TokenUsage | null {
  const input = member(value, 'input_tokens') ?? member(value, 'prompt_tokens')
  if (typeof input !== 'number') return null
  const inputDetails = member(value, 'input_tokens_details') ?? member(value, 'prompt_tokens_details')
  const outputDetails = member(value, 'output_tokens_details') ?? member(value, 'completion_tokens_details')
  const usage = {
    input: count(input),
    // Some OpenAI-compatible providers report the cached part beside the details.
    cached: count(
      member(inputDetails, 'cached_tokens') ??
        member(value, 'prompt_cache_hit_tokens') ??
        member(value, 'cached_tokens'),
    ),
    output: count(member(value, 'output_tokens') ?? member(value, 'completion_tokens')),
    reasoning: count(member(outputDetails, 'reasoning_tokens')),
  }
  const cacheWrite = writtenOf(inputDetails) || count(member(value, 'cache_creation_input_tokens'))
  const cacheRead = count(member(value, 'cache_read_input_tokens'))
  if (cacheWrite === 0 && cacheRead === 0) return usage
  // Whoever copies Anthropic's names into details, or beside `prompt_tokens`, counts what they say as input already.
  const isBeside = !isObject(inputDetails) && member(value, 'prompt_tokens') === undefined
  const whole = isBeside ? usage.input + cacheRead + cacheWrite : usage.input
  const parts = { ...usage, input: whole, cached: usage.cached || cacheRead }
  return cacheWrite === 0 ? parts : { ...parts, cacheWrite }
}

/** Of two answers together. */
export function addUsage(a: TokenUsage, b: TokenUsage): TokenUsage {
  const cacheWrite = (a.cacheWrite ?? 0) + (b.cacheWrite ?? 0)
  return {
    input: a.input + b.input,
    cached: a.cached + b.cached,
    output: a.output + b.output,
    reasoning: a.reasoning + b.reasoning,
    ...(cacheWrite === 0 ? {} : { cacheWrite }),
  }
}

/** OpenAI and OpenRouter have one name for it, LiteLLM another, Alibaba Anthropic's. */
function writtenOf(details: unknown): number {
  return count(
    member(details, 'cache_write_tokens') ??
      member(details, 'cache_creation_tokens') ??
      member(details, 'cache_creation_input_tokens'),
  )
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
  return end < 0 ? null : parseUsage(text.slice(start, end))
}

/** The text of a `usage` object. Null where it is none after all, or cut off. */
export function parseUsage(text: string): TokenUsage | null {
  try {
    return toTokenUsage(JSON.parse(text))
  } catch {
    return null
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
