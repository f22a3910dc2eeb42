/** Ephemeral tokens at the gateway, over real sockets: narrower than their key, charged with it, ended with it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { poolKeyPrefix, publicIdOf, tokenPrefix } from '../../src/main/gateway/pool-key.ts'
import { compileIpAllowlist } from '../../src/main/gateway/ip-allowlist.ts'
import type { KeyRecord, TokenRecord } from '../../src/main/gateway/ports.ts'
import { startBurst } from '../support/limits-burst.ts'
import { chatBody, exactInput, priceOf, refusalOf, startLimitsRig, type LimitsRig } from '../support/limits-rig.ts'
import { errorOf, exchange, openRawClient, requestBytes } from '../support/raw-client.ts'

const START = Date.UTC(2026, 3, 1, 12, 34, 56, 250)
/** What the upstream reports, at its price. */
const USED = 15
const USED_COST = 10 * 2_000 + 5 * 8_000

let rig: LimitsRig
beforeEach(async () => {
  const settings = { 'gateway.maxConcurrentRequests': 10_000 }
  rig = await startLimitsRig({ now: START, prices: [priceOf('m', 2_000, 8_000)], settings })
})
afterEach(() => rig.close())

const codeOf = async (token: string, body = chatBody()) => {
  const answer = await rig.ask(token, { body })
  return answer.status === 200 ? null : refusalOf(answer).code
}
const selected = (...models: string[]): Partial<TokenRecord> => ({
  modelPolicy: { mode: 'selected', models },
  selectedModels: new Set(models),
})
const keyOf = (text: string): KeyRecord => rig.gateway.directory.keyByPublicId(publicIdOf(text)) as KeyRecord
const tokenOf = (text: string): TokenRecord => rig.gateway.directory.tokenByPublicId(publicIdOf(text)) as TokenRecord
const putKey = (text: string, changes: Partial<KeyRecord>) =>
  rig.gateway.directory.putKey({ ...keyOf(text), ...changes })
const putToken = (text: string, changes: Partial<TokenRecord>) =>
  rig.gateway.directory.putToken({ ...tokenOf(text), ...changes })

describe('the scope of a token', () => {
  it('opens what its key opens, and the log names it', async () => {
    const key = rig.key({})
    const token = rig.token(key, {})
    expect([token.length, (await rig.ask(token)).status]).toEqual([key.length, 200])
    expect((await rig.ask(key)).status).toBe(200)
    const rows = rig.gateway.rows().map(({ state, token_id }) => [state, token_id])
    expect(rows).toEqual([
      ['completed', tokenOf(token).id],
      ['completed', null],
    ])
    expect(rig.upstream.bodies.length).toBe(2)
  })

  it('has fewer models than its key, never others', async () => {
    const key = rig.key({}, [], selected('m', 'x') as Partial<KeyRecord>)
    const token = rig.token(key, {}, selected('m', 'y'))
    const of = (model: string) => codeOf(token, chatBody({ model }))
    expect([await of('m'), await of('x'), await of('y')]).toEqual([null, 'model_not_allowed', 'model_not_allowed'])
    const refused = refusalOf(await rig.ask(token, { body: chatBody({ model: 'x' }) }))
    expect(refused.message).toBe(`The token ${tokenPrefix(publicIdOf(token))} may not use the model "x".`)
    const list = await exchange(rig.gateway.port, { method: 'GET', path: '/v1/models', key: token })
    expect((JSON.parse(list.body.toString('utf8')) as { data: { id: string }[] }).data.map(({ id }) => id)).toEqual([
      'm',
    ])
  })

  it('has fewer addresses than its key, never others', async () => {
    const from = (rule: string) => compileIpAllowlist([rule])
    const key = rig.key({})
    const narrow = rig.token(key, {}, { isIpAllowed: from('10.0.0.0/8') })
    expect(await codeOf(narrow)).toBe('ip_not_allowed')
    expect(await codeOf(rig.token(key, {}, { isIpAllowed: from('127.0.0.1') }))).toBeNull()
    const closed = rig.key({}, [], { isIpAllowed: from('10.0.0.0/8') })
    expect(await codeOf(rig.token(closed, {}, { isIpAllowed: from('127.0.0.1') }))).toBe('ip_not_allowed')
  })

  it('tells a mistyped token from an unknown one, and neither from a key', async () => {
    const token = rig.token(rig.key({}), {})
    expect(await codeOf(`${token.slice(0, -1)}${token.endsWith('x') ? 'y' : 'x'}`)).toBe('api_key_malformed')
    // The checksum is of what stands behind the prefix, so this is a key that nobody has.
    expect(await codeOf(token.replace(/^et/, 'sk'))).toBe('api_key_unknown')
    rig.gateway.directory.removeToken(publicIdOf(token))
    expect(await codeOf(token)).toBe('api_key_unknown')
  })

  it('makes no tokens, nor sends its own on to an upstream', async () => {
    const key = rig.key({}, [], { canMakeTokens: true })
    const token = rig.token(key, {})
    const ask = (credential: string) =>
      exchange(rig.gateway.port, { path: '/v1/ephemeral_tokens', key: credential, body: {} })
    const refused = await ask(token)
    expect([refused.status, errorOf(refused).code]).toEqual([403, 'tokens_not_allowed'])
    expect((await ask(key)).status).toBe(200)
    const headers = [['x-own', `see ${token}`]] as const
    const client = await openRawClient(rig.gateway.port)
    client.send(requestBytes({ key: token, body: chatBody(), headers }))
    expect((await client.answer()).status).toBe(200)
    client.socket.destroy()
    expect(JSON.stringify(rig.upstream.headers.at(-1))).not.toContain('et-weir-')
  })
})

