/**
 * A Responses request in the form that Codex's own backend takes: always a stream, never stored, `input` as a list, no
 * sampling fields and no maximum. Codex writes it so by itself; of other clients only what the backend refuses is changed,
 * and fields that nobody here knows stay as they are.
 */
import { fieldValue, type FieldEdits, type JsonFields } from './json-fields.ts'
import { isObject, type JsonObject } from './json.ts'

/** Fields of the public API that this backend refuses. */
const REFUSED = [
  'max_output_tokens',
  'prompt_cache_options',
  'prompt_cache_retention',
  'safety_identifier',
  'temperature',
  'top_p',
  'truncation',
] as const

/** Both mean that the backend may choose, which it does where nothing is said. */
const OPEN_TIERS: ReadonlySet<unknown> = new Set(['auto', 'default'])

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((part) => (isObject(part) && typeof part['text'] === 'string' ? part['text'] : '')).join('')
}

function isSystem(item: unknown): item is JsonObject {
  return isObject(item) && item['role'] === 'system' && (item['type'] === undefined || item['type'] === 'message')
}

function userMessage(text: string): JsonObject {
  return { type: 'message', role: 'user', content: [{ type: 'input_text', text }] }
}

/** System messages have no place in the list: they are what `instructions` is for, behind what stands there. */
function withoutSystem(fields: JsonFields, edits: Map<string, unknown>): void {
  const member = fields.members.get('input')
  if (member === undefined) return
  // Most requests have none, and a list may be megabytes long.
  if (!fields.bytes.subarray(member.valueStart, member.valueEnd).includes('"system"')) return
  const input = fieldValue(fields, 'input')
  if (!Array.isArray(input)) return
  const system = input.filter(isSystem).map(({ content }) => textOf(content))
  if (system.length === 0) return
  const given = fieldValue(fields, 'instructions')
  const texts = [typeof given === 'string' ? given : '', ...system].filter((text) => text !== '')
  edits.set('instructions', texts.join('\n\n'))
  edits.set(
    'input',
    input.filter((item) => !isSystem(item)),
  )
}

export function codexBackendEdits(fields: JsonFields, isCodex: boolean): FieldEdits {
  const edits = new Map<string, unknown>()
  if (fieldValue(fields, 'store') !== false) edits.set('store', false)
  if (fieldValue(fields, 'stream') !== true) edits.set('stream', true)
  for (const name of REFUSED) if (fields.members.has(name)) edits.set(name, undefined)
  if (OPEN_TIERS.has(fieldValue(fields, 'service_tier'))) edits.set('service_tier', undefined)
  if (isCodex) return edits
  const input = fields.members.get('input')
  if (input !== undefined && fields.bytes[input.valueStart] === 0x22) {
    edits.set('input', [userMessage(String(fieldValue(fields, 'input')))])
  } else withoutSystem(fields, edits)
  const instructions = edits.get('instructions') ?? fieldValue(fields, 'instructions')
  if (typeof instructions !== 'string') edits.set('instructions', '')
  return edits
}
