/** The object in a piece of JSON text; an empty one when it is anything else. For foreign input that may be broken. */
export function parseObject(text: string): Record<string, unknown> {
  return parseJsonObject(text) ?? {}
}

/** Null when the text is not a JSON object. */
export function parseJsonObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null // Foreign text; what it was is told by the caller, its contents never.
  }
}
