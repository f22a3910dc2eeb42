/** Every way of signing in to a ChatGPT account, over real sockets, and every way in which it can fail. */
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCall, type Call } from '../../src/main/host/headless/call.ts'
import type { AccountFlow } from '../../src/shared/models/account.ts'
import { startChatgptServer, type ChatgptServer } from '../support/chatgpt-server.ts'
import { someAccount } from '../support/chatgpt-tokens.ts'
import { statusOf } from '../support/host-header.ts'
import { closedPort } from '../support/http-peer.ts'
import { createServicesRig, type RigOptions, type ServicesRig } from '../support/services-rig.ts'
import { makeTempDir } from '../support/temp-dir.ts'

let server: ChatgptServer
let rig: ServicesRig
let call: Call

async function start(options: RigOptions = {}): Promise<void> {
  rig = await createServicesRig(options)
  rig.clock.now = Date.now()
  call = createCall(rig.call)
  await call('settings.update', {
    patch: { 'accounts.issuer': server.url, 'accounts.callbackPort': await closedPort() },
  })
}

beforeEach(async () => {
  server = await startChatgptServer()
  await start()
})
afterEach(async () => {
  await rig.close()
  await server.close()
})

function begin(extra: object = {}): Promise<AccountFlow> {
  return call('account.begin', { method: 'browser', baseUrl: server.baseUrl, ...extra })
}

/** As a browser does: to the provider, and from there to where it is sent. */
async function browse(flow: AccountFlow): Promise<{ status: number; text: string; headers: Headers }> {
  const answer = await fetch(flow.url ?? '')
  return { status: answer.status, text: await answer.text(), headers: answer.headers }
}

/** Where the provider would send the browser. */
async function callbackOf(flow: AccountFlow): Promise<URL> {
  const answer = await fetch(flow.url ?? '', { redirect: 'manual' })
  return new URL(answer.headers.get('location') ?? '')
}

async function ended(id: string): Promise<AccountFlow> {
  await expect
    .poll(async () => (await call('account.flow', { id })).state, { timeout: 10_000 })
    .not.toMatch(/waiting|finishing/)
  return call('account.flow', { id })
}

async function imported(name = 'Mine') {
  const text = server.authFile()
  return (await call('account.import', { source: 'text', text, name, baseUrl: server.baseUrl })).upstream
}

