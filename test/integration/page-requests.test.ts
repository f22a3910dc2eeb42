/** The request log in real Chromium: what is in it, how it is filtered and walked, how it follows what happens. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { axe, openPageRig, sendRequest, type PageRig } from '../support/page-rig.ts'
import { furnish, sendOneOfEach, type House } from '../support/request-traffic.ts'

let rig: PageRig
let page: Page
let house: House

const grid = () => page.getByRole('grid', { name: 'Requests' })
/** Without the head. */
const rows = () => grid().locator('[data-id]')
const filters = () => page.getByRole('search', { name: 'Filters' })
const drawer = () => page.getByRole('dialog')
const path = () => new URL(page.url()).pathname
const query = () => new URL(page.url()).searchParams

async function expectRows(count: number): Promise<void> {
  await page.waitForFunction(
    (wanted) => document.querySelectorAll('[role="grid"] [data-row="ready"]').length === wanted,
    count,
  )
}

async function choose(filter: string, ...options: string[]): Promise<void> {
  await filters()
    .getByRole('button', { name: new RegExp(`^${filter}`) })
    .click()
  for (const option of options) await page.getByRole('option', { name: option }).first().click()
  await page.keyboard.press('Escape')
}

beforeAll(async () => {
  rig = await openPageRig()
  page = rig.page
}, 300_000)

afterAll(async () => {
  await rig?.close()
})

describe('an empty log', () => {
  it('says what comes here and leads to a client', async () => {
    await rig.go('/requests')
    await page.getByRole('heading', { name: 'No request has arrived yet' }).waitFor()
    await expect.poll(() => page.getByRole('button', { name: 'Export' }).isDisabled()).toBe(true)
    await expect.poll(() => page.getByRole('link', { name: 'Connect a client' }).getAttribute('href')).toBe('/welcome')
    await axe(page)
  })

  it('shows the first request as it arrives', async () => {
    house = await furnish(rig.call)
    await rig.go('/requests')
    await page.getByRole('heading', { name: 'No request has arrived yet' }).waitFor()
    expect(await sendOneOfEach(rig, house)).toEqual([200, 200, 404, 400])
    await expectRows(4)
  })
})

describe('the rows', () => {
  it('say what was asked, who served it, what it used and what went wrong, newest first', async () => {
    // Wide enough for the Pool, which the key tells as well.
    await page.setViewportSize({ width: 1366, height: 800 })
    await rig.go('/requests')
    await expectRows(4)
    const expectText = async (index: number, wanted: RegExp) => {
      await expect.poll(() => rows().nth(index).textContent()).toMatch(wanted)
    }
    await expectText(0, /Failed400sim-chatBatch keyBatchBatch simulator.*upstream_rejected/)
    await expectText(1, /Refused404no-such-modelTeam keyTeam.*model_not_found/)
    await expectText(2, /Completedsim-reasoning highTeam keyTeamTeam simulator/)
    await expectText(3, /Completedsim-chatTeam keyTeamTeam simulator/)
    const time = await rows().first().locator('time').getAttribute('title')
    expect(time).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d .+ \(UTC/)
    await expect
      .poll(() => rows().nth(2).locator('[title*="Reasoning"]').getAttribute('title'))
      .toMatch(/Fresh input: \d+ tokens\nOutput: \d+ tokens\nReasoning: \d+ tokens\nas the provider reported/)
    await filters().getByText('4 requests').waitFor()
    await page.setViewportSize({ width: 1280, height: 800 })
  })

  it('go with the key that they belong to, and change their names with it', async () => {
    const { key, secret } = await rig.call('key.create', { poolId: house.team.poolId, name: 'Short-lived' })
    expect(await sendRequest(rig, secret)).toBe(200)
    await page.getByRole('row', { name: /Short-lived/ }).waitFor()
    await rig.call('key.update', { id: key.id, patch: { name: 'Renamed' } })
    await page.getByRole('row', { name: /Renamed/ }).waitFor()
    await rig.call('key.delete', { id: key.id, prefix: key.prefix })
    await page.getByRole('row', { name: /Renamed/ }).waitFor({ state: 'detached' })
  })
})

