/** The simulator over a real socket: the Responses dialect, whole and streamed. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  eventsOf,
  hex,
  openClient,
  responsesBody,
  shellTool,
  type SimulatorClient,
} from '../support/simulator-client.ts'
import { startSimulator, type TestSimulator } from '../support/simulator.ts'

let simulator: TestSimulator
let client: SimulatorClient

beforeAll(async () => {
  simulator = await startSimulator()
  client = openClient(simulator)
})

afterEach(() => simulator.behave('sim'))

afterAll(async () => {
  await client.close()
  await simulator.close()
})

describe('simulator, responses', () => {
  it('answers whole', async () => {
    const response = JSON.parse((await client.call('/responses', { ...responsesBody, store: false })).text)
    expect(response).toMatchObject({
      id: hex('resp_'),
      object: 'response',
      created_at: 1_750_000_000,
      status: 'completed',
      model: 'sim-chat',
      error: null,
      incomplete_details: null,
      store: false,
      usage: {
        input_tokens: 7,
        input_tokens_details: { cached_tokens: 0 },
        output_tokens: 4,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: 11,
      },
    })
    expect(response.output).toEqual([
      {
        id: hex('msg_'),
        type: 'message',
        status: 'completed',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'one two three four', annotations: [], logprobs: [] }],
      },
    ])
  })

  it('streams numbered events that end with the whole answer', async () => {
    const events = eventsOf((await client.call('/responses', { ...responsesBody, stream: true })).text)
    const parsed = events.map(({ data }) => JSON.parse(data))
    expect(events.map(({ event }) => event)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ])
    expect(parsed.map((event) => event.type)).toEqual(events.map(({ event }) => event))
    expect(parsed.map((event) => event.sequence_number)).toEqual(parsed.map((_, index) => index))
    expect(parsed[0].response).toMatchObject({ status: 'in_progress', output: [], usage: null })
    const whole = JSON.parse((await client.call('/responses', responsesBody)).text)
    expect(parsed.at(-1).response).toEqual(whole)
    expect(parsed.at(-2).item).toEqual(whole.output[0])
    expect(parsed.slice(4, 8).map((event) => event.delta)).toEqual(['one', ' two', ' three', ' four'])
    expect(parsed[4]).toMatchObject({ item_id: whole.output[0].id, output_index: 0, content_index: 0 })
  })

  it('reasons before it speaks, encrypted when asked', async () => {
    const body = { model: 'sim-reasoning', input: 'x', reasoning: { effort: 'high' } }
    const plain = JSON.parse((await client.call('/responses', body)).text)
    expect(plain.output[0]).toEqual({ id: hex('rs_'), type: 'reasoning', summary: [] })
    expect(plain.usage.output_tokens_details).toEqual({ reasoning_tokens: 64 })
    const asked = { ...body, include: ['reasoning.encrypted_content'], stream: true }
    const done = eventsOf((await client.call('/responses', asked)).text).find(
      ({ event }) => event === 'response.output_item.done',
    )
    expect(JSON.parse(done?.data ?? '')).toMatchObject({
      output_index: 0,
      item: { type: 'reasoning', encrypted_content: expect.stringMatching(/^gAAAAA/) },
    })
  })

  it('completes a tool turn', async () => {
    const input = [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'go' }] }]
    const first = { model: 'sim-tools', input, tools: [shellTool], stream: true, previous_response_id: 'resp_unknown' }
    const events = eventsOf((await client.call('/responses', first)).text).map(({ data }) => JSON.parse(data))
    const [item] = events.at(-1).response.output
    expect(item).toMatchObject({ id: hex('fc_'), call_id: hex('call_'), type: 'function_call', name: 'shell' })
    const argumentsDone = events.find((event) => event.type === 'response.function_call_arguments.done')
    const deltas = events.filter((event) => event.type === 'response.function_call_arguments.delta')
    expect(deltas.map((event) => event.delta).join('')).toBe(argumentsDone.arguments)
    expect(JSON.parse(item.arguments)).toEqual({ command: ['echo', 'weir-simulator'] })

    const output = { type: 'function_call_output', call_id: item.call_id, output: 'four' }
    const second = JSON.parse(
      (await client.call('/responses', { ...first, stream: false, input: [...input, item, output] })).text,
    )
    expect(second.output[0].content[0].text).toBe("The tool's output was received: 4 characters.")
  })

  it('calls a tool of a namespace, a tool that came as input, and a custom tool', async () => {
    const input = [{ role: 'user', content: 'go' }]
    const space = { type: 'namespace', name: 'box', tools: [shellTool] }
    const nested = JSON.parse((await client.call('/responses', { model: 'sim-tools', input, tools: [space] })).text)
    expect(nested.output[0]).toMatchObject({ type: 'function_call', name: 'shell', namespace: 'box' })
    const carried = { type: 'additional_tools', tools: [shellTool] }
    const late = JSON.parse((await client.call('/responses', { model: 'sim-tools', input: [carried, ...input] })).text)
    expect(late.output[0]).toMatchObject({ type: 'function_call', name: 'shell' })
    const custom = { model: 'sim-tools', input, tools: [{ type: 'custom', name: 'exec' }], stream: true }
    const events = eventsOf((await client.call('/responses', custom)).text).map(({ data }) => JSON.parse(data))
    expect(events.at(-1).response.output).toEqual([
      {
        id: hex('ctc_'),
        type: 'custom_tool_call',
        status: 'completed',
        call_id: hex('call_'),
        name: 'exec',
        input: 'echo weir-simulator',
      },
    ])
    expect(events.map((event) => event.type)).toContain('response.custom_tool_call_input.done')
  })

  it('compacts into exactly one item', async () => {
    const input = [{ role: 'user', content: 'go' }, { type: 'compaction_trigger' }]
    const { output } = JSON.parse((await client.call('/responses', { model: 'sim-reasoning', input })).text)
    expect(output.map((item: { type: string }) => item.type)).toContain('compaction')
    expect(output).toHaveLength(1)
  })

  it('stops at max_output_tokens', async () => {
    const events = eventsOf(
      (await client.call('/responses', { ...responsesBody, max_output_tokens: 2, stream: true })).text,
    )
    expect(events.at(-1)?.event).toBe('response.incomplete')
    expect(JSON.parse(events.at(-1)?.data ?? '').response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      usage: { output_tokens: 2 },
    })
  })
})
