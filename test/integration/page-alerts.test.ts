/** Alerts, in real Chromium: budgets that real requests use up, the bell, the list, what is read, its states. */
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { holdCalls, refuseCalls } from '../support/page-faults.ts'
import { addSimulator, axe, openPageRig, sendRequest, type PageRig, type Served } from '../support/page-rig.ts'

const DOLLAR = 1_000_000_000
/** Each costs half a dollar: five tokens of ten cents. */
const ASK = { max_tokens: 5 }

let rig: PageRig
let page: Page
let served: Served

beforeAll(async () => {
  rig = await openPageRig()
  page = rig.page
  served = await addSimulator(rig.call, 'Team')
  await rig.call('price.set', { model: 'sim-chat', rates: { input: 0, output: 100_000_000_000 } })
}, 300_000)

afterAll(async () => {
  await rig?.close()
})

type Within = Page | Locator
const button = (name: string | RegExp, within: Within = page) => within.getByRole('button', { name })
const bell = () => page.getByRole('region', { name: 'Gateway' }).locator('a[href="/alerts"]')
const table = () => page.getByRole('table', { name: 'Alerts' })
const rows = () => table().locator('tr[data-row]')
const sentences = () => rows().evaluateAll((all) => all.map((row) => row.getAttribute('aria-label')))
const main = () => page.getByRole('main')
const toast = (text: string | RegExp) => page.locator('.mantine-Notification-root').filter({ hasText: text })
const inAddress = (name: string) => new URL(page.url()).searchParams.get(name)

async function expectBell(name: string): Promise<void> {
  await expect.poll(() => bell().getAttribute('aria-label')).toBe(name)
}

/** A key with a budget of five dollars a day: ten requests. */
async function keyWithBudget(
  name: string,
  more: object = {},
): Promise<{ id: string; spend(count: number): Promise<void> }> {
  const limits = { budgetPerDay: 5 * DOLLAR }
  const { key, secret } = await rig.call('key.create', { poolId: served.poolId, name, limits, ...more })
  return {
    id: key.id,
    async spend(count) {
      for (let sent = 0; sent < count; sent++) expect(await sendRequest(rig, secret, ASK)).toBe(200)
    },
  }
}

describe('before anything happened', () => {
  it('says what will be told here, and the bell is silent', async () => {
    await rig.go('/')
    await expectBell('No unread alerts')
    await page.keyboard.press('g')
    await page.keyboard.press('n')
    await page.getByRole('heading', { level: 1, name: 'Alerts' }).waitFor()
    await page.getByText('No alerts yet').waitFor()
    await expect.poll(() => page.title()).toContain('Alerts')
    await expect.poll(() => button('Mark all read').isDisabled()).toBe(true)
    await axe(page)
  })
})

