/** Who may open a WebSocket, and what everybody else is told, so that real clients do the right thing next. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compileIpAllowlist } from '../../src/main/gateway/ip-allowlist.ts'
import { createPoolKey, hashPoolKey } from '../../src/main/gateway/pool-key.ts'
import { usualRouting } from '../../src/shared/models/pool.ts'
import { defaultSettings } from '../../src/shared/settings.ts'
import { startGateway, upstreamRecord, type GatewayRig } from '../support/gateway-rig.ts'
import { exchange, errorOf } from '../support/raw-client.ts'
import { asCodexSocket, openSocket, refusedSocket } from '../support/socket-client.ts'

let rig: GatewayRig
let key: string

const able = upstreamRecord('able', 'http://127.0.0.1:9/v1', { kind: 'openai' })
const unable = upstreamRecord('unable', 'http://127.0.0.1:9/v1')

beforeAll(async () => {
  rig = await startGateway()
  key = rig.pool([able])
})

afterAll(() => rig.close())

const paths = ['/v1/responses', '/backend-api/codex/responses'] as const

describe.each(paths)('an upgrade of %s', (path) => {
  it('opens for a key, and without compression', async () => {
    const client = await openSocket({ port: rig.port, key, path })
    expect(client.headers['sec-websocket-extensions']).toBeUndefined()
    expect(client.headers['x-weir-key-rotated']).toBeUndefined()
    client.ws.close(1000)
    expect(await client.closed).toEqual([1000, ''])
  })

  it('is refused with 426 where no upstream of the Pool speaks WebSocket', async () => {
    rig.pool([unable])
    const refused = await refusedSocket({ port: rig.port, key, path, headers: asCodexSocket })
    expect([refused.status, refused.code]).toEqual([426, 'websocket_unsupported'])
    rig.pool([able])
  })
})

describe('an upgrade', () => {
  it('is served where only the fallback Pool speaks WebSocket, and not by one that is switched off', async () => {
    const assignment = { priority: 1, weight: 1, enabled: true }
    rig.pool([able, unable], {}, { assignments: [{ ...assignment, upstreamId: 'unable' }] })
    const fallback = { id: 'behind', name: 'Behind', status: 'active', strategy: 'priority', models: null } as const
    const assignments = [{ ...assignment, upstreamId: 'able' }]
    rig.directory.putPool({ ...fallback, assignments, routing: usualRouting })
    const pool = rig.directory.pool('pool')
    if (pool === undefined) throw new Error('the Pool is not there')
    rig.directory.putPool({ ...pool, routing: { ...usualRouting, fallbackPoolId: 'behind' } })
    const client = await openSocket({ port: rig.port, key })
    client.ws.terminate()
    rig.directory.putPool({ ...pool, assignments: [{ ...assignment, upstreamId: 'able', enabled: false }] })
    expect((await refusedSocket({ port: rig.port, key })).status).toBe(426)
    rig.pool([able])
  })

  it('by the old secret opens, and tells of the rotation', async () => {
    const old = createPoolKey()
    const until = Date.now() + 60_000
    const made = rig.key({ publicId: old.publicId, previousHash: old.hash, previousUntil: until })
    expect(made).not.toBe(old.secret)
    const record = rig.directory.keyByPublicId(old.publicId)
    if (record === undefined) throw new Error('the key is not there')
    const client = await openSocket({ port: rig.port, key: old.secret })
    expect(client.headers['x-weir-key-rotated']).toBe(`until ${new Date(until).toISOString()}`)
    client.ws.terminate()
    rig.directory.putKey({ ...record, previousHash: hashPoolKey('another') })
    expect((await refusedSocket({ port: rig.port, key: old.secret })).code).toBe('api_key_unknown')
  })

  const refusals = [
    ['no key', () => undefined, 401, 'api_key_missing'],
    ['an unknown key', () => createPoolKey().secret, 401, 'api_key_unknown'],
    ['a mistyped key', () => `${key.slice(0, -1)}!`, 401, 'api_key_malformed'],
    ['a revoked key', () => rig.key({ status: 'revoked' }), 401, 'api_key_revoked'],
    ['an expired key', () => rig.key({ expiresAt: 1 }), 401, 'api_key_expired'],
    ['a paused key', () => rig.key({ status: 'paused' }), 403, 'api_key_paused'],
    [
      'a key of other addresses',
      () => rig.key({ isIpAllowed: compileIpAllowlist(['10.0.0.0/8']) }),
      403,
      'ip_not_allowed',
    ],
    ['a key whose Pool is gone', () => rig.key({ poolId: 'nowhere' }), 403, 'pool_disabled'],
  ] as const

  it.each(refusals)('with %s is refused before it is one', async (_name, keyOf, status, code) => {
    const given = keyOf()
    const ask = given === undefined ? {} : { key: given }
    const plain = await refusedSocket({ port: rig.port, ...ask })
    expect([plain.status, plain.code, plain.headers['x-should-retry']]).toEqual([status, code, 'false'])
    // Codex asks seven times after anything but this.
    const codex = await refusedSocket({ port: rig.port, ...ask, headers: asCodexSocket })
    expect([codex.status, codex.code]).toEqual([400, code])
  })

  it.each([
    ['a foreign Host', { host: 'weir.example' }, 'host_not_allowed'],
    ['an Origin', { origin: 'http://localhost' }, 'origin_not_allowed'],
  ])('with %s is refused whoever asks', async (_name, headers, code) => {
    const refused = await refusedSocket({ port: rig.port, key, headers })
    expect([refused.status, refused.code]).toEqual([403, code])
  })

  it('above the bound sends Codex to HTTP, and others to wait', async () => {
    rig.directory.putSettings({ ...defaultSettings, 'gateway.maxSockets': 1 })
    const first = await openSocket({ port: rig.port, key })
    const plain = await refusedSocket({ port: rig.port, key })
    expect([plain.status, plain.code, plain.headers['retry-after']]).toEqual([429, 'socket_limit_reached', '2'])
    expect((await refusedSocket({ port: rig.port, key, headers: asCodexSocket })).status).toBe(426)
    first.ws.close()
    await first.closed
    await expect.poll(async () => (await openSocket({ port: rig.port, key })).ws.terminate() ?? 'open').toBe('open')
    rig.directory.putSettings({ ...defaultSettings, 'gateway.maxSockets': 0 })
    expect((await refusedSocket({ port: rig.port, key })).status).toBe(426)
    rig.directory.putSettings(defaultSettings)
  })

  it('leaves a plain GET of its path what it was', async () => {
    const answer = await exchange(rig.port, { method: 'GET', path: '/v1/responses', key })
    expect([answer.status, errorOf(answer).code, answer.headers['allow']]).toEqual([405, 'method_not_allowed', 'POST'])
  })
})
