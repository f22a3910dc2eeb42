export type JsonObject = Record<string, unknown>

/** Neither a list nor null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object in a piece of JSON text; an empty one when it is anything else. For foreign input that may be broken. */
export function parseObject(text: string): JsonObject {
  return parseJsonObject(text) ?? {}
}

/** Null when the text is not a JSON object. */
export function parseJsonObject(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : null
  } catch {
    return null // Foreign text; what it was is told by the caller, its contents never.
  }
}
