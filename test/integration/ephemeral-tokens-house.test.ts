/** Ephemeral tokens in a whole house: made by the operator and by keys, counted, kept over a stop and a kill, swept away. */
import Database from 'better-sqlite3'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { noLimits, type Limits } from '../../src/shared/models/limit.ts'
import type { KeyWithSecret } from '../../src/shared/models/key.ts'
import type { TokenDraft } from '../../src/shared/models/ephemeral-token.ts'
import { findCanaries, findCanariesIn } from '../support/canaries.ts'
import { MOST, openBudgetHouse, TOKEN, type BudgetHouse } from '../support/budget-house.ts'
import { errorOf, exchange } from '../support/raw-client.ts'

const START = Date.UTC(2026, 3, 1, 12)
const HOUR = 3_600_000
const PATH = '/v1/ephemeral_tokens'
/** Of one request, as `ask` has it reported. */
const USED = { requests: 1, tokens: 10 + MOST, costNanos: MOST * TOKEN }

let rig: BudgetHouse
let made: KeyWithSecret
beforeEach(async () => {
  rig = await openBudgetHouse(START)
  made = await rig.key('ci', { requestsPerDay: 1_000 }, { canMakeTokens: true })
})
afterEach(() => rig.close())

const times = (count: number) => ({
  requests: USED.requests * count,
  tokens: USED.tokens * count,
  costNanos: USED.costNanos * count,
})
const lend = (limits: Partial<Limits> = {}, more: Partial<TokenDraft> = {}) =>
  rig.call('token.create', { keyId: made.key.id, name: 'job', limits: { ...noLimits, ...limits }, ...more })
const listed = () => rig.call('token.list', { keyId: made.key.id })
const portOf = () => Number(new URL(rig.house.app.app.gatewayUrl).port)
const post = (body: unknown, key = made.secret) => exchange(portOf(), { path: PATH, key, body: body as object })
const jsonOf = (answer: { readonly body: Buffer }) =>
  JSON.parse(answer.body.toString('utf8')) as Record<string, unknown>
const usedOfKey = async () => (await rig.call('key.usage', { id: made.key.id })).states[0]?.used
const spentOfKey = async () => (await rig.call('key.spend', { id: made.key.id, days: 1 })).total

