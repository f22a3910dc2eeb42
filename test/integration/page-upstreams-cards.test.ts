/** The upstreams as cards in real Chromium: what each says, its states, the switch to the table and back, and by keys. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startHttpPeer, type Peer } from '../support/http-peer.ts'
import { tabTo } from '../support/keyboard.ts'
import { expectShape } from '../support/list-place.ts'
import { holdCalls, refuseCalls } from '../support/page-faults.ts'
import { addSimulator, axe, openPageRig, sendRequest, type PageRig } from '../support/page-rig.ts'

let rig: PageRig
let page: Page
let peer: Peer

/** An account that says of its limits what OpenAI's do. */
const limits = {
  'x-ratelimit-limit-requests': '200',
  'x-ratelimit-remaining-requests': '30',
  'x-ratelimit-reset-requests': '1h30m0s',
}
const answer = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'big',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1_200, completion_tokens: 34, total_tokens: 1_234 },
}

beforeAll(async () => {
  rig = await openPageRig()
  page = rig.page
  peer = await startHttpPeer((_, res) =>
    res.writeHead(200, { 'content-type': 'application/json', ...limits }).end(JSON.stringify(answer)),
  )
}, 300_000)

afterAll(async () => {
  await rig?.close()
  await peer?.close()
})

async function furnish(): Promise<void> {
  const demo = await addSimulator(rig.call, 'Demo')
  const limited = await addSimulator(rig.call, 'Limited', {
    fault: 'status',
    faultStatus: 429,
    retryAfterSeconds: 3_600,
  })
  const workshop = await rig.call('upstream.create', {
    kind: 'openai-compatible',
    name: 'Workshop',
    baseUrl: `${peer.url}/v1`,
    maxConcurrent: 8,
    manualModels: ['big'],
  })
  const shop = await rig.call('pool.create', { name: 'Shop', assignments: [{ upstreamId: workshop.id }] })
  await rig.call('upstream.assign', {
    id: workshop.id,
    pools: [
      { poolId: shop.id, priority: 1, weight: 1, enabled: true },
      { poolId: limited.poolId, priority: 2, weight: 1, enabled: false },
    ],
  })
  const { secret } = await rig.call('key.create', { poolId: shop.id, name: 'shop key' })
  await sendRequest(rig, secret, { model: 'big' })
  await sendRequest(rig, demo.secret)
  await sendRequest(rig, limited.secret)
  // The thread that reads the log has to start first, which takes its time on a busy machine.
  await rig.call('upstream.figures', {})
}

const cards = () => page.getByRole('list', { name: 'Upstreams' })
const card = (name: string) => cards().getByRole('article', { name, exact: true })
const table = () => page.getByRole('table', { name: 'Upstreams' })
const view = (name: 'Cards' | 'Table') => page.getByRole('radiogroup', { name: 'View' }).getByText(name)
const figure = (name: string, label: string) =>
  card(name)
    .locator('dl > div')
    .filter({ has: page.getByText(label, { exact: true }) })
    .locator('dd')

async function expectCards(...names: string[]): Promise<void> {
  const labels = () =>
    cards()
      .getByRole('article')
      .evaluateAll((all) => all.map((each) => each.getAttribute('aria-label')))
  await expect.poll(labels).toEqual(names)
}

describe('without an upstream', () => {
  it('there is nothing to be seen in another way', async () => {
    await rig.go('/upstreams')
    await page.getByRole('heading', { name: 'No upstreams yet' }).waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('textbox', { name: 'Command palette' }).fill('upstreams as')
    await page.getByText('Nothing has this name').waitFor()
    await page.keyboard.press('Escape')
    expect(await page.getByRole('radiogroup', { name: 'View' }).count()).toBe(0)
  })
})

