/** Responses through a ChatGPT account: what the backend gets, and what the client. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openAccountHouse, type AccountHouse } from '../support/account-house.ts'

let house: AccountHouse

beforeAll(async () => {
  house = await openAccountHouse()
})
beforeEach(() => {
  house.server.calls.length = 0
  Object.assign(house.server.backend, { fails: null, events: null })
})
afterAll(() => house.close())

const codexHeaders = {
  'user-agent': 'codex_exec/0.170.1 (Debian 13)',
  originator: 'codex_exec',
  'session-id': 'session-1',
  'thread-id': 'thread-1',
  'x-codex-turn-state': 'state-0',
  'x-codex-turn-metadata': '{"cwd":"/home"}',
  'x-unknown': 'of the client',
  cookie: 'a=b',
}

function lastTurn() {
  const turn = house.server.turns().at(-1)
  if (turn === undefined) throw new Error('the backend was not asked')
  return turn
}

describe('a chatgpt upstream', () => {
  it('streams an answer with its events as they are', async () => {
    const answer = await house.ask()
    const text = await answer.text()
    expect(answer.status).toBe(200)
    expect(text).toContain('"delta":"recorded answer"')
    expect(text).toContain('event: response.completed')
    const { headers, body } = lastTurn()
    expect(headers).toMatchObject({
      'chatgpt-account-id': 'acct-0001',
      originator: 'codex_cli_rs',
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      'user-agent': expect.stringMatching(/^codex_cli_rs\//),
      accept: 'text/event-stream',
    })
    expect(headers.authorization).not.toContain(house.key)
    expect(body).toMatchObject({ store: false, stream: true, instructions: '', model: 'gpt-5.5' })
  })

  it('collects an answer for a client that wants no stream', async () => {
    const answer = await house.ask({ stream: false })
    expect(answer.headers.get('content-type')).toBe('application/json')
    const body = (await answer.json()) as { output: unknown; usage: object; status: string }
    expect(body).toMatchObject({ status: 'completed', usage: { input_tokens: 21, output_tokens: 5 } })
    expect(body.output).toMatchObject([{ role: 'assistant', content: [{ text: 'recorded answer' }] }])
    const { rows } = await house.rig.call('request.list', { limit: 1 })
    expect(rows[0]).toMatchObject({
      state: 'completed',
      usageSource: 'reported',
      usage: { input: 21, cached: 8, output: 5 },
    })
  })

  it('changes of a body what the backend refuses, and leaves the rest', async () => {
    const input = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'input_text', text: 'hello' }], unknown: { a: [1] } },
    ]
    const more = {
      temperature: 1,
      max_output_tokens: 9,
      service_tier: 'auto',
      instructions: 'Be kind.',
      later: { b: 2 },
    }
    expect((await house.ask({ input, ...more, store: true })).status).toBe(200)
    const { model, stream, ...body } = lastTurn().body
    expect({ model, stream }).toEqual({ model: 'gpt-5.5', stream: true })
    expect(body).toEqual({ input: [input[1]], instructions: 'Be kind.\n\nBe brief.', later: { b: 2 }, store: false })
  })

  it('passes on what Codex says of itself, and nothing else of a client', async () => {
    const body = { input: [], store: false, tools: [{ type: 'of tomorrow' }], client_metadata: { a: '1' } }
    const answer = await house.ask(body, codexHeaders)
    await answer.text()
    const { headers, body: sent } = lastTurn()
    // With a session it goes over a WebSocket, where Codex says in the frame what it says of a turn in headers over HTTP.
    const { 'x-codex-turn-state': turnState, 'x-codex-turn-metadata': turnMetadata } = codexHeaders
    const said = { 'x-codex-turn-state': turnState, 'x-codex-turn-metadata': turnMetadata }
    expect(sent).toEqual({ model: 'gpt-5.5', stream: true, ...body, client_metadata: { a: '1', ...said } })
    const { cookie, 'x-unknown': unknown, ...own } = codexHeaders
    expect({ cookie, unknown }).not.toEqual({})
    expect(headers).toMatchObject({ ...own, version: '0.170.1' })
    expect(headers.cookie).toBeUndefined()
    expect(headers['x-unknown']).toBeUndefined()
    expect(answer.headers.get('x-codex-turn-state')).toBe('state-of-the-turn')
    // Codex would compare it with that of our list, and fetch ours again after every answer.
    expect(answer.headers.get('x-models-etag')).toBeNull()
    expect(answer.headers.get('set-cookie')).toBeNull()
    // Those of its Pool, which has this account alone.
    expect(answer.headers.get('x-codex-primary-used-percent')).toBe('12')
    for (const name of ['x-codex-active-limit', 'x-codex-plan-type']) expect(answer.headers.get(name)).toBeNull()
  })

  it('gives a refusal of the backend to the client, once', async () => {
    house.server.backend.fails = { status: 400, body: { error: { message: 'no such tool', code: 'invalid_value' } } }
    const answer = await house.ask()
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: { message: 'no such tool' } })
    expect(house.server.turns()).toHaveLength(1)
  })

  it.each([true, false])('tells of a failure inside the stream (stream: %s)', async (stream) => {
    const error = { code: 'context_length_exceeded', message: 'too long' }
    house.server.backend.events = [{ type: 'response.failed', response: { id: 'r', status: 'failed', error } } as never]
    const answer = await house.ask({ stream })
    expect(answer.status).toBe(stream ? 200 : 400)
    expect(await answer.text()).toContain('context_length_exceeded')
    house.server.backend.events = null
    expect((await house.ask()).status).toBe(200)
  })

  it('has no other dialect', async () => {
    const answer = await fetch(`${house.rig.app.gatewayUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${house.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-5.5', messages: [] }),
    })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(house.server.calls).toEqual([])
  })
})
