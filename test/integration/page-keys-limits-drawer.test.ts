/** How full the limits of a key are, in its drawer. */
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addSimulator, axe, openPageRig, sendRequest, type PageRig, type Served } from '../support/page-rig.ts'

let rig: PageRig
let page: Page
let served: Served

beforeAll(async () => {
  rig = await openPageRig()
  page = rig.page
  served = await addSimulator(rig.call, 'Team')
}, 300_000)

afterAll(async () => {
  await rig?.close()
})

const step = (name: string) => page.getByRole('heading', { level: 2, name, exact: true })

describe('the drawer', () => {
  it('of a key without limits says so, with the way to them', async () => {
    const { key } = await rig.call('key.create', { poolId: served.poolId, name: 'free' })
    await rig.go(`/keys/${key.id}`)
    await page.getByText('No limits: this key may use all that its Pool serves.').waitFor()
    await page.getByRole('link', { name: 'Edit limits' }).click()
    await step('Limits').waitFor()
  })

  const meter = (name: string, within: Locator) => within.getByRole('meter', { name, exact: true })
  const group = (name: string) => page.getByRole('region', { name, exact: true })

  it('shows how full each limit is, its own first, and follows the traffic', async () => {
    const { key, secret } = await rig.call('key.create', {
      poolId: served.poolId,
      name: 'counted',
      limits: { requestsPerHour: 10, requestsPerDay: 1_000, inputTokensPerRequest: 8_000, budgetTotal: null },
      limitOverrides: [
        { model: 'gpt-5*', limits: { tokensPerDay: 0, outputTokensPerRequest: 0 } },
        { model: 'sim-*', limits: { requestsPerDay: 9 } },
        { model: 'nothing', limits: {} },
      ],
    })
    for (let sent = 0; sent < 7; sent++) expect(await sendRequest(rig, secret)).toBe(200)
    await rig.go(`/keys/${key.id}`)
    const all = group('Limits of the key')
    await all.getByText('7 of 10 requests an hour · 3 left', { exact: true }).waitFor()
    await all.getByText(/^7 of 1,000 requests a day · 993 left · resets (in \d+ \w+|in a moment)$/).waitFor()
    await all.getByText('At most 8,000 input tokens a request').waitFor()
    await expect.poll(() => meter('Requests per hour', all).getAttribute('data-fill')).toBe('calm')
    await expect.poll(() => meter('Requests per hour', all).getAttribute('aria-valuenow')).toBe('7')
    const heads = page.getByRole('dialog').getByRole('heading', { level: 3 })
    await expect.poll(() => heads.allTextContents()).toEqual(['For gpt-5*', 'For sim-*'])
    await expect.poll(() => group('Limits for gpt-5*').getByText('denied').count()).toBe(2)
    await group('Limits for sim-*').getByText('7 of 9 requests a day · 2 left').waitFor()
    await axe(page)

    expect(await sendRequest(rig, secret)).toBe(200)
    await all.getByText('8 of 10 requests an hour · 2 left', { exact: true }).waitFor()
    await expect.poll(() => meter('Requests per hour', all).getAttribute('data-fill')).toBe('near')
    expect(await sendRequest(rig, secret)).toBe(200)
    expect(await sendRequest(rig, secret)).toBe(429)
    await group('Limits for sim-*')
      .getByText(/9 of 9 requests a day · none left · resets/)
      .waitFor()
    await expect.poll(() => meter('Requests per day', group('Limits for sim-*')).getAttribute('data-fill')).toBe('full')
    await page.emulateMedia({ colorScheme: 'dark' })
    try {
      await rig.go(`/keys/${key.id}`)
      await all.getByText('9 of 10 requests an hour · 1 left', { exact: true }).waitFor()
      await axe(page)
    } finally {
      await page.emulateMedia({ colorScheme: 'light' })
    }
  })

  it('says when a full sliding window has room again', async () => {
    const { key, secret } = await rig.call('key.create', {
      poolId: served.poolId,
      name: 'slid',
      limits: { requestsPerHour: 1 },
    })
    expect(await sendRequest(rig, secret)).toBe(200)
    await rig.go(`/keys/${key.id}`)
    await group('Limits of the key')
      .getByText(/^1 of 1 requests an hour · none left · room again in (1 h|5\d min)$/)
      .waitFor()
  })

  it('shows what running requests hold', async () => {
    const slow = await addSimulator(rig.call, 'Slow', { latencyMs: 60_000 })
    const { key, secret } = await rig.call('key.create', {
      poolId: slow.poolId,
      name: 'held',
      limits: { concurrentRequests: 3, requestsPerDay: 4 },
    })
    await rig.go(`/keys/${key.id}`)
    const all = group('Limits of the key')
    await all.getByText('0 of 3 requests at a time · 3 left').waitFor()
    const stop = new AbortController()
    const running = fetch(`${rig.gatewayUrl}/v1/chat/completions`, {
      method: 'POST',
      signal: stop.signal,
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'sim-chat', messages: [{ role: 'user', content: 'hello' }] }),
    }).catch(() => null)
    await all.getByText('1 of 3 requests at a time · 2 left').waitFor()
    await all.getByText(/^1 of 4 requests a day · 1 of it held by running requests · 3 left/).waitFor()
    const held = meter('Requests per day', all).locator('[data-reserved]')
    await expect.poll(() => held.evaluate((part) => part.style.width)).toBe('25%')
    stop.abort()
    await running
    await all.getByText('0 of 3 requests at a time · 3 left').waitFor()
  })
})