describe('a card', () => {
  beforeAll(furnish, 300_000)

  it('says how the upstream is and why, and until when', async () => {
    await rig.go('/upstreams')
    await expectCards('Demo simulator', 'Limited simulator', 'Workshop')
    await card('Demo simulator').getByText('Ready', { exact: true }).waitFor()
    await card('Limited simulator').getByText('Cooling down', { exact: true }).waitFor()
    await expect
      .poll(() => card('Limited simulator').textContent())
      .toMatch(/back in 5\d min\. The upstream reached its account's rate limit\./)
    await card('Limited simulator').getByText('100 % failed in 24 h').waitFor()
    await card('Workshop')
      .getByText(`OpenAI-compatible · ${peer.url.replace('http://', '')}/v1`)
      .waitFor()
  })

  it('says of each of its Pools whether that may use it now', async () => {
    await card('Workshop').getByRole('link', { name: 'Shop: Ready.' }).waitFor()
    await card('Workshop').getByRole('link', { name: 'Limited: Switched off in this Pool.' }).waitFor()
    await card('Limited simulator')
      .getByRole('link', { name: /^Limited: Resting after failures/ })
      .waitFor()
  })

  it('says what is left of its limits and when they are full again', async () => {
    const quota = card('Workshop').getByRole('group', { name: 'Quota of requests' })
    await expect.poll(() => quota.textContent()).toMatch(/^30 \/ 200 requests.*resets in 1 h$/)
    const meter = quota.getByRole('meter', { name: 'requests left' })
    await expect.poll(() => meter.getAttribute('aria-valuenow')).toBe('15')
    await expect.poll(() => meter.getAttribute('data-low')).toBe('true')
    await card('Demo simulator').getByText('Quota not said').waitFor()
  })

  it('says what it carried, and leads to its requests', async () => {
    await expect.poll(() => figure('Workshop', 'Tokens 5 min').textContent()).toBe('1.23k')
    await expect.poll(() => figure('Workshop', 'Running').textContent()).toBe('0 / 8')
    await expect.poll(() => figure('Demo simulator', 'Running').textContent()).toBe('0')
    await expect.poll(() => figure('Workshop', 'p50 24 h').textContent()).toMatch(/ms|s$/)
    await card('Workshop').getByRole('link', { name: '1 request of Workshop in 24 hours' }).click()
    await page.waitForURL(/\/requests\?upstream=ups_\w+&last=24h/)
  })

  it('has the menu of the upstream', async () => {
    await rig.go('/upstreams')
    await page.getByRole('button', { name: 'Actions for Workshop' }).click()
    await page.getByRole('menuitem', { name: 'Pause', exact: true }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click()
    await card('Workshop').getByText('Paused', { exact: true }).waitFor()
    await card('Workshop').getByText('Paused by the operator.').waitFor()
    await card('Workshop').getByRole('link', { name: 'Shop: The upstream is paused.' }).waitFor()
    await page.getByRole('button', { name: 'Actions for Workshop' }).click()
    await page.getByRole('menuitem', { name: 'Resume', exact: true }).click()
    await card('Workshop').getByText('Ready', { exact: true }).waitFor()
  })
})

describe('the cards', () => {
  it('are narrowed down by the address, and say when nothing fits', async () => {
    await rig.go('/upstreams?state=attention')
    await expectCards('Limited simulator')
    await rig.go('/upstreams')
    await expectCards('Demo simulator', 'Limited simulator', 'Workshop')
    await page.getByRole('searchbox').fill('nothing like it')
    await page.getByText('No upstreams fit the filters').waitFor()
    await axe(page)
    await page.getByRole('button', { name: 'Clear filters' }).last().click()
    await expectCards('Demo simulator', 'Limited simulator', 'Workshop')
  })

  it('stand by name, whatever the table is sorted by, which keeps that', async () => {
    await rig.go('/upstreams?view=table')
    await table().getByRole('columnheader', { name: 'Tokens 5 min' }).getByRole('button').click()
    await page.waitForURL(/sort=-tokens/)
    const names = () => table().locator('tr[data-row] td:first-child a').allInnerTexts()
    const sorted = ['Workshop', 'Demo simulator', 'Limited simulator']
    await expect.poll(names).toEqual(sorted)
    await view('Cards').click()
    await expectCards('Demo simulator', 'Limited simulator', 'Workshop')
    await view('Table').click()
    await expect.poll(names).toEqual(sorted)
  })

  it('give way to the table and come back, by the switch, the palette and the address', async () => {
    await rig.go('/upstreams')
    await view('Table').click()
    await page.waitForURL((url) => url.search === '?view=table')
    await table().waitFor()
    await page.reload()
    await table().waitFor()
    await view('Cards').click()
    await page.waitForURL((url) => url.search === '')
    await card('Workshop').waitFor()
    await page.goBack()
    await table().waitFor()
    // The focus is in the switch yet.
    await page.keyboard.press('Control+k')
    await page.getByRole('textbox', { name: 'Command palette' }).fill('upstreams as cards')
    await page.keyboard.press('Enter')
    await card('Workshop').waitFor()
    await rig.go('/upstreams?view=pie')
    await card('Workshop').waitFor()
  })

  it('are walked by keyboard', async () => {
    await rig.go('/upstreams')
    await card('Limited simulator').waitFor()
    await tabTo(page, card('Limited simulator').getByRole('link', { name: 'Limited simulator', exact: true }))
    await page.keyboard.press('Tab')
    await page.waitForFunction(
      () => document.activeElement?.getAttribute('aria-label') === 'Actions for Limited simulator',
    )
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Limited simulator', level: 1 }).waitFor()
  })

  it('keep their place while they load, and say what to do when they cannot', async () => {
    const release = await holdCalls(page, 'upstream.list')
    await rig.go('/upstreams')
    const place = page.getByRole('status', { name: 'Loading upstreams' })
    await expectShape(place, 'cards')
    await release()
    await card('Workshop').waitFor()
    const releaseTable = await holdCalls(page, 'upstream.list')
    await rig.go('/upstreams?view=table')
    await expectShape(place, 'table')
    await releaseTable()
    await table().waitFor()
    const restore = await refuseCalls(page, 'upstream.list', { code: 'disk_full', message: 'The disk is full.' })
    await rig.go('/upstreams')
    await page.getByRole('alert').getByText('The upstreams could not be loaded').waitFor()
    await restore()
    await page.getByRole('button', { name: 'Try again' }).click()
    await card('Workshop').waitFor()
  })

  it('wait for figures and Pools without saying that there are none', async () => {
    const release = await holdCalls(page, 'upstream.readinessAll')
    await rig.go('/upstreams')
    await card('Workshop').waitFor()
    expect(await cards().getByText('in no Pool').count()).toBe(0)
    await release()
    await card('Workshop').getByRole('link', { name: 'Shop: Ready.' }).waitFor()
  })

  it.each([
    [1280, 800],
    [900, 600],
  ])('keep nobody out at %d × %d, and fit', async (width, height) => {
    await page.setViewportSize({ width, height })
    await rig.go('/upstreams')
    await card('Workshop').getByRole('link', { name: 'Shop: Ready.' }).waitFor()
    await axe(page)
    const main = page.locator('#main')
    await expect.poll(() => main.evaluate((it) => it.scrollWidth - it.clientWidth)).toBeLessThanOrEqual(0)
    // The switch stands in the line of the filters.
    const [search, choice] = [page.getByRole('searchbox'), page.getByRole('radiogroup', { name: 'View' })]
    const tops = async () => [(await search.boundingBox())?.y ?? 0, (await choice.boundingBox())?.y ?? 999]
    await expect.poll(async () => Math.abs((await tops()).reduce((a, b) => a - b))).toBeLessThan(12)
    await page.setViewportSize({ width: 1280, height: 800 })
  })

  it('are the first thing shown until there are too many for a glance', async () => {
    for (let number = 1; number <= 9; number += 1)
      await rig.call('upstream.create', { kind: 'simulator', name: `Further ${number}`, simulator: {} })
    await rig.go('/upstreams')
    await expect.poll(() => cards().getByRole('article').count()).toBe(12)
    await rig.call('upstream.create', { kind: 'simulator', name: 'One too many', simulator: {} })
    await table().waitFor()
    // A filter does not change the view under the operator's hands.
    await page.getByRole('searchbox').fill('Workshop')
    await expect.poll(() => table().getByRole('row').count()).toBe(2)
    await view('Cards').click()
    await page.waitForURL((url) => url.searchParams.get('view') === 'cards')
    await expectCards('Workshop')
  })
})
