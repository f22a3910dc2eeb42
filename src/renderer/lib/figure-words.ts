/** What a strategy's figure is called, how it is to be read and written: for a plan that was, and for one that would be. */
import { formatMs, formatNoun, formatShare, formatUsd } from './format.ts'

export interface FigureWords {
  readonly head: string
  /** How the figure is to be read. */
  readonly hint: string
  readonly format: (figure: number) => string
  /** Where nothing was known. */
  readonly none: string
}

const words: Readonly<Record<string, FigureWords>> = {
  least_in_flight: {
    head: 'Running',
    hint: 'Requests that it was serving; the fewest for its weight is first',
    format: (figure) => formatNoun(figure, 'request'),
    none: 'not known',
  },
  fastest: {
    head: 'First token',
    hint: 'Usual time to the first token of late; the shortest is first',
    format: formatMs,
    none: 'not measured',
  },
  quota_first: {
    head: 'Quota left',
    hint: 'Part of its quota that was left; the most is first',
    format: (figure) => formatShare(figure / 100),
    none: 'not said',
  },
  drain_first: {
    head: 'Full again in',
    hint: 'Time until its scarcest quota is full again; the soonest is first',
    format: formatMs,
    none: 'not said',
  },
  cheapest: {
    head: 'Cost there',
    hint: 'What the request might have cost there; the lowest is first',
    format: formatUsd,
    none: 'no price',
  },
}

/** Null where the strategy goes by no figure. */
export function figureWords(strategy: string): FigureWords | null {
  return Object.hasOwn(words, strategy) ? (words[strategy] ?? null) : null
}
