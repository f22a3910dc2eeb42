/** What routing made of each upstream of a request, with the plan where there is one: rows and words. Pure. */
import type { Candidate, PlanNote, RequestDetail } from '../../../shared/models/request.ts'
import { figureWords, type FigureWords } from '../../lib/figure-words.ts'
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

/** Null where the strategy goes by no figure, or no plan is there. */
export function figureColumn(plan: PlanNote | null): FigureWords | null {
  return plan === null ? null : figureWords(plan.strategy)
}

/** `By the strategy “Fastest”: to the one …` */
export function planSentence({ strategy }: PlanNote): string {
  if (!isStrategy(strategy)) return `By the strategy ${strategy.replaceAll('_', ' ')}.`
  const { name, does } = strategyTable[strategy]
  return `${name}: ${does.charAt(0).toLowerCase()}${does.slice(1)}`
}
