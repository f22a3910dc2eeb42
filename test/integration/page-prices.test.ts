/** The page of prices in real Chromium: what a model costs, what has no price, one price, both schemes. */
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { changeAnswers, holdCalls, refuseCalls } from '../support/page-faults.ts'
import { addSimulator, axe, openPageRig, sendRequest, type PageRig, type Served } from '../support/page-rig.ts'

let rig: PageRig
let page: Page
let served: Served

beforeAll(async () => {
  rig = await openPageRig()
  page = rig.page
  served = await addSimulator(rig.call, 'Demo', { models: ['sim-chat', 'sim-spare'] })
}, 300_000)

afterAll(async () => {
  await rig?.close()
})

type Within = Page | Locator
const table = () => page.getByRole('table', { name: 'Prices', exact: true })
const row = (name: string) => table().getByRole('row', { name, exact: true })
const strip = () => page.getByRole('region', { name: /no price/ })
const dialog = (name: string | RegExp) => page.getByRole('dialog', { name })
const button = (name: string | RegExp, within: Within = page) =>
  within.getByRole('button', { name, ...(typeof name === 'string' ? { exact: true } : {}) })
const rates = (within: Within, label = 'Standard rates') => within.getByRole('group', { name: label, exact: true })
const rate = (within: Within, name: string) => within.getByRole('textbox', { name, exact: true })
const search = () => new URL(page.url()).search

async function cells(name: string): Promise<string[]> {
  return row(name).getByRole('cell').allTextContents()
}

describe('the list', () => {
  it('shows a long list with a part of its rows in the document, and the last by End', async () => {
    await rig.go('/prices?sort=model')
    await row('claude-opus-4').waitFor()
    const total = (await rig.call('price.list', {})).rows.length
    expect(total).toBeGreaterThan(100)
    await page.getByText(`${total} prices`, { exact: true }).waitFor()
    expect(await table().locator('tr[data-row]').count()).toBeLessThan(total)
    await expect.poll(() => table().getAttribute('aria-rowcount')).toBe(String(total + 1))
    await table().locator('tr[data-row]').first().focus()
    await page.keyboard.press('End')
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-rowindex')))
      .toBe(String(total + 1))
  })

  it('is reached by keys, searched, filtered and sorted, all of it in the address', async () => {
    await rig.go('/')
    await page.keyboard.press('g')
    await page.keyboard.press('c')
    await page.waitForURL('**/prices')
    await page.getByText('What does each model cost, in USD per 1M tokens?').waitFor()
    await table().waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('gpt-5-pro')
    await row('sim-chat').or(row('claude-opus-4')).first().waitFor({ state: 'detached' })
    await expect
      .poll(() => cells('gpt-5-pro'))
      .toEqual(expect.arrayContaining(['any', '$15.00', 'as input', '$120.00', 'Weir', 'always', '0']))
    expect(search()).toBe('?q=gpt-5-pro')
    await page.reload()
    await row('gpt-5-pro').waitFor()
    await page.getByRole('combobox', { name: 'Source' }).click()
    await page.getByRole('option', { name: 'Yours' }).click()
    await page.getByText('No prices fit the filters').waitFor()
    await button('Clear filters', page.locator('[data-state="filtered"]')).click()
    await row('claude-opus-4').waitFor()
    await button('Output', table()).click()
    await page.waitForURL('**/prices?sort=-output')
    const outputs = table().locator('tbody tr[data-row] td:nth-child(5)')
    await expect
      .poll(async () => (await outputs.allTextContents()).slice(0, 8).map((text) => Number(text.slice(1))))
      .toSatisfy(
        (shown: number[]) => shown.length === 8 && shown.every((each, at) => at === 0 || each <= (shown[at - 1] ?? 0)),
      )
  })

  it('has rows of the right shape while it loads, and says why when it cannot', async () => {
    const release = await holdCalls(page, 'price.list')
    await rig.go('/prices')
    await page.getByRole('status', { name: 'Loading prices' }).waitFor()
    await release()
    await table().waitFor()
    const restore = await refuseCalls(page, 'price.list', { code: 'disk_full', message: 'The disk is full.' })
    await page.reload()
    const alert = page.getByRole('alert')
    await alert.getByText('The prices could not be loaded').waitFor()
    await restore()
    await button('Try again', alert).click()
    await table().waitFor()
  })

  it('says what belongs here where there is nothing', async () => {
    const restore = await changeAnswers(page, 'price.list', (value) => ({ ...value, rows: [], unpriced: [] }))
    await rig.go('/prices')
    await page.getByText('No prices yet').waitFor()
    await strip().waitFor({ state: 'detached' })
    await restore()
    await button('Set the first price').click()
    await dialog('Set a price').waitFor()
    await page.keyboard.press('Escape')
    await dialog('Set a price').waitFor({ state: 'detached' })
  })
})

