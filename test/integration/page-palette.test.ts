/** The command palette: every page, record and act by its name, from wherever one is. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addSimulator, openPageRig, type PageRig, type Served } from '../support/page-rig.ts'

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

async function press(keys: string): Promise<void> {
  for (const key of keys.split(' ')) await page.keyboard.press(key)
}

describe('the command palette', () => {
  async function choose(name: string): Promise<void> {
    await rig.go('/audit')
    await press('Control+k')
    const search = page.getByRole('textbox', { name: 'Command palette' })
    await search.fill(name)
    await page.getByRole('dialog').locator('[data-action]', { hasText: name }).first().waitFor()
    await press('Enter')
    await search.waitFor({ state: 'detached' })
  }

  it.each([
    ['a page', 'Upstreams', () => '/upstreams'],
    ['a Pool', 'Demo', () => `/pools/${served.poolId}`],
    ['an upstream', 'Demo simulator', () => `/upstreams/${served.upstreamId}`],
    ['a key', 'Demo key', () => `/keys/${served.keyId}`],
    ['an action', 'Create an API key', () => '/keys/new'],
    ['an act of another page', 'Back up now', () => '/settings'],
    ['what needs a look', 'Show unused keys', () => '/keys'],
  ])('leads to %s', async (_, name, path) => {
    await choose(name)
    await page.waitForURL((url) => url.pathname === path())
  })

  it('rests while something is typed, and leaves a dialog below it alone', async () => {
    await rig.go('/prices')
    await press('n')
    const form = page.getByRole('dialog', { name: 'Set a price' })
    const input = form.getByRole('textbox', { name: 'Input', exact: true }).first()
    await input.fill('1.2')
    await press('Control+k 5')
    expect(await input.inputValue()).toBe('1.25')
    await form.getByRole('button', { name: 'Cancel' }).focus()
    await press('Control+k')
    const search = page.getByRole('textbox', { name: 'Command palette' })
    await search.waitFor()
    await press('Escape')
    await search.waitFor({ state: 'detached' })
    expect(await input.inputValue()).toBe('1.25')
    await press('Escape')
    await form.waitFor({ state: 'detached' })
  })

  it('does what it says, wherever one is', async () => {
    const before = (await rig.call('backup.list', {})).length
    await choose('Back up now')
    await expect.poll(async () => (await rig.call('backup.list', {})).length).toBe(before + 1)
  })

  it('has each act once, also on the page that it is of', async () => {
    for (const [path, name] of [
      ['/keys', 'Show unused keys'],
      ['/upstreams', 'Show upstreams that need attention'],
      ['/audit', 'Verify the audit log'],
      ['/settings', 'Back up now'],
    ] as const) {
      await rig.go(path)
      await press('Control+k')
      await page.getByRole('textbox', { name: 'Command palette' }).fill(name)
      const found = page.getByRole('dialog').locator('[data-action]', { hasText: name })
      await expect.poll(() => found.count()).toBe(1)
      await press('Escape')
      await page.getByRole('textbox', { name: 'Command palette' }).waitFor({ state: 'detached' })
    }
  })

  it('says when nothing has the name', async () => {
    await rig.go('/audit')
    await press('Control+k')
    await page.getByRole('textbox', { name: 'Command palette' }).fill('zzzzzz')
    await page.getByText('Nothing has this name').waitFor()
    await press('Escape')
  })
})
