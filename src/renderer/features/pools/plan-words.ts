/** The plan of a request that nobody sent, in words: why each upstream stands where it stands. Pure. */
import type { RouteOutput } from '../../../shared/contract.ts'
import { formatNoun, formatShare } from '../../lib/format.ts'
import { readinessWords } from './words.ts'

export type PlanPreview = RouteOutput<'pool.previewPlan'>
export type PlanView = PlanPreview['now']
export type PlannedPlace = PlanView['places'][number]

/** Why it has its place, or none. */
export function whyWords(place: PlannedPlace): string {
  const { outcome, reason, isResting, isFallback, firstShare, isPausedInDraft } = place
  if (isPausedInDraft && reason === 'upstream_paused') return 'Paused in this draft.'
  if (outcome === 'excluded') return reason === null ? 'It cannot be used.' : readinessWords[reason]
  if (outcome === 'beyond') return 'It may serve, and stands behind the most that one request tries.'
  const isDrawn = firstShare > 0 && firstShare < 1
  const parts = [
    isDrawn
      ? `Drawn among equals: first for about ${formatShare(roughly(firstShare))} of such requests.`
      : place.place === 1
        ? 'Tried first.'
        : `Tried when ${place.place === 2 ? 'the first' : 'those before it'} failed.`,
    isResting ? 'It failed a moment ago, so it stands behind all others.' : null,
    isFallback ? 'Of the fallback Pool.' : null,
  ]
  return parts.filter((part) => part !== null).join(' ')
}

/** Drawn some times, so no more exact than this. */
function roughly(share: number): number {
  return Math.max(0.05, Math.round(share * 20) / 20)
}

export function placeWords({ place, outcome }: PlannedPlace): string {
  if (place !== null) return `${place}.`
  return outcome === 'beyond' ? 'behind' : 'left out'
}

export const circuitWords: Readonly<Record<NonNullable<PlannedPlace['circuit']>, string>> = {
  open: 'circuit open',
  half_open: 'circuit half open: one request may try',
  probing: 'circuit half open: one request is trying',
}

/** What of the session's place is used; null where nothing is. */
export function affinityWords({ affinity, places }: PlanView): string | null {
  if (affinity === null) return null
  const home = places.find(({ upstreamId }) => upstreamId === affinity.upstreamId)
  const name = home?.name ?? 'an upstream that is not in the Pool'
  if (affinity.outcome === 'kept') return `The session is at home at ${name}, and stays there.`
  const why = affinity.reason === null ? '' : ` (${affinity.reason.replaceAll('_', ' ')})`
  return affinity.outcome === 'moved'
    ? `The session is at home at ${name}, and would move${why}.`
    : `What the session goes on from is at ${name} alone, which cannot serve it${why}.`
}

/** `2 upstreams may serve it` */
export function summaryWords({ places, model }: PlanView, asked: string): string {
  const ordered = places.filter(({ outcome }) => outcome !== 'excluded').length
  const sent = model === null || model === asked ? '' : `, sent as ${model}`
  return `${formatNoun(ordered, 'upstream')} may serve ${asked}${sent}.`
}
