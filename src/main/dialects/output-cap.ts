/** The most output that a request may ask for: read from its own fields, and lowered to what its key allows. */
import { countField, type JsonFields } from './json-fields.ts'
import type { UpstreamKind } from '../../shared/models/upstream.ts'
import type { Dialect } from './dialect.ts'

const MAXIMUM_FIELDS = {
  chat: ['max_completion_tokens', 'max_tokens'],
  responses: ['max_output_tokens'],
  embeddings: [],
} as const satisfies Record<Dialect, readonly string[]>

/** How many answers a chat request asks for; each of them may be as long as its maximum. */
export function choiceCount(dialect: Dialect, fields: JsonFields): number {
  return dialect === 'chat' ? Math.max(1, countField(fields, 'n') ?? 1) : 1
}

/** A field that is null, broken or 0 names no bound: to some servers it means none. */
function maximumOf(fields: JsonFields, name: string): number | null {
  const value = countField(fields, name)
  return value === 0 ? null : value
}

/**
 * The most output tokens that a request can produce by its own fields, all choices together; null when it sets no bound,
 * 0 for embeddings. With both of chat's fields the larger counts, as servers differ in which one they obey.
 */
export function outputBound(dialect: Dialect, fields: JsonFields): number | null {
  if (dialect === 'embeddings') return 0
  const own = MAXIMUM_FIELDS[dialect].map((name) => maximumOf(fields, name)).filter((value) => value !== null)
  return own.length === 0 ? null : Math.max(...own) * choiceCount(dialect, fields)
}

/** What each choice gets of the cap of a request, tokens. */
function capPerChoice(dialect: Dialect, fields: JsonFields, cap: number): number {
  return Math.max(1, Math.floor(cap / choiceCount(dialect, fields)))
}

/**
 * The most output tokens of a request under a cap, all choices together: never above the cap, unless it asks for more
 * choices than that, as each has one token at least. 0 for embeddings.
 */
export function cappedBound(dialect: Dialect, fields: JsonFields, cap: number): number {
  if (dialect === 'embeddings') return 0
  const most = capPerChoice(dialect, fields, cap) * choiceCount(dialect, fields)
  return Math.min(most, outputBound(dialect, fields) ?? most)
}

/** The edits that make the cap the request's maximum where its own is absent or larger. The cap is at least 1. */
export function capEdits(
  dialect: Dialect,
  fields: JsonFields,
  cap: number,
  kind: UpstreamKind,
): ReadonlyMap<string, number> {
  // It knows no maximum and refuses a request that names one; the stream itself is watched.
  if (kind === 'chatgpt') return new Map()
  const each = capPerChoice(dialect, fields, cap)
  const edits = new Map<string, number>()
  const named = MAXIMUM_FIELDS[dialect].filter((name) => isNamed(fields, name))
  for (const name of named) {
    const own = maximumOf(fields, name)
    if (own === null || own > each) edits.set(name, each)
  }
  if (named.length === 0) {
    if (dialect === 'responses') edits.set('max_output_tokens', each)
    // OpenAI's newer models refuse the old name, many other servers know no other.
    else if (dialect === 'chat') edits.set(kind === 'openai' ? 'max_completion_tokens' : 'max_tokens', each)
  }
  return edits
}

/** Null is how some clients leave a field out. */
function isNamed(fields: JsonFields, name: string): boolean {
  const member = fields.members.get(name)
  return member !== undefined && fields.bytes.toString('latin1', member.valueStart, member.valueEnd) !== 'null'
}
