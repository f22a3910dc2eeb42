/**
 * Reads the top level of a JSON object without building it, and replaces single members in place. A request body can be
 * megabytes of prompt of which the gateway needs five short fields; everything it does not change stays as the client
 * wrote it, to the byte. Strict at the top level and in structure: a body that two parsers could read differently (a
 * member given twice, unbalanced brackets) is refused, because policy is decided on what is read here.
 */
import { AppError } from '../../shared/errors.ts'

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

const MAX_DEPTH = 1_000
const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
/** Printable ASCII without escapes: reads the same in every encoding. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/
const LITERAL = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/

function invalid(reason: string): AppError {
  return new AppError('invalid_json', `The request body is not a valid JSON object: ${reason}.`)
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function skipBlanks(bytes: Buffer, from: number): number {
  let at = from
  while (isBlank(bytes[at])) at++
  return at
}

/** `at` is on the opening quote; returns the position after the closing one. */
function skipString(bytes: Buffer, at: number): number {
  const near = Math.min(bytes.length, at + 48)
  for (let i = at + 1; i < near; i++) {
    const byte = bytes[i]
    if (byte === QUOTE) return i + 1
    if (byte === BACKSLASH) i++
  }
  return skipLongString(bytes, at)
}

/** Prompts and base64 are long: the native search is many times faster than a loop over bytes. */
function skipLongString(bytes: Buffer, at: number): number {
  let from = at + 1
  for (;;) {
    const quote = bytes.indexOf(QUOTE, from)
    if (quote < 0) throw invalid('a string does not end')
    let slashes = 0
    for (let i = quote - 1; i > at && bytes[i] === BACKSLASH; i--) slashes++
    if (slashes % 2 === 0) return quote + 1
    from = quote + 1
  }
}

function skipNested(bytes: Buffer, at: number): number {
  const closers: number[] = []
  let i = at
  while (i < bytes.length) {
    const byte = bytes[i]
    if (byte === QUOTE) {
      i = skipString(bytes, i)
      continue
    }
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (closers.length === MAX_DEPTH) throw invalid(`it is nested deeper than ${MAX_DEPTH} levels`)
      closers.push(byte === OPEN_BRACE ? CLOSE_BRACE : CLOSE_BRACKET)
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (closers.pop() !== byte) throw invalid('brackets do not match')
      if (closers.length === 0) return i + 1
    }
    i++
  }
  throw invalid('it ends in the middle')
}

function skipLiteral(bytes: Buffer, at: number): number {
  let i = at
  while (i < bytes.length && i - at < 64) {
    const byte = bytes[i]
    if (byte === COMMA || byte === CLOSE_BRACE || isBlank(byte)) break
    i++
  }
  if (!LITERAL.test(bytes.toString('latin1', at, i)))
    throw invalid('a value is neither string, number, object nor list')
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
    throw invalid('a field has broken contents')
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
  if (bytes[at] !== OPEN_BRACE) throw invalid('it does not start with {')
  at = skipBlanks(bytes, at + 1)
  if (bytes[at] === CLOSE_BRACE) return finish(bytes, at, members)
  for (;;) {
    if (bytes[at] !== QUOTE) throw invalid('a field name is missing')
    const start = at
    const nameEnd = skipString(bytes, at)
    const name = readName(bytes, start, nameEnd)
    if (members.has(name)) throw invalid(`the field ${JSON.stringify(name.slice(0, 60))} is given twice`)
    at = skipBlanks(bytes, nameEnd)
    if (bytes[at] !== COLON) throw invalid('a field has no value')
    const valueStart = skipBlanks(bytes, at + 1)
    const valueEnd = skipValue(bytes, valueStart)
    members.set(name, { name, start, valueStart, valueEnd })
    at = skipBlanks(bytes, valueEnd)
    if (bytes[at] === CLOSE_BRACE) return finish(bytes, at, members)
    if (bytes[at] !== COMMA) throw invalid(at >= bytes.length ? 'it ends in the middle' : 'a comma is missing')
    at = skipBlanks(bytes, at + 1)
  }
}

function finish(bytes: Buffer, at: number, members: Map<string, Member>): JsonFields {
  if (skipBlanks(bytes, at + 1) !== bytes.length) throw invalid('something follows the object')
  return { bytes, members }
}

/**
 * Whether these bytes are one object whose strings and brackets all close: a body that was cut off is not. A fraction of
 * the cost of parsing, and enough, as what is inside is not ours to judge.
 */
export function isWholeObject(bytes: Buffer): boolean {
  const start = skipBlanks(bytes, 0)
  if (bytes[start] !== OPEN_BRACE) return false
  try {
    return skipBlanks(bytes, skipNested(bytes, start)) === bytes.length
  } catch {
    return false // The reasons are those of readJsonFields; here only the fact counts.
  }
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

/** The body with the edits applied; every untouched member keeps its bytes. Returns the same buffer without edits. */
export function editFields(fields: JsonFields, edits: FieldEdits): Buffer {
  if (edits.size === 0) return fields.bytes
  const parts: Buffer[] = []
  const push = (part: Buffer): void => {
    parts.push(Buffer.from(parts.length === 0 ? '{' : ','), part)
  }
  for (const member of fields.members.values()) {
    if (!edits.has(member.name)) {
      push(fields.bytes.subarray(member.start, member.valueEnd))
      continue
    }
    const value = edits.get(member.name)
    if (value !== undefined) push(Buffer.from(`${JSON.stringify(member.name)}:${JSON.stringify(value)}`))
  }
  for (const [name, value] of edits) {
    if (value === undefined || fields.members.has(name)) continue
    push(Buffer.from(`${JSON.stringify(name)}:${JSON.stringify(value)}`))
  }
  if (parts.length === 0) return Buffer.from('{}')
  parts.push(Buffer.from('}'))
  return Buffer.concat(parts)
}
