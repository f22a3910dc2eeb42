/** Who may use the gateway, for what, and what of a request reaches the upstream. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { compileIpAllowlist } from '../../src/main/gateway/ip-allowlist.ts'
import { createPoolKey } from '../../src/main/gateway/pool-key.ts'
import { errorSpec, type ErrorCode } from '../../src/shared/errors.ts'
import { defaultSettings } from '../../src/shared/settings.ts'
import { startGateway, upstreamRecord, type GatewayRig } from '../support/gateway-rig.ts'
import { errorOf, exchange, openRawClient, requestBytes, type RawRequest } from '../support/raw-client.ts'
import { startRawUpstream, type RawUpstream } from '../support/raw-upstream.ts'
import { asCodex, chatJson, goodAnswer, responsesJson } from '../support/upstream-answers.ts'
import type { KeyRecord } from '../../src/main/gateway/ports.ts'

let rig: GatewayRig
let upstream: RawUpstream
let key: string

beforeAll(async () => {
  rig = await startGateway()
  upstream = await startRawUpstream(({ socket, path }) => {
    socket.write(goodAnswer(path.endsWith('/responses') ? responsesJson : chatJson))
  })
})

afterEach(() => rig.directory.putSettings(defaultSettings))

afterAll(async () => {
  await rig.close()
  await upstream.close()
})

const body = '{ "model": "asked", "messages" : [], "temperature":0.70, "x_unknown" : {"b":1e3} }'

function put(changes: Partial<KeyRecord> = {}): string {
  key = rig.pool([upstreamRecord('a', upstream.url), upstreamRecord('b', upstream.url)], changes)
  return key
}

function recordOf(text: string): KeyRecord {
  const record = rig.directory.keyByPublicId(text.slice(8, 18))
  if (record === undefined) throw new Error('no such key')
  return record
}

/** The key with another character at this place. */
function mistyped(text: string, at: number): string {
  const other = text.at(at) === 'a' ? 'b' : 'a'
  return text.slice(0, at) + other + text.slice(at + 1)
}

/** A well formed key with the public id of another: right in everything but the secret. */
function impostor(text: string): string {
  return createPoolKey(text.slice(8, 18)).secret
}

async function outcome(request: Partial<RawRequest>): Promise<readonly [number, string | null]> {
  const answer = await exchange(rig.port, { body, ...request })
  return [answer.status, answer.status === 200 ? null : errorOf(answer).code]
}

const DAY_MS = 86_400_000

interface Refusal {
  readonly name: string
  readonly changes?: Partial<KeyRecord>
  readonly given?: (text: string) => string | undefined
  readonly code: ErrorCode
  readonly isLogged: boolean
}

const refusals: readonly Refusal[] = [
  { name: 'no key', given: () => undefined, code: 'api_key_missing', isLogged: false },
  { name: 'an empty key', given: () => ' ', code: 'api_key_missing', isLogged: false },
  { name: 'a mistyped secret', given: (text) => mistyped(text, 30), code: 'api_key_malformed', isLogged: false },
  { name: 'a mistyped id', given: (text) => mistyped(text, 10), code: 'api_key_malformed', isLogged: false },
  { name: 'a cut key', given: (text) => text.slice(0, -1), code: 'api_key_malformed', isLogged: false },
  { name: 'the key of another service', given: () => 'sk-proj-abc', code: 'api_key_malformed', isLogged: false },
  { name: 'an unknown key', given: () => createPoolKey().secret, code: 'api_key_unknown', isLogged: false },
  { name: 'a wrong secret for a known id', given: impostor, code: 'api_key_unknown', isLogged: false },
  { name: 'a paused key', changes: { status: 'paused' }, code: 'api_key_paused', isLogged: true },
  { name: 'a revoked key', changes: { status: 'revoked' }, code: 'api_key_revoked', isLogged: true },
  { name: 'an expired key', changes: { expiresAt: Date.now() - DAY_MS }, code: 'api_key_expired', isLogged: true },
  {
    name: 'another address',
    changes: { isIpAllowed: compileIpAllowlist(['10.0.0.0/8']) },
    code: 'ip_not_allowed',
    isLogged: true,
  },
  {
    name: 'a model policy of none',
    changes: { modelPolicy: { mode: 'none' } },
    code: 'model_not_allowed',
    isLogged: true,
  },
  {
    name: 'a model not selected',
    changes: { modelPolicy: { mode: 'selected', models: ['other'] }, selectedModels: new Set(['other']) },
    code: 'model_not_allowed',
    isLogged: true,
  },
  {
    name: 'no allowed upstream',
    changes: { allowedUpstreams: new Set(['elsewhere']) },
    code: 'no_upstream_eligible',
    isLogged: true,
  },
]