describe('a token that the operator makes', () => {
  it('is listed with what it used, which its key used as well', async () => {
    const { token, secret } = await lend()
    expect(token).toMatchObject({ status: 'active', madeBy: 'operator', lastUsedAt: null, expiresAt: START + HOUR })
    expect(await rig.spend(secret, 3)).toEqual([200, 200, 200])
    expect(await rig.spend(made.secret, 1)).toEqual([200])
    expect(await listed()).toMatchObject([{ id: token.id, used: times(3), lastUsedAt: START }])
    expect([await usedOfKey(), await spentOfKey()]).toEqual([4, times(4)])
    expect(await rig.check()).toMatchObject({ found: 0 })
    const news = rig.house.app.events.find(({ type }) => type === 'token.changed')
    expect(news).toEqual({ type: 'token.changed', id: made.key.id })
  })

  it('is told in its requests, and finds them', async () => {
    const { token, secret } = await lend()
    await rig.spend(secret, 2)
    await rig.spend(made.secret, 1)
    const { rows } = await rig.call('request.list', { keyId: made.key.id, tokenId: token.id })
    expect(rows).toHaveLength(2)
    expect((await rig.call('request.list', { text: secret })).rows).toEqual(rows)
    const { id, prefix, name } = token
    const told = async (request: string) => (await rig.call('request.get', { id: request })).token
    expect(await told(rows[0]?.id ?? '')).toEqual({ id, prefix, name })
    const all = await rig.call('request.list', { keyId: made.key.id })
    expect(await told(all.rows[0]?.id ?? '')).toBeNull()
  })

  it('tells its caller its own limits and those of its key', async () => {
    const { token, secret } = await lend({ requestsPerDay: 5, inputTokensPerRequest: 900 })
    await rig.spend(secret, 2)
    const caps = { inputTokensPerRequest: 0, outputTokensPerRequest: 700 }
    const limitOverrides = [{ model: 'n*', limits: { ...noLimits, ...caps } }]
    await rig.call('key.update', { id: made.key.id, patch: { limitOverrides } })
    const usage = jsonOf(await exchange(portOf(), { method: 'GET', path: '/v1/usage', key: secret }))
    expect(usage).toMatchObject({
      key: { prefix: made.key.prefix },
      limits: [{ limit: 'requestsPerDay', allowed: 1_000, used: 2 }],
      per_request: [
        { limit: 'inputTokensPerRequest', model: 'n*', allowed: 0 },
        { limit: 'outputTokensPerRequest', model: 'n*', allowed: 700 },
      ],
      token: {
        prefix: token.prefix,
        expires_at: START + HOUR,
        limits: [{ limit: 'requestsPerDay', allowed: 5, used: 2, remaining: 3 }],
        per_request: [{ limit: 'inputTokensPerRequest', model: null, allowed: 900 }],
      },
    })
    const ofKey = jsonOf(await exchange(portOf(), { method: 'GET', path: '/v1/usage', key: made.secret }))
    expect(ofKey).not.toHaveProperty('token')
  })

  it('ends with its revocation, by id or prefix, and with its key', async () => {
    const [first, second] = [await lend(), await lend()]
    expect((await rig.call('token.revoke', { id: first.token.prefix })).status).toBe('revoked')
    expect(errorOf(await rig.ask(first.secret, 1))).toMatchObject({ code: 'token_revoked' })
    await rig.call('key.pause', { id: made.key.id })
    expect((await listed()).map(({ status }) => status).sort()).toEqual(['keyEnded', 'revoked'])
    expect(errorOf(await rig.ask(second.secret, 1)).code).toBe('api_key_paused')
    await rig.call('key.resume', { id: made.key.id })
    expect((await rig.ask(second.secret, 1)).status).toBe(200)
    await rig.call('key.delete', { id: made.key.id, prefix: made.key.prefix })
    expect(errorOf(await rig.ask(second.secret, 1)).code).toBe('api_key_unknown')
    const left = (table: string) => rig.house.all<{ n: number }>(`select count(*) as n from ${table}`)[0]?.n
    expect([left('ephemeral_token'), left('usage_day'), left('request')]).toEqual([0, 0, 0])
    expect(await rig.check()).toMatchObject({ found: 0 })
  })

  it('is not made of a key that has ended, and is audited with its key', async () => {
    const { token } = await lend({ budgetPerDay: 5 }, { modelPolicy: { mode: 'selected', models: ['m'] } })
    await rig.call('token.revoke', { id: token.id })
    await rig.call('key.revoke', { id: made.key.id })
    await expect(lend()).rejects.toMatchObject({ code: 'state_conflict' })
    const { rows } = await rig.call('audit.list', { targetKind: 'token' })
    expect(rows.map(({ action, outcome, actor }) => [action, outcome, actor])).toEqual([
      ['token.create', 'failure', 'operator'],
      ['token.revoke', 'success', 'operator'],
      ['token.create', 'success', 'operator'],
    ])
    expect(rows[2]).toMatchObject({
      targetId: token.id,
      targetName: 'job',
      poolName: 'Team',
      after: { key: made.key.prefix, prefix: token.prefix, limits: { budgetPerDay: 5 } },
    })
  })

  it('is explained by its secret and by its prefix: first itself, then its key, and the limits of both', async () => {
    const { token, secret } = await lend({ requestsPerHour: 1 })
    const of = { model: 'm', outputTokens: MOST } as const
    const fresh = await rig.call('key.doctor', { secret, ...of })
    const { id, prefix, name } = token
    expect(fresh).toMatchObject({ passes: true, key: { id: made.key.id }, token: { id, prefix, name } })
    const steps = fresh.steps.map((step) => step.id).slice(0, 6)
    expect(steps).toEqual(['gateway', 'credential', 'tokenRevoked', 'tokenExpiry', 'tokenAddress', 'revoked'])
    expect(fresh.steps[1]).toMatchObject({ verdict: 'pass', summary: 'The token is right.' })
    await rig.spend(secret, 1)
    for (const key of [prefix, id]) {
      const full = await rig.call('key.doctor', { key, ...of })
      expect(full.answer).toMatchObject({ status: 429, code: 'limit_reached', step: 'limits' })
      expect(full.steps.at(-1)).toMatchObject({
        facts: [
          { label: 'Requests per day', verdict: 'pass' },
          { label: 'Requests per hour, this token', verdict: 'fail' },
        ],
        fix: { text: 'Wait until it frees, or make a new token with a higher limit.', path: `/keys/${made.key.id}` },
      })
    }
    // The key by itself has room.
    const ofKey = await rig.call('key.doctor', { key: made.key.id, ...of })
    expect(ofKey).toMatchObject({ passes: true, token: null })
    expect(ofKey.steps.some((step) => step.id.startsWith('token'))).toBe(false)
    vi.setSystemTime(START + HOUR)
    const over = await rig.call('key.doctor', { key: prefix, ...of })
    expect(over.answer).toMatchObject({ code: 'token_expired', step: 'tokenExpiry' })
    expect(over.steps[3]?.fix?.text).toContain('Make a new token')
  })
})

