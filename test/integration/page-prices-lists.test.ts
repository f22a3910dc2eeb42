/** Prices as lists, in real Chromium: lists that are imported, and the export. */
import { readFileSync } from 'node:fs'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { changeAnswers, refuseCalls } from '../support/page-faults.ts'
import { addSimulator, axe, openPageRig, type PageRig } from '../support/page-rig.ts'

let rig: PageRig
let page: Page

beforeAll(async () => {
  rig = await openPageRig()
  page = rig.page
  const served = await addSimulator(rig.call, 'Demo', { models: ['sim-chat', 'sim-spare'] })
  await rig.call('price.set', { model: 'sim-chat', rates: { input: 2_000_000, output: 8_000_000 } })
  const free = { input: 0, output: 0 }
  await rig.call('price.set', { model: 'sim-chat', upstreamId: served.upstreamId, rates: free })
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
const toast = (text: string | RegExp) => page.locator('.mantine-Notification-root').filter({ hasText: text })

async function inForce(model: string, upstreamId: string | null = null) {
  const { rows } = await rig.call('price.list', {})
  return rows.find((each) => each.model === model && each.upstreamId === upstreamId)
}

const cost = (input: string, output: string) => `{"input_cost_per_token": ${input}, "output_cost_per_token": ${output}}`
const LIST = `{
  "sim-spare": ${cost('1e-06', '4e-06')},
  "sim-chat": ${cost('3e-06', '8e-06')},
  "somewhere-else": ${cost('1e-07', '2e-07')},
  "gpt-5-pro": ${cost('1.5e-05', '0.00012')},
  "image-model": {"output_cost_per_image": 0.04}
}`

async function openImport(): Promise<Locator> {
  await rig.go('/prices?q=sim-')
  await button('Import').click()
  return dialog('Import prices')
}

async function choose(name: string, text: string): Promise<void> {
  await page
    .locator('input[type="file"]')
    .setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) })
}

const list = () => page.getByRole('table', { name: 'Prices of the list' })
const listed = (model: string) => list().getByRole('row', { name: model, exact: true })

describe('importing', () => {
  it('compares a file first, begins with the models that are here, and takes over what is selected', async () => {
    const shown = await openImport()
    await choose('prices.json', LIST)
    await button('Compare', shown).click()
    await shown.getByText('prices.json: 4 readable prices.').waitFor()
    for (const words of ['New and changed 2', 'New 1', 'Changed 1', 'Same 0', 'Not readable 1']) {
      await shown.getByText(words, { exact: true }).waitFor()
    }
    await expect.poll(() => list().locator('tr[data-row]').count()).toBe(2)
    await listed('sim-chat').getByText('was $2.00 becomes $3.00').first().waitFor()
    await expect
      .poll(() => listed('sim-spare').getByRole('cell').allTextContents())
      .toEqual(expect.arrayContaining(['new', '$1.00', '$4.00']))
    await shown.getByText('2 selected. They apply from now on. No undo').waitFor()

    await shown.getByRole('switch', { name: 'Only models you have' }).uncheck()
    await shown.getByText('New and changed 3', { exact: true }).waitFor()
    await shown.getByText('Same 1', { exact: true }).waitFor()
    await listed('somewhere-else').waitFor()
    await expect.poll(() => shown.getByRole('checkbox', { name: 'Select somewhere-else' }).isChecked()).toBe(false)
    await shown.getByRole('checkbox', { name: /Select all shown/ }).check()
    await button('Import 3 prices', shown).waitFor()
    await shown.getByRole('checkbox', { name: 'Select somewhere-else' }).uncheck()
    await shown.getByRole('searchbox').fill('spare')
    await listed('sim-chat').waitFor({ state: 'detached' })
    await shown.getByText('2 selected, 1 of them not shown').waitFor()
    await shown.getByText('Not readable 1', { exact: true }).click()
    await shown.getByRole('searchbox').fill('')
    await shown.getByText('has no price per input token').waitFor()
    await button('Import 2 prices', shown).click()
    await toast('Imported 2 prices: 1 new, 1 changed. Each model’s history keeps the old price.').waitFor()
    await shown.waitFor({ state: 'detached' })
    await row('sim-spare').getByText('imported').waitFor()
    expect((await inForce('sim-chat'))?.rates?.input).toBe(3_000_000)
    expect(await inForce('somewhere-else')).toBeUndefined()
    await strip().waitFor({ state: 'detached' })
    await row('sim-chat').click()
    await page.getByRole('dialog').getByText('input $2, output $8').waitFor()
  })

  it('reads a file that is larger than a call, with rows out of sight left out of the document', async () => {
    const many = Array.from(
      { length: 3_000 },
      (_, at) => `"model-${at}": ${cost('1e-06', `${at + 1}e-06, "source": "${'x'.repeat(100)}"`)}`,
    )
    const shown = await openImport()
    await choose('large.json', `{${many.join(',\n')}}`)
    await button('Compare', shown).click()
    await shown.getByText('New and changed 3,000', { exact: true }).waitFor()
    await button('Import 3,000 prices', shown).waitFor()
    expect(await list().locator('tr[data-row]').count()).toBeLessThan(100)
    await shown.getByRole('checkbox', { name: /Select all shown/ }).uncheck()
    await shown.getByText('Nothing is selected.').waitFor()
    await expect.poll(() => button('Import', shown).isDisabled()).toBe(true)
    await shown.getByText('Same 0', { exact: true }).click()
    await shown.getByText('There are none of these.').waitFor()
    await button('Back', shown).click()
    await shown.getByText('JSON, at most 20 MB').waitFor()
  })

  it.each([
    ['not json', 'price_list_unreadable'],
    ['{"a": 1}', 'price_list_unreadable'],
  ])('says what is wrong with a file of %j', async (text, code) => {
    const shown = await openImport()
    await choose('odd.json', text)
    await button('Compare', shown).click()
    await shown.getByRole('alert').getByText(code).waitFor()
    await choose('good.json', LIST)
    await shown.getByRole('alert').waitFor({ state: 'detached' })
  })

  it('does not send a file that is empty', async () => {
    const shown = await openImport()
    await choose('empty.json', '')
    await shown.locator('.mantine-InputWrapper-error').getByText('The file is empty.').waitFor()
    await expect.poll(() => button('Compare', shown).isDisabled()).toBe(true)
  })

  it('takes an https address, refuses another before it is sent, and this machine after', async () => {
    const shown = await openImport()
    await shown.getByText('Address', { exact: true }).click()
    const address = shown.getByRole('textbox', { name: 'Address' })
    await address.fill('http://example.com/prices.json')
    await shown.locator('.mantine-InputWrapper-error').getByText('must begin with https://').waitFor()
    await expect.poll(() => button('Compare', shown).isDisabled()).toBe(true)
    await address.fill('https://127.0.0.1/prices.json')
    await page.keyboard.press('Enter')
    await shown.getByRole('alert').getByText('leads to this machine').waitFor()

    // What the address would answer; fetching itself is the core's, and tested there.
    await page.route('**/rpc', async (call) => {
      const body = call.request().postDataJSON() as { route: string; input: { url?: string } }
      if (body.input.url === undefined) return call.fallback()
      await call.continue({ postData: JSON.stringify({ ...body, input: { text: LIST, name: body.input.url } }) })
    })
    await address.fill('https://example.com/prices.json')
    await button('Compare', shown).click()
    await shown.getByText('https://example.com/prices.json: 4 readable prices.').waitFor()
    await page.unroute('**/rpc')
  })

  it('says so when the preview is too old to be taken over', async () => {
    const shown = await openImport()
    await choose('prices.json', LIST)
    await button('Compare', shown).click()
    await listed('somewhere-else').waitFor()
    const restore = await refuseCalls(page, 'price.import', {
      code: 'not_found',
      message: 'There is no such preview any more: look at the list again.',
    })
    await button(/^Import 1 price$/, shown).click()
    await shown.getByRole('alert').getByText('There is no such preview any more').waitFor()
    await restore()
  })
})

