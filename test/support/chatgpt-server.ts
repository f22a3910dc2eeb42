/**
 * Stands in for ChatGPT: a real server on loopback with the sign-in, the Codex backend and its usage page, in shapes
 * recorded from the real ones. It counts what it is asked, and fails as it is told.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { createOauth, type Reply } from './chatgpt-oauth.ts'
import { answerPlain } from './chatgpt-plain.ts'
import { createQuotas } from './chatgpt-quota.ts'
import { createResets, RESETS_PATH } from './chatgpt-resets.ts'
import { serveSockets, type StandInEvent } from './chatgpt-sockets.ts'
import type { StandInAccount } from './chatgpt-tokens.ts'

export interface BackendCall {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  /** Empty where it was no JSON. */
  readonly body: Record<string, unknown>
  /** As it came; left out where it came over a WebSocket. */
  readonly bytes?: Buffer
  /** Of the answer. */
  readonly status: number
}

export type ChatgptServer = Awaited<ReturnType<typeof startChatgptServer>>

export const MODELS = ['gpt-5.5', 'gpt-5.5-codex', 'gpt-6.1-sol'] as const

/** As the backend lists it, but for its long instructions. Those of the sixth generation are asked in the lite form. */
export function modelEntry(slug: string) {
  return {
    slug,
    display_name: slug.replace('gpt-', 'GPT-'),
    supported_reasoning_levels: ['low', 'medium', 'high'].map((effort) => ({
      effort,
      description: `${effort} effort`,
    })),
    input_modalities: ['text', 'image'],
    use_responses_lite: slug.startsWith('gpt-6'),
    shell_type: 'unified_exec',
    visibility: 'list',
    supported_in_api: true,
    priority: 1,
    base_instructions: 'Be of use.',
    support_verbosity: false,
    truncation_policy: { mode: 'tokens', limit: 10_000 },
    context_window: 272_000,
    effective_context_window_percent: 95,
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

export async function startChatgptServer() {
  const oauth = createOauth()
  const resets = createResets()
  const quotas = createQuotas()
  const calls: BackendCall[] = []
  const sockets = new Set<Socket>()
  const backend = {
    /** Status of every answer, instead of one. */
    fails: null as { status: number; body: unknown } | null,
    text: 'recorded answer',
    /** Its list of models. */
    models: MODELS.map((slug): unknown => modelEntry(slug)),
    /** The usage page, instead of the usual one. */
    usagePage: null as object | null,
    /** Sent in place of the events of a turn. */
    events: null as readonly StandInEvent[] | null,
    /** The same for the next turns, a list for each; taken from the front. */
    next: [] as (readonly StandInEvent[])[],
  }

  function accountOf(headers: IncomingMessage['headers']): StandInAccount | null {
    const account = oauth.access.get((headers.authorization ?? '').replace(/^Bearer /, ''))
    return account !== undefined && headers['chatgpt-account-id'] === account.accountId ? account : null
  }

  function send(response: ServerResponse, reply: Reply): void {
    const headers = { ...reply.headers, ...(reply.location === undefined ? {} : { location: reply.location }) }
    if (reply.body === undefined) response.writeHead(reply.status, headers).end()
    else
      response
        .writeHead(reply.status, { ...headers, 'content-type': 'application/json' })
        .end(JSON.stringify(reply.body))
  }

  function turn(response: ServerResponse, account: StandInAccount, model: unknown): void {
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'x-codex-turn-state': 'state-of-the-turn',
      'x-models-etag': 'W/"stand-in"',
      'openai-model': String(model),
      'set-cookie': '__cf_bm=of-the-account; path=/',
      ...quotas.headers(account, model),
    })
    const events = backend.next.shift() ?? backend.events ?? turnEvents(model, backend.text)
    const limits = quotas.event(account)
    for (const event of limits === null ? events : [limits, ...events]) {
      response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
    }
    response.end()
  }

  function answerBackend(response: ServerResponse, path: string, asked: Omit<BackendCall, 'status' | 'path'>): void {
    const account = accountOf(asked.headers)
    const isTurn = path === '/backend-api/codex/responses'
    const isForm =
      !isTurn || (asked.body['store'] === false && asked.body['stream'] === true && Array.isArray(asked.body['input']))
    const refusal = account !== null && isTurn && isForm ? quotas.refusal(account, asked.body['model']) : null
    const usual = refusal !== null ? 429 : isForm ? 200 : 400
    const status = account === null ? 401 : (backend.fails?.status ?? usual)
    calls.push({ path, ...asked, status })
    if (account === null) {
      const error = { message: 'Your authentication token has expired.', code: 'token_expired' }
      send(response, { status: 401, body: { error, status: 401 } })
    } else if (backend.fails !== null) send(response, backend.fails)
    else if (!isForm) send(response, { status: 400, body: { detail: 'Store must be set to false, stream to true' } })
    else if (refusal !== null) send(response, { ...refusal, headers: quotas.headers(account, asked.body['model']) })
    else if (path.startsWith(RESETS_PATH)) resets.answer(response, path, asked.body)
    else if (isTurn) turn(response, account, asked.body['model'])
    else if (path === '/backend-api/codex/models') send(response, { status: 200, body: { models: backend.models } })
    else if (path === '/backend-api/wham/usage') send(response, quotas.answer(account, backend.usagePage))
    else if (!answerPlain(response, path)) send(response, { status: 404 })
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const bytes = Buffer.concat(parts)
    const text = bytes.toString('utf8')
    const { pathname, searchParams } = new URL(request.url ?? '/', url)
    const bearer = (request.headers.authorization ?? '').replace(/^Bearer /, '')
    const json = () => (text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {})
    if (pathname === '/oauth/authorize') send(response, oauth.authorize(searchParams))
    else if (pathname === '/oauth/token') send(response, await oauth.token(new URLSearchParams(text)))
    else if (pathname === '/api/accounts/deviceauth/usercode') send(response, oauth.usercode())
    else if (pathname === '/api/accounts/deviceauth/token') send(response, oauth.poll(json(), url))
    else if (pathname === '/api/accounts/v1/user-auth-credential/whoami') send(response, oauth.whoami(bearer))
    else if (pathname.startsWith('/backend-api/')) {
      answerBackend(response, pathname, { headers: request.headers, body: json(), bytes })
    } else send(response, { status: 404 })
  }

  const server = createServer((request, response) => void serve(request, response))
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  const webSockets = serveSockets(server, {
    accountOf,
    backend,
    refusal: (account, model) => quotas.refusal(account, model),
    limits: (account) => quotas.event(account),
    heard: ({ headers, body }) => calls.push({ path: '/backend-api/codex/responses', headers, body, status: 200 }),
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`

  return {
    url,
    /** What an account's upstream is sent to. */
    baseUrl: `${url}/backend-api/codex`,
    oauth,
    resets,
    quotas,
    backend,
    webSockets,
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