describe('filters', () => {
  beforeEach(async () => {
    await rig.go('/requests')
    await expectRows(4)
  })

  it.each([
    ['State', ['Failed', 'Refused'], 'state', 'failed,refused', 2],
    ['Key', ['Batch key'], 'key', () => house.batch.keyId, 1],
    ['Pool', ['Team'], 'pool', () => house.team.poolId, 3],
    ['Upstream', ['Team simulator'], 'upstream', () => house.team.upstreamId, 2],
    ['Model', ['sim-reasoning'], 'model', 'sim-reasoning', 1],
    ['Error', ['model_not_found'], 'error', 'model_not_found', 1],
    ['Status code', ['HTTP 4xx'], 'status', '4xx', 2],
    ['Client', ['Other'], 'client', 'other', 4],
    ['Route', ['chat'], 'route', '/v1/chat/completions', 4],
    ['Effort', ['high'], 'effort', 'high', 1],
  ] as const)('by %s stand in the address and can be cleared', async (label, options, name, value, count) => {
    const more = filters().getByRole('button', { name: 'More' })
    if (
      (await filters()
        .getByRole('button', { name: new RegExp(`^${label}`) })
        .count()) === 0
    )
      await more.click()
    await choose(label, ...options)
    await page.waitForURL((url) => url.searchParams.get(name) === (typeof value === 'function' ? value() : value))
    await expectRows(count)
    await page.reload()
    await expectRows(count)
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await expectRows(4)
    expect(page.url()).not.toContain('?')
    await page.goBack()
    await expectRows(count)
  })

  it('by transport, address and least figures', async () => {
    await filters().getByRole('button', { name: 'More' }).click()
    await filters().getByText('Streamed').click()
    await expectRows(1)
    await filters().getByText('Any transport').click()
    await expectRows(4)
    await filters().getByRole('textbox', { name: 'Client address' }).fill('10.1.2.3')
    await page.locator('[data-state="filtered"]').waitFor()
    await filters().getByRole('button', { name: 'Clear Client address' }).click()
    await expectRows(4)
    const tokens = filters().getByRole('textbox', { name: 'Tokens at least' })
    await tokens.fill('many')
    await filters().getByText('A whole number').waitFor()
    expect(query().has('minTokens')).toBe(false)
    await tokens.fill('50')
    await expectRows(1)
    expect(query().get('minTokens')).toBe('50')
    await filters().getByRole('button', { name: 'Clear Tokens at least' }).click()
    await expectRows(4)
    const cost = filters().getByRole('textbox', { name: 'Cost at least, USD' })
    await cost.fill('cheap')
    await filters().getByText('Dollars, like 0.05').waitFor()
    expect(query().has('minCost')).toBe(false)
    // No price is known here, so nothing cost anything that could be compared.
    await cost.fill('$0.050')
    await page.locator('[data-state="filtered"]').waitFor()
    await expect.poll(() => query().get('minCost')).toBe('0.05')
    expect(await cost.inputValue()).toBe('$0.050')
  })

  it('by a word that is in no list', async () => {
    await filters()
      .getByRole('button', { name: /^Model/ })
      .click()
    await page.getByRole('textbox', { name: 'Search: Model' }).fill('something-else')
    await page.getByRole('option', { name: 'Use “something-else”' }).click()
    await page.locator('[data-state="filtered"]').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('[data-state="filtered"]').getByRole('button', { name: 'Clear filters' }).click()
    await expectRows(4)
  })

  it('by text: an id, a key, a model, an error; never with a secret in the address', async () => {
    const search = page.getByRole('searchbox')
    const { rows: listed } = await rig.call('request.list', { model: 'no-such-model' })
    await search.fill(listed[0]?.id ?? '')
    await expectRows(1)
    await search.fill('Batch k')
    await expectRows(1)
    await search.fill('reasoning')
    await expectRows(1)
    await search.fill(house.batch.secret)
    await page.waitForURL((url) => url.searchParams.get('q')?.startsWith('sk-weir-') === true)
    expect(house.batch.secret.startsWith(query().get('q') ?? '-')).toBe(true)
    expect(query().get('q')?.length).toBeLessThan(house.batch.secret.length - 10)
    await expectRows(1)
    await expect.poll(() => search.inputValue()).toBe(query().get('q'))
  })

  it('by time: ranges that end now, and fixed ends that must follow each other', async () => {
    await filters().getByRole('button', { name: /^Time/ }).click()
    await page.getByRole('button', { name: 'Last hour' }).click()
    await page.waitForURL((url) => url.searchParams.get('last') === '1h')
    await expectRows(4)
    await filters()
      .getByRole('button', { name: /^Time: last hour/ })
      .click()
    const apply = page.getByRole('button', { name: 'Apply' })
    await expect.poll(() => apply.isDisabled()).toBe(true)
    await page.getByText('Give a start, an end or both.').waitFor()
    await page.getByLabel('From').fill('2026-01-02T10:00:00')
    await page.getByLabel('Until').fill('2026-01-02T09:00:00')
    await page.getByText('Must be after the start').waitFor()
    await expect.poll(() => apply.isDisabled()).toBe(true)
    await page.getByLabel('Until').fill('2026-01-02T11:00:00')
    await apply.click()
    await page.locator('[data-state="filtered"]').waitFor()
    expect(Number(query().get('to')) - Number(query().get('from'))).toBe(3_600_000)
    // What ended gets nothing new.
    await expect.poll(() => page.getByRole('switch', { name: 'Live: the range has an end' }).isDisabled()).toBe(true)
  })
})