describe('the export', () => {
  it('is a file of what is not Weir’s, which an import reads again', async () => {
    await rig.go('/prices')
    await table().waitFor()
    const [download] = await Promise.all([page.waitForEvent('download'), button('Export').click()])
    expect(download.suggestedFilename()).toMatch(/^weir-prices-\d{4}-\d\d-\d\d\.json$/)
    const text = readFileSync(await download.path(), 'utf8')
    const { prices } = JSON.parse(text) as { prices: { model: string }[] }
    expect(prices.map(({ model }) => model).sort()).toEqual(['sim-chat', 'sim-chat', 'sim-spare'])
    await toast('Exported 3 prices').waitFor()
    const shown = await openImport()
    await choose('again.json', text)
    await button('Compare', shown).click()
    await shown.getByText('Nothing differs from the prices in force.').waitFor()
    await shown.getByText('Same 3', { exact: true }).waitFor()
  })

  it('has nothing to save while every price is Weir’s', async () => {
    const restore = await changeAnswers(page, 'price.list', (value) => {
      const all = value['rows'] as { source: string }[]
      return { ...value, rows: all.filter(({ source }) => source === 'bundled') }
    })
    await rig.go('/prices')
    await table().waitFor()
    await expect.poll(() => button('Export').isDisabled()).toBe(true)
    await restore()
  })
})

/** Colours are judged when it no longer fades in. */
async function fadedIn(shown: Locator): Promise<void> {
  await expect.poll(() => shown.evaluate((element) => getComputedStyle(element).opacity)).toBe('1')
}

describe('accessibility', () => {
  it.each(['light', 'dark'] as const)('in the %s scheme, at both sizes', async (scheme) => {
    await page.emulateMedia({ colorScheme: scheme })
    for (const size of [
      { width: 1280, height: 800 },
      { width: 900, height: 600 },
    ]) {
      await page.setViewportSize(size)
      const shown = await openImport()
      await fadedIn(shown)
      await axe(page)
      await choose('prices.json', LIST)
      await button('Compare', shown).click()
      await shown.getByRole('switch', { name: 'Only models you have' }).uncheck()
      await listed('somewhere-else').waitFor()
      await axe(page)
      await shown.getByText('Not readable 1', { exact: true }).click()
      await shown.getByText('has no price per input token').waitFor()
      await axe(page)
      await expect
        .poll(() => button('Cancel', shown).boundingBox())
        .toSatisfy((box: { y: number; height: number } | null) => box !== null && box.y + box.height <= size.height)
    }
  })
})
