/** The audit page in real Chromium: what it says, how it is narrowed, one entry, states, keys, both schemes. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fillAudit } from '../support/audit-history.ts'
import { holdCalls, refuseCalls } from '../support/page-faults.ts'
import { addSimulator, axe, openPageRig, type PageRig, type Served } from '../support/page-rig.ts'

let rig: PageRig
let page: Page
let served: Served
let laptop: string

beforeAll(async () => {
  rig = await openPageRig()
  page = rig.page
}, 300_000)

afterAll(async () => {
  await rig?.close()
})

const table = () => page.getByRole('table', { name: 'Audit log' })
const row = (text: string) => table().getByRole('row').filter({ hasText: text })
const drawer = () => page.getByRole('dialog')
const where = () => new URL(page.url()).pathname + new URL(page.url()).search

async function pick(label: string, option: string): Promise<void> {
  await page.getByRole('combobox', { name: label, exact: true }).click()
  await page.getByRole('option', { name: option, exact: true }).click()
}

/** Only once the filter's answer is there: the rows before it stay until then. */
async function expectRows(present: string, absent: string): Promise<void> {
  await row(absent).first().waitFor({ state: 'detached' })
  await row(present).first().waitFor()
}

describe('the audit log', () => {
  it('says what it is for while it is empty, and shows a change as it happens', async () => {
    await rig.go('/audit')
    await page.getByText('Nothing was changed yet').waitFor()
    served = await addSimulator(rig.call, 'Team')
    await row('Created Pool Team').waitFor()
    await row('Added upstream Team simulator').waitFor()
  })

  it('tells each entry as a sentence, with actor and outcome, under its day', async () => {
    const { key } = await rig.call('key.create', { poolId: served.poolId, name: 'laptop' })
    laptop = key.id
    await rig.call('key.update', { id: laptop, patch: { name: 'work laptop', ipAllowlist: ['10.0.0.0/8'] } })
    await rig.call('key.rotate', { id: laptop })
    await expect(rig.call('pool.create', { name: 'Team' })).rejects.toMatchObject({ code: 'name_taken' })
    await row('Rotated key work laptop in Team').waitFor()
    const failed = row('Failed to create Pool Team (name_taken)')
    await failed.getByText('Failure').waitFor()
    await failed.getByText('Operator').waitFor()
    await table()
      .getByText(/^Today, \d{4}-\d\d-\d\d$/)
      .waitFor()
    await row('Rotated key').locator('time').hover()
    await page
      .getByRole('tooltip')
      .getByText(/UTC[+−]\d\d:\d\d/)
      .waitFor()
  })

  it('loads with rows of the right shape, and says why when it cannot', async () => {
    const release = await holdCalls(page, 'audit.list')
    await rig.go('/audit')
    await page.getByRole('status', { name: 'Loading' }).waitFor()
    await release()
    await table().waitFor()

    const restore = await refuseCalls(page, 'audit.list', { code: 'disk_full', message: 'The disk is full.' })
    await page.reload()
    const alert = page.getByRole('alert')
    await alert.getByText('The audit log could not be loaded').waitFor()
    await alert.getByText('disk_full').waitFor()
    await alert.getByText('Free space on the disk').waitFor()
    await restore()
    await alert.getByRole('button', { name: 'Try again' }).click()
    await table().waitFor()
  })
})

