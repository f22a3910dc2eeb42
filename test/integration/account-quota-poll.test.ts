/** Asking for the quota of accounts: seldom, never twice at once, and what becomes of the figures over time. */
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openAccountHouse, type AccountHouse } from '../support/account-house.ts'
import { someAccount } from '../support/chatgpt-tokens.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const POLL_MS = 1_000

let house: AccountHouse

const asked = () => house.server.calls.filter(({ path }) => path.endsWith('/wham/usage'))
const quota = () => house.rig.call('account.quota', { id: house.upstreamId })
const figures = () => house.server.quotas.of(someAccount.accountId)

async function turn(): Promise<void> {
  const answer = await house.ask()
  await answer.text()
  expect(answer.status).toBe(200)
}

afterEach(async () => {
  await house.close()
  vi.useRealTimers()
})

describe('the schedule', () => {
  beforeEach(async () => {
    house = await openAccountHouse()
    await house.rig.call('settings.update', { patch: { 'accounts.quotaPollMs': POLL_MS } })
    house.server.calls.length = 0
    await house.restart()
  })

  it('reads the page by the clock, and never because somebody looks', async () => {
    const startedAt = Date.now()
    for (let looks = 0; looks < 25; looks++) {
      await house.rig.call('upstream.list', {})
      await quota()
      await house.rig.call('account.quotaCourse', { id: house.upstreamId, hours: 24 })
      await wait(100)
    }
    const most = Math.floor((Date.now() - startedAt) / POLL_MS) + 1
    expect(asked().length).toBeGreaterThanOrEqual(2)
    expect(asked().length).toBeLessThanOrEqual(most)
    const { windows, polledAt, pollError, nextPollAt } = await quota()
    expect(windows).toMatchObject([{ minutes: 300, usedPercent: 12, source: 'usage', state: 'ok' }])
    expect(pollError).toBeNull()
    expect(nextPollAt ?? 0).toBeGreaterThan(polledAt ?? Infinity)
  })

  it('asks nothing as long as the answers themselves say how it stands', async () => {
    await expect.poll(() => asked().length).toBe(1)
    const end = Date.now() + 2_500
    while (Date.now() < end) {
      await turn()
      await wait(200)
    }
    expect(asked()).toHaveLength(1)
  })

  it('leaves a provider alone as long as it wants, whoever asks', async () => {
    house.server.quotas.behaviour.usageFails = { status: 429, retryAfter: '3' }
    await expect.poll(() => asked().length, { timeout: 5_000 }).toBeGreaterThan(0)
    const refused = asked().length
    await expect.poll(async () => (await quota()).pollError, { timeout: 5_000 }).toContain('429')
    await house.rig.call('account.quotaRefresh', { id: house.upstreamId })
    await wait(1_500)
    expect(asked().length).toBe(refused)
    house.server.quotas.behaviour.usageFails = null
    await expect.poll(async () => (await quota()).pollError, { timeout: 8_000 }).toBeNull()
  })

  it('asks less and less often where that fails, and once more with new tokens', async () => {
    house.server.quotas.behaviour.usageFails = { status: 500 }
    await wait(4_500)
    // After 1, 2, 4 seconds; one may have come before it began to fail.
    expect(asked().length).toBeLessThanOrEqual(4)
    house.server.quotas.behaviour.usageFails = null
    house.server.oauth.expireAll()
    const { refresh } = house.server.oauth.counts
    await expect.poll(async () => (await quota()).pollError, { timeout: 10_000 }).toBeNull()
    expect(house.server.oauth.counts.refresh).toBe(refresh + 1)
    expect(asked().at(-1)?.status).toBe(200)
  })
})

describe('an operator who asks', () => {
  it('is answered at once, and within a minute with what is known', async () => {
    house = await openAccountHouse()
    house.server.calls.length = 0
    const before = await quota()
    expect(before).toMatchObject({ windows: [], polledAt: null })
    const { windows } = await house.rig.call('account.quotaRefresh', { id: house.upstreamId })
    expect(windows).toMatchObject([{ usedPercent: 12 }])
    const [window] = figures().windows
    Object.assign(window ?? {}, { used: 30 })
    const again = await house.rig.call('account.quotaRefresh', { id: house.upstreamId })
    expect(again.windows).toMatchObject([{ usedPercent: 12 }])
    expect(asked()).toHaveLength(1)
    expect((await house.rig.call('upstream.get', { id: house.upstreamId })).accountQuota).toEqual(again)
    const pool = await house.rig.call('upstream.create', { kind: 'simulator', name: 'Sim' })
    await expect(house.rig.call('account.quota', { id: pool.id })).rejects.toMatchObject({
      code: 'account_not_signed_in',
    })
  })
})

describe('the figures over time', () => {
  it('make a course and a forecast, and are there after a restart', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 8, 1, 12) })
    house = await openAccountHouse()
    const [window] = figures().windows
    if (window === undefined) throw new Error('no window')
    window.resetsAt = Date.now() + 4 * HOUR
    for (let step = 1; step <= 6; step++) {
      vi.setSystemTime(Date.now() + 5 * MINUTE)
      window.used = step * 10
      await turn()
      // The last is as it stands now.
      await expect.poll(async () => (await course())?.points.length, { timeout: 5_000 }).toBe(step + 1)
    }
    const { windows } = await quota()
    const emptyAt = windows[0]?.emptyAt ?? 0
    // 40 percent are left, at two percent a minute.
    expect(Math.abs(emptyAt - (Date.now() + 20 * MINUTE))).toBeLessThan(5 * MINUTE)
    const before = await course()

    await house.restart()
    expect((await quota()).windows).toMatchObject([{ usedPercent: 60, state: 'ok', emptyAt }])
    expect(await course()).toEqual(before)
    await vi.waitFor(async () => {
      window.used = 100
      await house.ask()
      expect((await quota()).windows[0]?.state).toBe('exhausted')
    })
    await house.restart()
    expect((await house.ask()).status).toBe(429)
    vi.setSystemTime(window.resetsAt)
    window.used = 0
    Object.assign(window, { resetsAt: Date.now() + 5 * HOUR })
    await turn()
  })

  async function course() {
    const [first] = await house.rig.call('account.quotaCourse', { id: house.upstreamId, hours: 24 })
    return first
  }
})
