/**
 * Stands in for ChatGPT: a real server on loopback with the sign-in, the Codex backend and its usage page, in shapes
 * recorded from the real ones. It counts what it is asked, and fails as it is told.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { createOauth, type Reply } from './chatgpt-oauth.ts'
import type { StandInAccount } from './chatgpt-tokens.ts'

export interface BackendCall {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: Record<string, unknown>
  /** Of the answer. */
  readonly status: number
}

export type ChatgptServer = Awaited<ReturnType<typeof startChatgptServer>>

export const MODELS = ['gpt-5.5', 'gpt-5.5-codex', 'gpt-6.1-sol'] as const

function modelEntry(slug: string) {
  return {
    slug,
    display_name: slug,
    supported_reasoning_levels: [],
    shell_type: 'unified_exec',
    visibility: 'list',
    supported_in_api: true,
    priority: 1,
    base_instructions: 'Be of use.',
    support_verbosity: false,
    truncation_policy: { mode: 'tokens', limit: 10_000 },
    context_window: 272_000,
    experimental_supported_tools: [],
  }
}

/** The events of one short turn; the last does not repeat what was said. */
function turnEvents(model: unknown, text: string): { type: string }[] {
  const response = { id: 'resp_stand_in', object: 'response', model, status: 'in_progress', output: [] as unknown[] }
  const item = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    content: [{ type: 'output_text', text, annotations: [] }],
  }
  const usage = { input_tokens: 21, input_tokens_details: { cached_tokens: 8 }, output_tokens: 5, total_tokens: 26 }
  const place = { output_index: 0, item_id: 'msg_1' }
  const events = [
    { type: 'response.created', response },
    { type: 'response.in_progress', response },
    { type: 'response.output_item.added', output_index: 0, item: { ...item, content: [] } },
    { type: 'response.output_text.delta', ...place, content_index: 0, delta: text },
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: { ...response, status: 'completed', usage } },
  ]
  return events.map((event, index) => ({ ...event, sequence_number: index }))
}

const quotaHeaders = {
  'x-codex-primary-used-percent': '12',
  'x-codex-primary-window-minutes': '300',
  'x-codex-primary-reset-at': '1790000000',
}

function usageOf({ plan }: StandInAccount) {
  const window = { used_percent: 12, limit_window_seconds: 18_000, reset_after_seconds: 3_600, reset_at: 1_790_000_000 }
  return {
    plan_type: plan,
    rate_limit: { allowed: true, limit_reached: false, primary_window: window, secondary_window: null },
    credits: { has_credits: false, unlimited: false, balance: null },
  }
}

export async function startChatgptServer() {
  const oauth = createOauth()
  const calls: BackendCall[] = []
  const sockets = new Set<Socket>()
  const backend = {
    /** Status of every answer, instead of one. */
    fails: null as { status: number; body: unknown } | null,
    text: 'recorded answer',
    /** Sent in place of the events of a turn. */
    events: null as readonly { type: string }[] | null,
  }

  function accountOf(headers: IncomingMessage['headers']): StandInAccount | null {
    const account = oauth.access.get((headers.authorization ?? '').replace(/^Bearer /, ''))
    return account !== undefined && headers['chatgpt-account-id'] === account.accountId ? account : null
  }

  function send(response: ServerResponse, reply: Reply): void {
    const headers = reply.location === undefined ? {} : { location: reply.location }
    if (reply.body === undefined) response.writeHead(reply.status, headers).end()
    else
      response
        .writeHead(reply.status, { ...headers, 'content-type': 'application/json' })
        .end(JSON.stringify(reply.body))
  }

  function turn(response: ServerResponse, model: unknown): void {
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'x-codex-turn-state': 'state-of-the-turn',
      'x-models-etag': 'W/"stand-in"',
      'openai-model': String(model),
      'set-cookie': '__cf_bm=of-the-account; path=/',
      ...quotaHeaders,
    })
    for (const event of backend.events ?? turnEvents(model, backend.text)) {
      response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
    }
    response.end()
  }

  function answerBackend(response: ServerResponse, path: string, asked: Omit<BackendCall, 'status' | 'path'>): void {
    const account = accountOf(asked.headers)
    const isTurn = path === '/backend-api/codex/responses'
    const isForm =
      !isTurn || (asked.body['store'] === false && asked.body['stream'] === true && Array.isArray(asked.body['input']))
    const status = account === null ? 401 : (backend.fails?.status ?? (isForm ? 200 : 400))
    calls.push({ path, ...asked, status })
    if (account === null) {
      const error = { message: 'Your authentication token has expired.', code: 'token_expired' }
      send(response, { status: 401, body: { error, status: 401 } })
    } else if (backend.fails !== null) send(response, backend.fails)
    else if (!isForm) send(response, { status: 400, body: { detail: 'Store must be set to false, stream to true' } })
    else if (isTurn) turn(response, asked.body['model'])
    else if (path === '/backend-api/codex/models')
      send(response, { status: 200, body: { models: MODELS.map(modelEntry) } })
    else if (path === '/backend-api/wham/usage') send(response, { status: 200, body: usageOf(account) })
    else send(response, { status: 404 })
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const text = Buffer.concat(parts).toString('utf8')
    const { pathname, searchParams } = new URL(request.url ?? '/', url)
    const bearer = (request.headers.authorization ?? '').replace(/^Bearer /, '')
    const json = () => (text === '' ? {} : (JSON.parse(text) as Record<string, unknown>))
    if (pathname === '/oauth/authorize') send(response, oauth.authorize(searchParams))
    else if (pathname === '/oauth/token') send(response, await oauth.token(new URLSearchParams(text)))
    else if (pathname === '/api/accounts/deviceauth/usercode') send(response, oauth.usercode())
    else if (pathname === '/api/accounts/deviceauth/token') send(response, oauth.poll(json(), url))
    else if (pathname === '/api/accounts/v1/user-auth-credential/whoami') send(response, oauth.whoami(bearer))
    else if (pathname.startsWith('/backend-api/')) {
      answerBackend(response, pathname, { headers: request.headers, body: json() })
    } else send(response, { status: 404 })
  }

  const server = createServer((request, response) => void serve(request, response))
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`

  return {
    url,
    /** What an account's upstream is sent to. */
    baseUrl: `${url}/backend-api/codex`,
    oauth,
    backend,
    calls,
    turns: () => calls.filter(({ path }) => path.endsWith('/responses')),
    /** What Codex would have written after a sign-in of its own. */
    authFile(account?: StandInAccount): string {
      const { id_token, access_token, refresh_token } = oauth.signedInElsewhere(account)
      const { accountId } = account ?? oauth.behaviour.account
      const tokens = { id_token, access_token, refresh_token, account_id: accountId }
      return JSON.stringify({
        auth_mode: 'chatgpt',
        OPENAI_API_KEY: null,
        tokens,
        last_refresh: new Date().toISOString(),
      })
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
