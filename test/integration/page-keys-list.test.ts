/** The list of keys: what it shows, finds, sorts and does to several at once; its states; the drawer over it. */
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { refuseCalls } from '../support/page-faults.ts'
import { addSimulator, axe, openPageRig, sendRequest, type PageRig, type Served } from '../support/page-rig.ts'

const DAY_MS = 86_400_000

let rig: PageRig
let page: Page

beforeAll(async () => {
  rig = await openPageRig()
  page = rig.page
  // The thread that reads the log has to start first, which takes its time on a busy machine.
  await rig.call('key.figures', { from: 0, to: Date.now() })
}, 300_000)

afterAll(async () => {
  await rig?.close()
})

const button = (name: string | RegExp, within: Page | Locator = page) => within.getByRole('button', { name })
const table = () => page.getByRole('table', { name: 'API keys' })
const row = (name: string) => table().getByRole('row', { name, exact: true })
const names = () =>
  table()
    .locator('tr[data-row]')
    .evaluateAll((rows) => rows.map((each) => each.getAttribute('aria-label')))
async function expectNames(wanted: readonly string[]): Promise<void> {
  await expect.poll(names).toEqual(wanted)
}
const inAddress = (name: string) => new URL(page.url()).searchParams.get(name)

describe('before there is a key', () => {
  it('says what a key needs first, then offers to make one', async () => {
    await rig.go('/keys')
    await page.getByText('No API keys yet').waitFor()
    await expect.poll(() => page.getByRole('link', { name: 'Create a Pool' }).getAttribute('href')).toBe('/pools/new')
    await rig.go('/keys/new')
    await page.getByText('There is no Pool yet').waitFor()
    await rig.call('pool.create', { name: 'Empty' })
    await rig.go('/keys')
    await page.getByRole('link', { name: 'Create the first key' }).click()
    await page.waitForURL((url) => url.pathname === '/keys/new')
    // The only Pool is chosen already.
    await expect.poll(() => page.getByRole('combobox', { name: 'Pool' }).inputValue()).toBe('Empty')
  })
})

