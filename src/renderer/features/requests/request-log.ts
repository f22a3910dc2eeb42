/**
 * The rows of one filter as the page holds them: the ids of all rows that were ever loaded, newest first, and the rows
 * themselves only around what is looked at. A million rows so cost the memory of some thousand, and going back to what
 * was left behind fetches it again by its ids.
 *
 * It grows at both ends by cursors. A page that the core's bounded search ended early is gone on with for a while, and
 * then only when it is asked for.
 */
import type { RequestFilterInput, RequestPage, RequestSummary } from '../../../shared/models/request.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import { indexOf, merged, without } from './id-order.ts'
import { createKeptRows } from './kept-rows.ts'
import { blankLog, withNames, type LogSnapshot } from './log-snapshot.ts'

export type ListRequests = (filter: RequestFilterInput) => Promise<RequestPage>
export interface RequestLog {
  readonly filter: RequestFilterInput
  subscribe(listener: () => void): () => void
  snapshot(): LogSnapshot
  /** Undefined while its row is not at hand; `look` fetches it. */
  row(id: string): RequestSummary | undefined
  /** Loads the first page, once. After a failure, again. */
  start(): Promise<void>
  /** These rows are on screen: loads what is missing of them and what comes next. */
  look(first: number, last: number): void
  /** Goes on with a bounded search until it finds something, ends or is stopped. */
  continueSearch(): Promise<void>
  stopSearch(): void
  /** What arrived, and what became of these and of the running ones. `isFollowing`: nobody reads, so it may jump ahead. */
  tail(news: { readonly settled: readonly string[]; readonly isFollowing: boolean }): Promise<void>
  /** Records were renamed or deleted: looks again at what is on screen, and at the rest when it comes there. */
  refresh(): Promise<void>
  /** Begins again at the newest, keeping the old rows until the new ones are here. */
  restart(): Promise<void>
}

export interface RequestLogDeps {
  readonly list: ListRequests
  readonly filter: RequestFilterInput
  readonly start: 'newest' | 'oldest'
}

const FIRST_ROWS = 100
const ROWS = 200
const AHEAD = 500
/** Calls of a search that nobody asked for by hand. */
const PATIENCE = 8
const TAIL_CALLS = 5
const TAIL_IDS = 1_000
const BEFORE_ALL = 'req_000000000000'

interface Edge {
  /** From where to go on; null when there is nothing more. */
  cursor: string | null
  isBusy: boolean
  /** The last search came back with nothing before it had seen everything. */
  isDry: boolean
}

