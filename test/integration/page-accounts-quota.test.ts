/** The quota of ChatGPT accounts in real Chromium: windows, forecast and course, refreshing, saved resets, pending ones. */
import { beforeEach, describe, expect, it } from 'vitest'
import { accountActs, useAccountPages } from '../support/account-pages.ts'
import { axe } from '../support/page-rig.ts'
import { ageResetUse, seedRise, usagePage } from '../support/quota-scene.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const FORECAST = /^At this pace empty (at|on) .*\d\d:\d\d, resets (at|on) .*\d\d:\d\d\.$/

const house = useAccountPages()
const { button, imported } = accountActs(house)
const part = (name: string) => house.page.getByRole('region', { name, exact: true })
const windows = () => part('Quota').getByRole('list', { name: 'Quota windows' })
const item = (name: string) => windows().getByRole('listitem', { name, exact: true })
const dialog = () => house.page.getByRole('dialog')
const call = () => house.rig.call

beforeEach(() => {
  house.server.backend.usagePage = usagePage({
    short: { percent: 70, resetsInMs: 2.5 * HOUR_MS },
    week: { percent: 35, resetsInMs: 3 * DAY_MS },
    spark: { percent: 100, resetsInMs: 2 * DAY_MS },
  })
})

async function account(): Promise<string> {
  const { id } = await imported()
  await call()('account.quotaRefresh', { id })
  return id
}

/** The core starts again on what is in its data directory. */
async function restart(): Promise<void> {
  const { startedAt } = await call()('system.status', {})
  await call()('system.restart', {})
  await expect
    .poll(async () => (await call()('system.status', {}).catch(() => ({ startedAt }))).startedAt, { timeout: 15_000 })
    .not.toBe(startedAt)
}

describe('the quota of an account', () => {
  it('shows each window by its length with what is left, plan, credits and when it was read', async () => {
    const id = await account()
    await house.rig.go(`/upstreams/${id}`)
    await item('5 hours').getByText('30 % left').waitFor()
    await expect.poll(() => item('5 hours').textContent()).toMatch(/resets in 2 h · as of just now/)
    await item('Week').getByText('65 % left').waitFor()
    await item('Week, GPT-5.3-Codex-Spark').getByText('Quota used up').waitFor()
    await expect.poll(() => windows().getByRole('listitem').count()).toBe(3)
    await expect
      .poll(() => item('5 hours').getByRole('meter', { name: '5 hours left' }).getAttribute('aria-valuetext'))
      .toBe('30 %')
    await part('Quota').getByText('Credits: 12.50 left, as of').waitFor()
    await house.page.locator('header').getByText('Plus').first().waitFor()
    await axe(house.page)
  })

  it('says when it will be empty at its pace, and draws how it filled, as a table too', async () => {
    const id = await account()
    const rise = { upstreamId: id, minutes: 300, from: 40, to: 70, spanMs: HOUR_MS }
    seedRise(house.rig.dataDir, { ...rise, resetsAt: Date.now() + 2.5 * HOUR_MS })
    await restart()
    await call()('account.quotaRefresh', { id })
    await house.rig.go(`/upstreams/${id}`)
    await item('5 hours').getByText(FORECAST).waitFor()
    const course = part('Course of the quota')
    await course.getByRole('img', { name: /^What was left of each window/ }).waitFor()
    await course.getByRole('switch', { name: 'As table' }).click()
    const table = course.getByRole('table', { name: 'What was left of each window' })
    await table.getByRole('columnheader', { name: '5 hours', exact: true }).waitFor()
    await table.getByRole('cell', { name: '60 %' }).first().waitFor()
    await course.getByText('7 d', { exact: true }).click()
    await house.page.waitForURL(/quota=7d/)
    await axe(house.page)
  })

  it('is nothing before the first answer, is read by hand once a minute, and says why it could not be', async () => {
    const { id } = await imported()
    await house.rig.go(`/upstreams/${id}`)
    await part('Quota').getByText('Nothing is known of its quota yet.').waitFor()
    house.server.backend.fails = { status: 503, body: {} }
    await button('Refresh now').click()
    await part('Quota').getByText('The usage page could not be read').waitFor()
    await part('Quota').getByText('(status 503)').waitFor()
    await expect.poll(() => part('Quota').textContent()).toMatch(/Provider asked just now, again in \d+ min/)
    await expect.poll(() => button('Refresh now').getAttribute('aria-disabled')).toBe('true')
    await axe(house.page)
  })

  it('stands in the list, on the overview and in the strip of every page', async () => {
    const id = await account()
    await house.rig.go('/upstreams')
    const card = house.page.getByRole('article', { name: 'Mine' })
    const glance = (name: string) => card.getByRole('listitem', { name, exact: true })
    await card.getByText('Plus').waitFor()
    await expect.poll(() => glance('5 hours').textContent()).toMatch(/^30 % of 5 hours.*resets in 2 h$/)
    await expect.poll(() => glance('Week').textContent()).toMatch(/^65 % of Week.*resets in (2|3) d$/)
    await glance('Week, GPT-5.3-Codex-Spark').getByText('Quota used up').waitFor()
    await axe(house.page)
    await house.rig.go('/upstreams?view=table')
    const row = house.page.getByRole('row', { name: /Mine/ })
    await row.getByText('Plus').waitFor()
    await expect
      .poll(() => row.getByRole('group', { name: 'Least quota left' }).textContent())
      .toMatch(/^30 % of 5 hours/)
    await house.page.getByText('left of Mine, the least of the accounts').waitFor()
    await house.page.getByRole('columnheader', { name: 'Quota left' }).getByRole('button').click()
    await house.page.waitForURL(/sort=/)
    await axe(house.page)
    const strip = house.page.getByRole('region', { name: 'Gateway' })
    const reset = strip.getByRole('link', { name: /next reset/ })
    await expect.poll(() => reset.textContent()).toMatch(/^in 2 h/)
    expect(await reset.getAttribute('href')).toContain(id)
    await house.rig.go('/')
    await part('Upstreams').getByText('30 % of 5 hours left').waitFor()
  })
})

