import { describe, expect, it } from 'vitest'
import { createPlainEventReader } from './plain-events.ts'

const event = (type: string, fields: object) =>
  Buffer.from(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`)

describe('streams that pass as they are', () => {
  it('are complete after a result, with the figures of each', () => {
    const reader = createPlainEventReader()
    expect(reader.read(event('image_generation.partial_image', { b64_json: 'a' }))).toBe('output')
    expect(reader.isComplete()).toBe(false)
    const usage = { input_tokens: 5, output_tokens: 100 }
    expect(reader.read(event('image_generation.completed', { b64_json: 'b', usage }))).toBe('output')
    expect(reader.read(event('image_generation.completed', { b64_json: 'c', usage }))).toBe('output')
    expect(reader.isComplete()).toBe(true)
    expect(reader.usage).toEqual({ input: 10, cached: 0, output: 200, reasoning: 0 })
  })

  it('add what each result wrote into a cache', () => {
    const reader = createPlainEventReader()
    const usage = { input_tokens: 5, input_tokens_details: { cache_write_tokens: 3 }, output_tokens: 1 }
    for (let result = 0; result < 2; result++) reader.read(event('image_generation.completed', { usage }))
    expect(reader.usage).toEqual({ input: 10, cached: 0, cacheWrite: 6, output: 2, reasoning: 0 })
  })

  it('have no figures where seconds are told', () => {
    const reader = createPlainEventReader()
    reader.read(event('transcript.text.done', { text: 'a', usage: { type: 'duration', seconds: 3 } }))
    expect([reader.isComplete(), reader.usage]).toEqual([true, null])
  })

  it('tell of a failure and of what is broken', () => {
    const reader = createPlainEventReader()
    expect(reader.read(event('error', { error: { code: 'rate_limit_exceeded' } }))).toBe('error')
    expect(reader.error).toMatchObject({ code: 'rate_limit_exceeded', blame: 'account' })
    expect(reader.read(Buffer.from('event: transcript.text.done\ndata: {"text":\n\n'))).toBe('garbled')
    expect(reader.read(Buffer.from(': a comment\n\n'))).toBe('prelude')
    expect(reader.read(Buffer.from('data: [DONE]\n\n'))).toBe('terminal')
  })
})
