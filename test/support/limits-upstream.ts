/** An OpenAI-compatible upstream whose answers a test chooses per request: what it reports, how it fails, when it answers. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The client's header with the plan of its own request, as JSON; without it the upstream's plan counts. */
export const PLAN_HEADER = 'x-test-plan'

export interface ReportedUsage {
  readonly input: number
  readonly cached?: number
  readonly written?: number
  readonly output: number
  readonly reasoning?: number
}

export interface AnswerPlan {
  /** Other than 200 it answers an error. */
  readonly status?: number
  /** Null reports nothing. */
  readonly usage?: ReportedUsage | null
  /** The answer's words, each an event of its own in a stream. */
  readonly words?: readonly string[]
  /** It waits for `release`: before its head, or after the first word of a stream. */
  readonly holdAt?: 'head' | 'word'
  /** It fails with status 200, before any answer, and reports its usage all the same. */
  readonly fails?: boolean
  /** The connection breaks off after the first word of a stream. */
  readonly breaksOff?: boolean
}

export interface LimitsUpstream {
  /** Ends in `/v1`. */
  readonly url: string
  /** Bodies of the requests that arrived. */
  readonly bodies: readonly Record<string, unknown>[]
  /** Their headers, in the same order. */
  readonly headers: readonly IncomingHttpHeaders[]
  plan: AnswerPlan
  /** Resolves once so many requests have arrived. */
  arrived(count: number): Promise<void>
  /** Lets everything go on that is held. */
  release(): void
  close(): Promise<void>
}

const REPORTED: ReportedUsage = { input: 10, output: 5 }

export async function startLimitsUpstream(initial: AnswerPlan = {}): Promise<LimitsUpstream> {
  const bodies: Record<string, unknown>[] = []
  const headers: IncomingHttpHeaders[] = []
  let waiting: (() => void)[] = []
  let held: (() => void)[] = []
  const hold = () => new Promise<void>((resolve) => held.push(resolve))

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    if (request.method === 'GET') return void sendJson(response, 200, { object: 'list', data: [] })
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>
    bodies.push(body)
    headers.push(request.headers)
    for (const wake of waiting.splice(0)) wake()
    const own = request.headers[PLAN_HEADER]
    const plan = typeof own === 'string' ? (JSON.parse(own) as AnswerPlan) : upstream.plan
    if (plan.holdAt === 'head') await hold()
    const { status = 200 } = plan
    if (status !== 200) sendJson(response, status, { error: { message: 'no', type: 'server_error' } })
    else if (plan.fails === true) fail(response, plan, body['stream'] === true)
    else if (body['stream'] === true) await sendStream(response, plan, hold)
    else sendJson(response, 200, answerOf(plan, request.url === '/v1/responses'))
  }

  const server = createServer((request, response) => {
    // A client that leaves takes its connection with it; there is nothing to answer then.
    serve(request, response).catch(() => response.destroy())
  })
  server.keepAliveTimeout = 60_000
  server.maxRequestsPerSocket = 0
  await new Promise<void>((resolve) => {
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, resolve)
  })
  const upstream: LimitsUpstream = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    bodies,
    headers,
    plan: initial,
    async arrived(count) {
      while (bodies.length < count) await new Promise<void>((resolve) => waiting.push(resolve))
    },
    release() {
      for (const go of held.splice(0)) go()
    },
    close() {
      waiting = []
      held = []
      return new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
  return upstream
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

function chatUsage({ usage = REPORTED }: AnswerPlan): { usage?: object } {
  if (usage === null) return {}
  const { input, output, cached = 0, written, reasoning = 0 } = usage
  return {
    usage: {
      prompt_tokens: input,
      completion_tokens: output,
      prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: written },
      completion_tokens_details: { reasoning_tokens: reasoning },
    },
  }
}

function responsesUsage({ usage = REPORTED }: AnswerPlan): { usage?: object } {
  if (usage === null) return {}
  const { input, output, cached = 0, written, reasoning = 0 } = usage
  return {
    usage: {
      input_tokens: input,
      output_tokens: output,
      input_tokens_details: { cached_tokens: cached, cache_write_tokens: written },
      output_tokens_details: { reasoning_tokens: reasoning },
    },
  }
}

function fail(response: ServerResponse, plan: AnswerPlan, isStream: boolean): void {
  const body = { error: { message: 'no', code: 'server_error' }, ...chatUsage(plan) }
  if (!isStream) return sendJson(response, 200, body)
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.end(`data: ${JSON.stringify(body)}\n\n`)
}

const WORDS = ['one ', 'two']

function answerOf(plan: AnswerPlan, isResponses: boolean): object {
  const text = (plan.words ?? WORDS).join('')
  if (isResponses) {
    const output = [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] }]
    return { id: 'r', object: 'response', status: 'completed', output, ...responsesUsage(plan) }
  }
  const message = { role: 'assistant', content: text }
  return { object: 'chat.completion', choices: [{ index: 0, message, finish_reason: 'stop' }], ...chatUsage(plan) }
}

/** A stream of chat. */
async function sendStream(response: ServerResponse, plan: AnswerPlan, hold: () => Promise<void>): Promise<void> {
  const chunk = (choices: object[], more: object = {}) => {
    const text = `data: ${JSON.stringify({ object: 'chat.completion.chunk', choices, ...more })}\n\n`
    return new Promise<void>((resolve) => response.write(text, () => resolve()))
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const [index, word] of (plan.words ?? WORDS).entries()) {
    if (index === 1 && plan.breaksOff === true) {
      response.destroy()
      return
    }
    if (index === 1 && plan.holdAt === 'word') await hold()
    await chunk([{ index: 0, delta: { content: word }, finish_reason: null }])
  }
  await chunk([{ index: 0, delta: {}, finish_reason: 'stop' }])
  if (plan.usage !== null) await chunk([], chatUsage(plan))
  response.end('data: [DONE]\n\n')
}