describe('what a token counts', () => {
  it('is kept over a stop', async () => {
    const { secret } = await lend({ requestsPerDay: 3, budgetTotal: 100 * TOKEN })
    expect(await rig.spend(secret, 2)).toEqual([200, 200])
    await rig.reopen()
    expect(await rig.spend(secret, 2)).toEqual([200, 429])
    expect([await usedOfKey(), (await listed())[0]?.used]).toEqual([3, times(3)])
    expect(await rig.check()).toMatchObject({ found: 0 })
  })

  it('is kept over a kill, of running requests their reservation', async () => {
    const { secret } = await lend({ requestsPerHour: 4, budgetTotal: 100 * TOKEN })
    expect(await rig.spend(secret, 2)).toEqual([200, 200])
    const before = rig.upstream.bodies.length
    const running = rig.ask(secret, MOST, { holdAt: 'head' }).catch(() => null)
    await rig.upstream.arrived(before + 1)
    const killing = rig.kill()
    const releasing = setInterval(rig.upstream.release, 20)
    await killing
    clearInterval(releasing)
    await running
    expect(await rig.spend(secret, 2)).toEqual([200, 429])
    const [token] = await listed()
    expect(token?.used).toMatchObject({ requests: 4, costNanos: 4 * USED.costNanos })
    const spent = await spentOfKey()
    expect(token?.used).toEqual(spent)
    expect(await rig.check()).toMatchObject({ found: 0 })
  })

  it('is counted anew with the log, and checked against it', async () => {
    const { secret } = await lend({ requestsPerDay: 9 })
    await rig.spend(secret, 2)
    await rig.call('settings.update', { patch: { 'limits.zone': 'Asia/Tokyo' } })
    await rig.reopen()
    expect([(await listed())[0]?.used, await rig.check()]).toMatchObject([times(2), { zone: 'Asia/Tokyo', found: 0 }])
  })
})

