/** The frame around every page, in real Chromium against the real core: getting about, what it says, how it heals. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addSimulator, axe, openPageRig, sendRequest, type PageRig, type Served } from '../support/page-rig.ts'

let rig: PageRig
let page: Page
let served: Served

beforeAll(async () => {
  rig = await openPageRig()
  page = rig.page
  served = await addSimulator(rig.call, 'Demo')
}, 300_000)

afterAll(async () => {
  await rig?.close()
})

const title = () => page.locator('#page-title')
const places = [
  ['Overview', '/', 'g o'],
  ['Pools', '/pools', 'g p'],
  ['Upstreams', '/upstreams', 'g u'],
  ['API keys', '/keys', 'g k'],
  ['Prices', '/prices', 'g c'],
  ['Requests', '/requests', 'g l'],
  ['Sessions', '/sessions', 'g e'],
  ['Alerts', '/alerts', 'g n'],
  ['Audit', '/audit', 'g a'],
  ['Settings', '/settings', 'g s'],
] as const

async function expectPlace(label: string, path: string): Promise<void> {
  await page.waitForURL((url) => url.pathname === path)
  await page.locator('#page-title', { hasText: label }).waitFor()
  await page.waitForFunction((text) => document.title.startsWith(text), label)
}

async function press(keys: string): Promise<void> {
  for (const key of keys.split(' ')) await page.keyboard.press(key)
}

describe('navigation', () => {
  it.each(places)('leads to %s by the rail', async (label, path) => {
    await rig.go(path === '/' ? '/pools' : '/')
    const link = page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: label })
    await link.click()
    await expectPlace(label, path)
    await expect.poll(() => link.getAttribute('aria-current')).toBe('page')
  })

  it.each(places)('leads to %s by keys, and starts at its heading', async (label, path, keys) => {
    await rig.go(path === '/' ? '/pools' : '/')
    await press(keys)
    await expectPlace(label, path)
    await page.waitForFunction(() => document.activeElement?.id === 'page-title')
  })

  it('goes back and forward, filters included', async () => {
    await rig.go('/pools')
    await page.getByRole('searchbox').fill('nothing like it')
    await page.waitForURL((url) => url.search.includes('nothing'))
    await page.getByRole('link', { name: 'API keys' }).click()
    await expectPlace('API keys', '/keys')
    await page.goBack()
    await page.waitForURL((url) => url.pathname === '/pools' && url.search.includes('nothing'))
    await page.getByRole('searchbox').waitFor()
    await expect.poll(() => page.getByRole('searchbox').inputValue()).toBe('nothing like it')
    await page.goForward()
    await expectPlace('API keys', '/keys')
  })

  it('keeps the strip and the rail in sight, however long a page is', async () => {
    await rig.go('/settings')
    const scrolled = await page.evaluate(() => {
      const far = document.createElement('span')
      Object.assign(far.style, { position: 'absolute', top: '5000px', height: '1px', width: '1px' })
      document.getElementById('main')?.append(far)
      far.scrollIntoView()
      const { scrollHeight, scrollTop } = document.documentElement
      return { window: scrollTop, over: scrollHeight - innerHeight, page: document.getElementById('main')?.scrollTop }
    })
    expect(scrolled).toMatchObject({ window: 0, over: 0 })
    expect(scrolled.page).toBeGreaterThan(3_000)
  })

  it('has a way past the rail for the keyboard', async () => {
    await rig.go('/pools')
    await press('Tab')
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the page')
    await press('Enter')
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('main')
  })

  it('says that an address leads nowhere', async () => {
    await rig.go('/no/such/place')
    await expect.poll(() => title().textContent()).toBe('Not found')
  })

  it('keeps the frame when the code of a page cannot be loaded', async () => {
    await rig.go('/')
    rig.expectConsole(/ERR_FAILED/)
    await page.route(/\/assets\/page-[^/]*\.js$/, (route) => route.abort())
    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByRole('alert').getByText('This page met an error').waitFor()
    await page.unroute(/\/assets\/page-[^/]*\.js$/)
    await page.getByRole('button', { name: 'Try again' }).click()
    await expectPlace('Settings', '/settings')
  })
})

describe('keys', () => {
  it('rest while something is typed', async () => {
    await rig.go('/pools')
    await page.getByRole('searchbox').waitFor()
    await press('/')
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('type'))).toBe('search')
    await page.keyboard.type('g k?n')
    await expect.poll(() => page.getByRole('searchbox').inputValue()).toBe('g k?n')
    expect(new URL(page.url()).pathname).toBe('/pools')
    await press('Escape')
    await expect.poll(() => page.getByRole('searchbox').inputValue()).toBe('')
  })

  it('make a new record with n', async () => {
    await rig.go('/pools')
    await page.getByText('Demo').first().waitFor()
    await press('n')
    await page.waitForURL('**/pools/new')
  })

  it('are listed on a sheet that ? opens and Escape closes', async () => {
    await rig.go('/pools')
    await press('?')
    const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
    await sheet.waitFor()
    for (const [label] of places) await sheet.getByText(label, { exact: true }).waitFor()
    await sheet.getByText('Command palette').waitFor()
    await press('g k')
    expect(new URL(page.url()).pathname).toBe('/pools')
    await press('Escape')
    await sheet.waitFor({ state: 'detached' })
  })
})