describe('the end of a token', () => {
  it('comes at its moment and not before, on a connection that stands', async () => {
    const token = rig.token(rig.key({}), {}, { expiresAt: START + 60_000 })
    const client = await openRawClient(rig.gateway.port)
    const next = async () => {
      client.send(requestBytes({ key: token, body: chatBody() }))
      const answer = await client.answer()
      return answer.status === 200 ? null : refusalOf(answer)
    }
    rig.clock.now = START + 59_999
    expect(await next()).toBeNull()
    rig.clock.now = START + 60_000
    const refused = await next()
    expect(refused).toMatchObject({ code: 'token_expired', type: 'authentication_error' })
    expect(refused?.message).toContain('expired on 2026-04-01T12:35:56.250Z. Make a new one.')
    client.socket.destroy()
    const row = rig.gateway.rows().at(-1)
    expect(row).toMatchObject({ state: 'refused', error_code: 'token_expired', token_id: tokenOf(token).id })
  })

  it('comes with a revocation from the next request on, on the same connection', async () => {
    const token = rig.token(rig.key({}), {})
    const client = await openRawClient(rig.gateway.port)
    const next = async () => {
      client.send(requestBytes({ key: token, body: chatBody() }))
      const { status, headers } = await client.answer()
      return [status, headers['x-should-retry']]
    }
    expect(await next()).toEqual([200, undefined])
    putToken(token, { revokedAt: START })
    expect(await next()).toEqual([401, 'false'])
    client.socket.destroy()
    expect((await rig.ask(token, { userAgent: 'codex_exec/1.0' })).status).toBe(400)
  })

  it.each([
    ['is paused', { status: 'paused' }, 'api_key_paused'],
    ['is revoked', { status: 'revoked' }, 'api_key_revoked'],
    ['expires', { expiresAt: START }, 'api_key_expired'],
    ['moves to other addresses', { isIpAllowed: () => false }, 'ip_not_allowed'],
  ] as const)('comes when its key %s', async (_what, changes, code) => {
    const key = rig.key({})
    const token = rig.token(key, {})
    expect(await codeOf(token)).toBeNull()
    putKey(key, changes)
    expect(await codeOf(token)).toBe(code)
  })

  it('comes when its key is deleted or its Pool disabled, not when the key is rotated', async () => {
    const key = rig.key({})
    const token = rig.token(key, {})
    putKey(key, { secretHash: Buffer.alloc(32, 7) })
    expect([await codeOf(key), await codeOf(token)]).toEqual(['api_key_unknown', null])
    const pool = rig.gateway.directory.pool('pool')
    if (pool === undefined) throw new Error('there is no Pool')
    rig.gateway.directory.putPool({ ...pool, status: 'disabled' })
    expect(await codeOf(token)).toBe('pool_disabled')
    rig.gateway.directory.putPool(pool)
    rig.gateway.directory.removeKey(publicIdOf(key))
    expect(await codeOf(token)).toBe('api_key_unknown')
    expect([...rig.gateway.directory.tokens()]).toEqual([])
  })

  it('is told by its own revocation first, then its expiry, then its address, then its key', async () => {
    const key = rig.key({}, [], { status: 'paused' })
    const token = rig.token(key, {}, { revokedAt: START, expiresAt: START, isIpAllowed: () => false })
    expect(await codeOf(token)).toBe('token_revoked')
    putToken(token, { revokedAt: null })
    expect(await codeOf(token)).toBe('token_expired')
    putToken(token, { expiresAt: START + 1 })
    expect(await codeOf(token)).toBe('ip_not_allowed')
    putToken(token, { isIpAllowed: null })
    expect(await codeOf(token)).toBe('api_key_paused')
  })
})

