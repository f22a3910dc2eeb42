/** The quota of accounts: who ran dry hands over and comes back by itself, and what clients and operators are told. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openAccountHouse, type AccountHouse } from '../support/account-house.ts'
import { someAccount } from '../support/chatgpt-tokens.ts'

const HOUR = 3_600_000
const MINUTE = 60_000
const codex = { 'user-agent': 'codex_exec/0.170.1 (Debian 13)', originator: 'codex_exec' }
const second = { ...someAccount, accountId: 'acct-0002', userId: 'user-0002', email: 'second@example.com' }

let house: AccountHouse
let secondId: string

/** Two accounts in one Pool, the first of them first. */
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 8, 1, 12) })
  house = await openAccountHouse()
  const { server, rig, upstreamId } = house
  const text = server.authFile(second)
  const made = await rig.call('account.import', { source: 'text', text, name: 'Second', baseUrl: server.baseUrl })
  secondId = made.upstream.id
  const [pool] = await rig.call('pool.list', {})
  const assignments = [upstreamId, secondId].map((id, index) => ({
    upstreamId: id,
    priority: index + 1,
    weight: 1,
    enabled: true,
  }))
  await rig.call('pool.update', { id: pool?.id ?? '', patch: { assignments } })
})
afterEach(async () => {
  await house.close()
  vi.useRealTimers()
})

function later(ms: number): void {
  vi.setSystemTime(Date.now() + ms)
}

const figures = (account = someAccount) => house.server.quotas.of(account.accountId)
const answeredBy = () => house.server.turns().map(({ headers }) => headers['chatgpt-account-id'])

async function turn(body: object = {}, headers: Record<string, string> = {}) {
  const answer = await house.ask(body, headers)
  return { status: answer.status, headers: answer.headers, text: await answer.text() }
}

async function readiness(id: string) {
  const [row] = await house.rig.call('upstream.readiness', { id })
  return row
}

describe('an account that runs dry', () => {
  it('hands over without an error, is left alone, and frees itself after its reset', async () => {
    const [window] = figures().windows
    if (window === undefined) throw new Error('no window')
    expect((await turn()).status).toBe(200)
    window.used = 100
    // The request that learns of it is served all the same.
    expect((await turn()).status).toBe(200)
    expect(answeredBy()).toEqual(['acct-0001', 'acct-0001', 'acct-0002'])
    expect((await turn()).status).toBe(200)
    expect(answeredBy().slice(3)).toEqual(['acct-0002'])
    expect(await readiness(house.upstreamId)).toMatchObject({ isReady: false, reason: 'quota_exhausted' })
    const { windows } = await house.rig.call('account.quota', { id: house.upstreamId })
    expect(windows).toMatchObject([{ meter: '', minutes: 300, usedPercent: 100, state: 'exhausted' }])
    // It was never put to rest: a reset that comes early needs nobody to end one.
    const upstream = await house.rig.call('upstream.get', { id: house.upstreamId })
    expect(upstream.health.state).toBe('ready')
    const { rows } = await house.rig.call('request.list', { limit: 1 })
    const { exclusions } = await house.rig.call('request.get', { id: rows[0]?.id ?? '' })
    expect(exclusions).toEqual([{ upstreamId: house.upstreamId, reason: 'quota_exhausted', until: window.resetsAt }])

    later(HOUR)
    Object.assign(window, { used: 1, resetsAt: Date.now() + 5 * HOUR })
    expect((await turn()).status).toBe(200)
    expect(answeredBy().at(-1)).toBe('acct-0001')
    expect(await readiness(house.upstreamId)).toMatchObject({ isReady: true })
  })

  it('is known to be from the head of its last answer, before it refuses', async () => {
    const [window] = figures().windows
    if (window === undefined) throw new Error('no window')
    await turn()
    // Full, and the turn that filled it was still served.
    house.server.quotas.refusal = () => null
    window.used = 100
    await turn()
    await turn()
    expect(answeredBy()).toEqual(['acct-0001', 'acct-0001', 'acct-0002'])
  })

  it('by an old word is tried again where nobody else is left, and not before', async () => {
    const [first] = figures().windows
    const [other] = figures(second).windows
    if (first === undefined || other === undefined) throw new Error('no window')
    Object.assign(first, { used: 100, resetsAt: Date.now() + 4 * HOUR })
    await turn()
    later(16 * MINUTE)
    await turn()
    expect(answeredBy().at(-1)).toBe('acct-0002')
    Object.assign(other, { used: 100, resetsAt: Date.now() + 4 * HOUR })
    first.used = 50
    expect((await turn()).status).toBe(200)
    expect(answeredBy().slice(-2)).toEqual(['acct-0002', 'acct-0001'])
  })

  it('of one model is out for that model alone', async () => {
    const quota = figures()
    quota.meters['codex_bengalfox'] = { name: 'gpt-5.5-codex', used: 100, minutes: 300, resetsAt: Date.now() + HOUR }
    expect((await turn({ model: 'gpt-5.5-codex' })).status).toBe(200)
    expect(answeredBy()).toEqual(['acct-0001', 'acct-0002'])
    expect((await turn({ model: 'gpt-5.5' })).status).toBe(200)
    expect(answeredBy().at(-1)).toBe('acct-0001')
    await turn({ model: 'gpt-5.5-codex' })
    expect(answeredBy().at(-1)).toBe('acct-0002')
  })

  it('and the last one of its Pool: says until when, each client in its own way, and the operator', async () => {
    for (const account of [someAccount, second]) {
      const [window] = figures(account).windows
      Object.assign(window ?? {}, { used: 100, resetsAt: Date.now() + (account === second ? 2 : 3) * HOUR })
    }
    const plain = await turn()
    expect(plain.status).toBe(429)
    expect(plain.headers.get('retry-after')).toBe(String(2 * 3_600))
    expect(JSON.parse(plain.text)).toMatchObject({ error: { code: 'pool_out_of_quota' } })
    const asked = house.server.turns().length
    const ofCodex = await turn({}, codex)
    expect(ofCodex.status).toBe(429)
    expect(JSON.parse(ofCodex.text)).toMatchObject({
      error: { type: 'usage_limit_reached', resets_at: (Date.now() + 2 * HOUR) / 1_000 },
    })
    expect((await turn({}, { 'user-agent': 'opencode/1.2.3' })).status).toBe(403)
    // Nobody was asked in vain.
    expect(house.server.turns().length).toBe(asked)
    await expect
      .poll(async () => {
        const { rows } = await house.rig.call('notice.list', {})
        return rows.map(({ kind, subject }) => `${kind} ${subject.name}`).sort()
      })
      .toEqual(['pool.quotaDry Team', 'upstream.quotaDry Mine', 'upstream.quotaDry Second'])
  })
})

