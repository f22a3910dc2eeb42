/** The page of prices in real Chromium: what a model costs, what has no price, setting, ending. */
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tabTo } from '../support/keyboard.ts'
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
const toast = (text: string | RegExp) => page.locator('.mantine-Notification-root').filter({ hasText: text })
const search = () => new URL(page.url()).search

async function cells(name: string): Promise<string[]> {
  return row(name).getByRole('cell').allTextContents()
}

async function act(of: string, item: RegExp): Promise<void> {
  await button(`Actions for ${of}`, row(of)).click()
  await page.getByRole('menuitem', { name: item }).click()
}

async function inForce(model: string, upstreamId: string | null = null) {
  const { rows } = await rig.call('price.list', {})
  return rows.find((each) => each.model === model && each.upstreamId === upstreamId)
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
    await page.getByText('What does each model cost?').waitFor()
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
    await button('Show 1 more').click()
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

describe('setting a price', () => {
  it('keeps every digit, with long requests and tiers, from a dialog that n opens', async () => {
    await rig.go('/prices?q=ours-')
    await page.getByText('No prices fit the filters').waitFor()
    await page.keyboard.press('n')
    const form = dialog('Set a price')
    const model = form.getByRole('combobox', { name: 'Model' })
    await expect.poll(() => model.evaluate((field) => field === document.activeElement)).toBe(true)
    await page.keyboard.type('ours-*')
    const standard = rates(form)
    await rate(standard, 'Input').fill('1.234567')
    await rate(standard, 'Cached input').fill(' .5 ')
    await rate(standard, 'Output').fill('3')
    await button('Rates for long requests', form).click()
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('price-long-above')
    await page.keyboard.type('200k')
    await rate(rates(form, 'Rates of long requests'), 'Input').fill('2')
    await rate(rates(form, 'Rates of long requests'), 'Output').fill('6')
    await button('Rates of a service tier', form).click()
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toMatch(/^price-tier-.*-name$/)
    await page.keyboard.type('flex')
    await rate(rates(form, 'Rates of Tier flex'), 'Input').fill('0')
    await rate(rates(form, 'Rates of Tier flex'), 'Output').fill('0')
    const example = form.getByRole('region', { name: 'What a request would cost' })
    await example.getByText('$0.01534567').waitFor()
    await example.getByText('210,000 in, 1,000 out: $0.426').waitFor()
    await form.getByRole('textbox', { name: 'Note' }).fill('our contract')
    await expect.poll(() => rate(standard, 'Cached input').inputValue()).toBe('0.50')
    await button('Save price', form).click()
    await row('ours-*').getByText('long context, 1 tier').waitFor()
    expect(await inForce('ours-*')).toMatchObject({
      source: 'operator',
      note: 'our contract',
      rates: {
        input: 1_234_567,
        cachedInput: 500_000,
        cacheWrite: null,
        output: 3_000_000,
        reasoning: null,
        longContext: { aboveInputTokens: 200_000, input: 2_000_000, output: 6_000_000 },
        tiers: { flex: { input: 0, output: 0, longContext: null } },
      },
    })
    await button('Undo', toast('Set the price of ours-*')).click()
    await row('ours-*').waitFor({ state: 'detached' })
  })

  it.each([
    ['Input', '1,5', 'Give dollars, cents behind a point: 1.25.'],
    ['Output', '-3', 'Give dollars, cents behind a point: 1.25.'],
    ['Cached input', '0.0000001', 'At most 6 digits behind the point.'],
    ['Reasoning', '100001', 'At most $100,000.'],
    ['Input', '', 'Give the price of input; 0 where it is free.'],
  ])('does not take %s of %j, and says why beside the field', async (field, text, problem) => {
    await rig.go('/prices?model=gpt-5')
    await button('Edit', page.getByRole('dialog')).click()
    const form = dialog('Price of gpt-5')
    await form.getByText('Nothing is changed yet.').waitFor()
    await rate(rates(form), field).fill(text)
    await rate(rates(form), 'Cache write').focus()
    await form.locator('.mantine-InputWrapper-error').getByText(problem).waitFor()
    await expect.poll(() => button('Save price', form).isDisabled()).toBe(true)
    await expect.poll(() => rate(rates(form), field).getAttribute('aria-invalid')).toBe('true')
  })

  it.each([
    ['gpt 5', 'A model id is printable ASCII without blanks.'],
    ['a*b', 'A “*” may stand once, at the end.'],
    [' ', 'Give a model id, or the beginning of ids and a “*”.'],
  ])('does not take the model %j', async (model, problem) => {
    await rig.go('/prices')
    await button('Set a price').click()
    const form = dialog('Set a price')
    await form.getByRole('combobox', { name: 'Model' }).fill(model)
    await rate(form, 'Input').focus()
    await form.locator('.mantine-InputWrapper-error').getByText(problem).waitFor()
    await expect.poll(() => button('Save price', form).isDisabled()).toBe(true)
  })

  it('compares with what is in force, stays open with what was typed when the core refuses', async () => {
    await rig.go('/prices?q=gpt-5-pro')
    await act('gpt-5-pro', /Edit/)
    const form = dialog('Price of gpt-5-pro')
    await tabTo(page, rate(rates(form), 'Output'))
    await rate(rates(form), 'Output').fill('100')
    await form.getByText('10,000 in, 1,000 out: $0.25, now $0.27').waitFor()
    const restore = await refuseCalls(page, 'price.set', { code: 'disk_full', message: 'The disk is full.' })
    await page.keyboard.press('Enter')
    await form.getByRole('alert').getByText('disk_full').waitFor()
    await expect.poll(() => rate(rates(form), 'Output').inputValue()).toBe('100')
    await restore()
    await button('Save price', form).click()
    await expect.poll(() => cells('gpt-5-pro')).toEqual(expect.arrayContaining(['$100.00', 'yours', 'just now']))
    await button('Undo', toast('Set the price of gpt-5-pro')).click()
    await expect.poll(() => cells('gpt-5-pro')).toEqual(expect.arrayContaining(['$120.00', 'Weir']))
  })

  it('is for one upstream, which must be chosen, and goes before the one for any', async () => {
    await rig.go('/prices?q=sim-chat')
    await act('sim-chat', /Set for one upstream/)
    const form = dialog('Price of sim-chat at one upstream')
    await form.getByText('Choose an upstream.').waitFor()
    await expect.poll(() => rate(rates(form), 'Input').inputValue()).toBe('2')
    await form.getByRole('combobox', { name: 'Upstream' }).click()
    await page.getByRole('option', { name: 'Demo simulator' }).click()
    await rate(rates(form), 'Input').fill('0')
    await rate(rates(form), 'Output').fill('0')
    await button('Save price', form).click()
    await row('sim-chat at Demo simulator').waitFor()
    expect((await inForce('sim-chat', served.upstreamId))?.rates).toMatchObject({ input: 0, output: 0 })
    await row('sim-chat at Demo simulator').click()
    await page.waitForURL(`**/prices?q=sim-chat&model=sim-chat&upstream=${served.upstreamId}`)
    await page.getByRole('dialog').getByText('$0.00').first().waitFor()
  })
})

describe('the end of a price', () => {
  it('goes back to Weir’s, after it was asked, and can be undone', async () => {
    await rig.call('price.set', { model: 'o3', rates: { input: 7_000_000, output: 9_000_000 } })
    await rig.go('/prices?q=o3&source=operator')
    await act('o3', /Back to Weir’s price/)
    const asked = dialog('Back to Weir’s price for o3?')
    await asked.getByText('input $7, output $9').waitFor()
    await asked.getByText(/Then: input \$/).waitFor()
    await button('Back to Weir’s price', asked).click()
    await page.getByText('No prices fit the filters').waitFor()
    expect(await inForce('o3')).toMatchObject({ source: 'bundled' })
    await button('Undo', toast('Gave the price of o3 up')).click()
    await row('o3').waitFor()
    expect(await inForce('o3')).toMatchObject({ source: 'operator', rates: { input: 7_000_000 } })
  })

  it('makes a model unpriced, says what that means, and keeps the history', async () => {
    await rig.go('/prices?q=o3&model=o3')
    const drawer = page.getByRole('dialog').first()
    await button('Actions for o3', drawer).click()
    await page.getByRole('menuitem', { name: /Make unpriced/ }).click()
    const asked = dialog('Make o3 unpriced?')
    await asked.getByText('logged without a cost').waitFor()
    await button('Make unpriced', asked).click()
    await drawer.getByText('Unpriced: you took the price away.').waitFor()
    const history = drawer.getByRole('list', { name: 'History' }).getByRole('listitem')
    await expect.poll(() => history.first().textContent()).toContain('unpriced')
    await expect.poll(() => history.last().textContent()).toContain('Came with Weir')
    expect(await history.count()).toBeGreaterThanOrEqual(4)
    await page.keyboard.press('Escape')
    await row('o3').getByText('unpriced').waitFor()
    await page.getByRole('combobox', { name: 'Source' }).click()
    await page.getByRole('option', { name: 'Made unpriced' }).click()
    await page.waitForURL('**/prices?q=o3&source=none')
    await row('o3').waitFor()
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
