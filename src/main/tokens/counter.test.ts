import { describe, expect, it } from 'vitest'
import { AppError } from '../../shared/errors.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { countRequest } from './counter.ts'
import { countText } from './tokenizer.ts'

const model = 'gpt-4o'
const count = (dialect: Dialect, body: object) => countRequest(dialect, Buffer.from(JSON.stringify(body)))
const chat = (content: unknown) => count('chat', { model, messages: [{ role: 'user', content }] })
const responses = (...input: unknown[]) => count('responses', { model, input })
/** Of a chat of one user message, and of a list of items: what stands there before any content. */
const CHAT = 3 + 3 + 1
const REPLY = 3
const ITEM = 3

const png = (width: number, height: number) => {
  const bytes = Buffer.from(`89504e470d0a1a0a0000000d49484452${'00'.repeat(8)}`, 'hex')
  bytes.writeUInt32BE(width, 16)
  bytes.writeUInt32BE(height, 20)
  return `data:image/png;base64,${Buffer.concat([bytes, Buffer.alloc(200_000, 7)]).toString('base64')}`
}

describe('countRequest', () => {
  // Requests and billed counts from OpenAI's cookbook, "How to count tokens with tiktoken", sections 6 and 7.
  it('reaches the billed count of published messages', () => {
    const messages = [
      {
        role: 'system',
        content: 'You are a helpful, pattern-following assistant that translates corporate jargon into plain English.',
      },
      { role: 'system', name: 'example_user', content: 'New synergies will help drive top-line growth.' },
      {
        role: 'system',
        name: 'example_assistant',
        content: 'Things working well together will increase revenue.',
      },
      {
        role: 'system',
        name: 'example_user',
        content: "Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage.",
      },
      {
        role: 'system',
        name: 'example_assistant',
        content: "Let's talk later when we're less busy about how to do better.",
      },
      {
        role: 'user',
        content: "This late pivot means we don't have time to boil the ocean for the client deliverable.",
      },
    ]
    expect(count('chat', { model, messages })).toBe(124)
  })

  it('reaches the billed count of published tools', () => {
    const location = { type: 'string', description: 'The city and state, e.g. San Francisco, CA' }
    const unit = {
      type: 'string',
      description: 'The unit of temperature to return',
      enum: ['celsius', 'fahrenheit'],
    }
    const weather = {
      name: 'get_current_weather',
      description: 'Get the current weather in a given location',
      parameters: { type: 'object', properties: { location, unit }, required: ['location'] },
    }
    const messages = [
      {
        role: 'system',
        content: 'You are a helpful assistant that can answer to questions about the weather.',
      },
      { role: 'user', content: "What's the weather like in San Francisco?" },
    ]
    expect(count('chat', { model, messages, tools: [{ type: 'function', function: weather }] })).toBe(101)
    expect(count('chat', { model, messages, functions: [weather] })).toBe(101)
    expect(count('responses', { model, input: messages, tools: [{ type: 'function', ...weather }] })).toBe(101)
  })

  it('counts a text alone as one message, in both dialects the same', () => {
    const text = 'Tell me a joke.'
    expect(count('responses', { model, input: text })).toBe(CHAT + countText(text))
    expect(chat(text)).toBe(CHAT + countText(text))
    expect(count('responses', { model, instructions: text, input: text })).toBe(CHAT + ITEM + 1 + 2 * countText(text))
  })

  it.each(['text', 'input_text', 'output_text'])('counts a part of type %s by its text', (type) => {
    const text = 'The quick brown fox'
    expect(chat([{ type, text, annotations: [{ a: 1 }], logprobs: [] }, 'jumps'])).toBe(
      CHAT + countText(text) + countText('jumps'),
    )
  })

  it('counts calls of tools with their arguments, and what tools answered', () => {
    const call = { id: 'call_0123456789', type: 'function', function: { name: 'read_file', arguments: '{"path":"a"}' } }
    const messages = [
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'call_0123456789', content: 'contents' },
    ]
    const words = countText('read_file') + countText('{"path":"a"}') + countText('contents')
    expect(count('chat', { model, messages })).toBe(REPLY + 2 * ITEM + 2 + 3 + words)
    expect(
      responses(
        {
          type: 'function_call',
          id: 'fc_1',
          call_id: 'c',
          name: 'read_file',
          arguments: '{"path":"a"}',
          status: 'completed',
        },
        { type: 'function_call_output', call_id: 'c', output: 'contents' },
      ),
    ).toBe(REPLY + 2 * ITEM + words)
    expect(
      responses({ type: 'function_call_output', call_id: 'c', output: [{ type: 'input_text', text: 'contents' }] }),
    ).toBe(REPLY + ITEM + countText('contents'))
    expect(responses({ type: 'custom_tool_call', call_id: 'c', name: 'patch', input: 'contents' })).toBe(
      REPLY + ITEM + countText('patch') + countText('contents'),
    )
  })

  it('counts reasoning by its summary, and encrypted reasoning by its size less the packing', () => {
    const summary = [{ type: 'summary_text', text: 'I thought of it.' }]
    expect(responses({ type: 'reasoning', id: 'rs_1', summary })).toBe(REPLY + ITEM + countText('I thought of it.'))
    const sealed = 'A'.repeat(4_000)
    expect(responses({ type: 'reasoning', summary: [], encrypted_content: sealed })).toBe(
      REPLY + ITEM + Math.ceil((3_000 - 650) / 4),
    )
  })

  it('counts answer schemas, and nothing for plain answers', () => {
    const schema = { type: 'object', properties: { answer: { type: 'string' } } }
    const plain = count('chat', { model, messages: [], response_format: { type: 'json_object' } })
    expect(plain).toBe(REPLY)
    const json = { type: 'json_schema', json_schema: { name: 'answer', schema } }
    expect(count('chat', { model, messages: [], response_format: json })).toBe(REPLY + countText(JSON.stringify(json)))
    const format = { type: 'json_schema', name: 'answer', schema }
    expect(count('responses', { model, input: [], text: { format, verbosity: 'low' } })).toBe(
      REPLY + countText(JSON.stringify(format)),
    )
  })

  it('counts tools that it does not know, nested schemas and unknown members as JSON', () => {
    const search = { type: 'web_search', filters: { domains: ['example.org'] } }
    expect(count('responses', { model, input: [], tools: [search] })).toBe(REPLY + countText(JSON.stringify(search)))
    expect(chat([{ type: 'novelty', payload: { a: [1, true, null] } }])).toBe(
      CHAT + countText('"payload":{"a":[1,true,null]}'),
    )
    const items = { type: 'object', properties: { step: { type: 'string', description: 'A long description of it' } } }
    const plan = (items: object) => ({
      type: 'function',
      name: 'plan',
      parameters: { properties: { steps: { type: 'array', items } } },
    })
    const deep = count('responses', { model, input: [], tools: [plan(items)] })
    expect(deep - count('responses', { model, input: [], tools: [plan({})] })).toBeGreaterThan(
      countText(JSON.stringify(items)) - 3,
    )
  })

  it('counts the variables of a stored prompt', () => {
    const prompt = { id: 'pmpt_1', variables: { city: 'Ulaanbaatar', part: { type: 'input_text', text: 'Mongolia' } } }
    expect(count('responses', { model, prompt })).toBe(REPLY + countText('Ulaanbaatar') + countText('Mongolia'))
  })

  it('counts texts and token numbers of embeddings without any overhead', () => {
    expect(count('embeddings', { model, input: 'hello world' })).toBe(2)
    expect(count('embeddings', { model, input: ['hello', 'hello world'] })).toBe(3)
    expect(count('embeddings', { model, input: [9_906, 1_917, 100_000] })).toBe(3)
    expect(count('embeddings', { model, input: [[9_906, 1_917], [3]] })).toBe(3)
  })

  it('refuses what is no JSON without a word of it', () => {
    const secret = 'do not tell'
    const read = () => countRequest('chat', Buffer.from(`{"messages":"${secret}`))
    expect(read).toThrow(AppError)
    expect(read).toThrow(
      expect.objectContaining({ code: 'invalid_json', message: expect.not.stringContaining(secret) }),
    )
  })
})

