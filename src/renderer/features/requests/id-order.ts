/** Request ids sort by time as plain text. The list holds them newest first. Pure. */

/** Where an id stands, or would stand, in a list of ids that are newest first. */
export function placeOf(ids: readonly string[], id: string): number {
  let low = 0
  let high = ids.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ids[middle] ?? '') > id) low = middle + 1
    else high = middle
  }
  return low
}

export function indexOf(ids: readonly string[], id: string): number {
  const place = placeOf(ids, id)
  return ids[place] === id ? place : -1
}

/** Both newest first, without what stands in both twice. The same list again when nothing is added. */
export function merged(ids: readonly string[], more: readonly string[]): readonly string[] {
  const fresh = more.filter((id) => indexOf(ids, id) < 0)
  if (fresh.length === 0) return ids
  const [newest, oldest] = [ids[0], ids.at(-1)]
  if (newest === undefined || oldest === undefined) return fresh
  if ((fresh.at(-1) ?? '') > newest) return [...fresh, ...ids]
  if ((fresh[0] ?? '') < oldest) return [...ids, ...fresh]
  return [...ids, ...fresh].sort((a, b) => (a < b ? 1 : -1))
}

export function without(ids: readonly string[], gone: ReadonlySet<string>): readonly string[] {
  return gone.size === 0 ? ids : ids.filter((id) => !gone.has(id))
}