export function createRequestLog({ list, filter, start }: RequestLogDeps): RequestLog {
  const listeners = new Set<() => void>()
  const rows = createKeptRows()
  const older: Edge = { cursor: null, isBusy: false, isDry: false }
  const newer: Edge = { cursor: null, isBusy: false, isDry: false }
  let state: LogSnapshot = blankLog
  /** Up to here the log was looked at for newer rows. */
  let seenTo = BEFORE_ALL
  /** Answers of before a restart are not for this list any more. */
  let generation = 0
  let isStarted = false
  let isStopped = false
  let isTailing = false
  let isFetching = false
  let onScreen = { first: 0, last: 0 }

  function change(patch: Partial<LogSnapshot>): void {
    state = { ...state, ...patch }
    for (const listener of listeners) listener()
  }

  function take(page: RequestPage, patch: Partial<LogSnapshot> = {}): void {
    for (const row of page.rows) {
      rows.put(row)
      seenTo = later(seenTo, row.id)
    }
    const ids = page.rows.map((row) => row.id)
    change({ ids: merged(state.ids, ids), names: withNames(state.names, page.names), ...patch })
  }

  /** Loads along one edge. Stops at a page's worth of rows, at the end, when told, or when `patience` calls found nothing. */
  async function load(edge: Edge, firstLimit: number, patience: number): Promise<void> {
    if (edge.isBusy || edge.cursor === null) return
    const mine = generation
    edge.isBusy = true
    isStopped = false
    let found = 0
    try {
      for (let calls = 1; edge.cursor !== null; calls += 1) {
        const at = edge === older ? { before: edge.cursor } : { after: edge.cursor }
        const page = await list({ ...filter, ...at, limit: calls === 1 ? firstLimit : ROWS })
        if (mine !== generation) return
        found += page.rows.length
        edge.cursor = page.next
        edge.isDry = page.searchedTo !== null && found === 0
        take(page)
        const isOpen = page.searchedTo !== null && page.next !== null
        const goesOn = isOpen && !isStopped && calls < patience && found < FIRST_ROWS / 2
        change({ phase: 'ready', error: null, searchedTo: isOpen ? page.searchedTo : null, isSearching: goesOn })
        if (!goesOn) return
      }
    } catch (thrown) {
      if (mine === generation) change({ error: OperatorError.from(thrown), isSearching: false })
    } finally {
      if (mine === generation) {
        edge.isBusy = false
        change({ isAtOldest: older.cursor === null, isAtNewest: newer.cursor === null })
      }
    }
  }

  async function begin(): Promise<void> {
    const mine = ++generation
    for (const edge of [older, newer]) Object.assign(edge, { cursor: null, isBusy: false, isDry: false })
    try {
      if (start === 'oldest') {
        // `after` is exclusive, and no request has this id.
        newer.cursor = BEFORE_ALL
        await load(newer, ROWS, PATIENCE)
        if (state.error !== null) throw state.error
        return
      }
      // The newest of all says from where a tail has to look, however rare what the filter wants.
      const isWhole = Object.keys(filter).length === 0
      const [head, first] = await Promise.all([
        isWhole ? null : list({ limit: 1 }),
        list({ ...filter, limit: FIRST_ROWS }),
      ])
      if (mine !== generation) return
      rows.clear()
      state = { ...state, ids: [] }
      older.cursor = first.next
      older.isDry = false
      seenTo = head?.rows[0]?.id ?? BEFORE_ALL
      const isOpen = first.searchedTo !== null && first.next !== null
      take(first, {
        phase: 'ready',
        error: null,
        isAtNewest: true,
        isAtOldest: first.next === null,
        isLogEmpty: (head ?? first).rows.length === 0,
        searchedTo: isOpen ? first.searchedTo : null,
      })
      if (isOpen && first.rows.length < FIRST_ROWS / 2) void load(older, ROWS, PATIENCE)
    } catch (thrown) {
      if (mine !== generation) return
      isStarted = false
      change({ phase: state.phase === 'ready' ? 'ready' : 'failed', error: OperatorError.from(thrown) })
    }
  }

  /** Rows by their ids, one call at a time; those that are gone leave the list. */
  async function fetchRows(ids: readonly string[]): Promise<void> {
    if (isFetching || ids.length === 0) return
    const mine = generation
    isFetching = true
    try {
      const page = await list({ ids: [...ids], limit: ROWS })
      if (mine !== generation) return
      take(page)
      const found = new Set(page.rows.map((row) => row.id))
      if (page.next === null) drop(ids.filter((id) => !found.has(id)))
    } catch (thrown) {
      if (mine === generation) change({ error: OperatorError.from(thrown) })
    } finally {
      isFetching = false
      // Meanwhile one may look at others.
      if (mine === generation) change({})
    }
  }

  function drop(ids: readonly string[]): void {
    if (ids.length === 0) return
    rows.drop(ids)
    change({ ids: without(state.ids, new Set(ids)) })
  }

  function aroundScreen(): readonly string[] {
    return state.ids.slice(Math.max(0, onScreen.first - ROWS / 4), onScreen.last + ROWS / 4)
  }

  async function refresh(): Promise<void> {
    if (state.phase !== 'ready') return
    const near = new Set(aroundScreen())
    rows.outdateBut(near)
    try {
      await lookAgain([...near])
    } catch (thrown) {
      change({ error: OperatorError.from(thrown) })
    }
  }

  /** The rows between what is shown and now. False when they are more than a tail takes at once. */
  async function loadArrived(): Promise<boolean> {
    for (let calls = 0; calls < TAIL_CALLS; calls += 1) {
      const mine = generation
      const page = await list({ ...filter, after: seenTo, limit: ROWS })
      if (mine !== generation) return true
      if (page.next !== null) seenTo = later(seenTo, page.next)
      if (page.rows.length > 0) take(page)
      if (page.next === null) return true
    }
    return false
  }

  /** What became of requests: of those in the list, and of those that only now fit the filter. */
  async function lookAgain(ids: readonly string[]): Promise<void> {
    const oldest = state.isAtOldest ? BEFORE_ALL : (state.ids.at(-1) ?? BEFORE_ALL)
    const wanted = ids.filter((id) => (newer.cursor === null ? id >= oldest : indexOf(state.ids, id) >= 0))
    for (let done = 0; done < wanted.length; done += ROWS) {
      const some = wanted.slice(done, done + ROWS)
      const mine = generation
      const page = await list({ ...filter, ids: some, limit: ROWS })
      if (mine !== generation) return
      if (page.rows.length > 0) take(page)
      const found = new Set(page.rows.map((row) => row.id))
      if (page.next === null) drop(some.filter((id) => !found.has(id) && indexOf(state.ids, id) >= 0))
    }
  }

  async function tail({ settled, isFollowing }: Parameters<RequestLog['tail']>[0]): Promise<void> {
    if (isTailing || state.phase !== 'ready') return
    isTailing = true
    try {
      const newest = settled.reduce(later, seenTo)
      if (newer.cursor === null) {
        const isAll = await loadArrived()
        if (!isAll && isFollowing) return await begin()
        if (isAll) seenTo = later(seenTo, newest)
      }
      const isSettled = (id: string) => rows.get(id) !== undefined && rows.get(id)?.state !== 'open'
      await lookAgain(settled.filter((id) => !isSettled(id)).slice(-TAIL_IDS))
      if (state.isLogEmpty && state.ids.length > 0) change({ isLogEmpty: false })
      if (state.error !== null) change({ error: null })
    } catch (thrown) {
      change({ error: OperatorError.from(thrown) })
    } finally {
      isTailing = false
    }
  }

  return {
    filter,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    snapshot: () => state,
    row: rows.get,
    async start() {
      if (isStarted) return
      isStarted = true
      if (state.phase === 'failed') change({ phase: 'loading', error: null })
      await begin()
    },
    look(first, last) {
      onScreen = { first, last }
      if (state.phase !== 'ready' || state.error !== null) return
      const around = aroundScreen()
      const { ids } = state
      // On screen first, then what is next to it, so that a call is worth its way.
      const near = around.some(rows.isWanted)
        ? [...around, ...ids.slice(last, last + ROWS), ...ids.slice(Math.max(0, first - ROWS), first)]
        : []
      void fetchRows([...new Set(near.filter(rows.isWanted))].slice(0, ROWS))
      if (last + AHEAD > state.ids.length && !older.isDry) void load(older, ROWS, PATIENCE)
      if (first < AHEAD && !newer.isDry) void load(newer, ROWS, PATIENCE)
      rows.forgetFar(state.ids, onScreen)
    },
    continueSearch: () => load(older.cursor === null ? newer : older, ROWS, Infinity),
    stopSearch: () => {
      isStopped = true
    },
    tail,
    refresh,
    restart: begin,
  }
}

function later(a: string, b: string): string {
  return a > b ? a : b
}