describe('the status strip', () => {
  const strip = () => page.getByRole('region', { name: 'Gateway' })

  it('shows the address, and copies it', async () => {
    await rig.go('/')
    await strip().getByText(`${rig.gatewayUrl}/v1`).waitFor()
    await strip().getByRole('button', { name: 'Copy gateway address' }).click()
    await strip().getByRole('button', { name: 'Copied' }).waitFor()
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(`${rig.gatewayUrl}/v1`)
  })

  it('counts requests as they happen', async () => {
    await rig.go('/')
    const figure = strip().getByRole('link', { name: /req\/min$/ })
    await figure.waitFor()
    const before = Number.parseInt((await figure.textContent()) ?? '', 10)
    for (let sent = 0; sent < 3; sent += 1) expect(await sendRequest(rig, served.secret)).toBe(200)
    await page.waitForFunction(
      ([from]) => {
        const link = [...document.querySelectorAll('a')].find((each) => each.textContent?.endsWith('req/min'))
        return Number.parseInt(link?.textContent ?? '', 10) > (from ?? 0)
      },
      [Number.isNaN(before) ? 0 : before],
    )
  })

  it('says that the gateway is degraded, and why', async () => {
    await rig.go('/')
    await strip().locator('[data-status="running"]').waitFor()
    await rig.call('upstream.pause', { id: served.upstreamId })
    const why = 'No upstream is ready. Demo simulator: Paused by the operator.'
    await strip().locator('[data-status="degraded"]').getByText(why).waitFor()
    await rig.call('upstream.resume', { id: served.upstreamId })
    await strip().locator('[data-status="running"]').waitFor()
  })
})

describe('what is on screen', () => {
  it('follows changes that others make', async () => {
    await rig.go('/pools')
    const pool = await rig.call('pool.create', { name: 'Made elsewhere' })
    await page.getByText('Made elsewhere').first().waitFor()
    await rig.call('pool.update', { id: pool.id, patch: { name: 'Renamed elsewhere' } })
    await page.getByText('Renamed elsewhere').first().waitFor()
    await page.getByText('Made elsewhere').first().waitFor({ state: 'detached' })
  })

  it('says when the connection is lost, and heals by itself', async () => {
    await rig.go('/pools')
    await page.getByText('Demo').first().waitFor()
    rig.expectConsole(/ERR_INTERNET_DISCONNECTED/)
    await rig.context.setOffline(true)
    const banner = page.getByText('Weir cannot be reached')
    await banner.waitFor()
    // What was there stays readable.
    await expect.poll(() => page.getByText('Demo').first().isVisible()).toBe(true)
    await rig.call('pool.create', { name: 'Made while away' })
    await rig.context.setOffline(false)
    await banner.waitFor({ state: 'detached' })
    await page.getByText('Made while away').first().waitFor()
    // And the events flow again.
    await rig.call('pool.create', { name: 'Made afterwards' })
    await page.getByText('Made afterwards').first().waitFor()
  })
})

