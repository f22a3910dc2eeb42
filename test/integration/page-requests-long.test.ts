/** A request log too long to be loaded at once: walked to both ends, scrolled far, and no row is ever blank for good. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/main/db/open.ts'
import { insertOldRequests } from '../support/old-requests.ts'
import { openPageRig, type PageRig } from '../support/page-rig.ts'
import { makeTempDir } from '../support/temp-dir.ts'

const COUNT = 14_000

let rig: PageRig
let page: Page
let newest: string
let oldest: string

const grid = () => page.getByRole('grid', { name: 'Requests' })
const active = () => grid().getAttribute('aria-activedescendant')

beforeAll(async () => {
  const dataDir = makeTempDir('long-log')
  const opened = openDatabase({ dataDir })
  insertOldRequests(opened.db, { count: COUNT, days: 5, now: Date.now() })
  opened.close()
  rig = await openPageRig({ dataDir })
  page = rig.page
  newest = (await rig.call('request.list', { limit: 1 })).rows[0]?.id ?? ''
  oldest = (await rig.call('request.list', { after: 'req_000000000000', limit: 1 })).rows[0]?.id ?? ''
}, 300_000)

afterAll(async () => {
  await rig?.close()
})

async function expectActive(id: string): Promise<void> {
  await page.waitForFunction((wanted) => {
    const grid = document.querySelector('[role="grid"]')
    const row = document.getElementById(wanted)
    return (
      document.activeElement === grid &&
      grid?.getAttribute('aria-activedescendant') === wanted &&
      row?.getAttribute('data-row') === 'ready'
    )
  }, `row-${id}`)
}

/** Every row that the box shows is there, with its data. */
async function expectNoBlankRow(): Promise<void> {
  await page.waitForFunction(() => {
    const box = document.querySelector('[data-log]')
    if (box === null) return false
    const { left, top, bottom, width } = box.getBoundingClientRect()
    for (let y = top + 42; y < bottom - 40; y += 28) {
      const row = document.elementFromPoint(left + width / 3, y)?.closest('[data-row]')
      if (row?.getAttribute('data-row') !== 'ready') return false
    }
    return true
  })
}

describe('a long request log', () => {
  it('says how many there are without loading them', async () => {
    await rig.go('/requests')
    await page.getByText('14,000 requests').waitFor()
    await expect.poll(() => page.locator('[data-id]').count()).toBeLessThan(120)
    await expect.poll(() => grid().getAttribute('aria-rowcount')).toBe('-1')
  })

  it('is walked to its oldest end and back to the newest', async () => {
    await rig.go('/requests')
    await grid().focus()
    await page.keyboard.press('Home')
    await expectActive(newest)
    await page.keyboard.press('End')
    await page.waitForURL('**/requests?start=oldest')
    await expectActive(oldest)
    await expectNoBlankRow()
    for (let pressed = 0; pressed < 30; pressed += 1) await page.keyboard.press('PageUp')
    expect(await active()).not.toBe(`row-${oldest}`)
    await expectNoBlankRow()
    await page.keyboard.press('End')
    await expectActive(oldest)
    await page.keyboard.press('Home')
    await page.waitForURL('**/requests')
    await expectActive(newest)
    await page.goBack()
    await expectActive(oldest)
  })

  it('is scrolled to its end, and found again at its start', async () => {
    await rig.go('/requests')
    await page.locator('[data-id]').first().waitFor()
    await page.waitForFunction(
      (count) => {
        const box = document.querySelector('[data-log]')
        box?.scrollTo({ top: box.scrollHeight })
        return (box?.scrollHeight ?? 0) > count * 28
      },
      COUNT,
      { timeout: 90_000 },
    )
    await page.getByText('This is the oldest one that fits.').waitFor()
    await expectNoBlankRow()
    await expect.poll(() => grid().getAttribute('aria-rowcount')).toBe(String(COUNT + 1))
    // Rows far from here were let go; they come again.
    await page.locator('[data-log]').evaluate((box) => box.scrollTo({ top: 0 }))
    await expectNoBlankRow()
    await expect.poll(() => page.locator('[data-id]').first().getAttribute('data-id')).toBe(newest)
    await page.locator('[data-log]').evaluate((box) => box.scrollTo({ top: box.scrollHeight / 2 }))
    await expectNoBlankRow()
  }, 120_000)
})
