import { describe, expect, it } from 'vitest'
import { readChat, readResponses } from './prompt.ts'

const user = (text: string) => ({ type: 'message', role: 'user', content: [{ type: 'input_text', text }] })

describe('prompt', () => {
  it('hashes what matters and leaves streaming and metadata out', () => {
    const body = { model: 'm', messages: [{ role: 'user', content: 'x' }] }
    const seed = readChat(body).seed
    expect(readChat({ ...body, stream: true, stream_options: { include_usage: true }, user: 'u' }).seed).toBe(seed)
    expect(readChat({ ...body, model: 'n' }).seed).not.toBe(seed)
    expect(readChat({ ...body, messages: [{ role: 'user', content: 'y' }] }).seed).not.toBe(seed)
  })

  it('counts four characters of the input as a token', () => {
    const messages = [{ role: 'user', content: 'x'.repeat(400) }]
    expect(readChat({ model: 'any', messages }).inputTokens).toBe(Math.ceil(JSON.stringify(messages).length / 4))
  })

  it('takes the last user message, text or parts', () => {
    expect(readResponses({ input: 'hello' }).userText).toBe('hello')
    expect(readResponses({ input: [user('a'), user('b'), { role: 'developer', content: 'c' }] }).userText).toBe('b')
    const parts = [{ type: 'text', text: 'a' }, { type: 'image_url' }, { type: 'text', text: 'b' }]
    expect(readChat({ messages: [{ role: 'user', content: parts }] }).userText).toBe('ab')
  })

  it('sees a tool result only where the request ends with it', () => {
    const call = { type: 'function_call', call_id: 'c', name: 'x', arguments: '{}' }
    const output = { type: 'function_call_output', call_id: 'c', output: 'four' }
    expect(readResponses({ input: [user('a'), call, output] }).toolOutputLength).toBe(4)
    expect(readResponses({ input: [user('a'), call, output, user('b')] }).toolOutputLength).toBeNull()
    const custom = { type: 'custom_tool_call_output', call_id: 'c', output: [{ type: 'input_text', text: 'abc' }] }
    expect(readResponses({ input: [user('a'), custom] }).toolOutputLength).toBe(3)
    expect(readChat({ messages: [{ role: 'tool', content: 'ab' }] }).toolOutputLength).toBe(2)
  })

  it('finds tools in namespaces and in input items', () => {
    const tools = [
      { type: 'function', name: 'a' },
      { type: 'web_search' },
      { type: 'namespace', name: 'box', tools: [{ type: 'function', name: 'b' }] },
    ]
    const carried = { type: 'additional_tools', tools: [{ type: 'custom', name: 'c' }] }
    const found = readResponses({ input: [carried, user('x')], tools }).tools
    expect(found.map(({ kind, namespace, name }) => [kind, namespace, name])).toEqual([
      ['function', null, 'a'],
      ['function', 'box', 'b'],
      ['custom', null, 'c'],
    ])
  })

  it('recognises a request for compaction by its last item', () => {
    expect(readResponses({ input: [user('x'), { type: 'compaction_trigger' }] }).wantsCompaction).toBe(true)
    expect(readResponses({ input: [{ type: 'compaction_trigger' }, user('x')] }).wantsCompaction).toBe(false)
  })
})
