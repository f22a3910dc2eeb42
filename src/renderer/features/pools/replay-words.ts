/** A replay in figures and words: what a draft would have changed. Pure. */
import type { JobOf } from '../../../shared/models/job.ts'
import { formatCount, formatMs, formatNoun, formatUsd } from '../../lib/format.ts'

export type ReplayReport = NonNullable<JobOf<'pool.replay'>['result']>
export type ReplaySide = ReplayReport['saved']

export const spans = [
  { hours: 1, words: 'last hour' },
  { hours: 6, words: 'last 6 hours' },
  { hours: 24, words: 'last 24 hours' },
] as const

export function spanWords(hours: number): string {
  return spans.find((span) => span.hours === hours)?.words ?? `last ${formatNoun(hours, 'hour')}`
}

export interface ReplayFact {
  readonly label: string
  readonly hint: string
  readonly saved: string
  readonly draft: string
  /** `+12`; empty where both are the same. */
  readonly change: string
  /** Null where it is neither better nor worse. */
  readonly isGood: boolean | null
}

interface Measure {
  readonly label: string
  readonly hint: string
  readonly of: (side: ReplaySide) => number | null
  readonly format: (value: number) => string
  /** Whether less of it is better. */
  readonly wantsLess: boolean | null
  /** Left out where it is nothing in both. */
  readonly isRare?: true
}

const measures: readonly Measure[] = [
  { label: 'Answered', hint: 'By some upstream', of: (side) => side.served, format: formatCount, wantsLess: false },
  { label: 'Refused', hint: 'Sent to no upstream', of: (side) => side.refused, format: formatCount, wantsLess: true },
  {
    label: 'Failed',
    hint: 'Sent to one upstream at least, and answered by none',
    of: (side) => side.failed,
    format: formatCount,
    wantsLess: true,
  },
  {
    label: 'First choice failed',
    hint: 'Their first upstream failed; most went on to the next one',
    of: (side) => side.firstChoiceFailures,
    format: formatCount,
    wantsLess: true,
  },
  {
    label: 'Waited for room',
    hint: 'In the queue of the Pool',
    of: (side) => side.waited,
    format: formatCount,
    wantsLess: true,
    isRare: true,
  },
  {
    label: 'Longest wait',
    hint: 'In the queue of the Pool',
    of: (side) => side.longestWaitMs,
    format: formatMs,
    wantsLess: true,
    isRare: true,
  },
  {
    label: 'First token, on average',
    hint: 'From the arrival of the request, by what each upstream took in that time',
    of: (side) => side.firstTokenMs,
    format: formatMs,
    wantsLess: true,
  },
  {
    label: 'Cost',
    hint: 'By the prices of now, of requests that have one',
    of: (side) => side.costNanos,
    format: formatUsd,
    wantsLess: true,
  },
  {
    label: 'Changes of upstream',
    hint: 'Requests of a session that went elsewhere than the one before',
    of: (side) => side.sessionSwitches,
    format: formatCount,
    wantsLess: true,
  },
]

export function replayFacts({ saved, draft }: Pick<ReplayReport, 'saved' | 'draft'>): readonly ReplayFact[] {
  return measures.flatMap(({ label, hint, of, format, wantsLess, isRare }) => {
    const [before, after] = [of(saved), of(draft)]
    if (isRare === true && before === 0 && after === 0) return []
    const words = (value: number | null) => (value === null ? '–' : format(value))
    return [
      { label, hint, saved: words(before), draft: words(after), ...changeOf(before, after, { format, wantsLess }) },
    ]
  })
}

function changeOf(
  before: number | null,
  after: number | null,
  { format, wantsLess }: Pick<Measure, 'format' | 'wantsLess'>,
): Pick<ReplayFact, 'change' | 'isGood'> {
  const by = before === null || after === null ? 0 : after - before
  if (by === 0) return { change: '', isGood: null }
  return {
    change: `${by > 0 ? '+' : '−'}${format(Math.abs(by))}`,
    isGood: wantsLess === null ? null : by < 0 === wantsLess,
  }
}

/** What of the sessions would move; null where the log tells none apart. */
export function sessionWords({ known, moved }: ReplayReport['sessions']): string | null {
  if (known === 0) return null
  if (moved === 0) return `None of ${formatNoun(known, 'session')} would be at another upstream.`
  return `${formatCount(moved)} of ${formatNoun(known, 'session')} would be at another upstream, where nothing of them is cached.`
}

/** Whether a draft changes nothing that shows in the figures. */
export function isSame({ saved, draft, upstreams, sessions }: ReplayReport): boolean {
  const plain = (side: ReplaySide) => JSON.stringify({ ...side, strategy: null })
  const sameShares = upstreams.every((each) => JSON.stringify(each.saved) === JSON.stringify(each.draft))
  return plain(saved) === plain(draft) && sameShares && sessions.moved === 0
}
