/** The overview of a house in use: its figures are the core's, each leads to its requests, and all of it is an address. */
import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { filterParams, toFilter } from '../../src/renderer/features/requests/filter-state.ts'
import { formatCompact, formatCount, formatShare, formatUsd } from '../../src/renderer/lib/format.ts'
import { readState } from '../../src/renderer/lib/url-state.ts'
import { afternoon, furnish, type House } from '../support/house.ts'
import { axe, openPageRig, type PageRig } from '../support/page-rig.ts'
import { makeTempDir } from '../support/temp-dir.ts'

let rig: PageRig
let house: House
const now = Date.now()
const { zone, offsetHours } = afternoon(now)

beforeAll(async () => {
  const dataDir = makeTempDir('overview')
  house = await furnish(dataDir, { now, requests: 6_000, offsetHours })
  rig = await openPageRig({ dataDir, zone })
  // The first figures after a start are added up once.
  await overview()
}, 120_000)
afterAll(() => rig?.close())

const page = () => rig.page
const part = (name: string) => page().getByRole('region', { name, exact: true })
const tile = (name: string) => page().getByRole('group', { name, exact: true })
const params = () => Object.fromEntries(new URL(page().url()).searchParams)
const chart = (name: string | RegExp) => page().getByRole('img', { name })
const overview = () => rig.call('overview.get', { zone })

async function open(search = ''): Promise<void> {
  await rig.go(`/${search}`)
  await part('Top models').waitFor()
  await page()
    .getByRole('table', { name: /sums of/ })
    .waitFor()
}

/** How many requests the log shows where the link leads. */
async function countBehind(link: Locator): Promise<number> {
  const url = new URL((await link.getAttribute('href')) ?? '', rig.origin)
  expect(url.pathname).toBe('/requests')
  const filter = toFilter(readState(filterParams, url.searchParams), now)
  // A busy machine may not have the time for an exact count, which is the log's right and not asked about here.
  return vi
    .waitUntil(
      async () => {
        const { count, isExact } = await rig.call('request.count', filter)
        return isExact ? { count } : null
      },
      { timeout: 15_000, interval: 200 },
    )
    .then(({ count }) => count)
}

describe('today against yesterday', () => {
  it('shows the figures of the core, to the same minute of yesterday', async () => {
    const { today, yesterday } = await overview()
    await open()
    const { sums } = today
    expect(sums.requests).toBeGreaterThan(20)
    const figure = (of: string, text: string) =>
      tile(of)
        .getByRole('link', { name: `${of} today: ${text}`, exact: true })
        .waitFor()
    await figure('Requests', formatCount(sums.requests))
    await figure('Success', formatShare(today.successRate))
    await figure('Tokens', formatCompact(sums.input + sums.output))
    await figure('Cost', formatUsd(sums.costNanos))
    await tile('Requests')
      .getByRole('link', { name: `was ${formatCount(yesterday.sums.requests)}` })
      .waitFor()
    await tile('Tokens')
      .getByText(`${formatCompact(sums.input - sums.cached)} fresh`)
      .waitFor()
    await tile('Tokens')
      .getByText(`${formatCompact(sums.cached)} cached`)
      .waitFor()
    await tile('Tokens')
      .getByText(`${formatCompact(sums.output)} output`)
      .waitFor()
    await tile('Latency').getByText('p50').waitFor()
    await tile('Time to first token').getByText('p95').waitFor()
    await page().getByText('against yesterday to').hover()
    await page()
      .getByText(new RegExp(`yesterday from .* to .*, ${zone.replace('+', '\\+')}`))
      .waitFor()
  })

  it('leads with each figure to as many requests as it says', async () => {
    const { today, yesterday } = await overview()
    await open()
    const { sums } = today
    const link = (of: string, name: RegExp) => tile(of).getByRole('link', { name })
    expect(await countBehind(link('Requests', /today/))).toBe(sums.requests)
    expect(await countBehind(link('Requests', /yesterday/))).toBe(yesterday.sums.requests)
    if (sums.refused > 0) expect(await countBehind(link('Requests', /refused/))).toBe(sums.refused)
    if (sums.failed > 0) expect(await countBehind(link('Success', /failed/))).toBe(sums.failed)
    const slowest = await countBehind(link('Latency', /p95/))
    const slower = await countBehind(link('Latency', /today/))
    const { count } = today.latency ?? { count: 0 }
    expect(slowest).toBeLessThan(slower)
    expect(slower).toBeLessThan(count * 0.7)
    expect(await countBehind(link('Time to first token', /today/))).toBeGreaterThan(0)
    expect(await countBehind(link('Tokens', /today/))).toBeLessThanOrEqual(sums.requests)
    await link('Success', /today/).click()
    await page().waitForURL('**/requests?**')
    expect(params()).toEqual({ from: String(today.from), state: 'completed' })
    await page().goBack()
    await tile('Requests').waitFor()
  })

  it('lists the top keys and models, each with its requests', async () => {
    const { topKeys, topModels } = await overview()
    await open()
    for (const [name, entries] of [
      ['Top keys', topKeys],
      ['Top models', topModels],
    ] as const) {
      const rows = part(name).getByRole('row')
      await expect.poll(() => rows.count()).toBe(entries.length + 1)
      for (const entry of entries) {
        const row = rows.filter({ has: page().getByRole('rowheader', { name: entry.name ?? '', exact: true }) })
        const figure = row.getByRole('link', { name: formatCount(entry.sums.requests), exact: true })
        expect(await countBehind(figure.last())).toBe(entry.sums.requests)
        const { input, cached } = entry.sums
        const share = formatShare(input === 0 ? null : cached / input)
        await expect.poll(() => row.getByRole('cell').nth(2).textContent()).toBe(share)
      }
    }
    const [first] = topKeys
    await part('Top keys')
      .getByRole('link', { name: first?.name ?? '' })
      .click()
    await page().waitForURL(`**/keys/${first?.id}`)
  })
})