describe('a key that makes itself a token', () => {
  it('gets it once, with all that it asked for', async () => {
    const shown = { name: 'nightly', models: ['m'], limits: { requestsPerDay: 2 }, ip_allowlist: ['127.0.0.0/8'] }
    const answer = await post({ ...shown, ttl_seconds: 600 })
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store'])
    const told = jsonOf(answer)
    expect(told).toMatchObject({ object: 'ephemeral_token', key: made.key.prefix, ...shown, ends_with_key: false })
    expect([told['created_at'], told['expires_at']]).toEqual([START, START + 600_000])
    expect(await rig.spend(String(told['token']), 3)).toEqual([200, 200, 429])
    expect(await listed()).toMatchObject([{ id: told['id'], prefix: told['prefix'], madeBy: 'key', name: 'nightly' }])
    // It asks no model, so it is no request of the log; but it is a change, so it is audited.
    expect(rig.house.rows(made.key.id)).toHaveLength(2)
    const { rows } = await rig.call('audit.list', { actor: 'key' })
    expect(rows).toMatchObject([{ action: 'token.create', outcome: 'success', targetId: told['id'] }])
  })

  it('may leave everything out', async () => {
    for (const body of [undefined, {}]) {
      const told = jsonOf(
        await exchange(portOf(), { method: 'POST', path: PATH, key: made.secret, ...(body && { body }) }),
      )
      expect(told).toMatchObject({ expires_at: START + HOUR, models: null, limits: {}, ip_allowlist: [] })
    }
  })

  it('gets none that outlives it', async () => {
    await rig.call('key.update', { id: made.key.id, patch: { expiresAt: START + 90_000 } })
    expect(jsonOf(await post({}))).toMatchObject({ expires_at: START + 90_000, ends_with_key: true })
    vi.setSystemTime(START + 90_000)
    expect(errorOf(await post({}))).toMatchObject({ code: 'api_key_expired' })
  })

  it('is told which field is wrong, and gets none', async () => {
    const wrong = [
      [{ ttl: 60 }, 'ttl', 'there is no such field'],
      [{ limits: { perDay: 1 } }, 'limits.perDay', 'there is no such field'],
      [{ limits: { requestsPerDay: -1 } }, 'limits.requestsPerDay', ''],
      [{ ttl_seconds: 59 }, 'ttl_seconds', ''],
      [{ ttl_seconds: 604_801 }, 'ttl_seconds', ''],
      [{ ttl_seconds: 60.5 }, 'ttl_seconds', ''],
      [{ models: [] }, 'models', ''],
      [{ models: ['a b'] }, 'models.0', ''],
      [{ ip_allowlist: ['home'] }, 'ip_allowlist.0', ''],
      // A network of addresses that are written as others.
      [{ ip_allowlist: ['::ffff:10.0.0.0/20'] }, 'ip_allowlist', ''],
      [{ name: ' ' }, 'name', ''],
    ] as const
    for (const [body, field, problem] of wrong) {
      const answer = await post(body)
      const error = errorOf(answer)
      expect([answer.status, error.code, error.param]).toEqual([400, 'invalid_request', field])
      expect(error.message).toContain(`${field}: ${problem}`)
    }
    const broken = [
      ['{"name":', 400, 'invalid_json'],
      ['[]', 400, 'invalid_json'],
      [JSON.stringify({ name: 'x'.repeat(70_000) }), 413, 'body_too_large'],
    ] as const
    for (const [body, status, code] of broken) {
      const answer = await exchange(portOf(), { path: PATH, key: made.secret, body })
      expect([answer.status, errorOf(answer).code]).toEqual([status, code])
    }
    expect(await listed()).toEqual([])
  })

  it('must be allowed to, from one request to the next', async () => {
    const { secret } = await lend()
    expect(errorOf(await post({}, secret))).toMatchObject({ code: 'tokens_not_allowed' })
    await rig.call('key.update', { id: made.key.id, patch: { canMakeTokens: false } })
    const refused = await post({})
    expect([refused.status, refused.headers['x-should-retry']]).toEqual([403, 'false'])
    expect(errorOf(refused).message).toContain('Its operator can allow it.')
    expect(await listed()).toHaveLength(1)
  })

  it('has a thousand at a time and makes a thousand an hour, and its refusals leave the audit log alone', async () => {
    const refused = async () => {
      const answer = await post({})
      return [answer.status, answer.headers['retry-after'], errorOf(answer).code]
    }
    const audited = async () => (await rig.call('audit.list', { targetKind: 'token', limit: 1 })).rows[0]?.id
    putTokens({ count: 999, madeBy: 'operator', at: START, ttlMs: 120_000 })
    expect((await post({ ttl_seconds: 120 })).status).toBe(200)
    const newest = await audited()
    expect(await refused()).toEqual([429, '120', 'token_limit_reached'])
    expect(await audited()).toBe(newest)
    await expect(lend()).rejects.toMatchObject({ code: 'token_limit_reached' })
    vi.setSystemTime(START + 120_000)
    // They have ended; those of the last hour are as many as a key may make by itself.
    putTokens({ count: 999, madeBy: 'key', at: START + 60_000, ttlMs: 60_000 })
    expect(await refused()).toEqual([429, '3480', 'token_limit_reached'])
    await lend()
    vi.setSystemTime(START + HOUR)
    expect((await post({})).status).toBe(200)
    // All that live, and the newest thousand of the others.
    const all = await listed()
    expect([all.length, all.filter(({ status }) => status === 'active').length]).toEqual([1_002, 2])
  })

  /** Straight into the file: a thousand by themselves would take long. */
  function putTokens(of: { count: number; madeBy: 'operator' | 'key'; at: number; ttlMs: number }): void {
    const db = new Database(join(rig.house.dataDir, 'weir.db'))
    db.prepare(
      `with recursive n(i) as (select 1 union all select i + 1 from n where i < @count)
      insert into ephemeral_token (id, key_id, public_id, secret_hash, name, made_by, created_at, expires_at)
      select 'tok_' || @madeBy || i, @keyId, @madeBy || i, x'00', 'old', @madeBy, @at, @at + @ttlMs from n`,
    ).run({ ...of, keyId: made.key.id })
    db.close()
  }
})

describe('the secret of a token', () => {
  it('is in no file, event or log line', async () => {
    const { secret } = await lend()
    const own = String(jsonOf(await post({}))['token'])
    await rig.spend(secret, 1)
    await rig.spend(own, 1)
    await rig.spend(`${own.slice(0, -1)}x`, 1)
    await rig.call('key.doctor', { secret, model: 'm' })
    const canaries = { secret, own, body: secret.slice(-38), ownBody: own.slice(-38) }
    const { app, dataDir } = rig.house
    expect(findCanariesIn(JSON.stringify([app.events, app.log, await listed()]), canaries)).toEqual([])
    expect(findCanaries([dataDir], canaries)).toEqual([])
    const { rows } = await rig.call('audit.list', {})
    expect(findCanariesIn(JSON.stringify(rows), canaries)).toEqual([])
  })
})
