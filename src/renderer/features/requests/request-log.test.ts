import { beforeEach, describe, expect, it } from 'vitest'
import type { RequestFilterInput, RequestPage, RequestState, RequestSummary } from '../../../shared/models/request.ts'
import { firstIdAt, formatRequestId, parseRequestId, requestIdTime } from '../../../shared/request-id.ts'
import { createRequestLog, type RequestLog } from './request-log.ts'

const START = Date.UTC(2026, 0, 1)
const idOf = (second: number) => formatRequestId(firstIdAt(START + second * 1_000))

/** A log of one row per second that answers as the core does: by cursor, newest first, a bounded number of rows looked at. */
function createCore(count: number) {
  const rows = new Map<string, RequestSummary>()
  const core = {
    looksAt: Infinity,
    calls: [] as RequestFilterInput[],
    failure: null as Error | null,
    add(second: number, state: RequestState = 'completed') {
      const id = idOf(second)
      const usage = { input: 1, cached: 0, output: 1, reasoning: 0 }
      const what = { at: START + second * 1_000, state, usage, keyId: 'key', poolId: 'pool', upstreamId: null }
      rows.set(id, { id, ...what } as RequestSummary)
      return id
    },
    remove: (id: string) => rows.delete(id),
    async list(filter: RequestFilterInput): Promise<RequestPage> {
      core.calls.push(filter)
      if (core.failure !== null) throw core.failure
      const { before = 'req_zzzzzzzzzzzz', after = '', ids, state, limit = 50 } = filter
      const inRange = [...rows.values()].filter(({ id }) => id < before && id > after)
      const order = inRange.sort((a, b) => (a.id < b.id ? 1 : -1) * (after === '' ? 1 : -1))
      const seen = order.slice(0, core.looksAt)
      const fits = seen.filter((row) => (ids?.includes(row.id) ?? true) && (state === undefined || state === row.state))
      const shown = fits.slice(0, limit)
      const edge = seen.at(-1)?.id
      const isBounded = seen.length < order.length && fits.length <= limit
      const next = fits.length > limit ? (shown.at(-1)?.id ?? null) : isBounded ? (edge ?? null) : null
      const searchedTo = isBounded && edge !== undefined ? requestIdTime(parseRequestId(edge) ?? 0) : null
      return { rows: shown.sort((a, b) => (a.id < b.id ? 1 : -1)), next, searchedTo, names: {} }
    },
  }
  for (let second = 1; second <= count; second += 1) core.add(second)
  return core
}

const seconds = (log: RequestLog) =>
  log.snapshot().ids.map((id) => (requestIdTime(parseRequestId(id) ?? 0) - START) / 1_000)
