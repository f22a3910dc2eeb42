/** Headers on their way through: what passes with its spelling, and what stays. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGateway, upstreamRecord, type GatewayRig } from '../support/gateway-rig.ts'
import { exchange, type RawAnswer } from '../support/raw-client.ts'
import { answerBytes, startRawUpstream, type RawUpstream, type UpstreamCall } from '../support/raw-upstream.ts'
import { jsonBodies } from '../support/upstream-answers.ts'
import type { KeyRecord, UpstreamRecord } from '../../src/main/gateway/ports.ts'

let rig: GatewayRig
let upstream: RawUpstream
let extra: Record<string, string> = {}

beforeAll(async () => {
  rig = await startGateway()
  upstream = await startRawUpstream(({ socket }) => {
    socket.write(answerBytes(200, jsonBodies.chat, { 'Content-Type': 'application/json', ...extra }))
  })
})

afterAll(async () => {
  await rig.close()
  await upstream.close()
})

type Pairs = readonly (readonly [string, string])[]

async function call(
  headers: Pairs,
  record: Partial<UpstreamRecord> = {},
  key: Partial<KeyRecord> = {},
  body: object = {},
) {
  const text = rig.pool([upstreamRecord('a', upstream.url, record)], key)
  const answer: RawAnswer = await exchange(rig.port, {
    key: text,
    body: { model: 'm', messages: [], ...body },
    headers,
  })
  expect(answer.status).toBe(200)
  const sent = upstream.calls.at(-1) as UpstreamCall
  return { answer, sent, text }
}

const passing: Pairs = [
  ['X-Unknown-Thing', 'as it IS, with "quotes"'],
  ['session_id', 'under_score'],
  ['x-codex-turn-state', 'opaque=='],
  ['x-codex-window-id', '1:0'],
  ['thread-id', '7'],
  ['OpenAI-Beta', 'responses=v1'],
  ['User-Agent', 'codex_exec/1'],
  ['x-latin', 'caf\u00e9'],
  ['Accept', 'text/event-stream'],
  ['X-Twice', 'one'],
  ['X-Twice', 'two'],
]

const staying: Pairs = [
  ['Cookie', 'a=1'],
  ['chatgpt-account-id', 'acc_1'],
  ['OpenAI-Organization', 'org_1'],
  ['openai-project', 'proj_1'],
  ['Accept-Encoding', 'gzip'],
  ['X-Forwarded-For', '10.1.1.1'],
  ['Forwarded', 'for=10.1.1.1'],
  ['Via', '1.1 x'],
  ['Sec-Fetch-Mode', 'cors'],
  ['Referer', 'http://127.0.0.1/'],
  ['Proxy-Authorization', 'Basic eA=='],
  ['TE', 'trailers'],
  ['Keep-Alive', 'timeout=5'],
]

describe('gateway headers to the upstream', () => {
  it('pass when they are unknown, with their spelling and order', async () => {
    const { sent } = await call(passing)
    const names = new Set(passing.map(([name]) => name))
    expect(sent.rawHeaders.filter(([name]) => names.has(name))).toEqual(passing)
  })

  it.each(staying)('stay here: %s', async (name, value) => {
    const { sent } = await call([[name, value]])
    expect(sent.headers[name.toLowerCase()] ?? 'none').not.toContain(value)
  })

  it('carry the account instead of the key, and nothing of the key', async () => {
    const { sent, text } = await call([])
    expect(sent.headers['authorization']).toBe('Bearer secret-of-a')
    const whole = sent.rawHeaders.flat().join('\n') + sent.path + sent.body.toString()
    for (const part of [text, text.slice(8, 18), text.slice(19)]) expect(whole).not.toContain(part)
  })

  it('carry nothing of a key that the client repeats in a header of its own', async () => {
    const text = rig.pool([upstreamRecord('a', upstream.url)])
    const headers: Pairs = [
      ['x-goog-api-key', text],
      ['x-auth', `Token ${text}`],
    ]
    const answer = await exchange(rig.port, { key: text, body: { model: 'm', messages: [] }, headers })
    expect(answer.status).toBe(200)
    expect(upstream.calls.at(-1)?.rawHeaders.flat().join('\n')).not.toContain(text.slice(19))
  })

  it.each([{ 'X-Tenant': 'ours' }, { 'X-Tenant': 'ours', 'x-more': '1' }] as const)(
    'are the operator’s where both have one, %o',
    async (headers) => {
      for (const secret of [{ headers }, { headers, apiKey: 'k' }]) {
        const { sent } = await call([['x-tenant', 'theirs']], { secret })
        expect(sent.headers['x-tenant']).toBe('ours')
      }
    },
  )

  it('leave the workspace out towards a third party', async () => {
    const metadata: Pairs = [['x-codex-turn-metadata', '{"workspaces":{"/home/me":{}}}']]
    const body = { client_metadata: { cwd: '/home/me' } }
    const { sent } = await call(metadata, {}, {}, body)
    expect(sent.headers['x-codex-turn-metadata']).toBeUndefined()
    expect(sent.body.toString()).not.toContain('/home/me')

    rig.directory.putSettings({ ...rig.directory.settings, 'privacy.dropWorkspaceMetadata': false })
    const open = await call(metadata, {}, {}, body)
    expect(open.sent.headers['x-codex-turn-metadata']).toBe(metadata[0]?.[1])
    expect(open.sent.body.toString()).toContain('/home/me')
  })

  it('name no other model than the one that is sent', async () => {
    const headers: Pairs = [
      ['x-codex-routing-hint', 'model=m'],
      ['x-codex-turn-metadata', '{"model":"m"}'],
    ]
    expect((await call(headers)).sent.headers['x-codex-routing-hint']).toBe('model=m')
    const { sent } = await call(headers, {}, { enforced: { model: 'set', effort: null, serviceTier: null } })
    expect([sent.headers['x-codex-routing-hint'], sent.headers['x-codex-turn-metadata']]).toEqual([
      undefined,
      undefined,
    ])
  })
})

describe('gateway headers to the client', () => {
  it('pass when they are unknown, values to the byte', async () => {
    extra = {
      'X-Unknown-Thing': 'v',
      'x-codex-turn-state': 'opaque==',
      'x-ratelimit-remaining-requests': '7',
      'retry-after': '3',
      x_underscore: 'u',
      'x-latin': 'caf\u00e9',
      'x-utf8': Buffer.from('水').toString('latin1'),
      'openai-model': 'm',
      'x-request-id': 'req_upstream',
    }
    const { answer } = await call([])
    for (const [name, value] of Object.entries(extra))
      expect([name, answer.headers[name.toLowerCase()]]).toEqual([name, value])
    expect(answer.headers['x-weir-request-id']).toMatch(/^req_[0-9a-z]{12}$/)
  })

  it('stay here when they belong to the account or the provider’s own site', async () => {
    extra = {
      'Set-Cookie': '__cf=1',
      'openai-organization': 'org_1',
      'openai-project': 'proj_1',
      'alt-svc': 'h3=":443"',
      'strict-transport-security': 'max-age=1',
      'www-authenticate': 'Bearer',
      'access-control-allow-origin': '*',
      'keep-alive': 'timeout=77',
    }
    const { answer } = await call([])
    for (const [name, value] of Object.entries(extra)) expect(answer.headers[name.toLowerCase()]).not.toBe(value)
  })

  it('do not name another model than the client asked for', async () => {
    extra = { 'openai-model': 'set' }
    const { answer } = await call([], {}, { enforced: { model: 'set', effort: null, serviceTier: null } })
    expect(answer.headers['openai-model']).toBeUndefined()
  })
})
