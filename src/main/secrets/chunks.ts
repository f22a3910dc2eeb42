/**
 * How one secret is laid out over keychain items. A short one is a single item. A longer one is cut into parts, and an
 * index item, written last, says which generation of parts is the valid one, so a write torn by a crash changes nothing.
 * Values are written as JSON strings: the keychain libraries end a value at a NUL and refuse an empty one.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'

/** Windows refuses items over 2,560 bytes. */
export const MAX_ITEM_BYTES = 2_000
export const MAX_PARTS = 64

const head = z.union([
  z.strictObject({ weir: z.literal(1), value: z.string() }),
  z.strictObject({
    weir: z.literal(1),
    generation: z.number().int().positive(),
    count: z.number().int().min(1).max(MAX_PARTS),
    sha256: z.string().length(64),
  }),
])
export type Head = z.infer<typeof head>

export interface Layout {
  readonly head: string
  readonly parts: readonly string[]
}

export function layOut(value: string, generation: number): Layout {
  const single = JSON.stringify({ weir: 1, value } satisfies Head)
  if (Buffer.byteLength(single) <= MAX_ITEM_BYTES) return { head: single, parts: [] }
  const text = JSON.stringify(value)
  const parts = splitByBytes(text, MAX_ITEM_BYTES)
  const index: Head = { weir: 1, generation, count: parts.length, sha256: sha256(text) }
  return { head: JSON.stringify(index), parts }
}

/** Null when the text is not one of ours. */
export function readHead(text: string): Head | null {
  try {
    return head.safeParse(JSON.parse(text)).data ?? null
  } catch {
    // Not JSON: some other program wrote the item.
    return null
  }
}

/** Null when the parts are not those the index was written for. */
export function joinParts(parts: readonly string[], expectedSha256: string): string | null {
  const text = parts.join('')
  if (sha256(text) !== expectedSha256) return null
  return z.string().parse(JSON.parse(text))
}

/** Cuts at code points, so that every part is valid UTF-8 by itself. */
export function splitByBytes(text: string, maxBytes: number): string[] {
  const parts: string[] = []
  let start = 0
  let bytes = 0
  let at = 0
  for (const character of text) {
    const size = Buffer.byteLength(character)
    if (bytes + size > maxBytes) {
      parts.push(text.slice(start, at))
      start = at
      bytes = 0
    }
    bytes += size
    at += character.length
  }
  if (at > start) parts.push(text.slice(start))
  return parts
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