describe('models without a price', () => {
  it('stand above, used ones first, with their requests and upstreams, and go when they get one', async () => {
    await rig.go('/prices')
    await strip().getByText('2 models that upstreams list have no price; none was used in 30 days').waitFor()
    expect(await sendRequest(rig, served.secret)).toBe(200)
    await page.reload()
    await strip().getByText('1 model in use has no price').waitFor()
    await strip().getByText('1 request in 30 days, at Demo simulator').waitFor()
    await expect.poll(() => strip().getByText('sim-spare').count()).toBe(0)
    await button('Show all').click()
    await strip().getByText('not used in 30 days, at Demo simulator').waitFor()
    await expect
      .poll(() => strip().getByRole('link', { name: '1 request in 30 days' }).getAttribute('href'))
      .toBe('/requests?model=sim-chat&last=30d')

    await button('Set a price of sim-chat').click()
    const form = dialog('Set a price of sim-chat')
    await rate(form, 'Input').fill('2')
    await rate(form, 'Output').fill('$8')
    await button('Save price', form).click()
    await form.waitFor({ state: 'detached' })
    await strip().getByText('1 model that an upstream lists has no price').waitFor()
    await expect
      .poll(() => cells('sim-chat'))
      .toEqual(expect.arrayContaining(['$2.00', 'as input', '$8.00', 'yours', '1']))
  })

  it('are filtered to what is in use, by a request that came meanwhile', async () => {
    await rig.go('/prices?used=1')
    await expect.poll(() => table().locator('tr[data-row]').count()).toBe(1)
    expect(await sendRequest(rig, served.secret)).toBe(200)
    await expect.poll(async () => (await cells('sim-chat')).at(-2), { timeout: 25_000 }).toBe('2')
    const newest = await rig.call('request.list', { limit: 1 })
    expect(newest.rows[0]?.costNanos).toBeGreaterThan(0)
    expect(await rig.call('price.list', {})).toMatchObject({ unpriced: [{ model: 'sim-spare' }] })
  })
})

describe('a price', () => {
  it('opens from the keyboard over the list, with all of it, by its address', async () => {
    await rig.go('/prices?q=gpt-5.6-sol')
    await row('gpt-5.6-sol').focus()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/prices?q=gpt-5.6-sol&model=gpt-5.6-sol')
    const drawer = page.getByRole('dialog')
    const shown = drawer.getByRole('table', { name: 'Rates in dollars per million tokens' })
    await expect
      .poll(() => shown.getByRole('row').filter({ hasText: 'flex, long' }).getByRole('cell').allTextContents())
      .toEqual(['$4.00', '$0.40', '$5.00', '$15.00', 'as output'])
    await drawer.getByText('Long requests of priority pay the dearer').waitFor()
    await drawer.getByText('1.05M tokens').waitFor()
    await drawer.getByText('https://developers.openai.com').first().waitFor()
    expect(await drawer.getByRole('link', { name: /https/ }).count()).toBe(0)
    await drawer.getByRole('list', { name: 'History' }).getByText('Came with Weir').waitFor()
    await page.reload()
    await shown.waitFor()
    await page.keyboard.press('Escape')
    await page.waitForURL('**/prices?q=gpt-5.6-sol')
    await page.goBack()
    await shown.waitFor()
  })

  it('that is not there says so, and offers to set it', async () => {
    await rig.go('/prices?model=nobody/knows%3A1')
    const drawer = page.getByRole('dialog')
    await drawer.getByText('No price of its own').waitFor()
    await drawer.getByText('It never had a price.').waitFor()
    await button('Set a price of nobody/knows:1', drawer).click()
    await rate(dialog('Set a price of nobody/knows:1'), 'Input').waitFor()
  })
})

/** Colours are judged when it no longer fades in. */
async function fadedIn(shown: Locator): Promise<void> {
  await expect.poll(() => shown.evaluate((element) => getComputedStyle(element).opacity)).toBe('1')
}

describe('accessibility', () => {
  it.each(['light', 'dark'] as const)('in the %s scheme, at both sizes', async (scheme) => {
    await rig.call('upstream.update', {
      id: served.upstreamId,
      patch: { simulator: { models: ['sim-chat', 'sim-spare', 'sim-third'] } },
    })
    await page.emulateMedia({ colorScheme: scheme })
    for (const size of [
      { width: 1280, height: 800 },
      { width: 900, height: 600 },
    ]) {
      await page.setViewportSize(size)
      await rig.go('/prices?q=gpt-5.6')
      await strip().waitFor()
      await row('gpt-5.6-sol').waitFor()
      await button('Show them').click()
      await axe(page)
      await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
      await row('gpt-5.6-sol').click()
      await page.getByRole('dialog').getByRole('list', { name: 'History' }).waitFor()
      await fadedIn(page.getByRole('dialog'))
      await axe(page)
      await button('Edit', page.getByRole('dialog')).click()
      const form = dialog('Price of gpt-5.6-sol')
      for (const part of ['Long requests', 'Tier flex']) await button(new RegExp(`^${part}`), form).click()
      await rate(rates(form), 'Input').fill('1,5')
      await rate(rates(form), 'Output').focus()
      await form.locator('.mantine-InputWrapper-error').first().waitFor()
      await fadedIn(form)
      await axe(page)
    }
  })
})
