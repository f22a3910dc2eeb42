/** Alert thresholds in the key wizard, the Limits column of the list, and what a request's cost is made of. */
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeUsd } from '../../src/renderer/lib/amount.ts'
import { tabTo } from '../support/keyboard.ts'
import { refuseCalls } from '../support/page-faults.ts'
import { addSimulator, axe, openPageRig, sendRequest, type PageRig, type Served } from '../support/page-rig.ts'

const DOLLAR = 1_000_000_000
/** Each costs half a dollar: five tokens of ten cents. */
const ASK = { max_tokens: 5 }

let rig: PageRig
let page: Page
let served: Served

beforeAll(async () => {
  rig = await openPageRig({ viewport: { width: 1500, height: 800 } })
  page = rig.page
  served = await addSimulator(rig.call, 'Team')
  await rig.call('price.set', { model: 'sim-chat', rates: { input: 0, output: 100_000_000_000 } })
}, 300_000)

afterAll(async () => {
  await rig?.close()
})

const button = (name: string | RegExp) => page.getByRole('button', { name })
const main = () => page.getByRole('main')
const chips = () => page.getByRole('group', { name: 'Alert when a budget is used up to' })
const shares = () =>
  chips()
    .getByRole('button', { name: /^Remove/ })
    .allTextContents()
const share = () => page.getByRole('textbox', { name: 'Another share, percent' })
const budget = () =>
  page.getByRole('group', { name: 'Limits of the key' }).getByRole('textbox', { name: 'Budget per day' })
const row = (name: string) => page.getByRole('table', { name: 'API keys' }).getByRole('row', { name, exact: true })
async function expectWords(within: Locator, words: string): Promise<void> {
  await expect.poll(() => within.textContent()).toContain(words)
}

async function makeKey(name: string, more: object = {}) {
  const { key, secret } = await rig.call('key.create', { poolId: served.poolId, name, ...more })
  return { key, ask: (body: object = ASK) => sendRequest(rig, secret, body as Record<string, unknown>) }
}

describe('thresholds', () => {
  it('are asked for where there is a budget, and are the usual ones at first', async () => {
    const { key } = await makeKey('fresh')
    await rig.go(`/keys/${key.id}/edit?step=limits`)
    await main().getByText('With a budget, you are told when shares of it are used up.').waitFor()
    expect(await chips().count()).toBe(0)
    await budget().fill('5')
    await expect.poll(shares).toEqual(['50 %', '80 %', '100 %'])
    await budget().fill('')
    await chips().waitFor({ state: 'detached' })
  })

  it('are removed and added by keyboard, refused where they cannot be, reviewed and kept', async () => {
    const { key } = await makeKey('tuned', { limits: { budgetPerDay: DOLLAR } })
    await rig.go(`/keys/${key.id}/edit?step=limits`)
    await tabTo(page, button('Remove 80 %'))
    await page.keyboard.press('Enter')
    await expect.poll(shares).toEqual(['50 %', '100 %'])
    await expect.poll(() => share().evaluate((it) => it === document.activeElement)).toBe(true)
    for (const [typed, problem] of [
      ['101', 'Give whole percent, from 1 to 100.'],
      ['12.5', 'Give whole percent, from 1 to 100.'],
      ['50', '50 % is there already.'],
    ] as const) {
      await share().fill(typed)
      await page.keyboard.press('Enter')
      await main().getByText(problem).waitFor()
    }
    await axe(page)
    await share().fill('90 %')
    await page.keyboard.press('Enter')
    await expect.poll(shares).toEqual(['50 %', '90 %', '100 %'])
    // Left without Enter, it counts all the same.
    await share().fill('25')
    await button('Review').click()
    const change = page.getByRole('row').filter({ hasText: 'Budget alerts' })
    await expect
      .poll(() => change.getByRole('cell').allTextContents())
      .toEqual(['Budget alerts', 'at 50 %, 80 % and 100 % of a budget', 'at 25 %, 50 %, 90 % and 100 % of a budget'])
    await main().getByText('at 25 %, 50 %, 90 % and 100 % of each budget').waitFor()
    await button('Save changes').click()
    await page.waitForURL((url) => url.pathname === `/keys/${key.id}`)
    expect((await rig.call('key.get', { id: key.id })).alertThresholds).toEqual([25, 50, 90, 100])
    const policy = page.getByRole('dialog').locator('dl[aria-label="Effective policy"]')
    await policy.getByText('at 25 %, 50 %, 90 % and 100 % of each budget').waitFor()
  })

  it('may be none, which is said, and the usual ones come back at once', async () => {
    const { key } = await makeKey('quiet', { limits: { budgetTotal: DOLLAR } })
    await rig.go(`/keys/${key.id}/edit?step=limits`)
    for (const percent of [50, 80, 100]) await button(`Remove ${percent} %`).click()
    await chips().getByText('No alerts').waitFor()
    await button('Back to 50, 80, 100 %').click()
    await expect.poll(shares).toEqual(['50 %', '80 %', '100 %'])
    for (const percent of [100, 80, 50]) await button(`Remove ${percent} %`).click()
    await button('Review').click()
    await button('Save changes').click()
    await page.waitForURL((url) => url.pathname === `/keys/${key.id}`)
    expect((await rig.call('key.get', { id: key.id })).alertThresholds).toEqual([])
  })

  it('that the core refuses are marked at their field', async () => {
    const { key } = await makeKey('odd', { limits: { budgetTotal: DOLLAR } })
    await rig.go(`/keys/${key.id}/edit?step=limits`)
    await button('Remove 50 %').click()
    await button('Review').click()
    const details = { fields: ['patch.alertThresholds: each threshold may stand once'] }
    const restore = await refuseCalls(page, 'key.update', { code: 'invalid_input', message: 'No.', details })
    await button('Save changes').click()
    await main().getByText('Refused: each threshold may stand once.').first().waitFor()
    await chips().waitFor()
    await restore()
  })
})