describe('browser sign-in', () => {
  it('ends by itself and leaves an upstream that works', async () => {
    const flow = await begin()
    expect(flow).toMatchObject({ state: 'waiting', listens: true, hint: null, userCode: null, upstreamId: null })
    const page = await browse(flow)
    expect(page).toMatchObject({ status: 200, text: expect.stringContaining('Signed in') })
    const done = await ended(flow.id)
    expect(done).toMatchObject({ state: 'done', url: null, error: null })
    const upstream = await call('upstream.get', { id: done.upstreamId ?? '' })
    expect(upstream).toMatchObject({
      kind: 'chatgpt',
      name: someAccount.email,
      status: 'active',
      baseUrl: server.baseUrl,
    })
    expect(upstream.account).toMatchObject({ ...someAccount, origin: 'browser', workspace: 'Personal' })
    const test = await call('upstream.test', { id: upstream.id })
    expect(test).toMatchObject({ ok: true, models: ['gpt-5.5', 'gpt-5.5-codex', 'gpt-6.1-sol'] })
  })

  it('answers with a page without a script and without a secret', async () => {
    const flow = await begin()
    const { text, headers } = await browse(flow)
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('cache-control')).toBe('no-store')
    for (const secret of server.oauth.issued) expect(text).not.toContain(secret)
    expect(text).not.toMatch(/<script|<link|<img|state=/)
  })

  it('hears nobody once no sign-in waits', async () => {
    const flow = await begin()
    const callback = await callbackOf(flow)
    await call('account.cancel', { id: flow.id })
    expect(await call('account.flow', { id: flow.id })).toMatchObject({ state: 'cancelled', url: null })
    await expect
      .poll(() =>
        fetch(callback).then(
          () => 'heard',
          () => 'nobody',
        ),
      )
      .toBe('nobody')
  })

  it('answers a foreign host name, another path and a wrong state with nothing of the sign-in', async () => {
    const flow = await begin()
    const { port } = await callbackOf(flow)
    const asked = (path: string, host = `localhost:${port}`) => statusOf(Number(port), path, host)
    expect(await asked('/auth/callback?code=c&state=s', 'evil.example')).toBe(404)
    expect(await asked('/other')).toBe(404)
    expect(await asked('/auth/callback?code=c&state=s')).toBe(400)
    expect((await call('account.flow', { id: flow.id })).state).toBe('waiting')
  })

  it('says that the port is taken, and takes the pasted address', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as { port: number }
    await call('settings.update', { patch: { 'accounts.callbackPort': port } })
    const flow = await begin()
    expect(flow).toMatchObject({ listens: false, hint: expect.stringContaining(`port ${port}`) })
    const callback = await callbackOf(flow)
    expect(callback.port).toBe(String(port))
    const done = await call('account.complete', { id: flow.id, callbackUrl: `  ${callback.href}\n` })
    expect(done).toMatchObject({ state: 'done', upstreamId: expect.stringMatching(/^ups_/) })
    await new Promise((resolve) => taken.close(resolve))
  })

  it.each([
    ['callback_url_invalid', () => 'not an address'],
    ['callback_origin_invalid', (url: string) => url.replace('localhost', 'localhost.evil.example')],
    ['callback_origin_invalid', (url: string) => url.replace('/auth/callback', '/auth/other')],
    ['callback_param_duplicate', (url: string) => `${url}&code=again`],
    ['callback_param_duplicate', (url: string) => `${url}&state=again`],
    ['callback_state_missing', (url: string) => url.replace(/state=[^&]*&?/, '')],
    ['callback_state_wrong', (url: string) => url.replace(/state=[^&]*/, 'state=of-another')],
    ['callback_result_missing', (url: string) => url.replace(/code=[^&]*/, '')],
  ])('refuses a pasted address with %s and goes on waiting', async (code, spoil) => {
    const flow = await begin()
    const { href } = await callbackOf(flow)
    const failure = call('account.complete', { id: flow.id, callbackUrl: spoil(href) })
    await expect(failure).rejects.toMatchObject({ code })
    expect(await call('account.complete', { id: flow.id, callbackUrl: href })).toMatchObject({ state: 'done' })
  })

  it('is good for one end', async () => {
    const flow = await begin()
    const { href } = await callbackOf(flow)
    await call('account.complete', { id: flow.id, callbackUrl: href })
    const again = call('account.complete', { id: flow.id, callbackUrl: href })
    await expect(again).rejects.toMatchObject({ code: 'account_flow_over' })
    expect(server.oauth.counts.exchange).toBe(1)
  })

  it('tells that the provider refused', async () => {
    server.oauth.behaviour.denies = true
    const flow = await begin()
    const page = await browse(flow)
    expect(page).toMatchObject({ status: 400, text: expect.stringContaining('account_denied') })
    expect((await ended(flow.id)).error).toMatchObject({ code: 'account_denied', next: expect.stringMatching(/./) })
    expect(await call('upstream.list', {})).toEqual([])
  })

  it('tells that the code was not taken, and writes it into the audit log', async () => {
    const flow = await begin()
    const callback = await callbackOf(flow)
    callback.searchParams.set('code', 'invented')
    const failure = call('account.complete', { id: flow.id, callbackUrl: callback.href })
    await expect(failure).rejects.toMatchObject({ code: 'account_exchange_failed' })
    const { rows } = await call('audit.list', { limit: 1 })
    expect(rows[0]).toMatchObject({ action: 'account.link', outcome: 'failure', errorCode: 'account_exchange_failed' })
  })

  it('expires', async () => {
    await rig.close()
    await start({ flowMs: 50 })
    const flow = await begin()
    const { href } = await callbackOf(flow)
    expect(await ended(flow.id)).toMatchObject({ state: 'expired', error: { code: 'account_flow_expired' } })
    const late = call('account.complete', { id: flow.id, callbackUrl: href })
    await expect(late).rejects.toMatchObject({ code: 'account_flow_expired' })
  })

  it('is bounded in number', async () => {
    for (let made = 0; made < 20; made++) await begin()
    await expect(begin()).rejects.toMatchObject({ code: 'account_flow_limit' })
  })
})

