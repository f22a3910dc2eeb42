/** What a client says over its WebSocket: a turn to answer, one to make ready, a cancel, or a note that asks for nothing. */
import { AppError } from '../../../shared/errors.ts'
import { editFields, fieldValue, readJsonFields, stringField, type JsonFields } from '../../dialects/json-fields.ts'

export interface ClientFrame {
  readonly kind: 'turn' | 'prewarm' | 'cancel' | 'note'
  readonly fields: JsonFields
  /** Read for a turn that is made ready only. */
  readonly model: string | null
}

const KINDS: ReadonlyMap<string, ClientFrame['kind']> = new Map([
  ['response.create', 'turn'],
  ['response.processed', 'note'],
  ['response.cancel', 'cancel'],
  ['response.interrupt', 'cancel'],
])

/** An error is `invalid_json` or `invalid_request`. */
export function readClientFrame(data: Buffer): ClientFrame | AppError {
  try {
    return read(data)
  } catch (error) {
    return AppError.from(error)
  }
}

function read(data: Buffer): ClientFrame {
  const fields = readJsonFields(data)
  const kind = KINDS.get(stringField(fields, 'type') ?? '')
  if (kind === undefined) {
    const message = 'A frame must be of the type "response.create", "response.cancel" or "response.processed".'
    throw new AppError('invalid_request', message, { details: { field: 'type' } })
  }
  const isPrewarm = kind === 'turn' && fieldValue(fields, 'generate') === false
  return isPrewarm ? { kind: 'prewarm', fields, model: stringField(fields, 'model') } : { kind, fields, model: null }
}

/** A turn that was made ready: what it said is kept until the first turn goes on from it. */
export interface Prewarmed {
  readonly id: string
  /** The items of its input as they were written, without the brackets around them. Null where they are not kept. */
  readonly items: Buffer | null
}

/** Codex says here what its rules and tools are; a longer one is not kept, and is sent again. */
const MAX_KEPT_BYTES = 1_048_576
const OPEN_BRACKET = 0x5b
const QUOTE = 0x22
/** What a text as `input` stands for. */
const MESSAGE = Buffer.from('{"role":"user","content":')
const MESSAGE_END = Buffer.from('}')
const NOTHING = Buffer.alloc(0)
const COMMA = Buffer.from(',')

/** The items of the member `input`, without brackets around them; null where it is neither a list nor a text. */
function itemsOf(fields: JsonFields): Buffer | null {
  const member = fields.members.get('input')
  if (member === undefined) return NOTHING
  const { bytes } = fields
  const first = bytes[member.valueStart]
  if (first === QUOTE) return Buffer.concat([MESSAGE, bytes.subarray(member.valueStart, member.valueEnd), MESSAGE_END])
  if (first !== OPEN_BRACKET) return null
  const inside = bytes.subarray(member.valueStart + 1, member.valueEnd - 1)
  return inside.toString('latin1').trim() === '' ? NOTHING : inside
}

export function prewarmed(id: string, fields: JsonFields): Prewarmed {
  const items = itemsOf(fields)
  // A copy: the frame around it may be many times as large.
  return { id, items: items === null || items.length > MAX_KEPT_BYTES ? null : Buffer.from(items) }
}

function previousOf(fields: JsonFields): string | null {
  const value = fieldValue(fields, 'previous_response_id')
  return typeof value === 'string' && value !== '' ? value : null
}

/**
 * The turn as the body of a request over HTTP, with what was said when it was made ready. @throws AppError the given one,
 * or `previous_response_not_found`.
 */
export function turnBody(fields: JsonFields | AppError, warm: Prewarmed | null): Buffer {
  if (fields instanceof AppError) throw fields
  if (warm === null || previousOf(fields) !== warm.id) return bodyOf(fields)
  if (warm.items !== null) return bodyOf(fields, warm.items)
  const message = 'What was made ready is too large to go on from. Send the whole conversation.'
  throw new AppError('previous_response_not_found', message)
}

/** `before` are the items that its input goes on from. */
function bodyOf(fields: JsonFields, before: Buffer | null = null): Buffer {
  const edits = new Map<string, unknown>([
    ['type', undefined],
    ['generate', undefined],
  ])
  if (fieldValue(fields, 'stream') !== true) edits.set('stream', true)
  const own = before === null ? null : itemsOf(fields)
  if (before === null || own === null) return editFields(fields, edits)
  edits.set('previous_response_id', undefined)
  edits.set('input', [])
  const body = readJsonFields(editFields(fields, edits))
  const at = (body.members.get('input')?.valueStart ?? 0) + 1
  const items = before.length > 0 && own.length > 0 ? [before, COMMA, own] : [before, own]
  return Buffer.concat([body.bytes.subarray(0, at), ...items, body.bytes.subarray(at)])
}
