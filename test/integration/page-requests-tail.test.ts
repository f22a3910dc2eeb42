/** The request log while things happen, and what it does with them: live tail, pause, saved filters, columns, export. */
import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { axe, openPageRig, sendRequest, type PageRig } from '../support/page-rig.ts'
import { furnish, sendOneOfEach, type House } from '../support/request-traffic.ts'

let rig: PageRig
let page: Page
let house: House

const grid = () => page.getByRole('grid', { name: 'Requests' })
const rows = () => grid().locator('[data-id]')
const box = () => page.locator('[data-log]')
const firstId = () => rows().first().getAttribute('data-id')
const live = () => page.getByRole('switch', { name: /^(Live|Paused)/ })

beforeAll(async () => {
  rig = await openPageRig()
  page = rig.page
  house = await furnish(rig.call)
  for (let round = 0; round < 12; round += 1) await sendOneOfEach(rig, house)
}, 300_000)

afterAll(async () => {
  await rig?.close()
})

/** A request that takes until it is let go, by an upstream that waits long before it answers. */
async function holdRequest(): Promise<{ end: () => Promise<void> }> {
  const slow = await rig.call('upstream.create', {
    kind: 'simulator',
    name: `Slow ${Math.random()}`,
    simulator: { latencyMs: 600_000 },
  })
  const pool = await rig.call('pool.create', { name: slow.name, assignments: [{ upstreamId: slow.id }] })
  const { secret } = await rig.call('key.create', { poolId: pool.id, name: 'Patient key' })
  const stop = new AbortController()
  const request = fetch(`${rig.gatewayUrl}/v1/chat/completions`, {
    method: 'POST',
    signal: stop.signal,
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'sim-chat', messages: [{ role: 'user', content: 'wait' }] }),
  }).catch(() => undefined)
  return {
    async end() {
      stop.abort()
      await request
    },
  }
}

/** What is read: the row at the top of the box, and how far it is from there. */
async function readAtTop(): Promise<{ id: string | undefined; offset: number }> {
  return box().evaluate((element) => {
    const edge = element.getBoundingClientRect().top + element.clientTop + 28
    const row = [...element.querySelectorAll<HTMLElement>('[data-id]')]
      .map((each) => ({ id: each.dataset['id'], offset: Math.round(each.getBoundingClientRect().top - edge) }))
      .filter(({ offset }) => offset > -28)
      .sort((a, b) => a.offset - b.offset)
    return row[0] ?? { id: undefined, offset: 0 }
  })
}

describe('the live tail', () => {
  it('brings what arrives on top while nobody reads', async () => {
    await rig.go('/requests')
    const before = await firstId()
    expect(await sendRequest(rig, house.team.secret)).toBe(200)
    await page.waitForFunction(
      (id) => document.querySelector('[role="grid"] [data-id]')?.getAttribute('data-id') !== id,
      before,
    )
    await expect.poll(() => page.getByRole('button', { name: /new request/ }).count()).toBe(0)
  })

  it('shows a request while it runs, and how it ended', async () => {
    await rig.go('/requests?state=open')
    await page.locator('[data-state="filtered"]').waitFor()
    const held = await holdRequest()
    await page.getByRole('row', { name: /Running.*Patient key/ }).waitFor()
    const strip = page.getByRole('region', { name: 'Gateway' })
    await strip.getByRole('link', { name: /^1 live$/ }).waitFor()
    await page.getByRole('row', { name: /Running.*Patient key/ }).click()
    await page.getByRole('dialog').getByText('It is running.').waitFor()
    await held.end()
    await page.getByRole('dialog').getByText('The client ended it before the answer was whole.').waitFor()
    await page.keyboard.press('Escape')
    // It does not fit the filter any more.
    await page.locator('[data-state="filtered"]').waitFor()
  })

  it('does not move what is read, and counts what came', async () => {
    await rig.go('/requests')
    await rows().first().waitFor()
    await box().evaluate((element) => element.scrollTo({ top: 205 }))
    await page.waitForFunction(() => document.querySelector('[data-log]')?.scrollTop === 205)
    const before = await readAtTop()
    for (let sent = 0; sent < 3; sent += 1) await sendRequest(rig, house.team.secret)
    const pill = page.getByRole('button', { name: '3 new requests' })
    await pill.waitFor()
    expect(await readAtTop()).toEqual(before)
    await pill.click()
    await page.waitForFunction(() => document.querySelector('[data-log]')?.scrollTop === 0)
    await pill.waitFor({ state: 'detached' })
  })

  it('does not move the row that the keyboard is at, even at the top', async () => {
    await rig.go('/requests')
    await rows().first().waitFor()
    await page.keyboard.press('j')
    const before = await readAtTop()
    await sendRequest(rig, house.team.secret)
    await page.getByRole('button', { name: '1 new request' }).waitFor()
    expect(await readAtTop()).toEqual(before)
  })

  it('pauses and goes on, by its switch and by p', async () => {
    await rig.go('/requests')
    await rows().first().waitFor()
    await page.keyboard.press('p')
    await page.waitForURL('**/requests?live=off')
    const before = await firstId()
    // The strip counts it, so its news was here; the list stays.
    const total = (await rig.call('request.count', {})).count
    await sendRequest(rig, house.team.secret)
    await page.waitForFunction(async (wanted) => {
      const answer = await fetch('/rpc', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ route: 'request.count', input: {} }),
      })
      return ((await answer.json()) as { value: { count: number } }).value.count === wanted
    }, total + 1)
    expect(await firstId()).toBe(before)
    await expect.poll(() => live().isChecked()).toBe(false)
    await live().click()
    await page.waitForFunction(
      (id) => document.querySelector('[role="grid"] [data-id]')?.getAttribute('data-id') !== id,
      before,
    )
    expect(new URL(page.url()).search).toBe('')
  })

  it('catches up after the connection was lost', async () => {
    await rig.go('/requests')
    await rows().first().waitFor()
    rig.expectConsole(/ERR_INTERNET_DISCONNECTED/)
    await rig.context.setOffline(true)
    await page.getByText('Weir cannot be reached').waitFor()
    const before = await firstId()
    await sendRequest(rig, house.team.secret)
    await rig.context.setOffline(false)
    await page.waitForFunction(
      (id) => document.querySelector('[role="grid"] [data-id]')?.getAttribute('data-id') !== id,
      before,
    )
  })
})