describe('Codex', () => {
  it('is told how its Pool stands in heads, and never of one account in events', async () => {
    house.server.quotas.behaviour.events = true
    const [window] = figures(second).windows
    Object.assign(window ?? {}, { used: 52 })
    await house.rig.call('account.quotaRefresh', { id: secondId })
    const input = [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hello' }] }]
    const answer = await turn({ input, store: false }, codex)
    expect(answer.headers.get('x-codex-primary-used-percent')).toBe('32')
    expect(answer.headers.get('x-codex-primary-window-minutes')).toBe('300')
    expect(answer.text).not.toContain('codex.rate_limits')
    expect(answer.text).toContain('response.completed')
    const other = await turn()
    expect(other.headers.get('x-codex-primary-used-percent')).toBeNull()
    expect(other.text).not.toContain('codex.rate_limits')
    const { windows } = await house.rig.call('account.quota', { id: house.upstreamId })
    expect(windows).toMatchObject([{ usedPercent: 12, source: 'event' }])
  })

  it.each(['/backend-api/wham/usage', '/wham/usage', '/api/codex/usage'])(
    'finds its usage page at %s',
    async (path) => {
      await turn()
      const { gatewayUrl } = house.rig.app
      const page = await fetch(gatewayUrl + path, { headers: { authorization: `Bearer ${house.key}` } })
      expect(page.status).toBe(200)
      expect(await page.json()).toMatchObject({
        plan_type: 'plus',
        rate_limit: { allowed: true, primary_window: { used_percent: 12, limit_window_seconds: 18_000 } },
        additional_rate_limits: [],
      })
      expect((await fetch(gatewayUrl + path)).status).toBe(401)
    },
  )

  it.each(['/backend-api/wham/accounts/check', '/wham/accounts/check', '/api/codex/accounts/check'])(
    'finds the account that it names, and that it is here, at %s',
    async (path) => {
      await turn()
      const { gatewayUrl } = house.rig.app
      const authorization = `Bearer ${house.key}`
      const ask = async (headers: Record<string, string>) => (await fetch(gatewayUrl + path, { headers })).json()
      const account = {
        id: 'mine',
        plan_type: 'plus',
        // Not ChatGPT's: Codex may take it for the address to send its key to.
        workspace_backend_origin: gatewayUrl.replace('http:', 'https:'),
        account_routing_override: 'NO_CONSTRAINT',
      }
      expect(await ask({ authorization, 'chatgpt-account-id': 'mine' })).toEqual({ accounts: [account] })
      const pool = (await house.rig.call('pool.list', {})).find(({ name }) => name === 'Team')
      expect(await ask({ authorization })).toEqual({ accounts: [{ ...account, id: pool?.id }] })
      expect((await fetch(gatewayUrl + path)).status).toBe(401)
    },
  )
})
