import { describe, expect, it } from 'vitest'
import {
  failureShare,
  filterUpstreams,
  poolsServedOnlyBy,
  stateRank,
  upstreamRows,
  type Readiness,
  type Upstream,
  type UpstreamFilter,
} from './upstream-rows.ts'

function upstream(id: string, state: Upstream['health']['state'] = 'ready', patch: Partial<Upstream> = {}): Upstream {
  return {
    id,
    name: `Upstream ${id}`,
    kind: 'openai',
    status: 'active',
    statusReason: null,
    baseUrl: `https://${id}.example/v1`,
    proxyUrl: null,
    notes: '',
    manualModels: [],
    fetchedModels: [],
    modelFacts: [],
    accountQuota: null,
    modelsFetchedAt: null,
    modelsError: null,
    secret: null,
    simulator: null,
    account: null,
    maxConcurrent: null,
    health: { state, reason: null, until: null, inFlight: 0, breakers: [] },
    quota: [],
    createdAt: 0,
    updatedAt: 0,
    ...patch,
  }
}

function ready(poolId: string, upstreamId: string, isReady = true): Readiness {
  return {
    poolId,
    upstreamId,
    poolName: `Pool ${poolId}`,
    priority: 1,
    weight: 1,
    isReady,
    reason: isReady ? null : 'cooling_down',
    until: null,
    isResting: false,
  }
}

const nothing: UpstreamFilter = { q: '', kind: null, state: null, pool: null }
const list = [
  upstream('a'),
  upstream('b', 'cooling_down', { kind: 'simulator', notes: 'second rack' }),
  upstream('c', 'paused'),
  upstream('d', 'auth_required'),
]
const readiness = [ready('p', 'a'), ready('p', 'b', false), ready('q', 'a'), ready('q', 'c')]
const rows = upstreamRows(list, undefined, readiness)

describe('upstream-rows', () => {
  it.each<[Partial<UpstreamFilter>, string[]]>([
    [{}, ['a', 'b', 'c', 'd']],
    [{ q: 'RACK' }, ['b']],
    [{ q: 'c.example' }, ['c']],
    [{ kind: 'simulator' }, ['b']],
    [{ state: 'attention' }, ['b', 'd']],
    [{ state: 'paused' }, ['c']],
    [{ pool: 'q' }, ['a', 'c']],
    [{ pool: 'none' }, ['d']],
    [{ pool: 'q', state: 'ready' }, ['a']],
    [{ q: 'nothing like it' }, []],
  ])('filtered by %j gives %j', (filter, ids) => {
    expect(filterUpstreams(rows, { ...nothing, ...filter }).map((row) => row.upstream.id)).toEqual(ids)
  })

  it('does not call an upstream without Pools while the Pools are not known', () => {
    const early = upstreamRows(list, undefined, undefined)
    expect(filterUpstreams(early, { ...nothing, pool: 'none' })).toEqual([])
    expect(early[0]?.pools).toBeNull()
  })

  it('names the Pools that nobody else could serve', () => {
    expect(poolsServedOnlyBy('a', readiness).map((row) => row.poolId)).toEqual(['p'])
    expect(poolsServedOnlyBy('c', readiness)).toEqual([])
    expect(poolsServedOnlyBy('b', readiness)).toEqual([])
  })

  it('ranks trouble first', () => {
    const order = [...rows].sort((a, b) => stateRank(a) - stateRank(b))
    expect(order.map((row) => row.upstream.id)).toEqual(['d', 'b', 'c', 'a'])
  })

  it('counts failures among what was dispatched', () => {
    const sums = { requests: 10, failed: 2, refused: 2, input: 0, cached: 0, output: 0, reasoning: 0 }
    const more = { costNanos: 0, durationMs: 0 }
    expect(failureShare({ ...sums, ...more })).toBe(0.25)
    expect(failureShare({ ...sums, ...more, requests: 2 })).toBeNull()
  })
})
