/** The real Codex CLI through Weir to a ChatGPT account, with the sign-in and the backend on loopback. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startChatgptServer, type ChatgptServer } from '../support/chatgpt-server.ts'
import { createCodex, type CodexSetup } from './support/codex.ts'
import { startOutside, type Outside } from './support/outside.ts'
import { succeeded } from './support/process.ts'
import { startWeir, type Weir } from './support/weir.ts'

let weir: Weir
let outside: Outside
let server: ChatgptServer
let apiKey: string

beforeAll(async () => {
  weir = await startWeir()
  outside = await startOutside()
  server = await startChatgptServer()
  await weir.rpc('settings.update', { patch: { 'accounts.issuer': server.url, 'accounts.callbackPort': 0 } })
  const flow = await weir.rpc('account.begin', { method: 'browser', baseUrl: server.baseUrl, name: 'Account' })
  await fetch(flow.url ?? '')
  const { upstreamId } = await weir.rpc('account.flow', { id: flow.id })
  const pool = await weir.rpc('pool.create', { name: 'Account', assignments: [{ upstreamId: upstreamId ?? '' }] })
  apiKey = (await weir.rpc('key.create', { poolId: pool.id, name: 'codex' })).secret
})
beforeEach(() => {
  server.calls.length = 0
  weir.relay.requests.length = 0
})
afterAll(async () => {
  await server?.close()
  await outside?.close()
  await weir?.close()
})

const setups: readonly CodexSetup[] = ['custom', 'builtin', 'chatgpt']

describe('codex on a ChatGPT account', () => {
  it.each(setups)('completes a turn (%s)', async (setup) => {
    const codex = await createCodex({ setup, baseUrl: weir.baseUrl, apiKey, env: outside.env })
    const turn = succeeded(await codex.turn('gpt-5.5', 'say something').finally(() => codex.close()))
    expect(turn).toMatchObject({ answer: 'recorded answer', failure: undefined })
    expect(server.turns().map(({ status }) => status)).toEqual([200])
    const { headers, body } = server.turns()[0]!
    expect(headers).toMatchObject({
      'chatgpt-account-id': 'acct-0001',
      originator: expect.stringMatching(/^codex/),
      'user-agent': expect.stringMatching(/^codex/),
      'session-id': expect.stringMatching(/./),
      'thread-id': expect.stringMatching(/./),
      'x-codex-window-id': expect.stringMatching(/./),
    })
    expect(JSON.stringify(headers)).not.toContain(apiKey)
    expect(body).toMatchObject({ stream: true, store: false, prompt_cache_key: expect.stringMatching(/./) })
    expect(turn.screen).not.toMatch(/flagged|unexpected status/)
  })

  it('does not notice that the access token ran out', async () => {
    const codex = await createCodex({ setup: 'custom', baseUrl: weir.baseUrl, apiKey, env: outside.env })
    const before = server.webSockets.upgrades.at(-1)?.authorization
    expect(before).toMatch(/^Bearer /)
    server.oauth.expireAll()
    server.webSockets.reset()
    const renewals = server.oauth.counts.refresh
    const turn = succeeded(await codex.turn('gpt-5.5', 'say something').finally(() => codex.close()))
    expect(turn.answer).toBe('recorded answer')
    // Whoever met the refusal first had the tokens renewed, once: the turn's own upgrade, or a look at the quota.
    expect(server.oauth.counts.refresh).toBe(renewals + 1)
    const opened = server.webSockets.upgrades.at(-1)
    expect(server.webSockets.upgrades.length).toBeLessThanOrEqual(2)
    expect(opened?.authorization).not.toBe(before)
    expect(server.turns().map(({ headers }) => headers.authorization)).toEqual([opened?.authorization])
    expect(weir.relay.requests.filter(({ method }) => method === 'POST').map(({ status }) => status)).toEqual([200])
  })
})
