/**
 * The headers of one turn. Those of the upgrade stand for all turns of a WebSocket; what Codex would say of a single turn
 * in headers over HTTP, it says in the frame's `client_metadata`.
 */
import { LITE_HEADER, LITE_METADATA } from '../../dialects/codex-lite.ts'
import type { JsonFields } from '../../dialects/json-fields.ts'
import { parseJsonObject } from '../../dialects/json.ts'
import { readHeaders, TURN_STATE_HEADER, type RequestHeaders } from '../request-headers.ts'

/** Of the upgrade itself. The beta header names the form of the socket, which no other request is in. */
const OF_UPGRADE = /^(?:sec-websocket-|openai-beta$|content-|accept$)/i
/** A turn begins and ends on a socket; what the upgrade says of one is true of the first only. */
const OF_ONE_TURN: ReadonlySet<string> = new Set([TURN_STATE_HEADER, 'x-codex-turn-metadata'])
const IN_METADATA = /^x-(?:codex|openai)-(?!ws-)[a-z0-9-]{1,80}$/
const HEADER_TEXT = /^[\x20-\x7e]{1,16384}$/

export interface UpgradeHeaders {
  /** As they came. */
  readonly first: RequestHeaders
  /** Flat, of what stands for every turn. */
  readonly lasting: readonly string[]
  readonly later: RequestHeaders
}

const OF_A_BODY = ['content-type', 'application/json', 'accept', 'text/event-stream'] as const

export function upgradeHeaders(raw: readonly string[]): UpgradeHeaders {
  const first: string[] = [...OF_A_BODY]
  const lasting: string[] = [...OF_A_BODY]
  for (let i = 0; i < raw.length; i += 2) {
    const [name = '', value = ''] = [raw[i], raw[i + 1]]
    if (OF_UPGRADE.test(name)) continue
    first.push(name, value)
    if (!OF_ONE_TURN.has(name.toLowerCase())) lasting.push(name, value)
  }
  return { first: readHeaders(first), lasting, later: readHeaders(lasting) }
}

/** What the frame says of its turn, by name in lower case. */
function saidOf(fields: JsonFields): ReadonlyMap<string, string> {
  const said = new Map<string, string>()
  const member = fields.members.get('client_metadata')
  const text = member === undefined ? '' : fields.bytes.toString('utf8', member.valueStart, member.valueEnd)
  // One that is broken inside says nothing: the upstream judges it.
  const metadata = parseJsonObject(text)
  if (metadata === null) return said
  for (const [name, value] of Object.entries(metadata)) {
    const lower = name === LITE_METADATA ? LITE_HEADER : name.toLowerCase()
    if (typeof value === 'string' && IN_METADATA.test(lower) && HEADER_TEXT.test(value)) said.set(lower, value)
  }
  return said
}

export function turnHeaders(upgrade: UpgradeHeaders, fields: JsonFields, isFirst: boolean): RequestHeaders {
  const said = saidOf(fields)
  if (said.size === 0) return isFirst ? upgrade.first : upgrade.later
  const raw: string[] = []
  for (let i = 0; i < upgrade.lasting.length; i += 2) {
    const name = upgrade.lasting[i] ?? ''
    if (!said.has(name.toLowerCase())) raw.push(name, upgrade.lasting[i + 1] ?? '')
  }
  // A reconnect in the middle of a turn says so in the upgrade.
  if (isFirst && upgrade.first.turnState !== null && !said.has(TURN_STATE_HEADER)) {
    raw.push(TURN_STATE_HEADER, upgrade.first.turnState)
  }
  for (const [name, value] of said) raw.push(name, value)
  return readHeaders(raw)
}
