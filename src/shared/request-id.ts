/**
 * Request ids are integers made by the gateway: milliseconds since 2024 × 4,096 plus a counter, so they grow with time,
 * fit a JavaScript number until 2093, and serve as the log's primary key. People and programs see them as `req_` and
 * twelve characters.
 */
const EPOCH_MS = Date.UTC(2024, 0, 1)
const PER_MS = 4_096
const PREFIX = 'req_'
const WIDTH = 12

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
  return PREFIX + id.toString(36).padStart(WIDTH, '0')
}

/** Null for anything that is not such an id. */
export function parseRequestId(text: string): number | null {
  if (!/^req_[0-9a-z]{12}$/.test(text)) return null
  const id = Number.parseInt(text.slice(PREFIX.length), 36)
  return Number.isSafeInteger(id) ? id : null
}