describe('gateway credentials', () => {
  it.each(refusals)('are refused: $name', async ({ changes, given, code, isLogged }) => {
    const text = put(changes)
    const credential = given === undefined ? text : given(text)
    const request = { body, ...(credential === undefined ? {} : { key: credential }) }
    const rows = rig.rows().length
    const calls = upstream.calls.length
    const answer = await exchange(rig.port, request)
    const { status, codexStatus } = errorSpec(code)
    expect([answer.status, errorOf(answer).code, answer.headers['x-should-retry']]).toEqual([status, code, 'false'])
    const codex = await exchange(rig.port, { ...request, headers: asCodex })
    expect([codex.status, errorOf(codex).code]).toEqual([codexStatus ?? status, code])
    rig.journal.flush()
    const logged = rig.rows().slice(rows)
    expect(logged.map((row) => [row.state, row.error_code])).toEqual(
      isLogged ? [1, 2].map(() => ['refused', code]) : [],
    )
    expect(upstream.calls.length).toBe(calls)
    if (credential !== undefined && credential.length > 20) {
      expect(answer.body.toString() + rig.log.join()).not.toContain(credential.slice(19))
    }
  })

  it('say nothing about which keys exist', async () => {
    const text = put()
    const known = await exchange(rig.port, { body, key: impostor(text) })
    const unknown = await exchange(rig.port, { body, key: createPoolKey().secret })
    expect(known.body.toString()).toBe(unknown.body.toString())
    expect(known.rawHeaders.map(([name]) => name)).toEqual(unknown.rawHeaders.map(([name]) => name))
  })

  it.each([
    ['Authorization', (text: string) => `Bearer ${text}`],
    ['authorization', (text: string) => `bearer  ${text}`],
    ['Authorization', (text: string) => text],
    ['X-Api-Key', (text: string) => text],
    ['api-key', (text: string) => text],
  ] as const)('are taken from %s', async (name, value) => {
    const text = put()
    expect(await outcome({ headers: [[name, value(text)]] })).toEqual([200, null])
    const sent = upstream.calls.at(-1)
    expect(sent?.rawHeaders.flat().join('\n')).not.toContain(text.slice(19))
  })

  it('may come twice when they agree, and not when they differ', async () => {
    const text = put()
    expect(await outcome({ key: text, headers: [['x-api-key', text]] })).toEqual([200, null])
    const other = rig.key()
    expect(await outcome({ key: text, headers: [['x-api-key', other]] })).toEqual([400, 'credentials_conflict'])
    expect(
      await outcome({
        headers: [
          ['api-key', other],
          ['x-api-key', text],
        ],
      }),
    ).toEqual([400, 'credentials_conflict'])
  })

  it.each(['disabled', 'archived'] as const)('open nothing while their Pool is %s', async (status) => {
    const text = rig.pool([upstreamRecord('a', upstream.url)], {}, { status })
    expect(await outcome({ key: text })).toEqual([403, 'pool_disabled'])
  })

  it('follow each change with the next request on the same connection', async () => {
    const text = put()
    const record = recordOf(text)
    const client = await openRawClient(rig.port)
    const next = async (): Promise<number> => {
      client.send(requestBytes({ key: text, body }))
      return (await client.answer()).status
    }
    const seen = [await next()]
    for (const changes of [{ status: 'paused' }, {}, { expiresAt: 1 }, {}, { status: 'revoked' }] as const) {
      rig.directory.putKey({ ...record, ...changes })
      seen.push(await next())
    }
    rig.directory.removeKey(record.publicId)
    seen.push(await next())
    expect(seen).toEqual([200, 403, 200, 401, 200, 401, 401])
    client.socket.destroy()
  })
})

describe('gateway policy', () => {
  it('sends the body as it came when nothing is enforced', async () => {
    expect(await outcome({ key: put(), body })).toEqual([200, null])
    expect(upstream.calls.at(-1)?.body.toString()).toBe(body)
  })

  it('enforces fields of chat and leaves every other byte of a field alone', async () => {
    const text = put({ enforced: { model: 'set', effort: 'high', serviceTier: 'flex' } })
    expect(
      await outcome({ key: text, body: '{"reasoning_effort":"low","model":"asked", "x":1.50,"messages":[ ]}' }),
    ).toEqual([200, null])
    expect(upstream.calls.at(-1)?.body.toString()).toBe(
      '{"reasoning_effort":"high","model":"set","x":1.50,"messages":[ ],"service_tier":"flex"}',
    )
    rig.journal.flush()
    expect(rig.rows().at(-1)).toMatchObject({ model: 'asked', sent_model: 'set' })
  })

  it('enforces fields of responses inside their object', async () => {
    const text = put({ enforced: { model: null, effort: 'minimal', serviceTier: null } })
    const sent = '{"model":"asked","reasoning":{"effort":"high","summary":"auto"},"input":"x"}'
    expect(await outcome({ key: text, path: '/v1/responses', body: sent })).toEqual([200, null])
    expect(upstream.calls.at(-1)?.body.toString()).toBe(
      '{"model":"asked","reasoning":{"effort":"minimal","summary":"auto"},"input":"x"}',
    )
  })

  it('serves a request without a model when the key enforces one', async () => {
    const text = put({ enforced: { model: 'set', effort: null, serviceTier: null } })
    expect(await outcome({ key: text, body: '{"messages":[]}' })).toEqual([200, null])
    expect(upstream.calls.at(-1)?.body.toString()).toBe('{"messages":[],"model":"set"}')
  })

  it('allows a selected model, and the enforced one only by the policy', async () => {
    const policy: Partial<KeyRecord> = {
      modelPolicy: { mode: 'selected', models: ['asked'] },
      selectedModels: new Set(['asked']),
    }
    expect(await outcome({ key: put(policy) })).toEqual([200, null])
    const enforced = { ...policy, enforced: { model: 'set', effort: null, serviceTier: null } }
    expect(await outcome({ key: put(enforced) })).toEqual([403, 'model_not_allowed'])
  })

  it('uses allowed upstreams only', async () => {
    const text = put({ allowedUpstreams: new Set(['b']) })
    expect(await outcome({ key: text })).toEqual([200, null])
    rig.journal.flush()
    const row = rig.rows().at(-1)
    expect(row?.upstream_id).toBe('b')
    expect(JSON.parse(row?.exclusions ?? '[]')).toEqual([
      { upstreamId: 'a', reason: 'not_allowed_by_key', until: null },
    ])
  })
})
