/** Tokens of accounts kept alive: renewed once, ahead of time or after a refusal, and never for somebody else's account. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { openAccountHouse, PASSPHRASE, type AccountHouse } from '../support/account-house.ts'
import { findCanaries, findCanariesIn } from '../support/canaries.ts'
import type { ChatgptServer } from '../support/chatgpt-server.ts'

let house: AccountHouse
afterEach(() => house.close())

async function open(prepare?: (server: ChatgptServer) => void): Promise<AccountHouse> {
  house = await openAccountHouse(prepare)
  // What follows an import by itself.
  await expect.poll(() => house.server.calls.length).toBeGreaterThan(0)
  house.server.calls.length = 0
  return house
}

async function status(): Promise<number> {
  const answer = await house.ask()
  await answer.text()
  return answer.status
}

const upstream = () => house.rig.call('upstream.get', { id: house.upstreamId })

describe('a refused access token', () => {
  it('is renewed once for 50 requests that meet it together', async () => {
    const { server } = await open()
    server.oauth.behaviour.refreshDelayMs = 1_000
    server.oauth.expireAll()
    const statuses = await Promise.all(Array.from({ length: 50 }, status))
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect(server.oauth.counts.refresh).toBe(1)
    expect(server.turns().filter((turn) => turn.status === 401).length).toBeGreaterThan(10)
    expect((await upstream()).status).toBe('active')
  })

  it('shows as two attempts of one request, and never as 401', async () => {
    const { server, rig } = await open()
    server.oauth.expireAll()
    expect(await status()).toBe(200)
    const { rows } = await rig.call('request.list', { limit: 1 })
    const { tries } = await rig.call('request.get', { id: rows[0]?.id ?? '' })
    expect(tries.map((attempt) => attempt.status)).toEqual([401, 200])
  })

  it('that was used by somebody else asks for a new sign-in, once, and tells the operator', async () => {
    const { server, rig } = await open()
    server.oauth.behaviour.refreshFails = { status: 401, error: 'refresh_token_reused' }
    server.oauth.expireAll()
    const statuses = await Promise.all(Array.from({ length: 10 }, status))
    expect(statuses).not.toContain(401)
    expect(statuses).not.toContain(200)
    expect(server.oauth.counts.refresh).toBe(1)
    const after = await upstream()
    expect(after).toMatchObject({
      status: 'auth_required',
      statusReason: expect.stringContaining('Sign the account in again'),
    })
    const { rows } = await rig.call('audit.list', { limit: 10 })
    const failure = rows.find(({ action }) => action === 'account.refreshFailed')
    expect(failure).toMatchObject({ outcome: 'failure', errorCode: 'account_sign_in_required', targetName: 'Mine' })
    const notices = await rig.call('notice.list', {})
    expect(notices.rows[0]).toMatchObject({ kind: 'upstream.authRequired', subject: { id: house.upstreamId } })
  })

  it('is really reuse when the operator goes on with the same auth.json elsewhere', async () => {
    const { server } = await open()
    const stolen = readRefreshToken(server)
    await fetch(`${server.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: stolen }),
    })
    server.oauth.expireAll()
    expect(await status()).not.toBe(401)
    expect((await upstream()).statusReason).toContain('refresh_token_reused')
  })

  it('keeps the account while the provider has a bad moment, without a storm', async () => {
    const { server, rig } = await open()
    server.oauth.behaviour.refreshFails = { status: 503, error: null }
    server.oauth.expireAll()
    for (let request = 0; request < 5; request++) expect(await status()).toBeGreaterThanOrEqual(500)
    expect(server.oauth.counts.refresh).toBe(1)
    expect((await upstream()).status).toBe('active')
    expect(rig.log.filter((line) => line.includes('could not be renewed'))).toHaveLength(1)
  })

  it('of a backend that refuses new tokens, too, is not renewed over and over', async () => {
    const { server } = await open()
    server.backend.fails = { status: 401, body: { detail: 'Unauthorized' } }
    for (let request = 0; request < 5; request++) expect(await status()).not.toBe(401)
    expect(server.oauth.counts.refresh).toBe(1)
    expect((await upstream()).status).toBe('auth_required')
  })

  it('of a business account asks for another one at once', async () => {
    const { server, rig } = await open()
    const token = server.oauth.businessToken()
    await rig.call('account.import', { source: 'token', token, upstreamId: house.upstreamId })
    expect(await status()).toBe(200)
    server.oauth.expireAll()
    expect(await status()).not.toBe(401)
    expect(server.oauth.counts.refresh).toBe(0)
    expect(await upstream()).toMatchObject({
      status: 'auth_required',
      statusReason: expect.stringContaining('business'),
    })
  })
})

/** The one that the stand-in gave out before Weir came. */
function readRefreshToken(server: ChatgptServer): string {
  return [...server.oauth.issued].find((token) => token.startsWith('rt_')) ?? ''
}

