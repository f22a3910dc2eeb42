/** What the requests of one session have in common, as clients tell it: in headers, or in fields of the body. */
import type { JsonFields } from '../dialects/json-fields.ts'
import type { RequestHeaders } from './request-headers.ts'

/** Codex in all its versions, OpenCode. */
const HEADERS: ReadonlySet<string> = new Set([
  'session-id',
  'session_id',
  'thread-id',
  'x-session-id',
  'x-session-affinity',
])

/** By how well they tell sessions apart. */
const FIELDS = ['prompt_cache_key', 'conversation', 'user'] as const
const MAX_LENGTH = 200
const NULL = 'null'

/** Null where the client tells nothing. The text is compared and hashed, never kept. */
export function sessionOf(headers: Pick<RequestHeaders, 'passing'> | null, fields: JsonFields): string | null {
  const passing = headers?.passing ?? []
  for (let i = 0; i < passing.length; i += 2) {
    if (HEADERS.has((passing[i] ?? '').toLowerCase())) return (passing[i + 1] ?? '').slice(0, MAX_LENGTH)
  }
  for (const name of FIELDS) {
    const member = fields.members.get(name)
    if (member === undefined) continue
    const { valueStart, valueEnd } = member
    // As it is written: a string, or an object with an id.
    const text = fields.bytes.toString('latin1', valueStart, Math.min(valueEnd, valueStart + MAX_LENGTH))
    if (text !== NULL && text !== '""') return text
  }
  return null
}
