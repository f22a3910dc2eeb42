import { describe, expect, it } from 'vitest'
import { withMetadata } from './turn-metadata.ts'

const of = (body: object, headers: string[]): unknown =>
  JSON.parse(withMetadata(Buffer.from(JSON.stringify(body)), headers).toString())

describe('withMetadata', () => {
  it('says of a turn in the frame what HTTP says in headers', () => {
    const headers = ['X-Codex-Turn-State', 's', 'x-openai-internal-codex-responses-lite', 'true', 'thread-id', 't']
    expect(of({ model: 'm', input: [] }, headers)).toEqual({
      model: 'm',
      input: [],
      client_metadata: {
        'x-codex-turn-state': 's',
        ws_request_header_x_openai_internal_codex_responses_lite: 'true',
      },
    })
  })

  it('keeps what the frame says itself', () => {
    const own = { 'x-codex-turn-metadata': 'own', other: '1' }
    const headers = ['x-codex-turn-metadata', 'of the upgrade', 'x-codex-window-id', 'w']
    expect(of({ client_metadata: own }, headers)).toEqual({ client_metadata: { ...own, 'x-codex-window-id': 'w' } })
  })

  it.each([
    ['there is nothing to say', '{ "model" : "m" }', ['thread-id', 't']],
    ['all is said', '{ "client_metadata" : {"x-codex-window-id":"w"} }', ['x-codex-window-id', 'other']],
    ['it is no object', '{"client_metadata":[1]}', ['x-codex-window-id', 'w']],
  ])('leaves the bytes alone where %s', (_name, text, headers) => {
    const body = Buffer.from(text)
    expect(withMetadata(body, headers)).toBe(body)
  })
})
