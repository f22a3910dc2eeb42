/**
 * An OpenAI-compatible upstream that charges every request its own number: request 4711 is answered with 4,711 input
 * tokens. What it answered is known outside of Weir, so an account that is wrong by one request shows.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** The client's header that names the request; it comes back on the answer. */
export const NUMBER_HEADER = 'x-test-number'

export interface NumberedUpstream {
  /** Ends in `/v1`. */
  readonly url: string
  /** Numbers whose answer was sent to its end. */
  readonly answered: ReadonlySet<number>
  close(): Promise<void>
}

export function outputOf(number: number): number {
  return (number % 50) + 1
}

/** Every 23rd request is refused with 500, every 29th breaks off in the middle. */
const isRefused = (number: number): boolean => number % 23 === 0
const isBroken = (number: number): boolean => number % 29 === 0

export async function startNumberedUpstream(model: string): Promise<NumberedUpstream> {
  const answered = new Set<number>()
  const server = createServer((request, response) => {
    // A client that is killed takes its connection with it; there is nothing to answer then.
    serve(request, response, model, answered).catch(() => response.destroy())
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    answered,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  model: string,
  answered: Set<number>,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  if (request.method === 'GET') {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ object: 'list', data: [{ id: model, object: 'model' }] }))
    return
  }
  const number = Number(request.headers[NUMBER_HEADER])
  const { stream } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { stream?: boolean }
  const isChat = request.url === '/v1/chat/completions'
  await delay(number % 12)
  response.setHeader(NUMBER_HEADER, number)
  if (isRefused(number)) {
    response.writeHead(500, { 'content-type': 'application/json' })
    response.end('{"error":{"message":"no","type":"server_error"}}')
    return
  }
  if (stream === true) await sendEvents(response, number, isChat ? chatEvents(number) : responsesEvents(number))
  else {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(isChat ? chatAnswer(number) : responsesAnswer(number)))
  }
  if (response.writableEnded) answered.add(number)
}

async function sendEvents(response: ServerResponse, number: number, events: readonly string[]): Promise<void> {
  response.setHeader('content-type', 'text/event-stream')
  for (const [index, event] of events.entries()) {
    if (isBroken(number) && index === 2) {
      response.destroy()
      return
    }
    response.write(event)
    await delay(number % 4)
  }
  response.end()
}

function chatAnswer(number: number): unknown {
  const usage = { prompt_tokens: number, completion_tokens: outputOf(number) }
  const message = { role: 'assistant', content: `answer ${number}` }
  return { object: 'chat.completion', choices: [{ index: 0, message, finish_reason: 'stop' }], usage }
}

function chatEvents(number: number): string[] {
  const { usage } = chatAnswer(number) as { usage: unknown }
  const chunk = (choices: unknown[], more: object = {}) =>
    `data: ${JSON.stringify({ object: 'chat.completion.chunk', choices, ...more })}\n\n`
  const words = Array.from({ length: 3 + (number % 4) }, (_, index) =>
    chunk([{ index: 0, delta: { content: `${number}.${index} ` }, finish_reason: null }]),
  )
  return [...words, chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]), chunk([], { usage }), 'data: [DONE]\n\n']
}

function responsesAnswer(number: number): object {
  const usage = { input_tokens: number, output_tokens: outputOf(number) }
  return { id: `resp_${number}`, object: 'response', status: 'completed', output: [], usage }
}

function responsesEvents(number: number): string[] {
  const event = (type: string, more: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`
  const deltas = Array.from({ length: 3 + (number % 4) }, (_, index) =>
    event('response.output_text.delta', { delta: `${number}.${index} ` }),
  )
  const open = { ...responsesAnswer(number), status: 'in_progress', usage: null }
  return [
    event('response.created', { response: open }),
    ...deltas,
    event('response.completed', { response: responsesAnswer(number) }),
  ]
}
