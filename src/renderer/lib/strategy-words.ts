/**
 * What the strategies of Pools are called, what each does among upstreams of equal priority, and when one wants it. A lower
 * priority number comes first under all of them.
 */
import type { PoolStrategy } from '../../shared/models/pool.ts'

interface StrategyWords {
  readonly name: string
  /** What it does among equals: one sentence. */
  readonly does: string
  /** When one wants it. */
  readonly when: string
}

export const strategyTable: Readonly<Record<PoolStrategy, StrategyWords>> = {
  priority: {
    name: 'Priority, then weight',
    does: 'The lowest priority number first; equal ones share by weight.',
    when: 'For a main account with spares behind it.',
  },
  spread: {
    name: 'Spread by session',
    does: 'Shared by weight; a session always goes the same way.',
    when: 'For equal accounts whose prompt caches are to stay warm.',
  },
  round_robin: {
    name: 'In turn',
    does: 'Each request goes to the next upstream, by weight.',
    when: 'For equal accounts and many short requests.',
  },
  least_in_flight: {
    name: 'Least busy',
    does: 'To the one with the fewest running requests for its weight.',
    when: 'For servers that slow down under load.',
  },
  fastest: {
    name: 'Fastest',
    does: 'To the one whose first token came soonest of late.',
    when: 'For people who wait for the answer.',
  },
  quota_first: {
    name: 'Most quota first',
    does: 'To the account with the most quota left.',
    when: 'For several accounts of which none should run dry early.',
  },
  drain_first: {
    name: 'Soonest reset first',
    does: 'To the account whose scarcest quota is full again soonest.',
    when: 'For using up quota that would expire unused.',
  },
  cheapest: {
    name: 'Cheapest',
    does: 'To the one where the request may cost least, by the price list.',
    when: 'For models that are sold at different prices.',
  },
}

export const strategies = Object.keys(strategyTable) as readonly PoolStrategy[]

/** The name; what a newer core calls by a name unknown here is shown as it is written. */
export function strategyName(strategy: string): string {
  return isStrategy(strategy) ? strategyTable[strategy].name : strategy.replaceAll('_', ' ')
}

export function isStrategy(text: string): text is PoolStrategy {
  return Object.hasOwn(strategyTable, text)
}