describe('device code', () => {
  const beginDevice = () => call('account.begin', { method: 'device', baseUrl: server.baseUrl })

  it('shows code and page, and ends by itself', { timeout: 15_000 }, async () => {
    server.oauth.behaviour.devicePolls = 1
    const flow = await beginDevice()
    expect(flow).toMatchObject({
      state: 'waiting',
      url: `${server.url}/codex/device`,
      userCode: expect.stringMatching(/./),
    })
    const done = await ended(flow.id)
    expect(done).toMatchObject({ state: 'done', userCode: null })
    expect(server.oauth.counts.poll).toBe(2)
    const { account } = await call('upstream.get', { id: done.upstreamId ?? '' })
    expect(account).toMatchObject({ ...someAccount, origin: 'device' })
  })

  it('asks less often when it is told so', { timeout: 15_000 }, async () => {
    server.oauth.behaviour.deviceSlowDown = true
    const flow = await beginDevice()
    const startedAt = Date.now()
    expect(await ended(flow.id)).toMatchObject({ state: 'done' })
    // 1 s as told, then 5 s more.
    expect(Date.now() - startedAt).toBeGreaterThan(6_000)
    expect(server.oauth.counts.poll).toBe(2)
  })

  it('tells that it is refused, and asks no more once it is cancelled', { timeout: 15_000 }, async () => {
    const kept = await beginDevice()
    await call('account.cancel', { id: kept.id })
    server.oauth.behaviour.denies = true
    const flow = await beginDevice()
    expect(await ended(flow.id)).toMatchObject({ state: 'failed', error: { code: 'account_denied' } })
    expect(server.oauth.counts.poll).toBe(1)
  })

  it('says where it is not offered', async () => {
    server.oauth.behaviour.deviceDisabled = true
    await expect(beginDevice()).rejects.toMatchObject({ code: 'account_device_disabled' })
  })
})

describe('import', () => {
  const importText = (text: string) => call('account.import', { source: 'text', text, baseUrl: server.baseUrl })

  it('takes an auth.json and warns of its other holder', async () => {
    const { upstream, warning } = await importText(server.authFile())
    expect(upstream.account).toMatchObject({ ...someAccount, origin: 'import' })
    expect(warning).toContain('refresh token')
    expect(await call('upstream.test', { id: upstream.id })).toMatchObject({ ok: true })
  })

  it.each([
    ['auth_file_invalid', () => 'nothing of the kind'],
    ['auth_file_invalid', () => '{"a":1}'],
    ['auth_file_api_key', () => JSON.stringify({ OPENAI_API_KEY: 'sk-canary-0001' })],
    ['auth_file_access_token', () => JSON.stringify({ auth_mode: 'personalAccessToken', OPENAI_API_KEY: null })],
    ['auth_file_access_token', () => JSON.stringify({ tokens: { access_token: 'at-canary-0002' } })],
    ['auth_file_incomplete', () => JSON.stringify({ tokens: { refresh_token: 'rt' } })],
    ['auth_file_incomplete', () => JSON.stringify({ tokens: { access_token: 'a.b.c', refresh_token: 'rt' } })],
    ['auth_file_incomplete', () => withTokens({ refresh_token: undefined })],
  ])('refuses with %s, without a word of the file', async (code, text) => {
    const result = await rig.call('account.import', { source: 'text', text: text() })
    expect(result).toMatchObject({ ok: false, error: { code } })
    expect(JSON.stringify(result)).not.toMatch(/canary|eyJ/)
  })

  function withTokens(changes: object): string {
    const file = JSON.parse(server.authFile()) as { tokens: object }
    return JSON.stringify({ ...file, tokens: { ...file.tokens, ...changes } })
  }

  it('refuses a file that has expired and has nothing to renew it with', async () => {
    server.oauth.behaviour.lifeMs = -60_000
    await expect(importText(withTokens({ refresh_token: undefined }))).rejects.toMatchObject({
      code: 'auth_file_expired',
    })
  })

  it('finds the Codex of the operator, on demand only', async () => {
    const codexHome = makeTempDir('codex-home')
    await rig.close()
    await start({ codexHome })
    expect(await call('account.found', {})).toMatchObject({ isThere: false, email: null, problem: null })
    await expect(call('account.import', { source: 'home' })).rejects.toMatchObject({ code: 'auth_file_missing' })
    const text = server.authFile()
    writeFileSync(join(codexHome, 'auth.json'), text)
    const seen = await call('account.found', {})
    expect(seen).toMatchObject({ isThere: true, email: someAccount.email, plan: 'plus', upstreamId: null })
    for (const secret of server.oauth.issued) expect(JSON.stringify(seen)).not.toContain(secret)
    const { upstream } = await call('account.import', { source: 'home', baseUrl: server.baseUrl })
    expect(await call('account.found', {})).toMatchObject({ upstreamId: upstream.id })
    writeFileSync(join(codexHome, 'auth.json'), '{"OPENAI_API_KEY":"sk-x"}')
    expect(await call('account.found', {})).toMatchObject({ isThere: true, problem: { code: 'auth_file_api_key' } })
  })

  it('takes a business access token, which nothing renews', async () => {
    const token = server.oauth.businessToken()
    const { upstream, warning } = await call('account.import', { source: 'token', token, baseUrl: server.baseUrl })
    expect(upstream.account).toMatchObject({ ...someAccount, origin: 'token', expiresAt: null })
    expect(warning).toBeNull()
    expect(await call('upstream.test', { id: upstream.id })).toMatchObject({ ok: true })
    for (const wrong of ['at-unknown', 'sk-something']) {
      const failure = call('account.import', { source: 'token', token: wrong })
      await expect(failure).rejects.toMatchObject({ code: 'account_token_invalid' })
    }
  })
})

