/** A Pool's routing in words: for its page, for the summary of the form, and for what an edit changes. Pure. */
import { formatMs, formatNoun } from '../../lib/format.ts'
import { strategyName } from '../../lib/strategy-words.ts'
import type { Pool } from './pool-rows.ts'

export type RoutingPart = Pick<Pool, 'strategy' | 'routing'>

export interface RoutingContext {
  /** What the setting says where a Pool says nothing; null while it is not known. */
  readonly usualAttempts: number | null
  readonly poolName: (id: string) => string
}

export interface RoutingFact {
  readonly id: 'strategy' | 'sessions' | 'attempts' | 'concurrent' | 'queue' | 'fallback'
  readonly label: string
  readonly value: string
}

export function routingFacts({ strategy, routing }: RoutingPart, context: RoutingContext): readonly RoutingFact[] {
  const { maxConcurrent, fallbackPoolId } = routing
  const facts: RoutingFact[] = [
    { id: 'strategy', label: 'Strategy', value: strategyName(strategy) },
    { id: 'sessions', label: 'Sessions', value: sessionWords(strategy, routing.sticky) },
    { id: 'attempts', label: 'Tried per request', value: attemptWords(routing.maxAttempts, context.usualAttempts) },
    {
      id: 'concurrent',
      label: 'At the same time',
      value: maxConcurrent === null ? 'any number of requests' : `at most ${formatNoun(maxConcurrent, 'request')}`,
    },
  ]
  if (maxConcurrent !== null || routing.queueLength > 0) {
    facts.push({ id: 'queue', label: 'When there is no place', value: queueWords(routing) })
  }
  return [
    ...facts,
    {
      id: 'fallback',
      label: 'Fallback Pool',
      value: fallbackPoolId === null ? 'none' : context.poolName(fallbackPoolId),
    },
  ]
}

/** By the hash of `spread` a session has its place whatever the switch says. */
function sessionWords(strategy: Pool['strategy'], sticky: boolean): string {
  return sticky || strategy === 'spread' ? 'stay at their upstream' : 'each request goes by the strategy'
}

function attemptWords(own: number | null, usual: number | null): string {
  const most = own ?? usual
  if (most === null) return 'as the setting says'
  const words = most === 1 ? '1 upstream, without a second try' : `at most ${formatNoun(most, 'upstream')}`
  return own === null ? `${words} (the setting)` : words
}

function queueWords({ queueLength, queueWaitMs }: Pool['routing']): string {
  if (queueLength === 0 || queueWaitMs === 0) return 'refused at once'
  const who = queueLength === 1 ? '1 request waits' : `${formatNoun(queueLength, 'request')} wait`
  return `${who} for at most ${formatMs(queueWaitMs)}, any further is refused`
}

export interface RoutingChange {
  readonly label: string
  readonly before: string
  readonly after: string
}

/** What is not the same in both. A fact that only one of them has is `–` in the other. */
export function routingChanges(
  before: readonly RoutingFact[],
  after: readonly RoutingFact[],
): readonly RoutingChange[] {
  const then = new Map(before.map((fact) => [fact.id, fact]))
  const now = new Map(after.map((fact) => [fact.id, fact]))
  return inOrder.flatMap((id) => {
    const [was, is] = [then.get(id), now.get(id)]
    const label = is?.label ?? was?.label
    return label === undefined || was?.value === is?.value
      ? []
      : [{ label, before: was?.value ?? '–', after: is?.value ?? '–' }]
  })
}

const inOrder: readonly RoutingFact['id'][] = ['strategy', 'sessions', 'attempts', 'concurrent', 'queue', 'fallback']
