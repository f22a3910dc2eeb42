/** What a ChatGPT account serves beside its turns: where it goes, what it is sent, and that compaction is left alone. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openAccountHouse, type AccountHouse } from '../support/account-house.ts'
import { COMPACTED, PICTURES } from '../support/chatgpt-plain.ts'
import { FORM_TYPE, formBytes, noise } from '../support/plain-peer.ts'

let house: AccountHouse

beforeAll(async () => {
  house = await openAccountHouse()
})
beforeEach(() => {
  house.server.calls.length = 0
  house.server.backend.fails = null
})
afterAll(() => house.close())

const form = formBytes([
  { name: 'file', value: noise(9_000), file: 'recorded.wav' },
  { name: 'language', value: 'de' },
])
const openai = formBytes([
  { name: 'model', value: 'gpt-4o-transcribe' },
  { name: 'file', value: noise(9_000), file: 'recorded.wav' },
])
const codex = { 'user-agent': 'codex_exec/0.170.1 (Debian 13)', originator: 'codex_exec', 'session-id': 'session-1' }

function ask(path: string, body: Buffer | string, headers: Record<string, string> = {}) {
  const type = typeof body === 'string' ? 'application/json' : FORM_TYPE
  return fetch(house.rig.app.gatewayUrl + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${house.key}`,
      'content-type': type,
      cookie: 'a=b',
      'x-unknown': 'x',
      ...headers,
    },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  })
}

function lastCall() {
  const call = house.server.calls.at(-1)
  if (call === undefined) throw new Error('the backend was not asked')
  return call
}

const JSON_BODY = '{ "model" : "gpt-5.5", "input":[],  "unknown":[1.0] }'
const PICTURE_BODY = '{ "model" : "gpt-image-1.5", "prompt":"a fox" }'

describe('beside its turns a chatgpt upstream', () => {
  it.each([
    ['/backend-api/codex/responses/compact', '/backend-api/codex/responses/compact', JSON_BODY],
    ['/v1/responses/compact', '/backend-api/codex/responses/compact', JSON_BODY],
    ['/backend-api/codex/alpha/search', '/backend-api/codex/alpha/search', JSON_BODY],
    ['/v1/images/generations', '/backend-api/codex/images/generations', PICTURE_BODY],
    ['/backend-api/codex/images/edits', '/backend-api/codex/images/edits', PICTURE_BODY],
    ['/backend-api/transcribe', '/backend-api/transcribe', form],
    ['/v1/audio/transcriptions', '/backend-api/transcribe', openai],
    ['/backend-api/files', '/backend-api/files', '{"file_name":"a","file_size":5,"use_case":"codex"}'],
  ])('takes %s at %s, as it came', async (path, upstreamPath, body) => {
    const answer = await ask(path, body, codex)
    expect(answer.status).toBe(200)
    const call = lastCall()
    expect([call.path, call.bytes?.equals(Buffer.from(body))]).toEqual([upstreamPath, true])
    expect(call.headers).toMatchObject({
      accept: '*/*',
      'content-type': typeof body === 'string' ? 'application/json' : FORM_TYPE,
      'chatgpt-account-id': 'acct-0001',
      originator: 'codex_exec',
      version: '0.170.1',
      'session-id': 'session-1',
    })
    expect([call.headers.cookie, call.headers['x-unknown']]).toEqual([undefined, undefined])
    expect(call.headers.authorization).not.toContain(house.key)
    expect([answer.headers.get('x-codex-turn-state'), answer.headers.get('set-cookie')]).toEqual(['state-2', null])
  })

  it('counts what compaction and pictures used', async () => {
    expect(await (await ask('/v1/responses/compact', JSON_BODY)).json()).toEqual(COMPACTED)
    expect(await (await ask('/v1/images/generations', PICTURE_BODY)).json()).toEqual(PICTURES)
    const { rows } = await house.rig.call('request.list', { limit: 2 })
    expect(rows.map(({ route, model, usage }) => ({ route, model, usage }))).toMatchObject([
      { route: '/v1/images/generations', model: 'gpt-image-1.5', usage: { input: 17, output: 1_372 } },
      { route: '/v1/responses/compact', model: 'gpt-5.5', usage: { input: 900, cached: 100, output: 40 } },
    ])
  })

  it('announces a file, and hears that it was put, at the account that knows it', async () => {
    const early = await ask('/backend-api/files/file_of_another/uploaded', '{}')
    expect([early.status, await early.json()]).toMatchObject([404, { error: { code: 'file_not_found' } }])
    expect(house.server.calls).toEqual([])
    const made = (await (await ask('/backend-api/files', '{"file_name":"a","file_size":5}')).json()) as object
    expect(made).toMatchObject({ file_id: 'file_stand_in', upload_url: 'https://files.invalid/put?sig=1' })
    const done = await ask('/backend-api/files/file_stand_in/uploaded', '{}')
    expect([done.status, await done.json()]).toMatchObject([200, { status: 'success' }])
    expect(lastCall().path).toBe('/backend-api/files/file_stand_in/uploaded')
  })

  it('gets new tokens when they were refused, and is asked once more', async () => {
    house.server.oauth.access.clear()
    expect((await ask('/v1/images/generations', PICTURE_BODY)).status).toBe(200)
    expect(house.server.calls.map(({ status }) => status)).toEqual([401, 200])
  })

  it.each(['/v1/files', '/v1/images/edits'])('does not take the form of %s', async (path) => {
    const answer = await ask(path, openai)
    expect([answer.status, await answer.json()]).toMatchObject([404, { error: { code: 'route_not_served' } }])
    expect(house.server.calls).toEqual([])
  })
})

describe('a compaction inside a turn', () => {
  it('reaches the backend as Codex wrote it, with its trigger last', async () => {
    const body = JSON.stringify({
      model: 'gpt-5.5',
      stream: true,
      store: false,
      input: [
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hello' }] },
        { type: 'reasoning', summary: [], encrypted_content: 'sealed' },
        { type: 'compaction_trigger' },
      ],
      tools: [],
      include: ['reasoning.encrypted_content'],
    })
    const { 'session-id': _session, ...alone } = codex
    for (const path of ['/v1/responses', '/backend-api/codex/responses']) {
      await (await ask(path, body, alone)).text()
      expect([lastCall().path, lastCall().bytes?.toString()]).toEqual(['/backend-api/codex/responses', body])
      // With a session it may go over a WebSocket, with more around it.
      await (await ask(path, body, codex)).text()
      expect(lastCall().body).toMatchObject(JSON.parse(body) as object)
    }
  })
})
