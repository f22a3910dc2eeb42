/** At which shares of a budget its operator is told, while they are edited. Pure. */

const MOST = 10

/** Percent; the same as the core's own. */
export const defaultThresholds: readonly number[] = [50, 80, 100]

export type ReadThreshold = { readonly thresholds: readonly number[] } | { readonly problem: string }

/** With what was typed added: `80`, `80 %`. Ascending, each once. */
export function addThreshold(thresholds: readonly number[], typed: string): ReadThreshold {
  const [, digits] = /^\s*(\d{1,3})\s*%?\s*$/.exec(typed) ?? []
  const percent = Number(digits ?? Number.NaN)
  if (!(percent >= 1 && percent <= 100)) return { problem: 'Give whole percent, from 1 to 100.' }
  if (thresholds.includes(percent)) return { problem: `${percent} % is there already.` }
  if (thresholds.length >= MOST) return { problem: `At most ${MOST}: remove one first.` }
  return { thresholds: [...thresholds, percent].toSorted((a, b) => a - b) }
}

export function isDefault(thresholds: readonly number[]): boolean {
  return thresholds.join() === defaultThresholds.join()
}

/** `at 50 %, 80 % and 100 % of each budget`; `none`. */
export function thresholdWords(thresholds: readonly number[]): string {
  const shares = thresholds.map((percent) => `${percent} %`)
  const last = shares.at(-1)
  if (last === undefined) return 'none'
  return `at ${shares.length === 1 ? last : `${shares.slice(0, -1).join(', ')} and ${last}`} of each budget`
}