/** Until what was begun has ended. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

let core: ReturnType<typeof createCore>
let log: RequestLog

function open(filter: RequestFilterInput = {}, start: 'newest' | 'oldest' = 'newest'): RequestLog {
  return createRequestLog({ list: core.list, filter, start })
}

beforeEach(() => {
  core = createCore(1_000)
})

describe('the request log of a page', () => {
  it('begins at the newest and loads on ahead of what is looked at', async () => {
    log = open()
    await log.start()
    expect(seconds(log).slice(0, 3)).toEqual([1_000, 999, 998])
    log.look(0, 30)
    await settle()
    log.look(0, 30)
    await settle()
    log.look(0, 30)
    await settle()
    // Enough ahead; nobody looks further down.
    expect(log.snapshot().ids.length).toBeLessThan(1_000)
    for (let round = 0; round < 5; round += 1) {
      log.look(log.snapshot().ids.length - 30, log.snapshot().ids.length)
      await settle()
    }
    expect(seconds(log)).toEqual(Array.from({ length: 1_000 }, (_, index) => 1_000 - index))
    expect(log.snapshot()).toMatchObject({ isAtOldest: true, isAtNewest: true, searchedTo: null })
  })

  it('begins at the oldest and grows upwards', async () => {
    log = open({}, 'oldest')
    await log.start()
    expect(seconds(log).at(-1)).toBe(1)
    expect(log.snapshot()).toMatchObject({ isAtOldest: true, isAtNewest: false })
    for (let round = 0; round < 6; round += 1) {
      log.look(0, 30)
      await settle()
    }
    expect(seconds(log)).toHaveLength(1_000)
    expect(log.snapshot().isAtNewest).toBe(true)
  })

  it('forgets rows far from what is looked at, and fetches them again', async () => {
    core = createCore(20_000)
    log = open()
    await log.start()
    while (!log.snapshot().isAtOldest) {
      log.look(log.snapshot().ids.length - 30, log.snapshot().ids.length)
      await settle()
    }
    const far = idOf(19_000)
    expect(log.row(far)).toBeUndefined()
    log.look(990, 1_020)
    await settle()
    expect(log.row(far)?.id).toBe(far)
    expect(log.snapshot().ids).toHaveLength(20_000)
  })

  it('has the rows of both ends at hand, wherever one is', async () => {
    core = createCore(20_000)
    log = open()
    await log.start()
    while (!log.snapshot().isAtOldest) {
      log.look(log.snapshot().ids.length - 30, log.snapshot().ids.length)
      await settle()
    }
    const { ids } = log.snapshot()
    const isReady = (id: string) => log.row(id) !== undefined
    expect(ids.slice(0, 200).every(isReady)).toBe(true)
    const calls = core.calls.length
    log.look(0, 60)
    expect(ids.slice(0, 60).every(isReady)).toBe(true)
    await settle()
    expect(core.calls.slice(calls)).toEqual([{ ids: ids.slice(0, 200), limit: 200 }])
    log.look(10_000, 10_030)
    await settle()
    expect(ids.slice(-200).every(isReady)).toBe(true)
    expect(ids.filter(isReady).length).toBeLessThan(13_000)
  })

  it('looks again at what is on screen when records change, and at the rest when it comes there, without a gap', async () => {
    log = open()
    await log.start()
    log.look(0, 30)
    await settle()
    core.remove(idOf(1_000))
    core.remove(idOf(800))
    await log.refresh()
    expect(seconds(log)[0]).toBe(999)
    expect(log.row(idOf(800))?.id).toBe(idOf(800))
    log.look(190, 220)
    expect(log.row(idOf(801))?.id).toBe(idOf(801))
    await settle()
    expect(seconds(log)).not.toContain(800)
    expect(seconds(log)).toContain(801)
  })

  it('lets rows go that are not there any more when they are fetched again', async () => {
    core = createCore(20_000)
    log = open()
    await log.start()
    while (!log.snapshot().isAtOldest) {
      log.look(log.snapshot().ids.length - 30, log.snapshot().ids.length)
      await settle()
    }
    core.remove(idOf(20_000))
    log.look(0, 30)
    await settle()
    expect(seconds(log).slice(0, 2)).toEqual([19_999, 19_998])
  })

  it('goes on for a while with a search that finds nothing, then waits to be asked', async () => {
    core.looksAt = 50
    core.add(3, 'failed')
    log = open({ state: 'failed' })
    await log.start()
    await settle()
    const after = core.calls.length
    expect(log.snapshot()).toMatchObject({ ids: [], isAtOldest: false, isSearching: false })
    expect(log.snapshot().searchedTo).toBeGreaterThan(START)
    log.look(0, 0)
    await settle()
    expect(core.calls).toHaveLength(after)
    await log.continueSearch()
    expect(seconds(log)).toEqual([3])
    expect(log.snapshot()).toMatchObject({ isAtOldest: true, searchedTo: null, isSearching: false })
  })

  it('can be told to stop searching', async () => {
    core.looksAt = 10
    log = open({ state: 'failed' })
    await log.start()
    await settle()
    const search = log.continueSearch()
    log.stopSearch()
    await search
    expect(log.snapshot()).toMatchObject({ isSearching: false, isAtOldest: false })
    expect(log.snapshot().searchedTo).not.toBeNull()
  })
})

describe('its tail', () => {
  it('brings what arrived, and nothing twice', async () => {
    log = open()
    await log.start()
    const id = core.add(1_001, 'open')
    await log.tail({ settled: [], isFollowing: true })
    expect(seconds(log).slice(0, 2)).toEqual([1_001, 1_000])
    core.add(1_001, 'completed')
    await log.tail({ settled: [id], isFollowing: true })
    expect(log.row(id)?.state).toBe('completed')
    expect(seconds(log).filter((second) => second === 1_001)).toHaveLength(1)
  })

  it('takes in what fits only now, and lets go what fits no more', async () => {
    const failing = core.add(1_001, 'open')
    core.add(1_002, 'failed')
    log = open({ state: 'failed' })
    await log.start()
    expect(seconds(log)).toEqual([1_002])
    core.add(1_001, 'failed')
    await log.tail({ settled: [failing], isFollowing: true })
    expect(seconds(log)).toEqual([1_002, 1_001])

    const running = open({ state: 'open' })
    const id = core.add(1_003, 'open')
    await running.start()
    expect(running.snapshot().ids).toEqual([id])
    core.add(1_003, 'completed')
    await running.tail({ settled: [id], isFollowing: true })
    expect(running.snapshot().ids).toEqual([])
  })

  it('jumps ahead when nobody reads and more arrived than it takes at once, else goes on the next time', async () => {
    for (const isFollowing of [true, false]) {
      core = createCore(10)
      log = open()
      await log.start()
      for (let second = 11; second <= 2_000; second += 1) core.add(second)
      await log.tail({ settled: [], isFollowing })
      expect(seconds(log)[0]).toBe(isFollowing ? 2_000 : 1_010)
      await log.tail({ settled: [], isFollowing })
      expect(seconds(log)[0]).toBe(2_000)
    }
  })

  it('starts in an empty log', async () => {
    core = createCore(0)
    log = open()
    await log.start()
    expect(log.snapshot()).toMatchObject({ ids: [], isLogEmpty: true, isAtOldest: true })
    core.add(1)
    await log.tail({ settled: [idOf(1)], isFollowing: true })
    expect(log.snapshot()).toMatchObject({ ids: [idOf(1)], isLogEmpty: false })
  })
})

describe('a failure', () => {
  it('of the first page is told and can be tried again', async () => {
    core.failure = new Error('away')
    log = open()
    await log.start()
    expect(log.snapshot().phase).toBe('failed')
    core.failure = null
    await log.start()
    expect(log.snapshot()).toMatchObject({ phase: 'ready', error: null })
  })

  it('later leaves what is there, and is not repeated by itself', async () => {
    log = open()
    await log.start()
    core.failure = new Error('away')
    log.look(0, 30)
    await settle()
    const { calls } = core
    const asked = calls.length
    expect(log.snapshot().ids).toHaveLength(100)
    expect(log.snapshot().error?.message).toContain('away')
    log.look(0, 30)
    expect(calls).toHaveLength(asked)
    core.failure = null
    await log.continueSearch()
    expect(log.snapshot()).toMatchObject({ error: null })
    expect(log.snapshot().ids.length).toBeGreaterThan(100)
  })
})