describe('a budget that is used up', () => {
  let laptop: Awaited<ReturnType<typeof keyWithBudget>>
  const half = 'Key laptop has used 50 % of its budget per day: $2.50 of $5.00'
  const most = 'Key laptop has used 80 % of its budget per day: $4.00 of $5.00'
  const all = 'Key laptop has used up its budget per day: $5.00 of $5.00'

  beforeAll(async () => {
    laptop = await keyWithBudget('laptop')
  })

  it('is told at each share, live, newest first, and a critical one in the corner', async () => {
    await laptop.spend(5)
    await expectBell('1 unread alert')
    await main().getByText(half).waitFor()
    await laptop.spend(3)
    await expectBell('2 unread alerts')
    await expect.poll(() => toast('Key laptop').count()).toBe(0)
    await laptop.spend(2)
    await expectBell('3 unread alerts')
    await expect
      .poll(async () => (await sentences()).map((text) => text?.split('; ')[0]))
      .toEqual([`Unread: ${all}`, `Unread: ${most}`, `Unread: ${half}`])
    for (const [index, level] of ['Critical', 'Warning', 'Info'].entries())
      await rows().nth(index).getByText(level).waitFor()
    await expect.poll(() => main().getByText('resets at midnight').count()).toBe(3)
    await toast(all).getByRole('button', { name: 'Show alerts' }).waitFor()
    await expect.poll(() => toast('Key laptop').count()).toBe(1)
    await axe(page)
  })

  it('leads from the corner to the list, and tells it once', async () => {
    await page.getByRole('link', { name: 'Overview' }).click()
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
    await toast(all).getByRole('button', { name: 'Show alerts' }).click()
    await page.waitForURL((url) => url.pathname === '/alerts')
    await expect.poll(() => toast('Key laptop').count()).toBe(0)
    await page.reload()
    await main().getByText(all).waitFor()
    await expectBell('3 unread alerts')
    expect(await toast('Key laptop').count()).toBe(0)
  })

  it('leads to the key', async () => {
    await rows().first().getByRole('link', { name: 'laptop' }).click()
    await page.waitForURL((url) => url.pathname === `/keys/${laptop.id}`)
    await page.goBack()
    await main().getByText(all).waitFor()
  })

  it('is marked as read, one by one, and that is undone', async () => {
    await button(/^Mark read: .*80 %/, table()).click()
    await expectBell('2 unread alerts')
    await button(/^Mark unread: .*80 %/, table()).waitFor()
    await toast('Marked 1 alert as read').getByRole('button', { name: 'Undo' }).click()
    await expectBell('3 unread alerts')
    await button(/^Mark read: .*80 %/, table()).click()
    await expectBell('2 unread alerts')
    await button(/^Mark unread: .*80 %/, table()).click()
    await expectBell('3 unread alerts')
  })

  it('is marked as read all at once, and exactly that is undone', async () => {
    await button(/^Mark read: .*50 %/, table()).click()
    await expectBell('2 unread alerts')
    await button('Mark all read').click()
    await expectBell('No unread alerts')
    await expect.poll(() => button('Mark all read').isDisabled()).toBe(true)
    await toast('Marked 2 alerts as read').getByRole('button', { name: 'Undo' }).click()
    await expectBell('2 unread alerts')
    await button(/^Mark unread: .*50 %/, table()).waitFor()
  })

  it('is filtered by what is unread and by key, in the address', async () => {
    const phone = await keyWithBudget('phone', { alertThresholds: [10] })
    await phone.spend(1)
    await expectBell('3 unread alerts')
    await expect.poll(() => rows().count()).toBe(4)
    await page.getByRole('radiogroup', { name: 'Which alerts' }).getByText('Unread').click()
    await expect.poll(() => rows().count()).toBe(3)
    expect(inAddress('show')).toBe('unread')
    const about = page.getByRole('combobox', { name: 'Key or upstream' })
    await about.click()
    await page.getByRole('option', { name: 'Key phone' }).click()
    await expect
      .poll(sentences)
      .toEqual([
        expect.stringMatching(/^Unread: Key phone has used 10 % of its budget per day: \$0\.50(0)? of \$5\.00; /),
      ])
    expect(inAddress('about')).toBe(phone.id)
    await button('Mark these read').click()
    await expectBell('2 unread alerts')
    await page.getByText('No alerts fit the filters').waitFor()
    await page.reload()
    await page.getByText('No alerts fit the filters').waitFor()
    await expect.poll(() => about.inputValue()).toBe('Key phone')
    await main().getByRole('button', { name: 'Clear filters' }).last().click()
    await expect.poll(() => rows().count()).toBe(4)
    expect(inAddress('about')).toBeNull()
  })

  it('names a key that is gone', async () => {
    const gone = await keyWithBudget('short-lived', { alertThresholds: [10] })
    await gone.spend(1)
    await main().getByText('Key short-lived has used 10 %').waitFor()
    const { prefix } = await rig.call('key.get', { id: gone.id })
    await rig.call('key.revoke', { id: gone.id })
    await rig.call('key.delete', { id: gone.id, prefix })
    await rig.go(`/alerts?about=${gone.id}`)
    await main().getByText('Key short-lived has used 10 %').waitFor()
    const about = page.getByRole('combobox', { name: 'Key or upstream' })
    await expect.poll(() => about.inputValue()).toBe('short-lived (gone)')
  })
})

describe('the page', () => {
  it('is found by the palette, with what is unread', async () => {
    await rig.go('/pools')
    await page.keyboard.press('Control+k')
    const palette = page.getByRole('textbox', { name: 'Command palette' })
    await palette.fill('unread')
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => url.pathname === '/alerts' && url.search === '?show=unread')
    await expect.poll(() => palette.count()).toBe(0)
    await page.keyboard.press('Control+k')
    await palette.fill('mark all alerts')
    await page.keyboard.press('Enter')
    await expectBell('No unread alerts')
  })

  it('says that it loads, and what went wrong', async () => {
    const go = await holdCalls(page, 'notice.list')
    await page.goto(`${rig.origin}/alerts`)
    await page.locator('[data-state="loading"]').waitFor()
    await go()
    await rows().first().waitFor()
    const restore = await refuseCalls(page, 'notice.list', { code: 'database_busy', message: 'The database is busy.' })
    await page.goto(`${rig.origin}/alerts`)
    const failed = page.getByRole('alert').filter({ hasText: 'The alerts could not be loaded' })
    await failed.getByText('The database is busy.').waitFor()
    await expectBell('No unread alerts')
    await restore()
    await button('Try again', failed).click()
    await rows().first().waitFor()
  })

  it('says that a mark was refused, and keeps what is shown', async () => {
    await rig.go('/alerts')
    const restore = await refuseCalls(page, 'notice.mark', { code: 'database_busy', message: 'The database is busy.' })
    await button(/^Mark unread/, table())
      .first()
      .click()
    await toast('The database is busy.').waitFor()
    await expectBell('No unread alerts')
    await restore()
  })

  it('shows older ones when asked', async () => {
    for (let made = 0; made < 55; made++) {
      const key = await keyWithBudget(`many ${made}`, { alertThresholds: [10] })
      await key.spend(1)
    }
    await rig.go('/alerts?show=unread')
    await expectBell('55 unread alerts')
    await page.getByText('50 alerts so far').waitFor()
    await button('Load older alerts').click()
    await page.getByText('55 alerts', { exact: true }).waitFor()
    await button('Mark all read').click()
    await expectBell('No unread alerts')
    await toast('Marked 55 alerts as read').waitFor()
  })

  it('is clean to axe in the dark too, and narrow', async () => {
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: 900, height: 600 })
    await rig.go('/alerts')
    await rows().first().waitFor()
    await axe(page)
  })
})
