/** How the gateway walks over JSON without building it: byte by byte, and past what is inside strings. */
import { AppError } from '../../shared/errors.ts'

const MAX_DEPTH = 1_000
export const QUOTE = 0x22
const BACKSLASH = 0x5c
export const COMMA = 0x2c
export const COLON = 0x3a
export const OPEN_BRACE = 0x7b
export const CLOSE_BRACE = 0x7d
export const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d

/** Never with a word of the body itself. */
export function invalidJson(reason: string): AppError {
  return new AppError('invalid_json', `The request body is not a valid JSON object: ${reason}.`)
}

export function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

export function skipBlanks(bytes: Buffer, from: number): number {
  let at = from
  while (isBlank(bytes[at])) at++
  return at
}

/** `at` is on the opening quote; returns the position after the closing one. */
export function skipString(bytes: Buffer, at: number): number {
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
    if (quote < 0) throw invalidJson('a string does not end')
    let slashes = 0
    for (let i = quote - 1; i > at && bytes[i] === BACKSLASH; i--) slashes++
    if (slashes % 2 === 0) return quote + 1
    from = quote + 1
  }
}

/** Hears of the strings of one length, names of members among them. */
export interface StringListener {
  /** Quotes included. */
  readonly length: number
  /** `start` is on the opening quote, `end` after the closing one. */
  hear(bytes: Buffer, start: number, end: number): void
}

/** `at` is on the opening bracket; returns the position after the closing one. @throws AppError `invalid_json`. */
export function skipNested(bytes: Buffer, at: number, listener: StringListener | null = null): number {
  const closers: number[] = []
  let i = at
  while (i < bytes.length) {
    const byte = bytes[i]
    if (byte === QUOTE) {
      const end = skipString(bytes, i)
      if (listener !== null && end - i === listener.length) listener.hear(bytes, i, end)
      i = end
      continue
    }
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (closers.length === MAX_DEPTH) throw invalidJson(`it is nested deeper than ${MAX_DEPTH} levels`)
      closers.push(byte === OPEN_BRACE ? CLOSE_BRACE : CLOSE_BRACKET)
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (closers.pop() !== byte) throw invalidJson('brackets do not match')
      if (closers.length === 0) return i + 1
    }
    i++
  }
  throw invalidJson('it ends in the middle')
}
