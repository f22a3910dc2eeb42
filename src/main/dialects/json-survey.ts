/**
 * One walk over a JSON answer for all that must be known of it before it is passed on: whether its strings and brackets
 * close, where its usage figures stand, and whether it may be an error. A fraction of the cost of parsing, and enough, as
 * what else is inside is not ours to judge.
 */
import { COLON, OPEN_BRACE, skipBlanks, skipNested, type StringListener } from './json-scan.ts'

export interface Survey {
  /** The last object under the name `usage`, at any depth, as text; null where there is none. */
  readonly usage: string | null
  /** Something that is not null stands under the name `error`, at any depth. */
  readonly mayHoldError: boolean
}

const USAGE = Buffer.from('"usage"')
/** As long as the other, so that one length is listened to. */
const ERROR = Buffer.from('"error"')
const FIRST_OF_NULL = 'n'.charCodeAt(0)

class Names implements StringListener {
  readonly length = USAGE.length
  usageStart = -1
  mayHoldError = false

  hear(bytes: Buffer, start: number, end: number): void {
    const isUsage = bytes[start + 1] === USAGE[1]
    if (!isUsage && bytes[start + 1] !== ERROR[1]) return
    if (!isThere(bytes, start, isUsage ? USAGE : ERROR)) return
    const colon = skipBlanks(bytes, end)
    if (bytes[colon] !== COLON) return
    const value = skipBlanks(bytes, colon + 1)
    if (!isUsage) this.mayHoldError ||= bytes[value] !== FIRST_OF_NULL
    else if (bytes[value] === OPEN_BRACE) this.usageStart = value
  }
}

/** Null where the bytes are not one object that is whole: it was cut off, or is something else. */
export function surveyObject(bytes: Buffer): Survey | null {
  const start = skipBlanks(bytes, 0)
  if (bytes[start] !== OPEN_BRACE) return null
  const names = new Names()
  try {
    if (skipBlanks(bytes, skipNested(bytes, start, names)) !== bytes.length) return null
  } catch {
    return null // Why it is not whole is of no interest here.
  }
  const { usageStart, mayHoldError } = names
  // As latin1 every byte is one character: cheap to make, and the figures are ASCII.
  const usage = usageStart < 0 ? null : bytes.toString('latin1', usageStart, skipNested(bytes, usageStart))
  return { usage, mayHoldError }
}

function isThere(bytes: Buffer, at: number, name: Buffer): boolean {
  for (let i = 2; i < name.length - 1; i++) if (bytes[at + i] !== name[i]) return false
  return true
}