describe('the limits of a token', () => {
  it('count beside those of its key, which counts every token and itself', async () => {
    const key = rig.key({ requestsPerDay: 100, tokensPerDay: 100_000, budgetTotal: 10_000_000 })
    const caps = { requestsPerDay: 10, tokensPerDay: 50_000, budgetTotal: 5_000_000 }
    const [first, second] = [rig.token(key, caps), rig.token(key, caps)]
    expect(await rig.statuses(first, 3)).toEqual([200, 200, 200])
    expect(await rig.statuses(second, 2)).toEqual([200, 200])
    expect(await rig.statuses(key, 1)).toEqual([200])
    const used = (of: string) =>
      (['requestsPerDay', 'tokensPerDay', 'budgetTotal'] as const).map((field) => rig.used(of, field).used)
    expect(used(first)).toEqual([3, 3 * USED, 3 * USED_COST])
    expect(used(second)).toEqual([2, 2 * USED, 2 * USED_COST])
    expect(used(key)).toEqual([6, 6 * USED, 6 * USED_COST])
  })

  it('refuse in its name, and its key is charged nothing', async () => {
    const key = rig.key({ requestsPerDay: 100, tokensPerDay: 100_000 })
    const token = rig.token(key, { requestsPerDay: 1 })
    expect(await rig.statuses(token, 2)).toEqual([200, 429])
    const refused = refusalOf(await rig.ask(token))
    expect(refused).toMatchObject({
      code: 'limit_reached',
      limit: { key: tokenPrefix(publicIdOf(token)), rule: 'requestsPerDay', limit: 1, used: 1 },
    })
    expect([rig.used(key, 'requestsPerDay'), rig.used(key, 'tokensPerDay')]).toEqual([
      { used: 1, reserved: 0 },
      { used: USED, reserved: 0 },
    ])
  })

  it('do not lift those of its key', async () => {
    const key = rig.key({ requestsPerDay: 1 })
    const token = rig.token(key, { requestsPerDay: 100 })
    expect(await rig.statuses(token, 1)).toEqual([200])
    expect(refusalOf(await rig.ask(token)).limit?.key).toBe(poolKeyPrefix(publicIdOf(key)))
    expect(rig.used(token, 'requestsPerDay')).toEqual({ used: 1, reserved: 0 })
  })

  it('admit exactly 100 of 1,000 at once, and the key counts those 100', async () => {
    const key = rig.key({ requestsPerDay: 5_000 })
    const token = rig.token(key, { requestsPerDay: 100 })
    rig.upstream.plan = { holdAt: 'head' }
    const burst = await startBurst({ port: rig.gateway.port, key: token, body: chatBody() }, 1_000)
    await expect.poll(() => rig.gateway.rows().length).toBe(1_000)
    await rig.upstream.arrived(100)
    rig.upstream.release()
    await burst.over
    expect([burst.count(200), burst.count(429)]).toEqual([100, 900])
    expect([rig.used(token, 'requestsPerDay').used, rig.used(key, 'requestsPerDay').used]).toEqual([100, 100])
    expect(rig.upstream.bodies.length).toBe(100)
  })

  it('have prompts counted where bounds stand in the way, so that what fits is admitted', async () => {
    const long = chatBody({ messages: [{ role: 'user', content: 'word '.repeat(800) }] })
    const key = rig.key({})
    const token = rig.token(key, { tokensPerDay: 3 * (exactInput(long) + 20) })
    rig.upstream.plan = { holdAt: 'head' }
    const running = Promise.all([rig.ask(token, { body: long }), rig.ask(token, { body: long })])
    await rig.upstream.arrived(2)
    rig.upstream.plan = {}
    expect((await rig.ask(token, { body: long })).status).toBe(200)
    rig.upstream.release()
    expect((await running).map(({ status }) => status)).toEqual([200, 200])
    expect(rig.used(token, 'tokensPerDay')).toEqual({ used: 3 * USED, reserved: 0 })
  })

  it('cap the output of what is sent, the smaller of both', async () => {
    const key = rig.key({ outputTokensPerRequest: 18 })
    await rig.ask(rig.token(key, { outputTokensPerRequest: 7 }))
    await rig.ask(rig.token(key, { outputTokensPerRequest: 19 }))
    expect(rig.upstream.bodies.map((body) => body['max_tokens'])).toEqual([7, 18])
  })
})
