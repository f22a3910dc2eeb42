/** Setting a price and giving it up, in real Chromium. */
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tabTo } from '../support/keyboard.ts'
import { refuseCalls } from '../support/page-faults.ts'
import { addSimulator, openPageRig, type PageRig, type Served } from '../support/page-rig.ts'

let rig: PageRig
let page: Page
let served: Served

beforeAll(async () => {
  rig = await openPageRig()
  page = rig.page
  served = await addSimulator(rig.call, 'Demo', { models: ['sim-chat', 'sim-spare'] })
  await rig.call('price.set', { model: 'sim-chat', rates: { input: 2_000_000, output: 8_000_000 } })
}, 300_000)

afterAll(async () => {
  await rig?.close()
})

type Within = Page | Locator
const table = () => page.getByRole('table', { name: 'Prices', exact: true })
const row = (name: string) => table().getByRole('row', { name, exact: true })
const dialog = (name: string | RegExp) => page.getByRole('dialog', { name })
const button = (name: string | RegExp, within: Within = page) =>
  within.getByRole('button', { name, ...(typeof name === 'string' ? { exact: true } : {}) })
const rates = (within: Within, label = 'Standard rates') => within.getByRole('group', { name: label, exact: true })
const rate = (within: Within, name: string) => within.getByRole('textbox', { name, exact: true })
const toast = (text: string | RegExp) => page.locator('.mantine-Notification-root').filter({ hasText: text })

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
