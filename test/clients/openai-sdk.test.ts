/** The official `openai` SDK through Weir, against the simulator. */
import OpenAI from 'openai'
import type { ChatCompletionMessageParam, ChatCompletionTool } from 'openai/resources/chat/completions'
import type {
  FunctionTool,
  Response,
  ResponseFunctionToolCall,
  ResponseInputItem,
} from 'openai/resources/responses/responses'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { bodyOf } from './support/relay.ts'
import { startWeir, type Weir } from './support/weir.ts'

const parameters = {
  type: 'object',
  properties: { command: { type: 'string', description: 'The command line to run.' } },
  required: ['command'],
  additionalProperties: false,
}
const chatTool: ChatCompletionTool = { type: 'function', function: { name: 'run_command', parameters, strict: true } }
const responsesTool: FunctionTool = { type: 'function', name: 'run_command', parameters, strict: true }
const simulatedCall = { command: 'echo weir-simulator' }
const toolAnswer = expect.stringContaining("The tool's output was received")

let weir: Weir
let client: OpenAI

beforeAll(async () => {
  weir = await startWeir()
  client = new OpenAI({ apiKey: weir.apiKey, baseURL: weir.baseUrl })
})
beforeEach(() => {
  weir.relay.requests.length = 0
})
afterAll(() => weir?.close())

async function lastLogged() {
  const { rows } = await weir.rpc('request.list', { limit: 1 })
  return rows[0]!
}

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const each of stream) all.push(each)
  return all
}

describe('openai SDK, models and embeddings', () => {
  it('lists the models of the key and retrieves one', async () => {
    const ids = (await collect(await client.models.list())).map((model) => model.id)
    expect(ids).toEqual(expect.arrayContaining(['sim-chat', 'sim-tools', 'sim-embedding']))
    expect(await client.models.retrieve('sim-chat')).toMatchObject({ id: 'sim-chat', object: 'model' })
  })

  it('learns that a model does not exist from one request', async () => {
    await expect(client.models.retrieve('no-such-model')).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    })
    expect(weir.relay.requests).toHaveLength(1)
  })

  it('embeds in base64, its default, and as numbers, with the same vectors', async () => {
    const input = ['weir', 'pool']
    const packed = await client.embeddings.create({ model: 'sim-embedding', input })
    const plain = await client.embeddings.create({ model: 'sim-embedding', input, encoding_format: 'float' })
    expect(weir.relay.requests.map((request) => bodyOf(request)['encoding_format'])).toEqual(['base64', 'float'])
    expect(packed.data).toHaveLength(2)
    for (const [index, { embedding }] of packed.data.entries()) {
      const exact = plain.data[index]!.embedding
      expect(embedding.length).toBe(exact.length)
      // Base64 carries 32-bit floats.
      embedding.forEach((value, at) => expect(value).toBeCloseTo(exact[at]!, 5))
    }
    expect(packed.usage.prompt_tokens).toBe((await lastLogged()).usage.input)
  })
})