describe('the filters', () => {
  it.each([
    ['Actor', 'Weir', 'Refreshed the models', 'Created Pool Team', 'actor=system'],
    ['Action', 'Key rotated', 'Rotated key', 'Created Pool Team', 'action=key.rotate'],
    ['Target', 'API keys', 'Rotated key', 'Created Pool Team', 'kind=key'],
    ['Outcome', 'Failure', 'Failed to create Pool', 'Rotated key', 'outcome=failure'],
  ])('narrow by %s, in the address', async (label, option, present, absent, search) => {
    await rig.go('/audit')
    await row(absent).first().waitFor()
    await pick(label, option)
    await expectRows(present, absent)
    expect(where()).toBe(`/audit?${search}`)
    await page.reload()
    await expectRows(present, absent)
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await row(absent).first().waitFor()
    expect(where()).toBe('/audit')
  })

  it('search in names, ids and fields, from the keyboard', async () => {
    await rig.go('/audit')
    await row('Created Pool Team').first().waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('10.0.0.0')
    await expectRows('Changed name and IP allowlist of key work laptop', 'Created Pool Team')
    expect(where()).toBe('/audit?q=10.0.0.0')
    await page.getByRole('searchbox').fill('nothing like it')
    await page.getByText('No entries fit the filters').waitFor()
    await page.locator('[data-state="filtered"]').getByRole('button', { name: 'Clear filters' }).click()
    await row('Created Pool Team').first().waitFor()
  })

  it('narrow by date: a range up to now, days, and no days that end before they begin', async () => {
    await rig.go('/audit')
    await row('Created Pool Team').first().waitFor()
    await page.getByRole('button', { name: 'Any date' }).click()
    await page.getByRole('button', { name: 'Last 7 days' }).click()
    await page.waitForURL('**/audit?last=7d')
    await row('Created Pool Team').first().waitFor()
    await page.getByRole('dialog').waitFor({ state: 'detached' })

    await page.getByRole('button', { name: 'Last 7 days' }).click()
    const dates = page.getByRole('dialog')
    const apply = dates.getByRole('button', { name: 'Apply' })
    await expect.poll(() => apply.isDisabled()).toBe(true)
    await dates.getByText('Give a day or two.').waitFor()
    await dates.getByLabel('First day').fill('2020-03-02')
    await dates.getByLabel('Last day').fill('2020-03-01')
    await dates.getByText('Ends before it begins').waitFor()
    await expect.poll(() => apply.isDisabled()).toBe(true)
    await dates.getByLabel('Last day').fill('2020-03-05')
    await apply.click()
    await page.waitForURL('**/audit?from=2020-03-02&to=2020-03-05')
    await page.getByText('No entries fit the filters').waitFor()
    await page.getByRole('button', { name: '2020-03-02 to 2020-03-05' }).waitFor()
    await page.goBack()
    await page.waitForURL('**/audit?last=7d')
    await row('Created Pool Team').first().waitFor()
  })

  it('hold for one record, by the link from its page', async () => {
    await rig.go(`/audit?target=${laptop}`)
    await expectRows('Rotated key', 'Created Pool Team')
    await page.getByRole('button', { name: 'Only work laptop: show every target' }).click()
    await row('Created Pool Team').first().waitFor()
    expect(where()).toBe('/audit')
  })
})

