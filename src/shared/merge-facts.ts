/** What several upstreams say of one model, as somebody must take it who does not know which of them will answer. */
import type { ModelFacts } from './models/model-facts.ts'

/** The smallest of those that are known. */
function least(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : Math.min(...known)
}

/** What all that say anything have. */
function common(lists: readonly (readonly string[])[]): string[] {
  const [first, ...others] = lists.filter((list) => list.length > 0)
  return (first ?? []).filter((word) => others.every((list) => list.includes(word)))
}

function all(values: readonly (boolean | null)[]): boolean | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.every(Boolean)
}

/** What all of them agree on: the least of figures, what all take of words. Name and id are the first's. Null for none. */
export function mergeFacts(facts: readonly ModelFacts[]): ModelFacts | null {
  const [first, ...others] = facts
  if (first === undefined || others.length === 0) return first ?? null
  return {
    id: first.id,
    name: facts.find(({ name }) => name !== null)?.name ?? null,
    contextWindow: least(facts.map(({ contextWindow }) => contextWindow)),
    maxOutput: least(facts.map(({ maxOutput }) => maxOutput)),
    efforts: common(facts.map(({ efforts }) => efforts)),
    inputs: common(facts.map(({ inputs }) => inputs)),
    hasTools: all(facts.map(({ hasTools }) => hasTools)),
    isLite: all(facts.map(({ isLite }) => isLite)),
    isHidden: facts.every(({ isHidden }) => isHidden),
  }
}