describe('the drawer', () => {
  it('opens by a click, tells the whole story, and closes to the list as it was', async () => {
    await rig.go('/requests?pool=' + house.team.poolId)
    await expectRows(3)
    await rows().nth(2).click()
    await drawer().getByRole('heading', { name: 'Outcome' }).waitFor()
    expect(path()).toMatch(/^\/requests\/req_/)
    await drawer().getByText('It was answered. The client saw HTTP 200.').waitFor()
    const attempts = drawer().getByRole('list', { name: 'Attempts' }).getByRole('listitem')
    await expect.poll(() => attempts.nth(0).textContent()).toMatch(/1Flaky simulatorHTTP 503 · upstream_error/)
    await expect.poll(() => attempts.nth(1).textContent()).toMatch(/2Team simulatorHTTP 200/)
    const candidates = drawer().getByRole('table', { name: 'Candidates' }).getByRole('row')
    await expect.poll(() => candidates.nth(1).textContent()).toContain('Tried firstIt was first in order, and failed')
    await expect.poll(() => candidates.nth(2).textContent()).toContain('Tried secondThe ones before it failed')
    await expect.poll(() => candidates.nth(3).textContent()).toContain('Left outIt is paused')
    await expect
      .poll(() => drawer().getByRole('table', { name: 'Usage' }).textContent())
      .toContain('Total, as the provider reported')
    await drawer().getByText('Cost: no price is known for this model.').waitFor()
    await drawer().getByText('None: its key has no limit that counts requests, tokens or cost.').waitFor()
    await page.keyboard.press('Escape')
    await drawer().waitFor({ state: 'detached' })
    expect(path() + new URL(page.url()).search).toBe(`/requests?pool=${house.team.poolId}`)
    await page.goBack()
    await drawer().waitFor()
  })

  it('leads to key, Pool and upstream, and to all requests of the same kind', async () => {
    await rig.go('/requests')
    await page.getByRole('row', { name: /no-such-model/ }).click()
    await drawer().getByText('It was sent to no upstream.', { exact: true }).waitFor()
    const candidates = drawer().getByRole('table', { name: 'Candidates' })
    await candidates.getByText('It does not serve the model').first().waitFor()
    await drawer().getByText('None: it was sent to no upstream, so nothing was charged.').waitFor()
    const link = (name: string) => drawer().getByRole('link', { name, exact: true })
    await expect.poll(() => link('Team key').getAttribute('href')).toBe(`/keys/${house.team.keyId}`)
    await expect.poll(() => link('Team').getAttribute('href')).toBe(`/pools/${house.team.poolId}`)
    await drawer().getByRole('link', { name: 'All requests that ended so' }).click()
    await drawer().waitFor({ state: 'detached' })
    expect(query().get('error')).toBe('model_not_found')
    await expectRows(1)
  })

  it('hands out the id and everything that is kept, as JSON', async () => {
    await rig.go('/requests')
    await rows().first().click()
    const id = path().split('/').at(-1) ?? ''
    await drawer().getByRole('button', { name: 'Copy id' }).click()
    await drawer().getByRole('button', { name: 'Copied' }).waitFor()
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(id)
    await drawer().getByRole('button', { name: 'Copy as JSON' }).click()
    await page.waitForFunction(async () => (await navigator.clipboard.readText()).startsWith('{'))
    const copied = await page.evaluate(() => navigator.clipboard.readText())
    expect(JSON.parse(copied)).toEqual(await rig.call('request.get', { id }))
    await drawer().getByRole('button', { name: 'Everything that is kept of it, as JSON' }).click()
    await drawer().getByRole('region', { name: 'request as JSON' }).getByText(`"id": "${id}"`).waitFor()
  })

  it('says that a request is not there any more, and that the list is', async () => {
    await rig.go('/requests/req_000000000abc')
    await drawer().getByRole('alert').getByText('not_found').waitFor()
    await expectRows(4)
  })
})