describe('the column of limits', () => {
  it('shows the fullest limit of each key, sorts by it, and follows the traffic', async () => {
    const spender = await makeKey('spender', {
      limits: { budgetPerDay: 5 * DOLLAR, requestsPerDay: 1_500, inputTokensPerRequest: 9_000 },
      limitOverrides: [{ model: 'sim-*', limits: { tokensPerDay: 1_000_000 } }],
    })
    await makeKey('counter', { limitOverrides: [{ model: 'sim-*', limits: { requestsPerHour: 4 } }] })
    await makeKey('denied', { limits: { tokensPerDay: 0 } })
    await makeKey('bounded', { limits: { outputTokensPerRequest: 50 } })
    for (let sent = 0; sent < 4; sent++) expect(await spender.ask()).toBe(200)
    await rig.go('/keys')
    const cell = (name: string) => row(name).locator('[data-fill]').locator('..')
    await expectWords(cell('spender'), '40 % of $5.00 a day')
    await cell('spender').getByText('+2 more').waitFor()
    await expectWords(cell('counter'), '0 % of 4 requests an hour')
    await cell('counter').getByText('sim-*', { exact: true }).waitFor()
    await expectWords(cell('denied'), 'denied 0 tokens a day')
    // Not used yet, no limit that fills up, and no limit at all are three things.
    await row('bounded').getByText('per request only', { exact: true }).waitFor()
    await row('Team key').getByText('no limits', { exact: true }).waitFor()
    expect(await row('Team key').locator('[data-fill]').count()).toBe(0)
    await axe(page)

    await page.getByRole('columnheader', { name: 'Limits' }).getByRole('button').click()
    const names = () =>
      page.locator('tr[data-row]').evaluateAll((rows) => rows.map((each) => each.getAttribute('aria-label')))
    await expect.poll(async () => (await names()).slice(0, 2)).toEqual(['denied', 'spender'])
    expect(new URL(page.url()).searchParams.get('sort')).toBe('-limits')
    for (let sent = 0; sent < 4; sent++) expect(await spender.ask()).toBe(200)
    await expectWords(cell('spender'), '80 % of $5.00 a day')
    await expect.poll(() => row('spender').locator('[data-fill]').getAttribute('data-fill')).toBe('near')
    await cell('spender').hover()
    const tooltip = page.getByRole('tooltip')
    await tooltip.getByText('Budget per day: $4.00 of $5.00; the fullest of 3 limits').waitFor()
    await tooltip.getByText(/^Resets in \d+ (h|min|s), at \d{4}-\d\d-\d\d \d\d:\d\d/).waitFor()
  })

  it('does not ask more often than every few seconds, whatever the traffic', async () => {
    let asked = 0
    page.on('request', (request) => {
      if (request.postData()?.includes('"key.usageAll"') === true) asked += 1
    })
    const { ask } = await makeKey('busy', { limits: { requestsPerDay: 1_000 } })
    await rig.go('/keys')
    await expectWords(row('busy'), '0 % of 1k requests a day')
    const before = asked
    const began = Date.now()
    for (let sent = 0; sent < 60; sent++) {
      expect(await ask({ max_tokens: 1 })).toBe(200)
      await page.waitForTimeout(100)
    }
    const seconds = (Date.now() - began) / 1_000
    expect(asked - before).toBeLessThanOrEqual(Math.ceil(seconds / 5) + 1)
    await expectWords(row('busy'), '6 % of 1k requests a day')
  })

  it('is a bar with its share in a narrow window', async () => {
    await page.setViewportSize({ width: 900, height: 600 })
    try {
      await rig.go('/keys')
      await page.getByRole('columnheader', { name: 'Limits' }).waitFor()
      const whole = 'Budget per day: $4.00 of $5.00; the fullest of 3 limits'
      const cell = row('spender').getByRole('group', { name: whole, exact: true })
      await expect.poll(() => cell.innerText()).toBe('80 %')
      await axe(page)
      await expect
        .poll(async () => (await row('spender').locator('[data-fill] span').boundingBox())?.width)
        .toBeGreaterThan(40)
      const tooltip = page.getByRole('tooltip').getByText(whole)
      await row('spender').locator('[data-fill]').hover()
      await tooltip.waitFor()
      await page.mouse.move(0, 0)
      await tooltip.waitFor({ state: 'detached' })
      await row('spender').focus()
      await tabTo(page, cell)
      await tooltip.waitFor()
      const overflow = () =>
        page
          .getByRole('table', { name: 'API keys' })
          .evaluate((table) => table.scrollWidth - (table.parentElement?.clientWidth ?? 0))
      await expect.poll(overflow).toBeLessThanOrEqual(0)
      await page.setViewportSize({ width: 1280, height: 800 })
      await expectWords(row('spender'), '80 % of $5.00 a day')
      await expect.poll(overflow).toBeLessThanOrEqual(0)
    } finally {
      await page.setViewportSize({ width: 1500, height: 800 })
    }
  })
})