describe('the card of an account', () => {
  const card = () => house.page.getByRole('article', { name: 'Mine', exact: true })
  const glances = () => card().getByRole('listitem')
  const names = () => glances().evaluateAll((all) => all.map((each) => each.getAttribute('aria-label')))

  it('says when it will be empty at its pace, as its page does, and counts down to a reset within the hour', async () => {
    const short = { percent: 70, resetsInMs: 2.5 * HOUR_MS }
    house.server.backend.usagePage = usagePage({ short, week: { percent: 35, resetsInMs: 0.5 * HOUR_MS } })
    const id = await account()
    const rise = { upstreamId: id, minutes: 300, from: 40, to: 70, spanMs: HOUR_MS }
    seedRise(house.rig.dataDir, { ...rise, resetsAt: Date.now() + 2.5 * HOUR_MS })
    await restart()
    await call()('account.quotaRefresh', { id })
    await house.rig.go('/upstreams')
    const glance = (name: string) => card().getByRole('listitem', { name, exact: true })
    await glance('5 hours').getByText(FORECAST).waitFor()
    await expect.poll(() => glance('Week').textContent()).toMatch(/^65 % of Week.*resets in 29 min \(29:\d\d\)$/)
    await axe(house.page)
  })

  it('tells of saved resets, of the one that is lost first, and leads to where they are used', async () => {
    const { resets } = house.server
    resets.add('credit-late', Date.now() + 20 * DAY_MS, 'Full reset')
    resets.add('credit-soon', Date.now() + 5 * HOUR_MS, 'Weekly reset')
    const id = await account()
    await house.rig.go('/upstreams')
    const link = card().getByRole('link', { name: '2 saved resets of Mine' })
    await expect
      .poll(() => link.locator('..').textContent())
      .toMatch(/^2 saved resets.*the first expires in 4 h.*soon$/)
    await axe(house.page)
    await link.click()
    await house.page.waitForURL((url) => url.pathname === `/upstreams/${id}`)
    await part('Saved resets').getByRole('table').waitFor()
  })

  it('says nothing of saved resets where there are none', async () => {
    await account()
    await house.rig.go('/upstreams')
    await glances().first().waitFor()
    expect(await card().getByText('saved reset').count()).toBe(0)
  })

  it('hides no window that is used up or nearly so, and says how the hidden ones stand', async () => {
    const resetsInMs = 2 * DAY_MS
    const show = async (models: Readonly<Record<string, number>>) => {
      const used = Object.entries(models).map(([name, percent]) => [name, { percent, resetsInMs }] as const)
      house.server.backend.usagePage = usagePage({
        short: { percent: 20, resetsInMs },
        week: { percent: 35, resetsInMs },
        models: Object.fromEntries(used),
      })
      await account()
      await house.rig.go('/upstreams')
    }
    await show({ alpha: 5, beta: 10, gamma: 97, omega: 100 })
    await expect.poll(names).toEqual(['Week, omega', 'Week, gamma', 'Week', '5 hours'])
    await card().getByRole('listitem', { name: 'Week, omega' }).getByText('Quota used up').waitFor()
    await card().getByText('and 2 other windows, at least 90 % left').waitFor()
    await axe(house.page)
    for (const { id } of await call()('upstream.list', {})) await call()('upstream.delete', { id })
    await show({ alpha: 100, beta: 100, gamma: 100, delta: 100, omega: 100 })
    await card().getByText('and 3 other windows, 1 of them used up').waitFor()
    await expect.poll(() => card().getByText('Quota used up').count()).toBe(4)
  })
})