describe('traffic over time', () => {
  const total = (name: string) =>
    page()
      .getByRole('table', { name })
      .getByRole('row', { name: /^together/ })

  it('is drawn by model, and told apart by what is asked, in the address', async () => {
    await open()
    await chart('Tokens by model, last 24 hours. “Show as table” has the figures.').waitFor()
    await part('Traffic').getByText('30d', { exact: true }).click()
    await part('Traffic').getByText('Cumulative', { exact: true }).click()
    await page().getByRole('combobox', { name: 'Figure' }).click()
    await page().getByRole('option', { name: 'Requests', exact: true }).click()
    await page().getByRole('combobox', { name: 'Told apart by' }).click()
    await page().getByRole('option', { name: 'by key' }).click()
    await chart(/^Requests by key, last 30 days, added up/).waitFor()
    expect(params()).toEqual({ range: '30d', mode: 'cumulative', metric: 'requests', by: 'key' })
    await page().reload()
    await chart(/^Requests by key, last 30 days, added up/).waitFor()
    await page().goBack()
    await chart(/^Requests by model, last 30 days, added up/).waitFor()
    await page().goForward()
    await chart(/^Requests by key/).waitFor()
  })

  it.each(['model', 'key', 'pool', 'upstream'] as const)('leads from each %s to its requests', async (by) => {
    const word = by === 'pool' ? 'Pool' : by
    const series = await rig.call('stats.series', { range: '7d', groupBy: by, metric: 'requests', zone, top: 7 })
    expect(series.groups.length).toBeGreaterThan(2)
    await open(`?range=7d&metric=requests&by=${by}`)
    const legend = page().getByRole('table', { name: `Requests by ${word}, sums of the last 7 days` })
    for (const { id, name, total: sum } of series.groups) {
      if (id === null) continue
      const row = legend.getByRole('row').filter({ has: page().getByText(name ?? 'no upstream', { exact: true }) })
      await row.getByRole('link', { name: formatCompact(sum), exact: true }).waitFor()
      expect(await countBehind(row.getByRole('link'))).toBe(sum)
    }
    const all = series.groups.reduce((sum, group) => sum + group.total, 0)
    expect(await countBehind(total(`Requests by ${word}, sums of the last 7 days`).getByRole('link'))).toBe(all)
  })

  it('has a table behind the chart with the same figures as links', async () => {
    const series = await rig.call('stats.series', {
      range: '30d',
      groupBy: 'upstream',
      metric: 'requests',
      zone,
      top: 7,
    })
    await open('?range=30d&metric=requests&by=upstream')
    await page().getByRole('button', { name: 'Show as table' }).click()
    const table = page().getByRole('table', { name: 'Requests by upstream, last 30 days', exact: true })
    await table.getByRole('columnheader', { name: `Time, ${zone}` }).waitFor()
    expect(params()['table']).toBe('1')
    const rows = table.getByRole('row')
    await expect.poll(() => rows.count()).toBe(series.steps.length + 1)
    const newest = series.steps.length - 1
    await rows
      .nth(1)
      .getByRole('rowheader', { name: / – now$/ })
      .waitFor()
    for (const index of [newest, newest - 1, newest - 8]) {
      const row = rows.nth(1 + newest - index)
      const values = series.groups.map((group) => group.values[index] ?? 0)
      const wanted = [...values, values.reduce((a, b) => a + b, 0)].map(formatCompact)
      await expect.poll(() => row.getByRole('cell').allInnerTexts()).toEqual(wanted)
      expect(await countBehind(row.getByRole('link').first())).toBe(values[0])
      expect(await countBehind(row.getByRole('link').last())).toBe(values.reduce((a, b) => a + b, 0))
    }
    await part('Traffic').getByText('Cumulative', { exact: true }).click()
    const summed = page().getByRole('table', { name: 'Requests by upstream, last 30 days, added up' })
    const last = summed.getByRole('row').nth(1).getByRole('cell').first()
    await last.getByText(formatCompact(series.groups[0]?.total ?? 0), { exact: true }).waitFor()
    expect(await countBehind(last.getByRole('link'))).toBe(series.groups[0]?.total)
    await page().getByRole('button', { name: 'Show as chart' }).click()
    await chart(/added up/).waitFor()
  })

  it('says what is under the pointer, and leads there with a click', async () => {
    await open('?range=30d&metric=requests')
    const picture = chart(/^Requests by model/)
    await picture.locator('.recharts-bar-rectangle').first().waitFor()
    const box = await picture.boundingBox()
    const position = { x: (box?.width ?? 0) * 0.8, y: (box?.height ?? 0) * 0.5 }
    await picture.hover({ position })
    const words = picture.getByText(/^\d{4}-\d\d-\d\d 00:00 – /)
    await words.waitFor()
    const from = new RegExp(/^\S+/).exec(await words.innerText())?.[0]
    await picture.click({ position })
    await page().waitForURL('**/requests?**')
    const day = Number(params()['to']) - Number(params()['from'])
    expect(day).toBe(86_400_000)
    expect(new Date(Number(params()['from']) + offsetHours * 3_600_000).toISOString().slice(0, 10)).toBe(from)
  })

  it('answers to keys and to the command palette', async () => {
    await open()
    await page().keyboard.press('t')
    await page().getByRole('table', { name: 'Tokens by model, last 24 hours' }).waitFor()
    await page().keyboard.press('i')
    await page().getByRole('table', { name: 'Tokens by model, last 24 hours, added up' }).waitFor()
    await page().keyboard.press('Control+k')
    await page().getByRole('dialog').getByRole('textbox').fill('traffic by Pool')
    await page().getByText('Show traffic by Pool').click()
    await page().getByRole('table', { name: 'Tokens by Pool, last 24 hours, added up' }).waitFor()
    expect(params()).toEqual({ table: '1', mode: 'cumulative', by: 'pool' })
  })

  it('takes an address that nobody meant for its defaults', async () => {
    await open('?range=99y&metric=karma&by=moon&mode=sideways')
    await chart(/^Tokens by model, last 24 hours/).waitFor()
  })
})

