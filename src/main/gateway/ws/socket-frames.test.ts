import { describe, expect, it } from 'vitest'
import { createSseRelay } from '../sse-relay.ts'
import { createFrame, frameType, isLastFrame, refusalIn, responseIdIn, toSse } from './socket-frames.ts'

const frame = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
const sse = (value: unknown): string => toSse(frameType(frame(value)), frame(value)).toString()

describe('socket-frames', () => {
  it('asks for a turn with the bytes of the body', () => {
    const body = Buffer.from('{ "model":"m", "later":[1.50,{"é":"\\u00e9"}]}')
    expect(createFrame(body).toString()).toBe('{"type":"response.create", "model":"m", "later":[1.50,{"é":"\\u00e9"}]}')
    expect(body.toString()).toBe('{ "model":"m", "later":[1.50,{"é":"\\u00e9"}]}')
  })

  it('makes one event of each frame, byte for byte', () => {
    const text = '{"type":"response.output_text.delta","delta":"näher \\n","unknown":1.50}'
    expect(sse(text)).toBe(`event: response.output_text.delta\ndata: ${text}\n\n`)
    const late = '{"sequence_number":1,"type":"response.created"}'
    expect(sse(late)).toBe(`event: response.created\ndata: ${late}\n\n`)
  })

  it.each(['{\n"type":"x.y",\n"a":1}', '{\r\n"type":"x.y",\r\n"a":1}', '{\r"type":"x.y",\r"a":1}'])(
    'keeps a frame of several lines one event: %j',
    (text) => {
      expect(sse(text)).toBe('event: x.y\ndata: {\ndata: "type":"x.y",\ndata: "a":1}\n\n')
    },
  )

  it.each(['not json', '{"type":"a\\nevent: b"}', '{"type":7}', '[]', ''])('names no event for %j', (text) => {
    expect(frameType(frame(text))).toBe('')
    expect(sse(text)).toBe(`data: ${text}\n\n`)
  })

  it('reads in the gateway like the stream of the same turn over HTTP', () => {
    const usage = { input_tokens: 8_000, input_tokens_details: { cached_tokens: 7_680 }, output_tokens: 5 }
    const relay = createSseRelay('responses', false)
    for (const event of [
      { type: 'response.created', response: { id: 'r' } },
      { type: 'response.output_text.delta', delta: 'x' },
      { type: 'response.completed', response: { id: 'r', usage } },
    ]) {
      relay.push(Buffer.from(sse(event)))
    }
    expect(relay.isComplete).toBe(true)
    expect(relay.usage).toMatchObject({ input: 8_000, cached: 7_680, output: 5 })
  })

  it.each([
    ['response.completed', true],
    ['response.incomplete', true],
    ['response.failed', true],
    ['error', true],
    ['response.output_item.done', false],
    ['', false],
  ])('takes %j for the last frame of a turn: %s', (type, isLast) => {
    expect(isLastFrame(type)).toBe(isLast)
  })

  it('finds the id of a response, near the start or not', () => {
    expect(responseIdIn(frame({ type: 'response.completed', response: { id: 'resp_1' } }))).toBe('resp_1')
    expect(responseIdIn(frame({ response: { output: ['x'.repeat(500)], id: 'resp_2' } }))).toBe('resp_2')
    expect(responseIdIn(frame({ type: 'response.completed' }))).toBeNull()
  })
})

describe('an error frame', () => {
  it('is an answer with status, headers and body', () => {
    const error = { type: 'usage_limit_reached', message: 'no more', resets_at: 1_790_000_000, unknown: { a: 1 } }
    const headers = { 'Retry-After': 12, 'x-codex-primary-used-percent': '100', 'content-length': '9', bad: ['x'] }
    const refusal = refusalIn(frame({ type: 'error', status: 429, error, headers }))
    expect(refusal).toMatchObject({ status: 429, code: 'usage_limit_reached' })
    expect(refusal?.headers).toEqual({
      'retry-after': '12',
      'x-codex-primary-used-percent': '100',
      'content-type': 'application/json',
    })
    expect(JSON.parse(refusal?.body.toString() ?? '')).toEqual({ error })
  })

  it.each([
    ['an older name of the status', { type: 'error', status_code: 503, error: { code: 'x' } }, 503],
    ['no error object', { type: 'error', status: 400, detail: 'Unsupported' }, 400],
  ])('is one with %s', (_name, value, status) => {
    expect(refusalIn(frame(value))?.status).toBe(status)
  })

  it.each([
    ['no status', { type: 'error', error: { code: 'x' } }],
    ['a status that is none', { type: 'error', status: 200, error: {} }],
    ['a status in words', { type: 'error', status: '429', error: {} }],
    ['another type', { type: 'response.failed', status: 429 }],
  ])('is an event of the stream with %s', (_name, value) => {
    expect(refusalIn(frame(value))).toBeNull()
  })

  it('lets no header through that would break a head', () => {
    const headers = { 'x-a': 'b\r\nset-cookie: c', 'x y': 'z', ok: 'yes' }
    const refusal = refusalIn(frame({ type: 'error', status: 500, headers }))
    expect(refusal?.headers).toEqual({ ok: 'yes', 'content-type': 'application/json' })
  })
})
