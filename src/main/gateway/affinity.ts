/**
 * Where sessions are at home, and what only one upstream has: answers that a request goes on from, files, turns, live
 * sockets. In memory, bounded, each with an end; a restart forgets them. All of it is of one key: no key meets another's.
 */
import type { AffinityKind, LiveSession, SessionPage, SessionQuery } from '../../shared/models/session.ts'
import type { ClientKind, TokenUsage } from '../../shared/models/request.ts'
import type { Settings } from '../../shared/settings.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { JsonFields } from '../dialects/json-fields.ts'
import { fileIdsOf } from './affinity/file-ids.ts'
import { createLastingMap, type Lasting } from './affinity/lasting-map.ts'
import type { SessionMark } from './affinity/marks.ts'
import { createOwners, type Owned, type OwnedKind, type Owner } from './affinity/owners.ts'
import type { RequestHeaders } from './request-headers.ts'
import { previousResponseOf } from './session.ts'

/** What ties a request to an upstream. */
export interface Tie {
  readonly kind: AffinityKind
  readonly upstreamId: string
  /** What it refers to is there alone: it goes there or nowhere. */
  readonly isHard: boolean
  /** Something else that it refers to is there instead, so nobody can serve it; null where nothing is. */
  readonly rivalId: string | null
}

/** A request as far as it may be tied. */
export interface TiedRequest {
  readonly key: { readonly id: string }
  readonly dialect: Dialect
  /** A file that its path names. */
  readonly plain?: { readonly fileId: string | null } | undefined
  readonly fields: JsonFields
  readonly headers?: Pick<RequestHeaders, 'session' | 'turnState'> | undefined
  /** The client's live WebSocket that it came by. */
  readonly socket?: { readonly id: string } | null | undefined
}

/** A request that was answered well. */
export interface ServedRequest extends Pick<TiedRequest, 'key' | 'socket'> {
  readonly session?: SessionMark | null | undefined
  readonly pool: { readonly id: string }
  readonly client: ClientKind
  readonly facts: { readonly model: string }
}

/** What its answer told. */
export interface Learnt {
  readonly upstreamId: string
  readonly responseId: string | null
  readonly turnState: string | null
  /** Tokens that came and went: what a request pays for that goes on from it. Left out where nobody counts. */
  readonly context?: number
}

export interface AffinityView {
  /** `session`: null where its preference is not to be asked. Null for a request that is tied to nothing that is known. */
  tieOf(request: TiedRequest, session: SessionMark | null): Tie | null
}

export interface Affinity extends AffinityView {
  served(request: ServedRequest, learnt: Learnt): void
  /** The figures of a request, for its session's. */
  counted(session: SessionMark, usage: Pick<TokenUsage, 'input' | 'cached'>): void
  own(kind: OwnedKind, owned: Owned, upstreamId: string): void
  /** Null where it is not known. */
  ownerOf(kind: OwnedKind, owned: Owned): string | null
  /** Tokens of the answer that a request goes on from; 0 where it is a whole conversation, or nobody knows. */
  contextOf(request: Pick<TiedRequest, 'key' | 'dialect' | 'fields'>): number
  /** The client's WebSocket is no more. */
  socketClosed(id: string): void
  sessions(query: SessionQuery): SessionPage
  /** Its next request goes by the Pool's usual order. Null where there is no such session. */
  release(id: string): LiveSession | null
  /** The key was deleted. */
  forgetKey(keyId: string): void
}

interface Session extends Lasting {
  readonly keyId: string
  poolId: string
  upstreamId: string
  model: string
  client: ClientKind
  readonly since: number
  requests: number
  inputTokens: number
  cachedTokens: number
  moves: number
  socketId: string | null
}

export interface AffinityDeps {
  readonly directory: { readonly settings: Pick<Settings, 'routing.sessionTtlMs' | 'routing.ownerTtlMs'> }
  /** Epoch ms. */
  readonly clock: () => number
}

/** Of sessions, and of each kind of what is owned. */
export const MAX_REMEMBERED = 10_000