describe('saved resets', () => {
  it('are used after a question that says what it costs, and fill the bars at once', async () => {
    const { resets, backend } = house.server
    resets.add('credit-late', Date.now() + 20 * DAY_MS, 'Full reset')
    resets.add('credit-soon', Date.now() + 5 * HOUR_MS, 'Weekly reset')
    resets.onUsed = () => {
      backend.usagePage = usagePage({
        short: { percent: 0, resetsInMs: 5 * HOUR_MS },
        week: { percent: 0, resetsInMs: 7 * DAY_MS },
      })
    }
    const id = await account()
    await house.rig.go(`/upstreams/${id}`)
    const table = part('Saved resets').getByRole('table')
    await table.getByRole('row', { name: /^Weekly reset in 4 h soon/ }).waitFor()
    await table
      .getByRole('row', { name: /^Full reset in 19 d/ })
      .getByRole('button', { name: 'Use' })
      .click()
    await dialog().getByText('This cannot be undone.').waitFor()
    await dialog().getByText('5 hours: 30 % left').waitFor()
    await axe(house.page)
    await button('Cancel').click()
    expect(resets.asked).toBe(0)
    await table
      .getByRole('row', { name: /^Weekly reset/ })
      .getByRole('button', { name: 'Use' })
      .click()
    await button('Use it up').click()
    await house.page.getByText('The saved reset took').waitFor()
    await expect.poll(() => table.getByRole('row').count()).toBe(2)
    await part('Saved resets').getByText('It took.').waitFor()
    await item('5 hours').getByText('100 % left').waitFor()
    expect(resets).toMatchObject({ asked: 1, consumed: 1 })
  })

  it('wait while one is on its way, until the figures tell or the operator lets it be', async () => {
    const { resets } = house.server
    for (const credit of ['credit-a', 'credit-b', 'credit-c']) resets.add(credit)
    const id = await account()
    await house.rig.go(`/upstreams/${id}`)
    const use = part('Saved resets').getByRole('button', { name: 'Use' })
    resets.end = 'error'
    // Neither the list nor the figures say what became of it.
    resets.onUsed = () => (resets.credits = resets.credits.filter(({ status }) => status !== 'redeemed'))
    await use.first().click()
    await button('Use it up').click()
    const notice = part('Saved resets').getByRole('region', { name: 'A saved reset is on its way' })
    await notice.getByText('it can be set aside in').waitFor()
    await expect.poll(() => use.first().isDisabled()).toBe(true)
    await axe(house.page)
    ageResetUse(house.rig.dataDir, 31 * 60_000)
    await house.page.reload()
    await button('Set aside').click()
    await dialog().getByRole('button', { name: 'Set aside' }).click()
    await part('Saved resets').getByText('It was set aside.').waitFor()
    await expect.poll(() => use.first().isDisabled()).toBe(false)
    expect(resets).toMatchObject({ asked: 1, consumed: 1 })
  })

  it('are none where the provider tells of none', async () => {
    house.server.resets.isMissing = true
    const id = await account()
    await house.rig.go(`/upstreams/${id}`)
    await part('Saved resets').getByText('The provider has told of none.').waitFor()
  })
})
