/** Which models an upstream said it has not got, although its list says nothing of it. Bounded; a restart forgets them. */

export interface ModelGaps {
  /** Epoch ms until which the upstream is taken to lack the model; 0 where nothing is known. */
  until(upstreamId: string, model: string): number
  note(upstreamId: string, model: string, until: number): void
  clear(upstreamId: string): void
}

const MAX_PER_UPSTREAM = 200

export function createModelGaps(): ModelGaps {
  const known = new Map<string, Map<string, number>>()
  return {
    until: (id, model) => (known.size === 0 ? 0 : (known.get(id)?.get(model) ?? 0)),
    note(id, model, until) {
      const gaps = known.get(id) ?? new Map<string, number>()
      known.set(id, gaps)
      gaps.delete(model)
      gaps.set(model, until)
      const [oldest] = gaps.keys()
      if (gaps.size > MAX_PER_UPSTREAM && oldest !== undefined) gaps.delete(oldest)
    },
    clear: (id) => void known.delete(id),
  }
}