describe('countRequest with images, sound and files', () => {
  it('prices an image by size and detail in each dialect, never by its base64', () => {
    const url = png(1_024, 1_024)
    expect(chat([{ type: 'image_url', image_url: { url } }])).toBe(CHAT + 765)
    expect(chat([{ type: 'image_url', image_url: { url, detail: 'low' } }])).toBe(CHAT + 85)
    expect(responses({ role: 'user', content: [{ type: 'input_image', image_url: url, detail: 'low' }] })).toBe(
      CHAT + 85,
    )
    expect(
      responses({
        type: 'computer_call_output',
        call_id: 'c',
        output: { type: 'computer_screenshot', image_url: url },
      }),
    ).toBe(REPLY + ITEM + 765)
    expect(responses({ type: 'image_generation_call', id: 'ig_1', status: 'completed', result: url.slice(22) })).toBe(
      REPLY + ITEM + 765,
    )
  })

  it('takes the most for an address, a file id and what is no image', () => {
    const most = 85 + 8 * 170
    expect(chat([{ type: 'image_url', image_url: { url: 'https://example.org/a.png' } }])).toBe(CHAT + most)
    expect(responses({ role: 'user', content: [{ type: 'input_image', file_id: 'file-1' }] })).toBe(CHAT + most)
    expect(chat([{ type: 'image_url', image_url: { url: 'data:image/svg+xml;base64,PHN2Zy8+' } }])).toBe(CHAT + most)
    expect(chat([{ type: 'image_url', image_url: 7 }])).toBe(CHAT + most)
  })

  it('goes by the model that is sent, where another is named', () => {
    const body = { model: 'fast', messages: [{ content: [{ type: 'image_url', image_url: { url: png(512, 512) } }] }] }
    const bytes = Buffer.from(JSON.stringify(body))
    expect(countRequest('chat', bytes, 'gpt-4o-mini')).toBe(REPLY + ITEM + 2_833 + 5_667)
    expect(countRequest('chat', bytes, 'gpt-4o')).toBe(REPLY + ITEM + 85 + 170)
  })

  it('prices sound by its duration', () => {
    const wav = Buffer.alloc(32_000 * 30 + 44)
    wav.write('RIFF', 'latin1')
    wav.writeUInt32LE(32_000, 28)
    const part = (data: string, format: string) => [{ type: 'input_audio', input_audio: { data, format } }]
    expect(chat(part(wav.toString('base64'), 'wav'))).toBe(CHAT + 301)
    expect(chat(part(Buffer.alloc(80_000).toString('base64'), 'mp3'))).toBe(CHAT + 101)
    expect(count('chat', { messages: [{ role: 'assistant', audio: { id: 'audio_1' } }] })).toBe(CHAT + 1_200)
  })

  it('prices a file by its text, its pages, or its size', () => {
    const text = 'name,sum\n'.repeat(500)
    const data = (mime: string, bytes: string | Buffer) =>
      `data:${mime};base64,${Buffer.from(bytes).toString('base64')}`
    const file = (file_data: string) => chat([{ type: 'file', file: { file_data } }]) - CHAT
    expect(file(data('text/csv', text))).toBe(countText(text))
    expect(file(data('application/pdf', '%PDF-1.4 /Type /Pages << /Type /Page >> <</Type/Page>> /Type /Page'))).toBe(
      7_500,
    )
    expect(file(data('application/pdf', `%PDF-1.7 ${'\0'.repeat(120_000)}`))).toBe(7_500)
    expect(file(data('application/zip', Buffer.alloc(4_000)))).toBe(1_000)
    expect(file(png(1_024, 1_024))).toBe(765)
    expect(responses({ role: 'user', content: [{ type: 'input_file', file_id: 'file-1' }] })).toBe(CHAT + 250_000)
    expect(responses({ role: 'user', content: [{ type: 'input_file', file_url: 'https://example.org/a' }] })).toBe(
      CHAT + 250_000,
    )
  })

  it('prices base64 in a place that it does not know like a file', () => {
    const novel = { type: 'input_video', video: { url: `data:video/mp4;base64,${'AAAA'.repeat(100_000)}` } }
    expect(chat([novel])).toBe(CHAT + 75_000 + countText('"video":{"url":""}'))
  })
})
