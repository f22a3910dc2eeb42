/** What routing made of each upstream of a request, with the plan where there is one: rows and words. Pure. */
import type { Candidate, PlanNote, RequestDetail } from '../../../shared/models/request.ts'
import { formatMs, formatNoun, formatShare, formatUsd } from '../../lib/format.ts'
import { isStrategy, strategyTable } from '../../lib/strategy-words.ts'

export interface ChoiceRow extends Candidate {
  /** Its place in the order that routing came to, from 1; null for what was not in it. */
  readonly rank: number | null
  /** What the strategy went by, as the plan has it. */
  readonly figure: number | null
  /** Had failed a moment before, so it stood behind every other. */
  readonly isResting: boolean
  /** Of the fallback Pool. */
  readonly isFallback: boolean
}

/** In the order of the plan, then what was not in it. */
export function choiceRows({ candidates, plan }: Pick<RequestDetail, 'candidates' | 'plan'>): readonly ChoiceRow[] {
  const byId = new Map(candidates.map((each) => [each.upstreamId, each]))
  const planned = (plan?.order ?? []).map(({ upstreamId, figure, isResting, isFallback }, index) => ({
    ...(byId.get(upstreamId) ?? notNeeded(upstreamId)),
    rank: index + 1,
    figure,
    isResting,
    isFallback,
  }))
  const known = new Set(planned.map((each) => each.upstreamId))
  const others = candidates.filter((each) => !known.has(each.upstreamId))
  return [...planned, ...others.map((each) => ({ ...each, ...outside }))]
}

const outside = { rank: null, figure: null, isResting: false, isFallback: false } as const

/** One of the fallback Pool, which is in no assignment of this one. */
function notNeeded(upstreamId: string): Candidate {
  return { upstreamId, outcome: 'not_needed', place: null, reason: null, until: null, priority: null, weight: null }
}

interface FigureWords {
  readonly head: string
  /** How the figure is to be read. */
  readonly hint: string
  readonly format: (figure: number) => string
  /** Where nothing was known. */
  readonly none: string
}

const figureWords: Readonly<Record<string, FigureWords>> = {
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

/** Null where the strategy goes by no figure, or no plan is there. */
export function figureColumn(plan: PlanNote | null): FigureWords | null {
  if (plan === null || !Object.hasOwn(figureWords, plan.strategy)) return null
  return figureWords[plan.strategy] ?? null
}

/** `By the strategy “Fastest”: to the one …` */
export function planSentence({ strategy }: PlanNote): string {
  if (!isStrategy(strategy)) return `By the strategy ${strategy.replaceAll('_', ' ')}.`
  const { name, does } = strategyTable[strategy]
  return `${name}: ${does.charAt(0).toLowerCase()}${does.slice(1)}`
}
