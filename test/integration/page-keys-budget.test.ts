/** Budgets of a key in its drawer: raised, set back, foreseen, and what was spent, against the real gateway. */
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { changeAnswers, refuseCalls } from '../support/page-faults.ts'
import { tabTo } from '../support/keyboard.ts'
import { addSimulator, axe, openPageRig, sendRequest, type PageRig, type Served } from '../support/page-rig.ts'

const DOLLAR = 1_000_000_000
const HOUR_MS = 3_600_000
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
const own = () => page.getByRole('region', { name: 'Limits of the key', exact: true })
const dialog = () => page.getByRole('dialog', { name: /budget|tokens per|requests per/i })
const toast = (text: string | RegExp) => page.locator('.mantine-Notification-root').filter({ hasText: text })
const spend = () => page.getByRole('region', { name: 'Spend', exact: true })

async function makeKey(name: string, limits: object, more: object = {}) {
  const { key, secret } = await rig.call('key.create', { poolId: served.poolId, name, limits, ...more })
  return { key, ask: () => sendRequest(rig, secret, ASK) }
}

/** It takes a key of some age to foresee anything: the core's answer says when a day's budget will be full. */
function foresee(ms: number): Promise<() => Promise<void>> {
  return changeAnswers(page, 'key.usage', (usage) => ({
    ...usage,
    states: (usage['states'] as { field: string }[]).map((state) =>
      state.field === 'budgetPerDay' ? { ...state, fullAt: Date.now() + ms } : state,
    ),
  }))
}

async function act(limit: string, item: string | RegExp): Promise<void> {
  await button(`Actions for ${limit}`).click()
  await page.getByRole('menuitem', { name: item }).click()
}

describe('a raise', () => {
  it('is refused where it cannot be, says what it comes to, and lets requests through until it is ended', async () => {
    const { key, ask } = await makeKey('raised', { budgetPerDay: DOLLAR })
    expect([await ask(), await ask(), await ask()]).toEqual([200, 200, 429])
    await rig.go(`/keys/${key.id}`)
    await own()
      .getByText(/^\$1\.00 of \$1\.00 a day · none left · resets/)
      .waitFor()

    await act('Budget per day', 'Raise for a while…')
    const amount = dialog().getByRole('textbox', { name: 'By how much' })
    await expect.poll(() => amount.evaluate((field) => field === document.activeElement)).toBe(true)
    const raise = button('Raise', dialog())
    await expect.poll(() => raise.isDisabled()).toBe(true)
    await dialog().getByText('Say by how much.').waitFor()
    for (const [typed, problem] of [
      ['0', 'Give more than $0.'],
      ['some', 'Give dollars, cents behind a point: 5.50.'],
      ['1M', 'At most $999,999.00.'],
    ] as const) {
      await amount.fill(typed)
      await dialog().getByText(problem).first().waitFor()
      await expect.poll(() => raise.isDisabled()).toBe(true)
    }
    await amount.fill('0.50')
    await dialog().getByText('$1.00 → $1.50 a day').waitFor()
    await dialog().getByRole('radiogroup', { name: 'Until' }).getByText('Other').click()
    await dialog().getByText('Say until when.').waitFor()
    const at = dialog().getByLabel('Date and time')
    await at.fill('2020-01-01T00:00')
    await dialog().getByText('This moment is past; choose one to come.').first().waitFor()
    await expect.poll(() => raise.isDisabled()).toBe(true)
    await axe(page)
    await dialog().getByRole('radiogroup', { name: 'Until' }).getByText('1 hour').click()
    await raise.click()
    await own()
      .getByText(/^Raised by \$0\.50 until /)
      .waitFor()
    await own()
      .getByText(/^\$1\.00 of \$1\.50 a day · \$0\.50 left/)
      .waitFor()
    await toast(/Raised the budget per day of raised by \$0\.50 until/).waitFor()
    expect([await ask(), await ask()]).toEqual([200, 429])

    await button('End raise of the budget per day').click()
    await own()
      .getByText(/^\$1\.50 of \$1\.00 a day · none left/)
      .waitFor()
    await expect
      .poll(() =>
        own()
          .getByText(/^Raised by/)
          .count(),
      )
      .toBe(0)
    await toast('Ended the raise').getByRole('button', { name: 'Undo' }).click()
    await own()
      .getByText(/^Raised by \$0\.50 until /)
      .waitFor()
    await act('Budget per day', 'End raise')
    await expect
      .poll(() =>
        own()
          .getByText(/^Raised by/)
          .count(),
      )
      .toBe(0)
    expect(await ask()).toBe(429)
  })

  it('takes the place of the one before, and undo brings that back', async () => {
    const { key } = await makeKey('twice', { budgetPerMonth: 10 * DOLLAR })
    const until = Date.now() + 2 * HOUR_MS
    await rig.call('key.raiseBudget', {
      id: key.id,
      overrideId: null,
      field: 'budgetPerMonth',
      addNanos: 5 * DOLLAR,
      until,
    })
    await rig.go(`/keys/${key.id}`)
    await own().getByText('Raised by $5.00').waitFor()
    await act('Budget per month', 'Raise for a while…')
    await dialog()
      .getByText(/^In place of the raise by \$5\.00 until/)
      .waitFor()
    await dialog().getByRole('textbox', { name: 'By how much' }).fill('20')
    await dialog().getByRole('radiogroup', { name: 'Until' }).getByText('End of the month').click()
    await dialog().getByText('$15.00 → $30.00 a month').waitFor()
    await page.keyboard.press('Enter')
    await own()
      .getByText(/ of \$30\.00 a month/)
      .waitFor()
    await toast('Raised the budget per month of twice by $20.00').getByRole('button', { name: 'Undo' }).click()
    await own()
      .getByText(/ of \$15\.00 a month/)
      .waitFor()
    expect((await rig.call('key.get', { id: key.id })).raises).toMatchObject([{ addNanos: 5 * DOLLAR, until }])
  })

  it('keeps the dialog open when the core refuses it', async () => {
    const { key } = await makeKey('refused', { budgetTotal: DOLLAR })
    await rig.go(`/keys/${key.id}`)
    await act('Budget in total', 'Raise for a while…')
    await dialog().getByRole('textbox', { name: 'By how much' }).fill('1')
    await rig.call('key.update', { id: key.id, patch: { limits: { budgetPerDay: DOLLAR } } })
    await button('Raise', dialog()).click()
    await dialog()
      .getByRole('alert')
      .getByText(/has no cap on budget in total/)
      .waitFor()
    await page.keyboard.press('Escape')
    await dialog().waitFor({ state: 'detached' })
    await page.getByRole('heading', { level: 2, name: 'Limits', exact: true }).waitFor()
  })
})

