/** How the `openai` SDK takes the ends that the gateway writes where an upstream goes beyond a key's cap on output. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSseRelay } from '../../src/main/gateway/sse-relay.ts'

const CAP = { tokens: 10, input: 7 }
const WORDS = Array.from({ length: 50 }, (_, at) => (at === 0 ? 'water' : ' water'))
const SHOWN = WORDS.slice(0, CAP.tokens).join('')
const meta = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm' }
const response = { id: 'resp_1', object: 'response', created_at: 1, model: 'm', status: 'in_progress', output: [] }
const item = { id: 'msg_1', type: 'message', role: 'assistant', status: 'in_progress', content: [] }
const place = { item_id: 'msg_1', output_index: 0, content_index: 0 }

function chatEvents(): object[] {
  const chunk = (index: number, delta: object) => ({ ...meta, choices: [{ index, delta, finish_reason: null }] })
  const start = [chunk(0, { role: 'assistant', content: '' })]
  return [...start, ...WORDS.map((content) => chunk(0, { content }))]
}

function responsesEvents(): object[] {
  const events = [
    { type: 'response.created', response },
    { type: 'response.output_item.added', output_index: 0, item },
    {
      type: 'response.content_part.added',
      ...place,
      part: { type: 'output_text', text: '', annotations: [], logprobs: [] },
    },
    ...WORDS.map((delta) => ({ type: 'response.output_text.delta', ...place, delta, logprobs: [] })),
  ]
  return events.map((event, at) => ({ ...event, sequence_number: at }))
}

let server: Server
let client: OpenAI
let requests = 0

beforeAll(async () => {
  server = createServer((request, answer) => {
    requests++
    request.resume()
    const isChat = request.url?.endsWith('/chat/completions') === true
    const relay = createSseRelay(isChat ? 'chat' : 'responses', false, { cap: CAP })
    answer.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const data of isChat ? chatEvents() : responsesEvents()) {
      answer.write(relay.push(Buffer.from(`data: ${JSON.stringify(data)}\n\n`)) ?? '')
      if (relay.isCapped) break
    }
    answer.end()
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  client = new OpenAI({ apiKey: 'k', baseURL: `http://127.0.0.1:${port}/v1` })
})
afterAll(() => server.close())

describe('openai SDK, an answer ended at its cap', () => {
  it('is a chat completion that stopped for its length', async () => {
    requests = 0
    const stream = client.chat.completions.stream({
      model: 'm',
      messages: [{ role: 'user', content: 'x' }],
      stream_options: { include_usage: true },
    })
    const seen = await stream.finalChatCompletion()
    expect(seen.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: SHOWN } })
    const output = seen.usage?.completion_tokens ?? 0
    expect(output).toBeGreaterThan(CAP.tokens)
    expect(seen.usage).toEqual({ prompt_tokens: 7, completion_tokens: output, total_tokens: 7 + output })
    expect(requests).toBe(1)
  })

  it('is a response that is incomplete for its length', async () => {
    requests = 0
    const stream = client.responses.stream({ model: 'm', input: 'x' })
    const whole = await stream.finalResponse()
    expect(whole).toMatchObject({
      id: 'resp_1',
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: [{ id: 'msg_1', status: 'incomplete', content: [{ type: 'output_text', text: SHOWN }] }],
    })
    expect(whole.output_text).toBe(SHOWN)
    expect(requests).toBe(1)
  })
})
