import { describe, expect, it } from 'vitest'
import { AppError } from '../../../shared/errors.ts'
import { errorFrame, errorFrameOf, errorFrameOfEvent } from './error-frame.ts'

const frameOf = (text: string): unknown => JSON.parse(text)

describe('errorFrame', () => {
  it('takes the error out of the body, and headers but those of the framing along', () => {
    const headers = ['Content-Type', 'application/json', 'content-length', '9', 'Retry-After', '7', 'x-a', 'b']
    const body = Buffer.from('{"error":{"code":"c","message":"m","resets_at":1},"other":2}')
    expect(frameOf(errorFrame(429, headers, body))).toEqual({
      type: 'error',
      status: 429,
      error: { code: 'c', message: 'm', resets_at: 1 },
      headers: { 'retry-after': '7', 'x-a': 'b' },
    })
  })

  it.each([
    ['{"detail":"no"}', { message: 'no' }],
    ['{"error":"no"}', { message: 'no' }],
    ['{"code":"c","message":"m"}', { code: 'c', message: 'm' }],
    ['<html>', { message: null, code: null }],
    ['', { message: null, code: null }],
  ])('always has an object for the error: %s', (body, error) => {
    expect(frameOf(errorFrame(400, [], Buffer.from(body)))).toMatchObject({ status: 400, error })
  })
})

describe('errorFrameOf', () => {
  it('has the status that this client takes best', () => {
    const error = new AppError('upstream_reset', 'gone')
    expect(frameOf(errorFrameOf(error, 'other', 'req_1'))).toMatchObject({
      status: 502,
      error: { code: 'upstream_reset', message: 'gone' },
      headers: { 'x-weir-request-id': 'req_1', 'retry-after': '2' },
    })
    expect(frameOf(errorFrameOf(error, 'codex', null))).toMatchObject({ status: 429 })
  })
})

describe('errorFrameOfEvent', () => {
  it.each([
    [{ code: 'rate_limit_exceeded' }, 429],
    [{ code: 'context_length_exceeded' }, 400],
    [{ code: 'odd' }, 502],
    [{}, 502],
    [{ status: 418, error: { code: 'odd' } }, 418],
    [{ status: '418', error: { code: 'insufficient_quota' } }, 429],
  ])('gives %j the status %i', (event, status) => {
    expect(frameOf(errorFrameOfEvent({ type: 'error', ...event }))).toMatchObject({ type: 'error', status })
  })
})
