/** What one plan came to over all of the traffic: sums per upstream and in all, and where each session was. */
import { costOf } from '../../../shared/price-math.ts'
import type { ReplayedRequest, ReplayShare, ReplaySide } from '../../../shared/models/plan-preview.ts'
import type { PriceSource } from '../ports.ts'

/** How a request ended. */
export interface Ended {
  readonly request: ReplayedRequest
  /** Where; null where it was sent to nobody. */
  readonly upstreamId: string | null
  /** As it was sent there. */
  readonly model: string
  readonly how: 'served' | 'failed' | 'refused'
  /** Ms to its first token; null where none came, or nobody knows. */
  readonly firstMs: number | null
}

export interface Tally {
  ended(ended: Ended): void
  failed(upstreamId: string, isFirstChoice: boolean): void
  running(upstreamId: string, requests: number): void
  waited(ms: number): void
  shareOf(upstreamId: string): ReplayShare
  upstreams(): Iterable<string>
  /** The upstream at which a session was most of the time, by session. */
  homes(): ReadonlyMap<string, string>
  side(): Omit<ReplaySide, 'strategy'>
}

type Sums = { -readonly [F in keyof Omit<ReplayShare, 'share'>]: number }

interface Visits {
  last: string
  readonly byUpstream: Map<string, number>
}

export function createTally(prices: Pick<PriceSource, 'rates'>): Tally {
  const sums = new Map<string, Sums>()
  const sessions = new Map<string, Visits>()
  const all = { served: 0, refused: 0, failed: 0, firstChoiceFailures: 0, waited: 0, longestWaitMs: 0 }
  const first = { count: 0, ms: 0 }
  let switches = 0

  function sumsOf(id: string): Sums {
    let known = sums.get(id)
    if (known === undefined) {
      known = { requests: 0, inputTokens: 0, outputTokens: 0, costNanos: 0, unpriced: 0, failures: 0, mostRunning: 0 }
      sums.set(id, known)
    }
    return known
  }

  function visit(session: string, upstreamId: string): void {
    const visits = sessions.get(session) ?? { last: upstreamId, byUpstream: new Map<string, number>() }
    sessions.set(session, visits)
    if (visits.last !== upstreamId) switches++
    visits.last = upstreamId
    visits.byUpstream.set(upstreamId, (visits.byUpstream.get(upstreamId) ?? 0) + 1)
  }

  function charge(own: Sums, upstreamId: string, { request, model }: Ended): void {
    const { usage, serviceTier } = request
    own.inputTokens += usage.input
    own.outputTokens += usage.output
    if (usage.input + usage.output === 0) return
    const rates = prices.rates(model, upstreamId)
    if (rates === null) own.unpriced++
    else own.costNanos += costOf(rates, usage, serviceTier)
  }

  const total = (field: keyof Sums): number => [...sums.values()].reduce((sum, own) => sum + own[field], 0)

  return {
    ended(ended) {
      const { upstreamId, how, request, firstMs } = ended
      all[how]++
      if (upstreamId === null) return
      const own = sumsOf(upstreamId)
      own.requests++
      if (how !== 'served') return
      charge(own, upstreamId, ended)
      if (request.session !== null) visit(request.session, upstreamId)
      if (firstMs === null) return
      first.count++
      first.ms += firstMs
    },
    failed(upstreamId, isFirstChoice) {
      sumsOf(upstreamId).failures++
      if (isFirstChoice) all.firstChoiceFailures++
    },
    running(upstreamId, requests) {
      const own = sumsOf(upstreamId)
      own.mostRunning = Math.max(own.mostRunning, requests)
    },
    waited(ms) {
      all.waited++
      all.longestWaitMs = Math.max(all.longestWaitMs, ms)
    },
    shareOf(upstreamId) {
      const requests = total('requests')
      const own = sumsOf(upstreamId)
      return { ...own, share: requests === 0 ? 0 : own.requests / requests }
    },
    upstreams: () => sums.keys(),
    homes: () => new Map([...sessions].map(([session, { byUpstream }]) => [session, mostVisited(byUpstream)])),
    side: () => ({
      ...all,
      inputTokens: total('inputTokens'),
      outputTokens: total('outputTokens'),
      costNanos: total('costNanos'),
      firstTokenMs: first.count === 0 ? null : Math.round(first.ms / first.count),
      sessionSwitches: switches,
    }),
  }
}

/** Of equals the one that was visited first. */
function mostVisited(visits: ReadonlyMap<string, number>): string {
  let [home, most] = ['', 0]
  for (const [id, count] of visits) if (count > most) [home, most] = [id, count]
  return home
}