describe('the colour scheme', () => {
  const background = (of: Page) => of.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)

  it('is chosen, kept, and right before the first script of the page has run', async () => {
    await rig.go('/')
    const light = await background(page)
    await page.getByRole('button', { name: /^Colours/ }).click()
    await page.getByRole('menuitem', { name: 'Dark' }).click()
    await page.waitForFunction((from) => getComputedStyle(document.documentElement).backgroundColor !== from, light)
    const dark = await background(page)

    const held = Promise.withResolvers<void>()
    await page.route(/\/assets\/index-[^/]*\.js$/, async (route) => {
      await held.promise
      await route.continue()
    })
    await page.goto(`${rig.origin}/pools`, { waitUntil: 'commit' })
    await page.waitForFunction(() => document.styleSheets.length > 0)
    expect(await page.locator('#root').innerHTML()).toBe('')
    expect(await background(page)).toBe(dark)
    held.resolve()
    await title().waitFor()
    expect(await background(page)).toBe(dark)
    await page.unroute(/\/assets\/index-[^/]*\.js$/)
    expect(await page.evaluate(() => Object.keys(localStorage))).toEqual(['weir.scheme'])
  })

  it('follows the system when told to', async () => {
    await rig.go('/')
    await page.getByRole('button', { name: /^Colours/ }).click()
    await page.getByRole('menuitem', { name: 'System' }).click()
    await page.getByRole('button', { name: 'Colours: system' }).waitFor()
    await page.emulateMedia({ colorScheme: 'light' })
    await page.locator('html[data-mantine-color-scheme="light"]').waitFor()
    const light = await background(page)
    await page.emulateMedia({ colorScheme: 'dark' })
    await expect.poll(() => background(page)).not.toBe(light)
    await page.emulateMedia({ colorScheme: 'light' })
    await expect.poll(() => background(page)).toBe(light)
  })
})

describe('accessibility', () => {
  it.each(['light', 'dark'] as const)('of the frame in the %s scheme', async (scheme) => {
    await page.emulateMedia({ colorScheme: scheme })
    for (const size of [
      { width: 1280, height: 800 },
      { width: 900, height: 600 },
    ]) {
      await page.setViewportSize(size)
      // A page with next to nothing on it: the pages have specs of their own.
      await rig.go('/no/such/place')
      await axe(page)
      await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    }
    await press('?')
    await page.getByRole('dialog').waitFor()
    await axe(page)
    await press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await press('Control+k')
    await page.getByRole('textbox', { name: 'Command palette' }).waitFor()
    await axe(page)
    await press('Escape')
    await page.setViewportSize({ width: 1280, height: 800 })
  })
})

describe('a session', () => {
  it('that is missing is asked for, and the sign-in leads where one wanted to go', async () => {
    const context = await rig.newContext()
    rig.expectConsole(/status of 401/)
    const visitor = await context.newPage()
    await visitor.goto(`${rig.origin}/pools?q=Demo`)
    await visitor.getByText('Sign in to Weir').waitFor()
    await visitor.goto(rig.newLink())
    await visitor.locator('#page-title', { hasText: 'Pools' }).waitFor()
    expect(new URL(visitor.url()).pathname + new URL(visitor.url()).search).toBe('/pools?q=Demo')
    // Once: the next sign-in starts at the overview.
    await visitor.goto(rig.newLink())
    await visitor.locator('#page-title', { hasText: 'Overview' }).waitFor()
    await context.close()
  })

  it('that ends is said on every page of it', async () => {
    const context = await rig.newContext()
    const first = await context.newPage()
    await first.goto(rig.newLink())
    await first.locator('#page-title').waitFor()
    const second = await context.newPage()
    await second.goto(`${rig.origin}/pools`)
    await second.locator('#page-title').waitFor()
    await first.getByRole('button', { name: 'Sign out' }).click()
    await first.getByText('Sign in to Weir').waitFor()
    await second.getByText('You are signed out').waitFor()
    await context.close()
  })
})

describe('the bundle', () => {
  const folder = process.env['WEIR_TEST_PAGE'] ?? resolve(import.meta.dirname, '../../out/renderer')
  const gzipped = (path: string) => gzipSync(readFileSync(join(folder, path))).length

  it('loads at most 400 KB compressed before the first page', () => {
    const html = readFileSync(join(folder, 'index.html'), 'utf8')
    const first = [...html.matchAll(/(?:src|href)="(\/[^"]+\.(?:js|css))"/g)].map(([, path]) => path ?? '')
    expect(first.length).toBeGreaterThan(2)
    expect(first.reduce((sum, path) => sum + gzipped(path), 0)).toBeLessThan(400 * 1_024)
  })

  it('holds neither schemas nor anything of Node or Electron', () => {
    const scripts = readdirSync(join(folder, 'assets')).filter((name) => name.endsWith('.js'))
    expect(scripts.length).toBeGreaterThan(5)
    const foreign = /ZodError|\$ZodType|node:fs|require\("electron"\)/
    expect(scripts.filter((name) => foreign.test(readFileSync(join(folder, 'assets', name), 'utf8')))).toEqual([])
  })

  it('never breaks its content policy', () => {
    expect(rig.cspViolations).toEqual([])
  })
})