describe('openai SDK, chat', () => {
  const messages: ChatCompletionMessageParam[] = [{ role: 'user', content: 'say: water finds its way' }]

  it('completes a turn, and Weir logs the usage it reports', async () => {
    const done = await client.chat.completions.create({ model: 'sim-chat', messages })
    expect(done.choices[0]?.message.content).toBe('water finds its way')
    const logged = await lastLogged()
    expect(logged).toMatchObject({ client: 'openai-sdk', state: 'completed', status: 200, usageSource: 'reported' })
    expect([logged.usage.input, logged.usage.output]).toEqual([
      done.usage?.prompt_tokens,
      done.usage?.completion_tokens,
    ])
  })

  it('streams a turn; usage that was not asked for is logged but not shown', async () => {
    const chunks = await collect(await client.chat.completions.create({ model: 'sim-chat', messages, stream: true }))
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('water finds its way')
    expect(chunks.every((chunk) => chunk.choices.length === 1)).toBe(true)
    expect(chunks.filter((chunk) => chunk.usage)).toEqual([])
    const logged = await lastLogged()
    expect(logged).toMatchObject({ stream: true, state: 'completed', usageSource: 'reported' })
    expect(logged.usage.output).toBeGreaterThan(0)
  })

  it('streams usage when it asks for it', async () => {
    const options = { include_usage: true }
    const params = { model: 'sim-chat', messages, stream: true, stream_options: options } as const
    const chunks = await collect(await client.chat.completions.create(params))
    const last = chunks.at(-1)!
    expect(last.choices).toEqual([])
    const { usage } = await lastLogged()
    expect([usage.input, usage.output]).toEqual([last.usage?.prompt_tokens, last.usage?.completion_tokens])
  })

  it.each([false, true])('completes a tool-call turn and carries on from it (streamed: %s)', async (stream) => {
    const history: ChatCompletionMessageParam[] = [{ role: 'user', content: 'run the command' }]
    const ask = async (model: string) => {
      const params = { model, messages: history, tools: [chatTool] }
      const done = stream
        ? await client.chat.completions.stream({ ...params, stream: true }).finalChatCompletion()
        : await client.chat.completions.create(params)
      return done.choices[0]!
    }
    const called = await ask('sim-tools')
    expect(called.finish_reason).toBe('tool_calls')
    const call = called.message.tool_calls?.[0]
    if (call?.type !== 'function') throw new Error(`no function call: ${JSON.stringify(called)}`)
    expect(JSON.parse(call.function.arguments)).toEqual(simulatedCall)

    history.push(called.message, { role: 'tool', tool_call_id: call.id, content: 'weir-simulator\n' })
    const answered = await ask('sim-tools')
    expect(answered).toMatchObject({ finish_reason: 'stop', message: { content: toolAnswer } })

    history.push(answered.message, { role: 'user', content: 'say: carried on' })
    expect((await ask('sim-chat')).message.content).toBe('carried on')
    expect(weir.relay.requests.map((request) => request.status)).toEqual([200, 200, 200])
  })
})

describe('openai SDK, responses', () => {
  it('completes a turn, and Weir logs the usage it reports', async () => {
    const done = await client.responses.create({ model: 'sim-chat', input: 'say: water finds its way' })
    expect(done).toMatchObject({ status: 'completed', output_text: 'water finds its way' })
    const { usage } = await lastLogged()
    expect([usage.input, usage.output]).toEqual([done.usage?.input_tokens, done.usage?.output_tokens])
  })

  it('streams a turn to its end', async () => {
    const params = { model: 'sim-chat', input: 'say: water finds its way', stream: true } as const
    const events = await collect(await client.responses.create(params))
    const text = events.map((event) => (event.type === 'response.output_text.delta' ? event.delta : '')).join('')
    expect(text).toBe('water finds its way')
    expect([events[0]?.type, events.at(-1)?.type]).toEqual(['response.created', 'response.completed'])
    const numbers = events.map((event) => event.sequence_number)
    expect(numbers).toEqual(numbers.map((_, index) => index))
    expect(await lastLogged()).toMatchObject({ stream: true, state: 'completed', usageSource: 'reported' })
  })

  it.each([false, true])('completes a tool-call turn with the items sent back (streamed: %s)', async (stream) => {
    const input: ResponseInputItem[] = [{ role: 'user', content: 'run the command' }]
    const ask = (model: string): Promise<Response> => {
      const params = { model, input, tools: [responsesTool], store: false }
      return stream ? client.responses.stream(params).finalResponse() : client.responses.create(params)
    }
    const called = await ask('sim-tools')
    const call = called.output.find((item): item is ResponseFunctionToolCall => item.type === 'function_call')
    expect(JSON.parse(call?.arguments ?? 'null')).toEqual(simulatedCall)

    input.push(...(called.output as ResponseInputItem[]))
    input.push({ type: 'function_call_output', call_id: call!.call_id, output: 'weir-simulator\n' })
    const answered = await ask('sim-tools')
    expect(answered.output_text).toEqual(toolAnswer)

    input.push(...(answered.output as ResponseInputItem[]), { role: 'user', content: 'say: carried on' })
    expect((await ask('sim-chat')).output_text).toBe('carried on')
  })

  it('continues by previous_response_id', async () => {
    const called = await client.responses.create({
      model: 'sim-tools',
      input: 'run the command',
      tools: [responsesTool],
    })
    const call = called.output.find((item): item is ResponseFunctionToolCall => item.type === 'function_call')!
    const input: ResponseInputItem[] = [{ type: 'function_call_output', call_id: call.call_id, output: 'done' }]
    const answered = await client.responses.create({ model: 'sim-tools', previous_response_id: called.id, input })
    expect(answered.output_text).toEqual(toolAnswer)
    expect(answered.previous_response_id).toBe(called.id)
    expect(bodyOf(weir.relay.requests[1]!)['previous_response_id']).toBe(called.id)
  })
})