describe('one account', () => {
  it('is never two upstreams', async () => {
    const upstream = await imported()
    const again = call('account.import', { source: 'text', text: server.authFile(), baseUrl: server.baseUrl })
    await expect(again).rejects.toMatchObject({
      code: 'account_exists',
      message: expect.stringContaining('Mine'),
      details: { upstreamId: upstream.id },
    })
    expect(await call('upstream.list', {})).toHaveLength(1)
    // Another user of the same workspace has a quota of his own.
    server.oauth.behaviour.account = { ...someAccount, userId: 'user-0002', email: 'other@example.com' }
    await imported('Other')
    expect(await call('upstream.list', {})).toHaveLength(2)
  })

  it('is one upstream even when two sign-ins of it end together', async () => {
    const flows = [await begin(), await begin()]
    const pages = await Promise.all(flows.map(browse))
    expect(pages.map(({ status }) => status).sort()).toEqual([200, 400])
    expect(await call('upstream.list', {})).toHaveLength(1)
  })

  it('is signed in again in place', async () => {
    const { id } = await imported()
    rig.services.upstreams.authFailed(id, 'The sign-in ended.')
    expect((await call('upstream.get', { id })).status).toBe('auth_required')
    const flow = await begin({ upstreamId: id })
    await browse(flow)
    expect(await ended(flow.id)).toMatchObject({ state: 'done', upstreamId: id })
    const after = await call('upstream.get', { id })
    expect(after).toMatchObject({ name: 'Mine', status: 'active', statusReason: null, account: { origin: 'browser' } })
    const { rows } = await call('audit.list', { limit: 1 })
    expect(rows[0]).toMatchObject({ action: 'account.relink', outcome: 'success', targetName: 'Mine' })
  })

  it('is not made another account', async () => {
    const { id, secret } = await imported()
    server.oauth.behaviour.account = { ...someAccount, accountId: 'acct-0002', email: 'other@example.com' }
    const flow = await begin({ upstreamId: id })
    await browse(flow)
    expect(await ended(flow.id)).toMatchObject({ state: 'failed', error: { code: 'account_mismatch' } })
    const after = await call('upstream.get', { id })
    expect(after).toMatchObject({ account: someAccount, secret })
    expect(await call('upstream.test', { id })).toMatchObject({ ok: true })
  })

  it('is neither made nor changed as other upstreams are', async () => {
    const { id } = await imported()
    const draft = call('upstream.create', { kind: 'chatgpt', name: 'By hand', secret: { apiKey: 'x' } })
    await expect(draft).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(call('upstream.setSecret', { id, secret: { apiKey: 'x' } })).rejects.toMatchObject({
      code: 'invalid_input',
    })
    const moved = call('upstream.update', { id, patch: { baseUrl: 'http://elsewhere.example/codex' } })
    await expect(moved).rejects.toMatchObject({ code: 'invalid_input' })
    const other = await call('upstream.create', { kind: 'openai', name: 'Key', secret: { apiKey: 'sk-1' } })
    await expect(begin({ upstreamId: other.id })).rejects.toMatchObject({ code: 'account_not_signed_in' })
    expect(await call('upstream.delete', { id })).toEqual({ pools: [] })
    await imported()
  })
})
