/** What the requests of one session have in common, as clients tell it: in headers, or in fields of the body. */
import { fieldValue, type JsonFields } from '../dialects/json-fields.ts'

/**
 * By how well they tell what shares a prompt. Codex's thread comes before its window, which a compaction changes, and
 * before its session, which threads of sub-agents share. The rest are those of older Codex, OpenCode and Claude Code.
 */
export const SESSION_HEADERS = [
  'thread-id',
  'x-codex-window-id',
  'x-codex-session-id',
  'session-id',
  'session_id',
  'x-session-id',
  'x-session-affinity',
  'x-codex-conversation-id',
  'x-claude-code-session-id',
] as const

const RANKS: ReadonlyMap<string, number> = new Map(SESSION_HEADERS.map((name, index) => [name, index]))

/** Lower tells better. Of a name in lower case, or as it is written. */
export function sessionRank(name: string): number {
  return RANKS.get(name) ?? RANKS.get(name.toLowerCase()) ?? SESSION_HEADERS.length
}

/** What the headers told. */
export interface SessionHeaders {
  /** Null where none of them came. */
  readonly session: string | null
}

const FIELDS = ['prompt_cache_key', 'conversation'] as const
const MAX_LENGTH = 200
const NULL = 'null'
const EMPTY = '""'

/** Null where the client tells nothing. The text is hashed, never kept. */
export function sessionOf(headers: SessionHeaders | null, fields: JsonFields): string | null {
  const told = headers?.session ?? ''
  if (told !== '') return told.slice(0, MAX_LENGTH)
  for (const name of FIELDS) {
    const text = textOf(fields, name)
    if (text !== null) return text
  }
  return fields.members.has('metadata') ? ofUserId(fields) : null
}

/** Whose request it is, which is the next best where sessions are only to be spread. */
export function userOf(fields: JsonFields): string | null {
  return textOf(fields, 'user')
}

/** As it is written: a string, or an object with an id. */
function textOf(fields: JsonFields, name: string): string | null {
  const member = fields.members.get(name)
  if (member === undefined) return null
  const { valueStart, valueEnd } = member
  const text = fields.bytes.toString('latin1', valueStart, Math.min(valueEnd, valueStart + MAX_LENGTH))
  return text === NULL || text === EMPTY ? null : text
}

/** Claude Code writes its session into the id of its user: as JSON, or behind a word. */
const IN_USER_ID = /(?:"session_id"\s*:\s*"|_session_)([\w-]{1,100})/

function ofUserId(fields: JsonFields): string | null {
  const metadata = fieldValue(fields, 'metadata')
  const userId = typeof metadata === 'object' && metadata !== null ? (metadata as { user_id?: unknown }).user_id : null
  return typeof userId === 'string' ? (IN_USER_ID.exec(userId.slice(0, 1_000))?.[1] ?? null) : null
}

const MAX_RESPONSE_ID = 500

/** The response that the request goes on from, as it is written; null where there is none. */
export function previousResponseOf(fields: JsonFields): string | null {
  const member = fields.members.get('previous_response_id')
  if (member === undefined) return null
  const { valueStart, valueEnd } = member
  const text = fields.bytes.toString('latin1', valueStart, Math.min(valueEnd, valueStart + MAX_RESPONSE_ID))
  return text.length > 2 && text.startsWith('"') ? text.slice(1, -1) : null
}
