/**
 * Responses over WebSockets, as ChatGPT's backend has them: a socket's turns one after the other, what was answered known
 * to that socket alone, and a prompt found in the cache only where the turn before it was. It fails as it is told.
 */
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'
import type { StandInAccount } from './chatgpt-tokens.ts'

type Step = 'before' | 'after'

/** What the next turns are to do; changed by tests as they go. */
export interface SocketBehaviour {
  /** Status of each upgrade in place of 101, with a JSON body where `json`. */
  refuses: { readonly status: number; readonly json: boolean } | null
  /** The upgrade is never answered. */
  hangs: boolean
  /** Breaks the connection before the first event of a turn, or after its first output. Counted down. */
  drops: { readonly when: Step; times: number } | null
  /** The same with a close frame. */
  closes: { readonly when: Step; readonly code: number; times: number } | null
  /** In place of a turn. Counted down. */
  errors: { readonly frame: object; times: number } | null
  /** It takes a turn, and from then on is silent for ever: no answer, no pong. */
  goesSilent: boolean
  /** Between the first output and the rest of a turn, ms. */
  pauseMs: number
  /** Of the output, bytes. */
  padding: number
}

export interface SocketTurnCall {
  /** Which socket, in the order in which they were opened; 0 is the first. */
  readonly socket: number
  /** Of the account that the socket was opened with. */
  readonly account: string
  readonly headers: IncomingMessage['headers']
  readonly body: Record<string, unknown>
}

export interface StandInSockets {
  readonly behaviour: SocketBehaviour
  readonly turns: SocketTurnCall[]
  /** Headers of each upgrade that was asked for, refused ones included. */
  readonly upgrades: IncomingMessage['headers'][]
  /** How many are open now. */
  readonly open: number
  /** Close codes of those that the other side closed, in order; 1006 for one without a close frame. */
  readonly closed: number[]
  /** Closes all from the provider's side. */
  closeAll(code: number): void
  reset(): void
}

export const PROMPT_TOKENS = 8_000
export const CACHED_TOKENS = 7_680

/** Of a turn that a test wrote; the last one's response is known to the socket from then on. */
export interface StandInEvent {
  readonly type: string
  readonly response?: { readonly id: string }
}

/** What the backend does whichever way it is asked. */
export interface BackendBehaviour {
  readonly fails: { readonly status: number; readonly body: unknown } | null
  readonly text: string
  readonly events: readonly StandInEvent[] | null
  readonly next: (readonly StandInEvent[])[]
}

export interface SocketHost {
  /** Null for a credential that is no good. */
  accountOf(headers: IncomingMessage['headers']): StandInAccount | null
  readonly backend: BackendBehaviour
  /** Null where something is left of the account. */
  refusal(account: StandInAccount, model: unknown): { readonly status: number; readonly body?: unknown } | null
  /** The event that tells how the account stands; null where none is sent. */
  limits(account: StandInAccount): object | null
  heard(call: SocketTurnCall): void
}

const usual: SocketBehaviour = {
  refuses: null,
  hangs: false,
  drops: null,
  closes: null,
  errors: null,
  goesSilent: false,
  pauseMs: 0,
  padding: 0,
}

interface Seat {
  readonly index: number
  readonly account: StandInAccount
  readonly headers: IncomingMessage['headers']
  readonly ids: Set<string>
  turns: number
  isRunning: boolean
}

function fires(at: { times: number } | null): boolean {
  if (at === null || at.times <= 0) return false
  at.times--
  return true
}

function usageOf(seat: Seat) {
  const cached = seat.turns > 1 ? CACHED_TOKENS : 0
  const input = { input_tokens: PROMPT_TOKENS, input_tokens_details: { cached_tokens: cached } }
  return { ...input, output_tokens: 5, total_tokens: PROMPT_TOKENS + 5 }
}

