/**
 * A third party's API that writes down what reaches it. Weir's own simulator answers every other test; this one exists
 * because what Weir sends to an upstream can only be seen by an upstream.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface UpstreamRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface RecordingUpstream {
  readonly baseUrl: string
  readonly requests: UpstreamRequest[]
  close(): Promise<void>
}

interface ResponsesBody {
  model: string
  input: { type?: string }[]
  tools?: { type: string; name?: string }[]
}

export const turnState = 'state-of-this-turn'

/** One shell call on the first request of a turn, a closing sentence once its result is there. */
function outputItem(body: ResponsesBody): Record<string, unknown> {
  if (body.input.at(-1)?.type === 'function_call_output' || !body.tools?.some((tool) => tool.name === 'exec_command')) {
    const content = [{ type: 'output_text', text: 'recorded answer', annotations: [] }]
    return { type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content }
  }
  const args = JSON.stringify({ cmd: 'echo weir-recorded' })
  return { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'exec_command', arguments: args }
}

function answerResponses(body: ResponsesBody, res: ServerResponse): void {
  const item = outputItem(body)
  const response = { id: 'resp_1', object: 'response', model: body.model, status: 'completed', output: [item] }
  const usage = { input_tokens: 20, output_tokens: 5, total_tokens: 25 }
  const events = [
    { type: 'response.created', response: { ...response, status: 'in_progress', output: [] } },
    { type: 'response.output_item.added', output_index: 0, item },
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: { ...response, usage } },
  ]
  res.writeHead(200, { 'content-type': 'text/event-stream', 'x-codex-turn-state': turnState })
  res.end(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''))
}

export async function startRecordingUpstream(model: string): Promise<RecordingUpstream> {
  const requests: UpstreamRequest[] = []

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString('utf8')
    const path = req.url ?? ''
    requests.push({ method: req.method ?? '', path, headers: req.headers, body })
    if (path.startsWith('/v1/responses')) {
      answerResponses(JSON.parse(body) as ResponsesBody, res)
    } else if (path.startsWith('/v1/models')) {
      res.writeHead(200, { 'content-type': 'application/json' })
      res.end(JSON.stringify({ object: 'list', data: [{ id: model, object: 'model', created: 1, owned_by: 'test' }] }))
    } else {
      res.writeHead(404, { 'content-type': 'application/json' })
      res.end(JSON.stringify({ error: { message: `no ${path} here`, type: 'invalid_request_error' } }))
    }
  }

  const server = createServer((req, res) => void handle(req, res)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