describe('setting back', () => {
  it('says what it does, frees the budget, and is in the audit log', async () => {
    const { key, ask } = await makeKey(
      'reset',
      { budgetPerDay: DOLLAR, requestsPerHour: 9 },
      {
        limitOverrides: [{ model: 'sim-*', limits: { requestsPerDay: 5 } }],
      },
    )
    expect([await ask(), await ask(), await ask()]).toEqual([200, 200, 429])
    await rig.go(`/keys/${key.id}`)
    // By keyboard, and back to where one was.
    const menu = button('Actions for Budget per day')
    await menu.focus()
    await page.keyboard.press('Enter')
    const items = page.getByRole('menuitem')
    await expect.poll(() => items.first().evaluate((it) => it === document.activeElement)).toBe(true)
    await page.keyboard.press('ArrowDown')
    await expect.poll(() => items.nth(1).evaluate((it) => it === document.activeElement)).toBe(true)
    await page.keyboard.press('Enter')
    await dialog()
      .getByText(/^\$1\.00 of \$1\.00 a day is used\. What was used in this period counts no more/)
      .waitFor()
    await dialog()
      .getByText(/keep everything\. Requests that run now go on counting.*audit log/)
      .waitFor()
    await page.keyboard.press('Escape')
    await dialog().waitFor({ state: 'detached' })
    await expect.poll(() => menu.evaluate((it) => it === document.activeElement)).toBe(true)

    await act('Budget per day', 'Set back to 0…')
    await button('Set back to 0', dialog()).click()
    await own()
      .getByText(/^\$0 of \$1\.00 a day · \$1\.00 left/)
      .waitFor()
    await own()
      .getByText(/^Set back to 0 just now$/)
      .waitFor()
    expect(await ask()).toBe(200)
    await own()
      .getByText(/^\$0\.50 of \$1\.00 a day/)
      .waitFor()

    await act('Requests per day for sim-*', 'Set back to 0…')
    await button('Set back to 0', dialog()).click()
    await toast('Set the requests per day for sim-* of reset back to 0').waitFor()
    // What slides cannot be set back.
    expect(await button('Actions for Requests per hour').count()).toBe(0)
    const { rows } = await rig.call('audit.list', { action: 'key.resetLimit' })
    expect(rows.filter(({ targetId }) => targetId === key.id)).toHaveLength(2)
  })

  it('is not offered for a key that is revoked', async () => {
    const { key } = await makeKey('over', { budgetPerDay: DOLLAR })
    await rig.call('key.revoke', { id: key.id })
    await rig.go(`/keys/${key.id}`)
    await own()
      .getByText(/^\$0 of \$1\.00 a day/)
      .waitFor()
    expect(await button('Actions for Budget per day').count()).toBe(0)
  })
})