describe('the cost of a request', () => {
  const table = () => page.getByRole('table', { name: 'Cost', exact: true })
  const cells = () =>
    table()
      .locator('tr')
      .evaluateAll((rows) => rows.map((each) => [...each.children].map((cell) => cell.textContent)))

  it('is what its parts come to, by the price of then', async () => {
    const rates = { input: 1_250_007, cachedInput: 125_000, output: 10_000_000 }
    await rig.call('price.set', { model: 'sim-chat', rates })
    const { key, ask } = await makeKey('priced')
    expect(await ask()).toBe(200)
    const { rows } = await rig.call('request.list', { keyId: key.id })
    const { id, usage, costNanos } = await rig.call('request.get', { id: rows[0]?.id ?? '' })
    // The price of today is another one.
    await rig.call('price.set', { model: 'sim-chat', rates: { input: 5_000_000, output: 5_000_000 } })
    await rig.go(`/requests/${id}`)
    const exact = (nanos: number) => `$0.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`
    const output = usage.output * 10_000
    await expect.poll(cells).toEqual([
      ['Cost', 'Tokens', '$ per 1M', 'USD'],
      ['Fresh input', String(usage.input), '× 1.250007', exact((costNanos ?? 0) - output)],
      ['Output', String(usage.output), '× 10', exact(output)],
      ['Total', exact(costNanos ?? 0)],
    ])
    await page.getByText(/^By the price of sim-chat, in force since \d{4}-/).waitFor()
    await axe(page)
    await page.getByRole('link', { name: 'The price of sim-chat' }).click()
    await page.waitForURL((url) => url.pathname === '/prices' && url.searchParams.get('model') === 'sim-chat')
  })

  it('has what was written into a cache apart, among its tokens too', async () => {
    const { rows } = await rig.call('request.list', { limit: 1 })
    const detail = await rig.call('request.get', { id: rows[0]?.id ?? '' })
    const usage = { input: 1_000, cached: 300, cacheWrite: 650, output: 9, reasoning: 0 }
    const parts = [{ component: 'cacheWrite', tokens: 650, rate: 6_250_000, nanos: 4_062_500 }]
    await page.route('**/rpc', async (call) => {
      if (call.request().postData()?.includes('"request.get"') !== true) return call.fallback()
      const value = { ...detail, usage, costNanos: 4_062_500, cost: { ...detail.cost, parts } }
      await call.fulfill({ json: { ok: true, value } })
    })
    await rig.go(`/requests/${detail.id}`)
    const written = page.getByRole('table', { name: 'Usage' }).getByRole('row', { name: 'Cache write' })
    await expect.poll(() => written.textContent()).toContain('650')
    const fresh = page.getByRole('table', { name: 'Usage' }).getByRole('row', { name: 'Fresh input' })
    await expect.poll(() => fresh.getByRole('cell').nth(1).textContent()).toBe('50')
    await expect.poll(cells).toContainEqual(['Cache write', '650', '× 6.25', '$0.0040625'])
    await page.unroute('**/rpc')
  })

  it('that no price of then comes to says so', async () => {
    const { rows } = await rig.call('request.list', { limit: 1 })
    const detail = await rig.call('request.get', { id: rows[0]?.id ?? '' })
    expect(detail.cost).not.toBeNull()
    await page.route('**/rpc', async (call) => {
      if (call.request().postData()?.includes('"request.get"') !== true) return call.fallback()
      await call.fulfill({ json: { ok: true, value: { ...detail, cost: null } } })
    })
    await rig.go(`/requests/${detail.id}`)
    await page.getByText('The price has changed since, so what the cost was made of is not known any more.').waitFor()
    await page.getByText(/^Cost: (\$|< \$)/).waitFor()
    expect(await table().count()).toBe(0)
    await page.unroute('**/rpc')
  })

  it('is charged to the limits that it says, what of each, and to no others', async () => {
    const { key, ask } = await makeKey('charged', {
      limits: { requestsPerDay: 10, budgetPerDay: 5 * DOLLAR, inputTokensPerRequest: 9_000 },
      limitOverrides: [
        { model: 'sim-*', limits: { tokensPerDay: 1_000_000 } },
        { model: 'other-*', limits: { tokensPerDay: 1 } },
      ],
    })
    expect(await ask()).toBe(200)
    const { rows } = await rig.call('request.list', { keyId: key.id, minCostNanos: 1 })
    const { id, usage, costNanos } = await rig.call('request.get', { id: rows[0]?.id ?? '' })
    const lines = page.getByRole('table', { name: 'Limits charged' }).locator('tbody tr')
    const charges = () =>
      lines.evaluateAll((all) => all.map((each) => [...each.children].map((cell) => cell.textContent)))
    await rig.go(`/requests/${id}`)
    await expect.poll(charges).toEqual([
      ['Requests per day', '1 request', '10 requests'],
      ['Budget per day', `$${writeUsd(costNanos ?? 0)}`, '$5.00'],
      ['Tokens per day for sim-*', `${usage.input + usage.output} tokens`, '1,000,000 tokens'],
    ])
    await axe(page)
  })
})
