/**
 * The open WebSockets to upstreams: few per seat, bounded in all, closed when nobody needs them any more. A seat is a
 * session of a key, or a client's own WebSocket.
 */
import type { WritableDirectory } from '../directory.ts'
import type { UpstreamRecord } from '../ports.ts'
import { isSameTarget } from '../connections.ts'
import { UpstreamSocket, type SocketPlan } from './upstream-socket.ts'

export type SocketWish = Omit<SocketPlan, 'now' | 'gone' | 'connectTimeoutMs'>

export interface SocketPool {
  /** A free one that was opened alike, or over which this response was made if one is given; null where there is none. */
  take(wish: SocketWish, responseId: string | null): UpstreamSocket | null
  /** A new one, for the caller; null where there is no room. @throws where the URL or a header is none. */
  open(wish: SocketWish): UpstreamSocket | null
  /** The one of this seat over which the response was made; null where none is left. */
  makerOf(seat: string, upstreamId: string, responseId: string): UpstreamSocket | null
  /** The client's WebSocket is closed: what was for it alone is of no use. */
  leave(clientSocketId: string): void
  /** Those that are open or opening. */
  readonly size: number
  /** Cuts all. */
  close(): void
}

/** A title beside the turn itself, as some clients ask for it; more at the same time go over HTTP. */
const MOST_PER_SEAT = 2
/** Providers close a socket after an hour; one that is nearly as old begins nothing new. */
const MAX_AGE_MS = 55 * 60_000

/** Of the upgrade's headers those that speak about the turns: a turn that would say otherwise needs another socket. */
const OF_TURNS = ['x-codex-routing-hint', 'x-openai-internal-codex-responses-lite', 'x-openai-subagent'] as const

function isAlike({ headers: mine }: SocketWish, { headers: theirs }: SocketWish): boolean {
  return OF_TURNS.every((name) => mine[name] === theirs[name])
}

/** Real owned state: who is where, and the one clock of all. */
export function createSocketPool(directory: WritableDirectory, now: () => number): SocketPool {
  const seats = new Map<string, UpstreamSocket[]>()
  const all = new Set<UpstreamSocket>()
  let timer: NodeJS.Timeout | null = null

  function gone(socket: UpstreamSocket): void {
    const { seat } = socket.plan
    const rest = (seats.get(seat) ?? []).filter((each) => each !== socket)
    if (rest.length === 0) seats.delete(seat)
    else seats.set(seat, rest)
    all.delete(socket)
    if (all.size > 0 || timer === null) return
    clearTimeout(timer)
    timer = null
  }

  function beat(): void {
    const { settings } = directory
    const oldest = now() - settings['gateway.socketIdleMs']
    timer = null
    for (const socket of all) {
      if (!socket.isBusy && (socket.usedAt < oldest || isOld(socket))) socket.retire()
      else socket.beat(settings['gateway.socketPingMs'])
    }
    if (all.size > 0) beatLater()
  }

  /** Twice between two pings, so that none is late by more than half the time. */
  function beatLater(): void {
    timer ??= setTimeout(beat, directory.settings['gateway.socketPingMs'] / 2)
  }

  const isOld = (socket: UpstreamSocket): boolean => now() - socket.madeAt > MAX_AGE_MS

  /** Makes room by closing the one that was idle longest. False where all are busy. */
  function canOpen(record: UpstreamRecord): boolean {
    const { settings } = directory
    let here = 0
    let idle: UpstreamSocket | null = null
    let idleHere: UpstreamSocket | null = null
    for (const socket of all) {
      const isHere = socket.plan.record.id === record.id
      if (isHere) here++
      if (socket.isBusy) continue
      if (idle === null || socket.usedAt < idle.usedAt) idle = socket
      if (isHere && (idleHere === null || socket.usedAt < idleHere.usedAt)) idleHere = socket
    }
    if (here >= settings['gateway.maxSocketsPerUpstream']) {
      idleHere?.retire()
      return idleHere !== null
    }
    if (all.size < settings['gateway.maxUpstreamSockets']) return true
    idle?.retire()
    return idle !== null
  }

  directory.onUpstreamChange((id) => {
    const next = directory.upstream(id)
    for (const socket of all) {
      const { record } = socket.plan
      if (record.id !== id) continue
      if (next === undefined || next.status !== 'active' || !isSameTarget(record, next)) socket.retire()
    }
  })

  return {
    take(wish, responseId) {
      let best: UpstreamSocket | null = null
      for (const socket of seats.get(wish.seat) ?? []) {
        if (socket.isBusy || !socket.isOpen || socket.plan.record.id !== wish.record.id) continue
        if (responseId === null ? isOld(socket) || !isAlike(wish, socket.plan) : !socket.knows(responseId)) continue
        if (best === null || socket.usedAt >= best.usedAt) best = socket
      }
      if (best !== null) best.isBusy = true
      return best
    },
    open(wish) {
      const { record, seat } = wish
      const mine = (seats.get(seat) ?? []).filter((each) => each.plan.record.id === record.id)
      if (mine.length >= MOST_PER_SEAT) {
        const idle = mine.find((each) => !each.isBusy)
        if (idle === undefined) return null
        idle.retire()
      }
      if (!canOpen(record)) return null
      const { settings } = directory
      const socket = new UpstreamSocket({
        ...wish,
        connectTimeoutMs: settings['gateway.connectTimeoutMs'],
        now,
        gone,
      })
      all.add(socket)
      seats.set(seat, [...(seats.get(seat) ?? []), socket])
      beatLater()
      return socket
    },
    makerOf(seat, upstreamId, responseId) {
      const isIt = (socket: UpstreamSocket): boolean =>
        socket.isOpen && socket.plan.record.id === upstreamId && socket.knows(responseId)
      return seats.get(seat)?.find(isIt) ?? null
    },
    leave(clientSocketId) {
      for (const socket of all) if (socket.plan.clientSocketId === clientSocketId) socket.retire()
    },
    get size() {
      return all.size
    },
    close() {
      for (const socket of all) socket.cut()
    },
  }
}