describe('a log that cannot be loaded', () => {
  it('says why and is tried again', async () => {
    rig.expectConsole(/ERR_FAILED/)
    await page.route('**/rpc', (route) =>
      route.request().postData()?.includes('"request.list"') === true ? route.abort() : route.continue(),
    )
    await rig.go('/requests?q=nothing-yet')
    const alert = page.getByRole('alert').filter({ hasText: 'The request log could not be loaded' })
    await alert.getByText('connection_lost').waitFor()
    await axe(page)
    await page.unroute('**/rpc')
    await alert.getByRole('button', { name: 'Try again' }).click()
    await page.locator('[data-state="filtered"]').waitFor()
  })
})

describe('back and forward', () => {
  it('find the list where it was left', async () => {
    await rig.go('/requests')
    await rows().first().waitFor()
    await box().evaluate((element) => element.scrollTo({ top: 300 }))
    await page.waitForFunction(() => document.querySelector('[data-log]')?.scrollTop === 300)
    const before = await readAtTop()
    await page.getByRole('link', { name: 'Audit' }).click()
    await page.locator('#page-title', { hasText: 'Audit' }).waitFor()
    await page.goBack()
    await rows().first().waitFor()
    await page.waitForFunction(() => (document.querySelector('[data-log]')?.scrollTop ?? 0) > 0)
    expect(await readAtTop()).toEqual(before)
  })
})

describe('columns', () => {
  const heads = () => grid().getByRole('columnheader').allTextContents()
  const item = (name: string) => page.getByRole('menuitemcheckbox', { name, exact: true })

  it('are as many as fit, and those that are chosen, which the address keeps', async () => {
    await rig.go('/requests')
    await rows().first().waitFor()
    expect(await heads()).toEqual(expect.arrayContaining(['Time', 'Status', 'Model', 'Key', 'Tokens']))
    await page.setViewportSize({ width: 900, height: 600 })
    await grid().getByRole('columnheader', { name: 'Cost' }).waitFor({ state: 'detached' })
    await page.setViewportSize({ width: 1280, height: 800 })
    await page.getByRole('button', { name: 'Columns' }).click()
    for (const name of ['Pool', 'Upstream', 'Cost', 'First / total', 'Error', 'Route', 'Tokens'])
      await item(name).click()
    await item('Id').click()
    await page.keyboard.press('Escape')
    await expect.poll(heads).toEqual(['Time', 'Status', 'Model', 'Key', 'Id'])
    await page.reload()
    await rows().first().waitFor()
    await expect.poll(heads).toEqual(['Time', 'Status', 'Model', 'Key', 'Id'])
    await page.getByRole('button', { name: 'Columns' }).click()
    await item('As many as fit').click()
    await page.keyboard.press('Escape')
    await grid().getByRole('columnheader', { name: 'Tokens' }).waitFor()
    expect(new URL(page.url()).search).toBe('')
  })
})