describe('what needs somebody', () => {
  it('groups failures by cause, with what they mean, and leads to each and to its last request', async () => {
    const { failures } = await overview()
    await open()
    const rows = part('Recent failures').getByRole('row')
    expect(failures.groups.length).toBeGreaterThan(1)
    const [worst] = failures.groups
    const row = rows.nth(1)
    await row.getByRole('rowheader', { name: worst?.errorCode ?? '' }).waitFor()
    await row.getByRole('link', { name: formatCount(worst?.count ?? 0), exact: true }).click()
    await page().waitForURL('**/requests?**')
    expect(params()).toEqual({ last: '24h', error: worst?.errorCode })
    await page().goBack()
    await row.getByRole('link').last().click()
    await page().waitForURL(`**/requests/${worst?.exampleId}?**`)
  })

  it('shows every upstream with its state, and says when one changes', async () => {
    await open()
    const items = part('Upstreams').getByRole('listitem')
    await expect.poll(() => items.count()).toBe(4)
    const paused = items.filter({ hasText: 'OpenRouter' })
    await paused.getByText('Paused').waitFor()
    await page().getByRole('link', { name: '3 of 4 upstreams are ready' }).waitFor()
    await rig.call('upstream.resume', { id: house.upstreams['OpenRouter'] ?? '' })
    await paused.getByText('Ready').waitFor()
    await page().getByRole('link', { name: 'All 4 upstreams are ready' }).waitFor()
    const busiest = items.first()
    const failed = busiest.getByRole('link', { name: /failed/ })
    if ((await failed.count()) > 0) expect(await countBehind(failed)).toBeGreaterThan(0)
    await paused.getByRole('link', { name: 'OpenRouter' }).click()
    await page().waitForURL(`**/upstreams/${house.upstreams['OpenRouter']}`)
    await page().goBack()
    await page()
      .getByRole('link', { name: /failed in 24 h/ })
      .click()
    await page().waitForURL('**/requests?**')
    expect(params()).toEqual({ last: '24h', state: 'failed' })
  })
})

describe('for everybody', () => {
  it.each([
    ['light', ''],
    ['light', '?table=1&by=key'],
    ['dark', ''],
    ['dark', '?mode=cumulative&range=30d&metric=cost'],
  ] as const)('is accessible, %s %s', async (colorScheme, search) => {
    await page().emulateMedia({ colorScheme })
    await open(search)
    await axe(page())
    await page().emulateMedia({ colorScheme: 'light' })
  })

  it('fits a small window', async () => {
    await page().setViewportSize({ width: 900, height: 600 })
    for (const search of ['', '?table=1&by=key&range=30d']) {
      await open(search)
      const main = page().locator('#main')
      await expect.poll(() => main.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0)
      await axe(page())
    }
    await page().setViewportSize({ width: 1280, height: 800 })
  })

  it('can be walked through by keyboard', async () => {
    await open('?table=1')
    await page().locator('#page-title').focus()
    const seen = new Set<string>()
    for (let step = 0; step < 60; step += 1) {
      await page().keyboard.press('Tab')
      const place = await page().evaluate(
        () => document.activeElement?.closest('section')?.getAttribute('aria-label') ?? '',
      )
      seen.add(place)
    }
    expect([...seen]).toEqual(expect.arrayContaining(['Today', 'Upstreams', 'Traffic']))
  })
})