describe('an entry', () => {
  it('opens from the keyboard over the list, with the fields before and after', async () => {
    await rig.go('/audit?kind=key')
    await row('Changed name and IP allowlist').focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/audit\/\d+\?kind=key$/)
    const changes = drawer().getByRole('table', { name: 'What changed' })
    await changes.waitFor()
    const name = changes.getByRole('row').filter({ hasText: 'Name' })
    await expect
      .poll(() => name.getByRole('cell').allTextContents())
      .toEqual([expect.stringMatching(/^− removed laptop$/), expect.stringMatching(/^\+ added work laptop$/)])
    await changes.getByRole('row').filter({ hasText: 'IP allowlist' }).getByText('10.0.0.0/8').waitFor()
    await page.keyboard.press('Escape')
    await page.waitForURL('**/audit?kind=key')
    await page.goBack()
    await changes.waitFor()
    await page.goForward()
    await drawer().waitFor({ state: 'detached' })
  })

  it('names its target and leads to it, and to all entries about it', async () => {
    await rig.go('/audit')
    await row('Rotated key work laptop').click()
    await expect
      .poll(() => drawer().getByRole('link', { name: 'work laptop' }).getAttribute('href'))
      .toBe(`/keys/${laptop}`)
    await drawer().getByRole('link', { name: 'All entries about it' }).click()
    await page.waitForURL(`**/audit?target=${laptop}`)
    await expectRows('Rotated key', 'Created Pool Team')
  })

  it('about a price leads to it, also to one of a single upstream', async () => {
    const rates = { input: 7_000_000, output: 9_000_000 }
    await rig.call('price.set', { model: 'o3', rates })
    await rig.call('price.set', { model: 'o3', upstreamId: served.upstreamId, rates })
    await rig.go('/audit')
    await pick('Target', 'Prices')
    await expectRows('Set the price of o3', 'Rotated key')
    const target = drawer().getByRole('link', { name: 'o3', exact: false })
    await row('Set the price of o3 at Team simulator').click()
    await expect.poll(() => target.getAttribute('href')).toBe(`/prices?model=o3&upstream=${served.upstreamId}`)
    await drawer().getByRole('button', { name: 'Older entry' }).click()
    await expect.poll(() => target.getAttribute('href')).toBe('/prices?model=o3')
    await target.click()
    await page.waitForURL('**/prices?model=o3')
    await drawer().getByRole('table').first().waitFor()
  })

  it('of a failure says what failed and what to do', async () => {
    await rig.go('/audit?outcome=failure')
    await row('Failed to create Pool').click()
    await drawer().getByText('name_taken', { exact: true }).waitFor()
    await drawer().getByText('Choose another name.').waitFor()
    await drawer().getByText('The entry records no fields.').waitFor()
  })

  it('shows its place in the chain, and steps to its neighbours', async () => {
    const [newest, next] = (await rig.call('audit.list', {})).rows
    const detail = await rig.call('audit.get', { id: next?.id ?? '' })
    await rig.go(`/audit/${newest?.id}`)
    await drawer().getByText('Place in the chain').first().waitFor()
    await expect.poll(() => drawer().getByRole('button', { name: 'Newer entry' }).isDisabled()).toBe(true)
    await drawer().getByRole('button', { name: 'Older entry' }).click()
    await page.waitForURL(`**/audit/${next?.id}`)
    await drawer().getByText(detail.hash).waitFor()
    await drawer().getByText(detail.previousHash).waitFor()
    await rig.go('/audit/1')
    await drawer().getByText('this is the first entry').waitFor()
  })

  it('that does not exist says so', async () => {
    await rig.go('/audit/999999')
    await drawer().getByRole('alert').getByText('not_found').waitFor()
    await drawer().getByRole('button', { name: 'Close' }).click()
    await page.waitForURL('**/audit')
  })
})

describe('a long log', () => {
  it('brings older entries as one scrolls, and says how many are shown', async () => {
    fillAudit(rig.dataDir, 260)
    await rig.go('/audit')
    await page.getByText('100 entries so far').waitFor()
    const more = page.getByRole('button', { name: /Load older entries|Loading older entries/ })
    await more.scrollIntoViewIfNeeded()
    await page.getByText('200 entries so far').waitFor()
    await page.getByRole('button', { name: 'Load older entries' }).scrollIntoViewIfNeeded()
    await page.getByText(/^2\d\d entries$/).waitFor()
    await row('Created Pool').first().focus()
    await page.keyboard.press('End')
    await row('Added upstream Team simulator').waitFor()
    await expect.poll(() => page.getByRole('button', { name: 'Load older entries' }).count()).toBe(0)
  })
})

describe('accessibility', () => {
  it.each(['light', 'dark'] as const)('in the %s scheme, at both sizes', async (scheme) => {
    await page.emulateMedia({ colorScheme: scheme })
    for (const size of [
      { width: 1280, height: 800 },
      { width: 900, height: 600 },
    ]) {
      await page.setViewportSize(size)
      await rig.go('/audit?kind=key')
      await row('Rotated key').waitFor()
      await axe(page)
      await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
      await row('Changed name and IP allowlist').click()
      await drawer().getByRole('table').waitFor()
      await axe(page)
      await page.keyboard.press('Escape')
      await drawer().waitFor({ state: 'detached' })
    }
  })
})