describe('what is to come', () => {
  it('is told in words, and thresholds stand on the bar', async () => {
    const { key, ask } = await makeKey(
      'fast',
      { budgetPerDay: 5 * DOLLAR, requestsPerDay: 100 },
      { alertThresholds: [25, 90, 100] },
    )
    for (let sent = 0; sent < 5; sent++) expect(await ask()).toBe(200)
    const restore = await foresee(26 * HOUR_MS)
    await rig.go(`/keys/${key.id}`)
    await own()
      .getByText(/^At this pace full on \d{4}-\d\d-\d\d \d\d:\d\d$/)
      .waitFor()
    const ticks = own().getByRole('meter', { name: 'Budget per day' }).locator('[data-tick]')
    await expect
      .poll(() => ticks.evaluateAll((all) => all.map((each) => (each as HTMLElement).style.left)))
      .toEqual(['25%', '90%'])
    expect(await own().getByRole('meter', { name: 'Requests per day' }).locator('[data-tick]').count()).toBe(0)
    await restore()
  })
})

describe('all of it', () => {
  it.each(['light', 'dark'] as const)('is clean to axe in the %s scheme', async (scheme) => {
    const { key, ask } = await makeKey(`clean ${scheme}`, { budgetPerDay: 5 * DOLLAR })
    expect(await ask()).toBe(200)
    const raise = { overrideId: null, field: 'budgetPerDay', addNanos: DOLLAR, until: Date.now() + HOUR_MS } as const
    await rig.call('key.raiseBudget', { id: key.id, ...raise })
    await rig.call('key.resetLimit', { id: key.id, overrideId: null, field: 'budgetPerDay' })
    const restore = await foresee(26 * HOUR_MS)
    await page.emulateMedia({ colorScheme: scheme })
    try {
      await rig.go(`/keys/${key.id}`)
      await own()
        .getByText(/^At this pace full/)
        .waitFor()
      await own()
        .getByText(/^Raised by/)
        .waitFor()
      await own()
        .getByText(/^Set back to 0/)
        .waitFor()
      await spend().getByText('Budget: $5.00 a day', { exact: true }).waitFor()
      await axe(page)
    } finally {
      await page.emulateMedia({ colorScheme: 'light' })
      await restore()
    }
  })
})

describe('the spend', () => {
  it('of a key without any says so, and why', async () => {
    const { key } = await makeKey('idle', {})
    await rig.go(`/keys/${key.id}`)
    await spend().getByText('No spend in the last 31 days.', { exact: true }).waitFor()
    await rig.call('price.remove', { model: 'sim-chat', to: 'unpriced' })
    const { key: free, ask } = await makeKey('unpriced', {})
    expect(await ask()).toBe(200)
    await rig.call('price.set', { model: 'sim-chat', rates: { input: 0, output: 100_000_000_000 } })
    await rig.go(`/keys/${free.id}`)
    await spend().getByText('No spend in the last 31 days: no price was known for what it used.').waitFor()
    await spend().getByRole('link', { name: 'Prices' }).waitFor()
  })

  it('is a chart against the budget, a table, and the way to the requests of a day', async () => {
    const { key, ask } = await makeKey('spender', { budgetPerDay: 5 * DOLLAR, budgetPerMonth: 50 * DOLLAR })
    expect([await ask(), await ask(), await ask()]).toEqual([200, 200, 200])
    await rig.go(`/keys/${key.id}`)
    await spend()
      .getByText('Today $1.50 of $5.00 · this month $1.50 of $50.00 · the last 31 days $1.50 · in total $1.50')
      .waitFor()
    const chart = spend().getByRole('img', { name: /^Spend per day, the last 31 days\./ })
    // A line has no height, so it never counts as visible.
    await chart.locator('.recharts-reference-line line').waitFor({ state: 'attached' })
    await spend().getByText('Budget: $5.00 a day', { exact: true }).waitFor()
    expect(await ask()).toBe(200)
    await spend()
      .getByText(/^Today \$2\.00 of \$5\.00/)
      .waitFor()
    await spend().getByText('Month so far').click()
    await spend()
      .getByRole('img', { name: /^Spend of the month so far\./ })
      .waitFor()
    await spend().getByText('Budget: $50.00 a month', { exact: true }).waitFor()
    await button('Spend as table').click()
    const days = spend().getByRole('table', { name: 'Spend of the month so far' })
    const first = days.locator('tr[data-row]').first()
    await expect
      .poll(() => first.getByRole('cell').allTextContents())
      .toEqual([expect.stringMatching(/^\d{4}-\d\d-\d\d$/), '4', expect.stringMatching(/^\d+$/), '$2.00', '$2.00'])
    await axe(page)
    await tabTo(page, first.getByRole('link'))
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => url.pathname === '/requests')
    await expect.poll(() => page.getByRole('grid').locator('[data-id]').count()).toBe(4)
  })

  it('that cannot be loaded says so, and the rest of the drawer stays', async () => {
    const { key } = await makeKey('broken', {})
    const restore = await refuseCalls(page, 'key.spend', { code: 'database_busy', message: 'The database is busy.' })
    await rig.go(`/keys/${key.id}`)
    await spend().getByText('The spend could not be loaded').waitFor()
    await page.getByText('No limits: this key may use all that its Pool serves.').waitFor()
    await restore()
    await button('Try again', spend()).click()
    await spend().getByText('No spend in the last 31 days.').waitFor()
  })
})