describe('with keys', () => {
  let team: Served
  let home: Served

  beforeAll(async () => {
    team = await addSimulator(rig.call, 'Team')
    home = await addSimulator(rig.call, 'Home')
    const add = (poolId: string, name: string, more: object = {}) => rig.call('key.create', { poolId, name, ...more })
    const laptop = await add(team.poolId, 'laptop', { owner: 'Ada', expiresAt: Date.now() + 5 * DAY_MS })
    await add(team.poolId, 'phone', { owner: 'Bob', expiresAt: Date.now() + 90 * DAY_MS })
    const rotated = await add(home.poolId, 'robot', {
      owner: 'Ada',
      limits: { requestsPerDay: 1_000, budgetPerDay: 0 },
    })
    await rig.call('key.rotate', { id: rotated.key.id })
    const paused = await add(home.poolId, 'resting')
    await rig.call('key.pause', { id: paused.key.id })
    const revoked = await add(home.poolId, 'gone')
    await rig.call('key.revoke', { id: revoked.key.id })
    for (let sent = 0; sent < 3; sent++) await sendRequest(rig, laptop.secret)
    await sendRequest(rig, home.secret)
  })

  it('shows them by Pool, with what each used', async () => {
    await rig.go('/keys?range=24h')
    await expectNames(['gone', 'Home key', 'resting', 'robot', 'laptop', 'phone', 'Team key'])
    const heads = table().getByRole('rowheader')
    await expect.poll(() => heads.allTextContents()).toEqual(['Home4 keys', 'Team3 keys'])
    await expect.poll(() => row('laptop').textContent()).toContain('375 %')
    for (const text of ['sk-weir-', 'Ada', 'Active', 'all models', 'in 4 d']) {
      await expect.poll(() => row('laptop').textContent()).toContain(text)
    }
    await expect.poll(() => row('robot').textContent()).toContain('+1 more')
    await row('laptop').getByText('in 4 d').hover()
    await page
      .getByRole('tooltip')
      .getByText(/\d{4}-\d\d-\d\d .*UTC/)
      .waitFor()
    await axe(page)
  })

  it.each([
    ['status=paused', ['resting']],
    ['status=revoked', ['gone']],
    ['owner=Ada', ['robot', 'laptop']],
    ['soon=1', ['laptop']],
    ['unrotated=1', ['Home key', 'resting', 'laptop', 'phone', 'Team key']],
    ['q=PHO', ['phone']],
    ['unrotated=1&owner=Ada', ['laptop']],
  ])('fits %s', async (search, wanted) => {
    await rig.go(`/keys?${search}`)
    await expectNames(wanted)
    await page.getByText(`${wanted.length} of 7 keys`).waitFor()
  })

  it('is filtered by its controls, which the address keeps', async () => {
    await rig.go('/keys')
    await table().waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('phon')
    await expect.poll(() => inAddress('q')).toBe('phon')
    await page.getByRole('combobox', { name: 'Status' }).click()
    await page.getByRole('option', { name: 'Active' }).click()
    await page.getByRole('combobox', { name: 'Pool' }).click()
    await page.getByRole('option', { name: 'Team' }).click()
    await expectNames(['phone'])
    await page.getByRole('combobox', { name: 'Owner' }).click()
    await page.getByRole('option', { name: 'Bob' }).click()
    await expectNames(['phone'])
    await page.getByText('Expiring soon: 1').click()
    await expect.poll(() => page.getByRole('checkbox', { name: 'Expiring soon: 1' }).isChecked()).toBe(true)
    await page.getByText('No keys fit the filters').waitFor()
    await axe(page)
    await page.reload()
    await page.getByText('No keys fit the filters').waitFor()
    await page.goBack()
    await expectNames(['phone'])
    await button('Clear filters').click()
    await expect.poll(async () => (await names()).length).toBe(7)
    expect(new URL(page.url()).search).toBe('')
  })

  it('shows unused keys, and none where all are young', async () => {
    await rig.go('/keys?unused=1')
    await page.getByText('No keys fit the filters').waitFor()
    await button('Clear filters').last().click()
    await row('laptop').waitFor()
  })

  it('sorts by any figure, the heaviest Pool first', async () => {
    await rig.go('/keys?range=24h')
    await expect.poll(() => row('laptop').textContent()).toContain('375 %')
    await button('Requests').click()
    await expect.poll(async () => (await names())[0]).toBe('laptop')
    expect(inAddress('sort')).toBe('-requests')
    // All columns are there in a wide window only.
    await page.setViewportSize({ width: 1500, height: 800 })
    for (const name of ['Tokens', 'Cost', 'Limits', 'Last used', 'Created', 'Expires', 'Owner', 'Status', 'Key']) {
      await button(name).first().click()
      await expect
        .poll(() => page.getByRole('columnheader', { name, exact: true }).getAttribute('aria-sort'))
        .not.toBe('none')
    }
    await page.setViewportSize({ width: 1280, height: 800 })
  })

  it('is walked by keyboard: arrows, Space selects, Enter opens', async () => {
    await rig.go('/keys')
    await row('gone').focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Space')
    await page.getByText('1 selected').waitFor()
    await page.keyboard.press('End')
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => url.pathname.startsWith('/keys/key_'))
    await page.getByRole('dialog').getByText('Team key').waitFor()
    await page.keyboard.press('Escape')
    await page.waitForURL((url) => url.pathname === '/keys')
    await page.goBack()
    await page.getByRole('dialog').waitFor()
  })

  it('pauses, resumes and revokes several at once', async () => {
    const states = async () =>
      Object.fromEntries((await rig.call('key.list', {})).map(({ name, status }) => [name, status]))
    await rig.go('/keys')
    await page.getByRole('checkbox', { name: 'Select all shown: API keys' }).check()
    const bar = page.getByRole('toolbar', { name: 'Selected keys' })
    await bar.getByText('7 selected').waitFor()
    await button('Pause 5', bar).click()
    await page.getByText('Paused 5 keys').waitFor()
    expect(Object.values(await states()).filter((status) => status === 'paused').length).toBe(6)
    await button('Undo').click()
    await page.getByText('Undone').waitFor()
    expect(await states()).toMatchObject({ resting: 'paused', laptop: 'active', gone: 'revoked' })
    await button('Clear the selection', bar).click()

    await page.getByRole('checkbox', { name: 'Select resting' }).check()
    await expect.poll(() => button('Pause', bar).getAttribute('aria-disabled')).toBe('true')
    await expect
      .poll(() => button('Pause', bar).getAttribute('aria-description'))
      .toBe('None of the selected keys is active.')
    await button('Resume 1', bar).click()
    await page.getByText('Resumed 1 key').waitFor()
    expect((await states())['resting']).toBe('active')

    await page.getByRole('checkbox', { name: 'Select robot' }).check()
    await button('Revoke 2', bar).click()
    const question = page.getByRole('dialog', { name: 'Revoke 2 keys?' })
    await question.getByText('robot').waitFor()
    await axe(page)
    await button('Cancel', question).click()
    expect((await states())['robot']).toBe('active')
    await button('Revoke 2', bar).click()
    await button('Revoke', question).click()
    await page.getByText('Revoked 2 keys').waitFor()
    expect(await states()).toMatchObject({ robot: 'revoked', resting: 'revoked' })
    await expect.poll(() => button('Revoke', bar).getAttribute('aria-disabled')).toBe('true')
  })

  it('acts only on what the filters show', async () => {
    await rig.go('/keys')
    await page.getByRole('checkbox', { name: 'Select all shown: API keys' }).check()
    await page.getByRole('searchbox').fill('phone')
    await page.getByRole('toolbar', { name: 'Selected keys' }).getByText('1 selected').waitFor()
  })

  it('has a drawer by its address, with chart, table, policy and requests', async () => {
    const laptop = (await rig.call('key.list', {})).find(({ name }) => name === 'laptop')
    await rig.go(`/keys/${laptop?.id ?? ''}?range=24h&q=laptop`)
    const drawer = page.getByRole('dialog')
    await drawer.getByRole('img', { name: /Tokens over time by model/ }).waitFor()
    await button('Show as table', drawer).click()
    await drawer.getByRole('table', { name: 'Tokens over time by model' }).getByRole('cell').first().waitFor()
    expect(inAddress('table')).toBe('1')
    const cached = drawer.getByRole('table', { name: 'Cached input by model' }).getByRole('row')
    await cached
      .filter({ hasText: /sim-chat.*%/ })
      .first()
      .waitFor()
    await axe(page)
    await drawer.getByText('Requests', { exact: true }).last().waitFor()
    await drawer.getByRole('radiogroup', { name: 'Figure of the chart' }).getByText('Cost').click()
    await drawer.getByText('No cost in this time.').waitFor()
    await drawer.getByRole('radiogroup', { name: 'Usage of the last' }).getByText('30 d').click()
    await expect.poll(() => inAddress('range')).toBe('30d')
    await expect.poll(() => drawer.getByRole('table', { name: 'Recent requests' }).getByRole('row').count()).toBe(4)
    await drawer.getByText('all that the Pool serves').waitFor()
    await drawer.getByText('No limits: this key may use all that its Pool serves.').waitFor()
    await drawer.getByRole('table', { name: 'Recent requests' }).getByText('sim-chat').first().click()
    await page.waitForURL((url) => url.pathname.startsWith('/requests/req_'))
    await page.goBack()
    await button('Close', drawer).click()
    await page.waitForURL((url) => url.pathname === '/keys' && url.searchParams.get('q') === 'laptop')
  })

  it('says so in the drawer when there is no such key', async () => {
    await rig.go('/keys/key_nobody')
    await page.getByRole('dialog').getByText('not_found').waitFor()
    await page.keyboard.press('Escape')
    await page.waitForURL((url) => url.pathname === '/keys')
  })

  it('is found by the palette, and finds its own filters there', async () => {
    await rig.go('/keys')
    await page.keyboard.press('Control+k')
    await page.getByRole('textbox', { name: 'Command palette' }).fill('expire soon')
    await page
      .getByRole('option', { name: 'Show keys that expire soon' })
      .or(button('Show keys that expire soon'))
      .first()
      .click()
    await expectNames(['laptop'])
  })

  it('is acted on by the palette while its drawer is open', async () => {
    await row('laptop').focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByText('What it may do').waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('textbox', { name: 'Command palette' }).fill('rotate the key')
    await button(/Rotate the key laptop/)
      .or(page.getByRole('option', { name: /Rotate the key laptop/ }))
      .first()
      .click()
    const question = page.getByRole('dialog', { name: 'Rotate laptop?' })
    await button('Cancel', question).click()
    await question.waitFor({ state: 'detached' })
    await page.getByRole('dialog').getByText('What it may do').waitFor()
  })

  it('shows trouble with its code and tries again', async () => {
    const restoreKeys = await refuseCalls(page, 'key.list', { code: 'disk_full', message: 'The disk is full.' })
    await rig.go('/keys')
    const alert = page.getByRole('alert')
    await alert.getByText('The keys could not be loaded').waitFor()
    await alert.getByText('disk_full').waitFor()
    await axe(page)
    await restoreKeys()
    await button('Try again', alert).click()
    await row('laptop').waitFor()
    const restoreFigures = await refuseCalls(page, 'key.figures', { code: 'log_busy', message: 'Too many questions.' })
    await rig.go('/keys')
    await page.getByText('Usage could not be loaded: Too many questions. (log_busy)').waitFor()
    await row('laptop').waitFor()
    await restoreFigures()
    await button('Try again').click()
    await expect.poll(() => row('laptop').textContent()).toContain('75 %')
  })

  it('keeps its shape while it loads', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    await page.route('**/rpc', async (call) => {
      if (call.request().postData()?.includes('"key.list"') === true) await held
      await call.continue()
    })
    await rig.go('/keys')
    await page.locator('[data-state="loading"]').waitFor()
    release()
    await row('laptop').waitFor()
    await page.unroute('**/rpc')
  })

  it.each([
    ['light', 1280, 800],
    ['light', 900, 600],
    ['dark', 1280, 800],
    ['dark', 900, 600],
  ] as const)('is readable in the %s scheme at %d × %d', async (colorScheme, width, height) => {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height })
    for (const path of ['/keys', '/keys/new', '/keys/new?step=models', '/keys/new?step=review']) {
      await rig.go(path)
      await axe(page)
      await expect
        .poll(() => page.evaluate(() => document.documentElement.scrollWidth - innerWidth))
        .toBeLessThanOrEqual(0)
    }
  })
})

describe('with hundreds of keys', () => {
  it('builds what is in sight, and every key can be walked to', async () => {
    const pools = await rig.call('pool.list', {})
    const poolId = pools.find(({ name }) => name === 'Empty')?.id ?? ''
    for (let number = 1; number <= 400; number++) await rig.call('key.create', { poolId, name: `client ${number}` })
    await page.emulateMedia({ colorScheme: 'light' })
    await page.setViewportSize({ width: 1280, height: 800 })
    await rig.go(`/keys?pool=${poolId}`)
    await row('client 1').waitFor()
    await expect.poll(() => table().getAttribute('aria-rowcount')).toBe('401')
    expect((await names()).length).toBeLessThan(60)
    await row('client 1').focus()
    await page.keyboard.press('End')
    await row('client 400').waitFor()
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'client 400')
    await page.keyboard.press('ArrowUp')
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'client 399')
    await page.keyboard.press('Home')
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'client 1')
    await axe(page)
  })
})
