import { describe, expect, it } from 'vitest'
import { readRefusal, upgradeHeaders } from './socket-upgrade.ts'

describe('upgradeHeaders', () => {
  it('leaves out what is of one body or one connection, and says what is wanted', () => {
    const flat = ['Authorization', 'Bearer t', 'content-type', 'application/json', 'accept', 'text/event-stream']
    const more = ['accept-encoding', 'identity', 'thread-id', 't-1', 'sec-websocket-key', 'k', 'content-length', '9']
    expect(upgradeHeaders([...flat, ...more])).toEqual({
      authorization: 'Bearer t',
      'thread-id': 't-1',
      'openai-beta': 'responses_websockets=2026-02-06',
    })
  })

  it("keeps a client's own betas, and a header that comes twice", () => {
    expect(upgradeHeaders(['OpenAI-Beta', 'one=1', 'x-a', '1', 'X-A', '2'])).toEqual({
      'openai-beta': 'one=1, responses_websockets=2026-02-06',
      'x-a': ['1', '2'],
    })
    const own = upgradeHeaders(['openai-beta', 'responses_websockets=2027-01-01'])
    expect(own['openai-beta']).toBe('responses_websockets=2027-01-01')
  })
})

describe('readRefusal', () => {
  it.each([
    [401, '', 'answer'],
    [429, '{"error":{}}', 'answer'],
    [403, '{"error":{}}', 'answer'],
    [503, '{"error":{}}', 'answer'],
    [403, '<html>', 'trouble'],
    [502, '<html>', 'trouble'],
    [302, '', 'trouble'],
    [400, '{"error":{}}', 'none'],
    [404, '', 'none'],
    [405, '', 'none'],
    [426, '', 'none'],
    [501, '', 'none'],
  ] as const)('%i with the body %j: %s', (status, body, meaning) => {
    expect(readRefusal({ status, headers: {}, body: Buffer.from(body), code: null })).toBe(meaning)
  })
})
