/**
 * Reads the top level of a JSON object without building it, and replaces single members in place. A request body can be
 * megabytes of prompt of which the gateway needs five short fields; everything it does not change stays as the client
 * wrote it, to the byte. Strict at the top level and in structure: a body that two parsers could read differently (a
 * member given twice, unbalanced brackets) is refused, because policy is decided on what is read here.
 */
import { AppError } from '../../shared/errors.ts'
import {
  CLOSE_BRACE,
  COLON,
  COMMA,
  invalidJson,
  isBlank,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipBlanks,
  skipNested,
  skipString,
} from './json-scan.ts'

interface Member {
  readonly name: string
  /** Of the opening quote of the name. */
  readonly start: number
  readonly valueStart: number
  readonly valueEnd: number
}

export interface JsonFields {
  readonly bytes: Buffer
  readonly members: ReadonlyMap<string, Member>
}

/** Printable ASCII without escapes: reads the same in every encoding. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/
const LITERAL = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/

function skipLiteral(bytes: Buffer, at: number): number {
  let i = at
  while (i < bytes.length && i - at < 64) {
    const byte = bytes[i]
    if (byte === COMMA || byte === CLOSE_BRACE || isBlank(byte)) break
    i++
  }
  if (!LITERAL.test(bytes.toString('latin1', at, i)))
    throw invalidJson('a value is neither string, number, object nor list')
  return i
}

function skipValue(bytes: Buffer, at: number): number {
  const byte = bytes[at]
  if (byte === QUOTE) return skipString(bytes, at)
  if (byte === OPEN_BRACE || byte === OPEN_BRACKET) return skipNested(bytes, at)
  return skipLiteral(bytes, at)
}

function parseSlice(bytes: Buffer, start: number, end: number): unknown {
  // Model ids, flags and most else that is read here is short and plain.
  if (bytes[start] === QUOTE && end - start < 100) {
    const plain = bytes.toString('latin1', start + 1, end - 1)
    if (PLAIN.test(plain)) return plain
  }
  try {
    return JSON.parse(bytes.toString('utf8', start, end))
  } catch {
    // The parser's own message quotes the text around the fault: content never goes into an error.
    throw invalidJson('a field has broken contents')
  }
}

function readName(bytes: Buffer, start: number, end: number): string {
  const plain = bytes.toString('utf8', start + 1, end - 1)
  return plain.includes('\\') ? String(parseSlice(bytes, start, end)) : plain
}

/** @throws AppError `invalid_json` without quoting the body. */
export function readJsonFields(bytes: Buffer): JsonFields {
  const members = new Map<string, Member>()
  let at = skipBlanks(bytes, 0)
  if (bytes[at] !== OPEN_BRACE) throw invalidJson('it does not start with {')
  at = skipBlanks(bytes, at + 1)
  if (bytes[at] === CLOSE_BRACE) return finish(bytes, at, members)
  for (;;) {
    if (bytes[at] !== QUOTE) throw invalidJson('a field name is missing')
    const start = at
    const nameEnd = skipString(bytes, at)
    const name = readName(bytes, start, nameEnd)
    if (members.has(name)) throw invalidJson(`the field ${JSON.stringify(name.slice(0, 60))} is given twice`)
    at = skipBlanks(bytes, nameEnd)
    if (bytes[at] !== COLON) throw invalidJson('a field has no value')
    const valueStart = skipBlanks(bytes, at + 1)
    const valueEnd = skipValue(bytes, valueStart)
    members.set(name, { name, start, valueStart, valueEnd })
    at = skipBlanks(bytes, valueEnd)
    if (bytes[at] === CLOSE_BRACE) return finish(bytes, at, members)
    if (bytes[at] !== COMMA) throw invalidJson(at >= bytes.length ? 'it ends in the middle' : 'a comma is missing')
    at = skipBlanks(bytes, at + 1)
  }
}

function finish(bytes: Buffer, at: number, members: Map<string, Member>): JsonFields {
  if (skipBlanks(bytes, at + 1) !== bytes.length) throw invalidJson('something follows the object')
  return { bytes, members }
}

/** The parsed value of one member; undefined when it is not there. */
export function fieldValue(fields: JsonFields, name: string): unknown {
  const member = fields.members.get(name)
  return member === undefined ? undefined : parseSlice(fields.bytes, member.valueStart, member.valueEnd)
}

/** A member that must be a string when it is there; null counts as absent. */
export function stringField(fields: JsonFields, name: string): string | null {
  const value = fieldValue(fields, name)
  if (value === undefined || value === null) return null
  if (typeof value !== 'string') {
    throw new AppError('invalid_request', `The field "${name}" must be a string.`, { details: { field: name } })
  }
  return value
}

/** A whole number of at least 0, or null when it is absent, null or anything else: the upstream will judge that. */
export function countField(fields: JsonFields, name: string): number | null {
  const value = fieldValue(fields, name)
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null
}

/** New values by member name; undefined removes the member. */
export type FieldEdits = ReadonlyMap<string, unknown>

/**
 * The body with the edits applied; every untouched member keeps its bytes, and so does what stands between two of them.
 * Returns the same buffer without edits.
 */
export function editFields(fields: JsonFields, edits: FieldEdits): Buffer {
  if (edits.size === 0) return fields.bytes
  const { bytes, members } = fields
  const parts: Buffer[] = []
  /** Members in a row that stay are one part. */
  let start = -1
  let end = -1
  const add = (part: Buffer): void => {
    parts.push(parts.length === 0 ? OPENED : BETWEEN, part)
  }
  const endRun = (): void => {
    if (start >= 0) add(bytes.subarray(start, end))
    start = -1
  }
  for (const member of members.values()) {
    if (!edits.has(member.name)) {
      if (start < 0) start = member.start
      end = member.valueEnd
      continue
    }
    endRun()
    const value = edits.get(member.name)
    if (value !== undefined) add(written(member.name, value))
  }
  endRun()
  for (const [name, value] of edits) if (value !== undefined && !members.has(name)) add(written(name, value))
  if (parts.length === 0) parts.push(OPENED)
  parts.push(CLOSED)
  return Buffer.concat(parts)
}

const OPENED = Buffer.from('{')
const BETWEEN = Buffer.from(',')
const CLOSED = Buffer.from('}')

function written(name: string, value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(name)}:${JSON.stringify(value)}`)
}
