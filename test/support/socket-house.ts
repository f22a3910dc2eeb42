/** An account house with a second account behind the first, and turns as a client with a session asks for them. */
import { openAccountHouse, type AccountHouse } from './account-house.ts'
import type { StandInAccount } from './chatgpt-tokens.ts'

export const otherAccount: StandInAccount = {
  accountId: 'acct-0002',
  userId: 'user-0002',
  email: 'second@example.com',
  plan: 'pro',
}

export interface Turned {
  readonly status: number
  readonly text: string
  /** The connection broke off in the middle. */
  readonly isCut: boolean
  readonly headers: Headers
}

export interface SocketHouse extends AccountHouse {
  readonly otherId: string
  /** Of the key whose Pool has both. */
  readonly secret: string
  /** One whole turn of this session; without one, as plain clients ask. */
  turn(session: string | null, body?: object): Promise<Turned>
  /** The answer as it comes. */
  stream(session: string, signal?: AbortSignal): Promise<Response>
  /** The newest request of the log, with its attempts. */
  last(): Promise<{ state: string; upstream: string | null; errorCode: string | null; tries: readonly string[] }>
}

/** The first account is asked before the other, as long as it may serve. */
export async function openSocketHouse(): Promise<SocketHouse> {
  const house = await openAccountHouse()
  const { server } = house
  const text = server.authFile(otherAccount)
  const { upstream } = await house.rig.call('account.import', {
    source: 'text',
    text,
    name: 'Second',
    baseUrl: server.baseUrl,
  })
  const pool = await house.rig.call('pool.create', {
    name: 'Both',
    strategy: 'priority',
    assignments: [
      { upstreamId: house.upstreamId, priority: 1 },
      { upstreamId: upstream.id, priority: 2 },
    ],
  })
  const { secret } = await house.rig.call('key.create', { poolId: pool.id, name: 'codex' })

  async function ask(session: string | null, body: object, signal?: AbortSignal): Promise<Response> {
    const ofSession = session === null ? {} : { 'thread-id': session, 'session-id': session }
    return fetch(`${house.rig.app.gatewayUrl}/v1/responses`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${secret}`,
        'content-type': 'application/json',
        'user-agent': 'codex_exec/0.170.1 (Debian 13)',
        originator: 'codex_exec',
        ...ofSession,
      },
      body: JSON.stringify({ model: 'gpt-5.5', input: [], store: false, stream: true, ...body }),
      ...(signal === undefined ? {} : { signal }),
    })
  }

  return Object.assign(house, {
    otherId: upstream.id,
    secret,
    async turn(session: string | null, body: object = {}) {
      const answer = await ask(session, body)
      const { status, headers } = answer
      let text = ''
      try {
        const decoder = new TextDecoder()
        for await (const part of answer.body ?? []) text += decoder.decode(part, { stream: true })
      } catch {
        return { status, headers, text, isCut: true }
      }
      return { status, headers, text, isCut: false }
    },
    stream: (session: string, signal?: AbortSignal) => ask(session, {}, signal),
    async last() {
      const { rows } = await house.rig.call('request.list', { limit: 1 })
      const { tries } = await house.rig.call('request.get', { id: rows[0]?.id ?? '' })
      const names: Record<string, string> = { [house.upstreamId]: 'first', [upstream.id]: 'second' }
      const { state = '', upstreamId = null, errorCode = null } = rows[0] ?? {}
      return {
        state,
        errorCode,
        upstream: upstreamId === null ? null : (names[upstreamId] ?? upstreamId),
        tries: tries.map((row) => `${names[row.upstreamId] ?? row.upstreamId} ${row.cause ?? row.status ?? ''}`.trim()),
      }
    },
  })
}
