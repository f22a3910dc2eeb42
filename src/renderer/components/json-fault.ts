/** Where a text stops being a JSON object, as a sentence with line and column; null when it is one. Empty counts as `{}`. */
export function findJsonFault(text: string): string | null {
  if (text.trim() === '') return null
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const { line, column } = placeOf(text, error)
    return `Not valid JSON at line ${line}, column ${column}.`
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return null
  return 'Must be a JSON object: { "name": "value" }.'
}

/** Of a text without fault. */
export function readJsonObject(text: string): Record<string, unknown> {
  return text.trim() === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
}

/** Engines say "at position 12", but not of every fault. */
function placeOf(text: string, error: unknown): { line: number; column: number } {
  const before = text.slice(0, positionIn(error) ?? longestStart(text)).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

function positionIn(error: unknown): number | null {
  const said = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1]
  return said === undefined ? null : Number(said)
}

/** How much of the text could still become JSON. Once a start is broken every longer one is, so halving finds it. */
function longestStart(text: string): number {
  let good = 0
  let broken = text.length + 1
  while (broken - good > 1) {
    const middle = Math.floor((good + broken) / 2)
    if (isBroken(text.slice(0, middle))) broken = middle
    else good = middle
  }
  return good
}

function isBroken(start: string): boolean {
  try {
    JSON.parse(start)
    return false
  } catch (error) {
    const position = positionIn(error)
    if (position !== null) return position < start.length && !/Unterminated/.test(String(error))
    return !/end of JSON/.test(String(error))
  }
}
