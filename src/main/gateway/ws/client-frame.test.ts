import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../../shared/errors.ts'
import { prewarmed, readClientFrame, turnBody, type ClientFrame } from './client-frame.ts'

function frameOf(value: unknown): ClientFrame {
  const frame = readClientFrame(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)))
  if (frame instanceof AppError) throw frame
  return frame
}

const bodyOf = (value: unknown, warm: Parameters<typeof turnBody>[1] = null): unknown =>
  JSON.parse(turnBody(frameOf(value).fields, warm).toString('utf8'))

const create = { type: 'response.create', model: 'm' }

describe('readClientFrame', () => {
  it.each([
    [create, 'turn'],
    [{ ...create, generate: true }, 'turn'],
    [{ ...create, generate: false }, 'prewarm'],
    [{ type: 'response.processed', response_id: 'r' }, 'note'],
    [{ type: 'response.cancel' }, 'cancel'],
    [{ type: 'response.interrupt' }, 'cancel'],
  ])('tells what %j is', (value, kind) => {
    expect(frameOf(value).kind).toBe(kind)
  })

  it.each([
    ['{', 'invalid_json'],
    ['[]', 'invalid_json'],
    ['{"type":"response.create","type":"response.cancel"}', 'invalid_json'],
    ['{"type":"other"}', 'invalid_request'],
    ['{"type":7}', 'invalid_request'],
    ['{}', 'invalid_request'],
  ])('refuses %s without quoting it', (text, code) => {
    expect(readClientFrame(Buffer.from(text))).toMatchObject({ code })
  })
})

describe('turnBody', () => {
  it('leaves out what is of the frame, and always streams', () => {
    expect(bodyOf({ ...create, generate: true, stream: false, x: 1 })).toEqual({ model: 'm', x: 1, stream: true })
  })

  it('throws what came in place of a frame', () => {
    const error = new AppError('invalid_json', 'no')
    expect(() => turnBody(error, null)).toThrow(error)
  })

  it('goes on from what was made ready, and from nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.array(fc.jsonValue()), (before, own) => {
        const warm = prewarmed('w', frameOf({ ...create, input: before }).fields)
        const turn = { ...create, previous_response_id: 'w', input: own }
        // Through text once, as the frames are: a number like -0 has another form there.
        expect(bodyOf(turn, warm)).toEqual(
          JSON.parse(JSON.stringify({ model: 'm', stream: true, input: [...before, ...own] })),
        )
        const other = { ...turn, previous_response_id: 'r' }
        expect(bodyOf(other, warm)).toMatchObject({ previous_response_id: 'r' })
      }),
    )
  })

  it('joins lists that hold nothing but blanks', () => {
    const warm = prewarmed('w', frameOf('{"type":"response.create","model":"m","input":[ \n ]}').fields)
    const turn = '{"type":"response.create","model":"m","previous_response_id":"w","input":[ {"a":"]"} ]}'
    expect(bodyOf(turn, warm)).toEqual({ model: 'm', stream: true, input: [{ a: ']' }] })
    expect(bodyOf({ ...create, previous_response_id: 'w' }, warm)).toEqual({ model: 'm', stream: true, input: [] })
  })

  it('takes a text for the message that it is', () => {
    const message = (content: string) => ({ role: 'user', content })
    const warm = prewarmed('w', frameOf({ ...create, input: 'a "text"' }).fields)
    const input = [message('a "text"'), message('more')]
    expect(bodyOf({ ...create, previous_response_id: 'w', input: 'more' }, warm)).toMatchObject({ input })
    expect(bodyOf({ ...create, previous_response_id: 'w', input: 7 }, warm)).toMatchObject({ input: 7 })
  })

  it('asks for the whole conversation where nothing was kept to go on from', () => {
    const turn = frameOf({ ...create, previous_response_id: 'w', input: [] }).fields
    for (const input of [{ a: 1 }, ['x'.repeat(1_100_000)]]) {
      const warm = prewarmed('w', frameOf({ ...create, input }).fields)
      expect(() => turnBody(turn, warm)).toThrow(expect.objectContaining({ code: 'previous_response_not_found' }))
    }
  })
})
