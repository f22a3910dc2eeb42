/**
 * Request ids are integers made by the gateway: milliseconds since 2024 × 4,096 plus a counter, so they grow with time,
 * fit a JavaScript number until 2093, and serve as the log's primary key. People and programs see them as `req_` and
 * twelve characters.
 */
const EPOCH_MS = Date.UTC(2024, 0, 1)
const PER_MS = 4_096
const PREFIX = 'req_'
/** Written as two halves: small integers turn into text many times faster than large ones. */
const HALF = 2 ** 26
const HALF_WIDTH = 6

export function firstIdAt(atMs: number): number {
  return Math.max(0, atMs - EPOCH_MS) * PER_MS
}

/** Makes ids that never repeat and never go back, even when the clock does. `last` is the newest id already used. */
export function createRequestIds(last: number): (nowMs: number) => number {
  let previous = last
  return (nowMs) => {
    previous = Math.max(previous + 1, firstIdAt(nowMs))
    return previous
  }
}

export function formatRequestId(id: number): string {
  const high = Math.floor(id / HALF)
  return PREFIX + half(high) + half(id - high * HALF)
}

function half(value: number): string {
  return value.toString(36).padStart(HALF_WIDTH, '0')
}

/** Null for anything that is not such an id. */
export function parseRequestId(text: string): number | null {
  if (!/^req_[0-9a-z]{12}$/.test(text)) return null
  const start = PREFIX.length
  const high = Number.parseInt(text.slice(start, start + HALF_WIDTH), 36)
  const low = Number.parseInt(text.slice(start + HALF_WIDTH), 36)
  const id = high * HALF + low
  return low < HALF && Number.isSafeInteger(id) ? id : null
}

/** The ids that begin with this text, both ends included, or null when none can. */
export function requestIdRange(start: string): { first: number; last: number } | null {
  if (!/^req_[0-9a-z]{0,12}$/.test(start)) return null
  const digits = start.slice(PREFIX.length)
  const width = 2 * HALF_WIDTH
  return { first: valueOf(digits.padEnd(width, '0')), last: valueOf(digits.padEnd(width, 'z')) }
}

/** The id of twelve digits; a lower half that no id has counts as the highest there is. */
function valueOf(digits: string): number {
  const high = Number.parseInt(digits.slice(0, HALF_WIDTH), 36)
  const low = Number.parseInt(digits.slice(HALF_WIDTH), 36)
  return high * HALF + Math.min(low, HALF - 1)
}

/** When the request with this id arrived. */
export function requestIdTime(id: number): number {
  return EPOCH_MS + Math.floor(id / PER_MS)
}