export function createAffinity({ directory, clock }: AffinityDeps): Affinity {
  const ttlMs = (): number => directory.settings['routing.sessionTtlMs']
  const ownerRules = { most: MAX_REMEMBERED, ttlMs: () => directory.settings['routing.ownerTtlMs'], clock }
  const sessions = createLastingMap<Session>({ most: MAX_REMEMBERED, ttlMs, clock })
  const { own, known, hasFiles } = createOwners(ownerRules)
  const sockets = createLastingMap<Owner>(ownerRules)

  const ownerOf = (kind: OwnedKind, of: Owned): string | null => known(kind, of)?.upstreamId ?? null

  /** Where the answer is that the request goes on from; null where it is a whole conversation, or nobody knows. */
  function answerOwner({ key, dialect, fields, socket }: TiedRequest): Pick<Tie, 'kind' | 'upstreamId'> | null {
    const previous = dialect === 'responses' ? previousResponseOf(fields) : null
    if (previous === null) return null
    const upstreamId = ownerOf('response', { keyId: key.id, id: previous })
    if (upstreamId !== null) return { kind: 'response', upstreamId }
    const ofSocket = socketOwner(socket)
    return ofSocket === null ? null : { kind: 'socket', upstreamId: ofSocket }
  }

  function socketOwner(socket: TiedRequest['socket']): string | null {
    return socket === undefined || socket === null ? null : (sockets.get(socket.id)?.upstreamId ?? null)
  }

  function fileOwners({ key, fields, plain }: TiedRequest): readonly string[] {
    if (!hasFiles()) return []
    const owners = new Set<string>()
    const named = plain?.fileId ?? null
    for (const id of named === null ? fileIdsOf(fields.bytes) : [named]) {
      const owner = ownerOf('file', { keyId: key.id, id })
      if (owner !== null) owners.add(owner)
    }
    return [...owners]
  }

  function hardTie(request: TiedRequest): Tie | null {
    const answer = answerOwner(request)
    const owners = fileOwners(request)
    if (answer !== null) {
      const rivalId = owners.find((id) => id !== answer.upstreamId) ?? null
      return { ...answer, isHard: true, rivalId }
    }
    const [first, second = null] = owners
    return first === undefined ? null : { kind: 'file', upstreamId: first, isHard: true, rivalId: second }
  }

  function softTie({ key, headers, socket }: TiedRequest, session: SessionMark | null): Tie | null {
    const soft = (kind: AffinityKind, upstreamId: string): Tie => ({ kind, upstreamId, isHard: false, rivalId: null })
    const state = headers?.turnState ?? null
    const ofTurn = state === null ? null : ownerOf('turn', { keyId: key.id, id: state })
    if (ofTurn !== null) return soft('turn', ofTurn)
    if (session === null) return null
    const ofSocket = socketOwner(socket)
    if (ofSocket !== null) return soft('socket', ofSocket)
    const home = sessions.isEmpty ? undefined : sessions.get(session.mark)?.upstreamId
    return home === undefined ? null : soft('session', home)
  }

  function moveIn({ key, pool, client, facts, socket }: ServedRequest, mark: string, upstreamId: string): void {
    const session: Session = sessions.get(mark) ?? {
      at: 0,
      keyId: key.id,
      poolId: pool.id,
      upstreamId,
      model: facts.model,
      client,
      since: clock(),
      requests: 0,
      inputTokens: 0,
      cachedTokens: 0,
      moves: 0,
      socketId: null,
    }
    if (session.upstreamId !== upstreamId) session.moves++
    session.upstreamId = upstreamId
    session.poolId = pool.id
    session.model = facts.model
    session.client = client
    session.socketId = socket?.id ?? session.socketId
    sessions.put(mark, session)
  }

  function shown(id: string, { at, socketId, ...session }: Session): LiveSession {
    const hasSocket = socketId !== null && sockets.get(socketId) !== undefined
    return { id, ...session, lastAt: at, expiresAt: at + ttlMs(), hasSocket }
  }

  return {
    tieOf: (request, session) => hardTie(request) ?? softTie(request, session),
    served(request, { upstreamId, responseId, turnState, context }) {
      const { key, socket, session = null } = request
      if (responseId !== null) own('response', { keyId: key.id, id: responseId }, { upstreamId, context: context ?? 0 })
      if (turnState !== null) own('turn', { keyId: key.id, id: turnState }, { upstreamId, context: 0 })
      if (socket !== undefined && socket !== null) sockets.put(socket.id, { upstreamId, context: 0, at: 0 })
      if (session !== null) moveIn(request, session.mark, upstreamId)
    },
    counted({ mark }, { input, cached }) {
      const session = sessions.get(mark)
      if (!session) return
      session.requests++
      session.inputTokens += input
      session.cachedTokens += cached
    },
    own: (kind, of, upstreamId) => own(kind, of, { upstreamId, context: 0 }),
    ownerOf,
    contextOf({ key, dialect, fields }) {
      const previous = dialect === 'responses' ? previousResponseOf(fields) : null
      return previous === null ? 0 : (known('response', { keyId: key.id, id: previous })?.context ?? 0)
    },
    socketClosed: (id) => void sockets.delete(id),
    sessions({ upstreamId, keyId, poolId, limit }) {
      const is = (wanted: string | undefined, value: string): boolean => wanted === undefined || wanted === value
      const found = [...sessions.entries()].filter(
        ([, each]) => is(upstreamId, each.upstreamId) && is(keyId, each.keyId) && is(poolId, each.poolId),
      )
      const rows = found
        .slice(-limit)
        .map(([id, session]) => shown(id, session))
        .toReversed()
      return { rows, total: found.length, most: MAX_REMEMBERED }
    },
    release(id) {
      const session = sessions.get(id)
      if (session === undefined) return null
      const gone = shown(id, session)
      sessions.delete(id)
      return gone
    },
    forgetKey(keyId) {
      for (const [id, session] of sessions.entries()) if (session.keyId === keyId) sessions.delete(id)
    },
  }
}