describe('by keyboard', () => {
  it('rows are walked, opened, left and walked on within the drawer', async () => {
    await rig.go('/requests')
    await expectRows(4)
    const ids = await rows().evaluateAll((all) => all.map((row) => row.getAttribute('data-id')))
    await page.keyboard.press('j')
    await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'grid')
    const active = () => grid().getAttribute('aria-activedescendant')
    await expect.poll(active).toBe(`row-${ids[0]}`)
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('j')
    await page.keyboard.press('k')
    await expect.poll(active).toBe(`row-${ids[1]}`)
    await page.keyboard.press('End')
    await expect.poll(active).toBe(`row-${ids[3]}`)
    await page.keyboard.press('Home')
    await expect.poll(active).toBe(`row-${ids[0]}`)
    await page.keyboard.press('Enter')
    await drawer().getByRole('heading', { name: 'Outcome' }).waitFor()
    expect(path()).toBe(`/requests/${ids[0]}`)
    await page.keyboard.press('j')
    await page.waitForURL(`**/requests/${ids[1]}`)
    await drawer().getByRole('button', { name: 'Older request' }).click()
    await page.waitForURL(`**/requests/${ids[2]}`)
    await page.keyboard.press('k')
    await page.waitForURL(`**/requests/${ids[1]}`)
    await page.keyboard.press('Escape')
    await drawer().waitFor({ state: 'detached' })
    await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'grid')
    await expect.poll(active).toBe(`row-${ids[1]}`)
    await page.keyboard.press('Escape')
    await expect.poll(active).toBeNull()
  })

  it('the search is reached and left', async () => {
    await rig.go('/requests')
    await expectRows(4)
    await page.keyboard.press('/')
    await page.keyboard.type('reasoning')
    await expectRows(1)
    await page.keyboard.press('Escape')
    await expectRows(4)
  })
})

describe('accessibility', () => {
  it.each(['light', 'dark'] as const)('of list, filters and drawer in the %s scheme', async (scheme) => {
    await page.emulateMedia({ colorScheme: scheme })
    for (const size of [
      { width: 1280, height: 800 },
      { width: 900, height: 600 },
    ]) {
      await page.setViewportSize(size)
      await rig.go('/requests')
      await expectRows(4)
      await filters().getByRole('button', { name: 'More' }).click()
      await axe(page)
      await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
      for (const name of [/^Time/, /^State/]) {
        await filters().getByRole('button', { name }).click()
        const dropdown = page.locator('.mantine-Popover-dropdown:visible')
        await dropdown.waitFor()
        await axe(page)
        await page.keyboard.press('Escape')
        await dropdown.waitFor({ state: 'hidden' })
      }
      await rows().nth(3).click()
      await drawer().getByRole('table', { name: 'Usage' }).waitFor()
      await axe(page)
    }
    await page.setViewportSize({ width: 1280, height: 800 })
  })
})