/** Puts them on the server. */
export function serveSockets(
  server: Server,
  { accountOf, backend, refusal, limits, heard }: SocketHost,
): StandInSockets {
  const behaviour: SocketBehaviour = { ...usual }
  const hub = new WebSocketServer({ noServer: true })
  const turns: SocketTurnCall[] = []
  const upgrades: IncomingMessage['headers'][] = []
  const closed: number[] = []
  let opened = 0
  let made = 0

  function refuse(socket: Socket, status: number, body: unknown): void {
    const text = body === null ? 'no sockets here' : JSON.stringify(body)
    const type = body === null ? 'text/html' : 'application/json'
    const head = `HTTP/1.1 ${String(status)} Refused\r\ncontent-type: ${type}\r\ncontent-length: ${String(text.length)}`
    socket.end(`${head}\r\nconnection: close\r\n\r\n${text}`)
  }

  hub.on('headers', (lines) => {
    lines.push(
      'x-codex-turn-state: state-of-the-turn',
      'x-models-etag: W/"stand-in"',
      'x-codex-primary-used-percent: 12',
    )
    lines.push('set-cookie: __cf_bm=of-the-account; path=/')
  })

  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => {})
    upgrades.push(request.headers)
    if (behaviour.hangs) return
    const account = accountOf(request.headers)
    const isBeta = request.headers['openai-beta'] === 'responses_websockets=2026-02-06'
    if (request.url !== '/backend-api/codex/responses' || !isBeta) refuse(socket, 404, null)
    else if (behaviour.refuses !== null) {
      const { status, json } = behaviour.refuses
      refuse(socket, status, json ? { error: { message: 'refused', code: 'of_the_stand_in' } } : null)
    } else if (account === null) refuse(socket, 401, { error: { message: 'expired', code: 'token_expired' } })
    else hub.handleUpgrade(request, socket, head, (ws) => receive(ws, account, request.headers))
  })

  function receive(ws: WebSocket, account: StandInAccount, headers: IncomingMessage['headers']): void {
    const seat: Seat = { index: opened++, account, headers, ids: new Set(), turns: 0, isRunning: false }
    ws.on('error', () => {})
    ws.on('close', (code) => closed.push(code))
    ws.on('message', (data: Buffer, isBinary) => {
      if (isBinary) ws.close(1_003)
      else void turn(ws, seat, JSON.parse(data.toString('utf8')) as Record<string, unknown>)
    })
  }

  const send = (ws: WebSocket, frame: object): void => ws.send(JSON.stringify(frame))

  /** True where the turn ends here. */
  function fails(ws: WebSocket, when: Step): boolean {
    const { drops, closes } = behaviour
    if (drops?.when === when && fires(drops)) {
      ws.terminate()
      return true
    }
    if (closes?.when !== when || !fires(closes)) return false
    ws.close(closes.code)
    return true
  }

  async function turn(ws: WebSocket, seat: Seat, frame: Record<string, unknown>): Promise<void> {
    const { type, ...body } = frame
    const call = { socket: seat.index, account: seat.account.accountId, headers: seat.headers, body }
    turns.push(call)
    heard(call)
    if (type !== 'response.create' || seat.isRunning) {
      send(ws, { type: 'error', status: 400, error: { code: 'invalid_request_error', message: 'one at a time' } })
      return
    }
    if (behaviour.goesSilent) {
      ws.pause()
      return
    }
    const previous = body['previous_response_id']
    if (typeof previous === 'string' && !seat.ids.has(previous)) {
      send(ws, { type: 'error', status: 400, error: { code: 'previous_response_not_found', message: 'not here' } })
      return
    }
    const refused = backend.fails ?? refusal(seat.account, body['model'])
    if (refused !== null) {
      send(ws, { type: 'error', status: refused.status, ...(refused.body as object) })
      return
    }
    const { errors } = behaviour
    if (errors !== null && fires(errors)) {
      send(ws, errors.frame)
      return
    }
    if (fails(ws, 'before')) return
    seat.turns++
    seat.isRunning = true
    await answer(ws, seat, body)
    seat.isRunning = false
  }

  async function answer(ws: WebSocket, seat: Seat, body: Record<string, unknown>): Promise<void> {
    const id = `resp_${seat.account.accountId}_${String(made++)}`
    const response = { id, object: 'response', model: body['model'], status: 'in_progress', output: [] }
    const place = { output_index: 0, item_id: 'msg_1' }
    const item = {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      content: [{ type: 'output_text', text: backend.text }],
    }
    const standing = limits(seat.account)
    if (standing !== null) send(ws, standing)
    const events = backend.next.shift() ?? backend.events
    if (events !== null) {
      for (const event of events) {
        send(ws, event)
        if (event.type === 'response.completed') seat.ids.add(event.response?.id ?? '')
      }
      return
    }
    send(ws, { type: 'response.created', response })
    send(ws, { type: 'response.output_item.added', output_index: 0, item: { ...item, content: [] } })
    const delta = backend.text + '.'.repeat(behaviour.padding)
    send(ws, { type: 'response.output_text.delta', ...place, content_index: 0, delta })
    if (fails(ws, 'after')) return
    if (behaviour.pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, behaviour.pauseMs))
    if (ws.readyState !== WebSocket.OPEN) return
    send(ws, { type: 'response.output_item.done', output_index: 0, item })
    send(ws, { type: 'response.completed', response: { ...response, status: 'completed', usage: usageOf(seat) } })
    seat.ids.add(id)
  }

  return {
    behaviour,
    turns,
    upgrades,
    get open() {
      return hub.clients.size
    },
    closed,
    closeAll(code) {
      for (const ws of hub.clients) ws.close(code)
    },
    reset() {
      Object.assign(behaviour, usual)
      for (const list of [turns, upgrades, closed]) list.length = 0
    },
  }
}