describe('a renewal', () => {
  it('comes ahead of the expiry by itself, and nobody notices', { timeout: 20_000 }, async () => {
    await open(({ oauth }) => {
      oauth.behaviour.lifeMs = 4_000
    })
    const { server } = house
    const before = (await upstream()).account?.expiresAt ?? 0
    server.oauth.behaviour.lifeMs = 3_600_000
    await expect.poll(() => server.oauth.counts.refresh, { timeout: 8_000 }).toBe(1)
    await expect.poll(async () => (await upstream()).account?.expiresAt ?? 0).toBeGreaterThan(before)
    expect(await status()).toBe(200)
    expect(server.turns().map((turn) => turn.status)).toEqual([200])
  })

  it('is not caused by looking', async () => {
    const { server, rig } = await open()
    for (let look = 0; look < 3; look++) {
      await rig.call('upstream.list', {})
      await rig.call('upstream.health', { id: house.upstreamId })
      await rig.call('account.found', {})
    }
    expect(server.oauth.counts.refresh).toBe(0)
    expect(server.calls).toEqual([])
  })

  it('that ends after a new sign-in does not touch it', async () => {
    const { server, rig } = await open()
    server.oauth.behaviour.refreshDelayMs = 800
    server.oauth.expireAll()
    const waiting = status()
    await expect.poll(() => server.oauth.counts.refresh).toBe(1)
    const text = server.authFile()
    await rig.call('account.import', { source: 'text', text, upstreamId: house.upstreamId, baseUrl: server.baseUrl })
    const { secret } = await upstream()
    expect(await waiting).toBe(200)
    expect((await upstream()).secret).toEqual(secret)
    expect(rig.log.join('\n')).toContain('was thrown away')
    expect(await status()).toBe(200)
    await house.restart()
    expect(await status()).toBe(200)
  })

  it('lasts over a restart', async () => {
    const { server } = await open()
    server.oauth.expireAll()
    expect(await status()).toBe(200)
    await house.restart()
    expect(await status()).toBe(200)
    expect(server.oauth.counts.refresh).toBe(1)
    server.oauth.expireAll()
    expect(await status()).toBe(200)
    expect((await upstream()).status).toBe('active')
  })
})

describe('tokens', () => {
  it('are in no file, log, event, answer or notice', async () => {
    const { server, rig } = await open()
    const flow = await rig.call('account.begin', { method: 'browser', upstreamId: house.upstreamId })
    await fetch(flow.url ?? '')
    server.oauth.expireAll()
    expect(await status()).toBe(200)
    server.oauth.behaviour.refreshFails = { status: 400, error: 'invalid_grant' }
    server.oauth.expireAll()
    await status()
    const told = [JSON.stringify(rig.events), rig.log.join('\n')]
    const { id } = await upstream()
    told.push(JSON.stringify(await upstream()), JSON.stringify(await rig.call('audit.list', { limit: 200 })))
    told.push(
      JSON.stringify(await rig.call('account.flow', { id: flow.id })),
      JSON.stringify(await rig.call('notice.list', {})),
    )
    told.push(
      JSON.stringify(await rig.call('upstream.test', { id })),
      JSON.stringify(await rig.call('request.list', {})),
    )
    const secrets = Object.fromEntries([...server.oauth.issued].map((token, index) => [`token ${index}`, token]))
    expect(Object.keys(secrets).length).toBeGreaterThan(7)
    expect(told.flatMap((text) => findCanariesIn(text, secrets))).toEqual([])
    expect(findCanaries([rig.dataDir], { ...secrets, passphrase: PASSPHRASE })).toEqual([])
    expect(readFileSync(join(rig.dataDir, 'vault.json'), 'utf8').length).toBeGreaterThan(1_000)
  })
})
