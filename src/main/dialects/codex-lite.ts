/**
 * The lite form of a Responses request, in which Codex's newer models are asked: tools and instructions travel as the
 * first items of the input, tools are called one after the other, and the model sees its reasoning of all turns. Codex
 * writes it so by itself, and says so in a header; requests of other clients are brought into it here.
 */
import { AppError } from '../../shared/errors.ts'
import { fieldValue, type JsonFields } from './json-fields.ts'
import { isObject, type JsonObject } from './json.ts'

/** `true` where the body is in the lite form. Without it the backend takes a body for the public form. */
export const LITE_HEADER = 'x-openai-internal-codex-responses-lite'
/** The same for one frame of a WebSocket, as a member of its `client_metadata`. */
export const LITE_METADATA = 'ws_request_header_x_openai_internal_codex_responses_lite'

const TOOLS_ITEM = 'additional_tools'

function isToolsItem(item: unknown): boolean {
  return isObject(item) && item['type'] === TOOLS_ITEM
}

/** Whether the client wrote it so itself: no list of tools, and an item of the input that holds them. */
export function isWrittenLite(fields: JsonFields): boolean {
  const member = fields.members.get('input')
  if (member === undefined || fields.members.has('tools')) return false
  // An input may be megabytes long, and most have no such item.
  if (!fields.bytes.subarray(member.valueStart, member.valueEnd).includes(`"${TOOLS_ITEM}"`)) return false
  const input = fieldValue(fields, 'input')
  return Array.isArray(input) && input.some(isToolsItem)
}

function message(role: 'developer' | 'user', text: string): JsonObject {
  return { type: 'message', role, content: [{ type: 'input_text', text }] }
}

/** The lite form has no word for how closely an image is looked at. */
function withoutDetail(part: unknown): unknown {
  if (!isObject(part) || part['type'] !== 'input_image' || !('detail' in part)) return part
  const { detail: _detail, ...rest } = part
  return rest
}

function plainItem(item: unknown): unknown {
  if (!isObject(item)) return item
  const { content, output } = item
  return {
    ...item,
    ...(Array.isArray(content) ? { content: content.map(withoutDetail) } : {}),
    ...(Array.isArray(output) ? { output: output.map(withoutDetail) } : {}),
  }
}

function itemsOf(input: unknown): readonly unknown[] | null {
  if (typeof input === 'string') return [message('user', input)]
  return Array.isArray(input) ? input : null
}

/** A body in the public form must not say that it is in the lite one, as a frame of a WebSocket may. */
export function addFullEdits(fields: JsonFields, edits: Map<string, unknown>): void {
  const said = edits.has('client_metadata') ? edits.get('client_metadata') : fieldValue(fields, 'client_metadata')
  if (!isObject(said) || !(LITE_METADATA in said)) return
  const { [LITE_METADATA]: _said, ...rest } = said
  edits.set('client_metadata', rest)
}

/**
 * Adds to the edits what brings the body into the lite form; they hold already what policy and backend want of it. An
 * input that is no list is left for the backend to judge.
 * @throws AppError `tool_choice_not_lite`: a choice that names a tool has no place in this form.
 */
export function addLiteEdits(fields: JsonFields, edits: Map<string, unknown>): void {
  const valueOf = (name: string): unknown => (edits.has(name) ? edits.get(name) : fieldValue(fields, name))
  const choice = valueOf('tool_choice')
  if (typeof choice === 'object' && choice !== null) {
    const text = 'This model is asked in the lite form of Codex, in which "tool_choice" can only be a word.'
    throw new AppError('tool_choice_not_lite', text, { details: { field: 'tool_choice' } })
  }
  const items = itemsOf(valueOf('input'))
  if (items === null) return
  const tools = valueOf('tools')
  const instructions = valueOf('instructions')
  const first: unknown[] = []
  // A turn that goes on from a response has the tools of that, where it names none.
  const goesOn = typeof valueOf('previous_response_id') === 'string'
  if (Array.isArray(tools) || !(goesOn || items.some(isToolsItem))) {
    first.push({ type: TOOLS_ITEM, role: 'developer', tools: Array.isArray(tools) ? tools : [] })
  }
  if (typeof instructions === 'string' && instructions !== '') first.push(message('developer', instructions))
  edits.set('input', [...first, ...(fields.bytes.includes('"detail"') ? items.map(plainItem) : items)])
  edits.set('tools', undefined)
  edits.set('instructions', undefined)
  if (valueOf('parallel_tool_calls') !== false) edits.set('parallel_tool_calls', false)
  const reasoning = valueOf('reasoning')
  edits.set('reasoning', { ...(isObject(reasoning) ? reasoning : {}), context: 'all_turns' })
}