describe('saved filters', () => {
  const menu = () => page.locator('header').getByRole('button').nth(0)
  const entry = (name: string) => page.getByRole('menuitem', { name })

  async function openMenu(): Promise<void> {
    await menu().click()
    await page.getByRole('menu').waitFor()
  }

  async function save(name: string): Promise<void> {
    await openMenu()
    await entry('Save what is shown').click()
    await page.getByRole('textbox', { name: 'Name' }).fill(name)
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await page.getByText(`Saved the filter ${name}`).waitFor()
  }

  it('start with none, and want a filter and a name', async () => {
    await rig.go('/requests')
    await rows().first().waitFor()
    await openMenu()
    await page.getByText('No filter is saved yet').waitFor()
    await expect.poll(() => entry('Save: set a filter first').isDisabled()).toBe(true)
    await page.keyboard.press('Escape')
    await rig.go('/requests?state=failed&last=24h')
    await openMenu()
    await entry('Save what is shown').click()
    const submit = page.getByRole('dialog').getByRole('button', { name: 'Save' })
    await expect.poll(() => submit.isDisabled()).toBe(true)
    await page.getByText('Give it a name.').waitFor()
    await axe(page)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  })

  it('are kept with range and columns, applied, renamed, replaced, deleted and brought back', async () => {
    await rig.go('/requests?state=failed&last=24h&columns=time,error')
    await rows().first().waitFor()
    await save('Failures')
    await expect.poll(() => menu().textContent()).toBe('Failures')
    await rig.go('/requests?state=refused')
    await openMenu()
    await entry('Failures').click()
    await page.waitForURL((url) => url.searchParams.get('state') === 'failed' && url.searchParams.get('last') === '24h')
    await grid().getByRole('columnheader', { name: 'Model' }).waitFor({ state: 'detached' })
    await rows().first().waitFor()
    await expect.poll(() => grid().getByRole('columnheader').allTextContents()).toEqual(['Time', 'Error'])
    await openMenu()
    await entry('Rename Failures').click()
    await page.getByRole('textbox', { name: 'Name' }).fill('What failed')
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await page.getByRole('button', { name: 'What failed' }).waitFor()

    await rig.go('/requests?state=aborted')
    await openMenu()
    await entry('Save what is shown').click()
    await page.getByRole('textbox', { name: 'Name' }).fill('what FAILED')
    await page.getByText('There is a filter What failed already.').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Replace it' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await expect
      .poll(async () => (await rig.call('filter.list', { page: 'requests' })).map(({ filter }) => filter))
      .toEqual([{ state: ['aborted'] }])
    await openMenu()
    await entry('Delete what FAILED').click()
    await page.getByText('Deleted the saved filter what FAILED').waitFor()
    await expect.poll(() => rig.call('filter.list', { page: 'requests' })).toEqual([])
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('button', { name: 'what FAILED' }).waitFor()
  })
})

describe('an export', () => {
  async function start(format: RegExp): Promise<string> {
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Export' }).click()
    await page.getByRole('menuitem', { name: format }).click()
    const file = await download
    expect(file.suggestedFilename()).toMatch(/^weir-requests-\d{8}-\d{6}\.(csv|json|jsonl)$/)
    return readFileSync(await file.path(), 'utf8')
  }

  it('is a file of what the filter matches, in each format', async () => {
    await rig.go('/requests?state=failed')
    await rows().first().waitFor()
    const { count } = await rig.call('request.count', { state: 'failed' })
    const csv = await start(/^CSV/)
    expect(csv.split('\n')[0]).toMatch(/^id,time,/)
    expect(csv.trim().split('\n')).toHaveLength(count + 1)
    const json = JSON.parse(await start(/^JSON one array/)) as { state: string }[]
    expect(json).toHaveLength(count)
    expect(new Set(json.map(({ state }) => state))).toEqual(new Set(['failed']))
    const lines = (await start(/^JSON lines/)).trim().split('\n')
    expect(lines).toHaveLength(count)
    const done = page.getByRole('status').filter({ hasText: 'Exported weir-requests' })
    await done.nth(2).waitFor()
    await axe(page)
    for (let left = 3; left > 0; left -= 1)
      await page
        .getByRole('button', { name: /^Dismiss/ })
        .first()
        .click()
    await done.first().waitFor({ state: 'detached' })
  })

  it('can be cancelled before its file is taken', async () => {
    await rig.go('/requests')
    await rows().first().waitFor()
    const job = await rig.call('export.start', { kind: 'requests', format: 'csv', filter: {} })
    await page.reload()
    const progress = page.getByRole('group', { name: `Exporting ${job.fileName}` })
    await progress.getByText('waiting for the file to be taken').waitFor()
    await progress.getByRole('button', { name: 'Cancel' }).click()
    await progress.waitFor({ state: 'detached' })
    await expect.poll(async () => (await rig.call('export.get', { id: job.id })).state).toBe('cancelled')
  })

  it('is a command of the palette too', async () => {
    await rig.go('/requests?state=refused')
    await rows().first().waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('textbox', { name: 'Command palette' }).fill('Export the requests shown as CSV')
    await page.locator('[data-action]', { hasText: 'as CSV' }).waitFor()
    const download = page.waitForEvent('download')
    await page.keyboard.press('Enter')
    const text = readFileSync(await (await download).path(), 'utf8')
    expect(text.trim().split('\n').length).toBe((await rig.call('request.count', { state: 'refused' })).count + 1)
  })
})
