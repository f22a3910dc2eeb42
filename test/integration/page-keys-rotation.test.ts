/** Rotating a key with a grace by the page, and the view of what to clean up, each finding with its act. */
import Database from 'better-sqlite3'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { PoolKey } from '../../src/shared/models/key.ts'
import { addSimulator, axe, openPageRig, sendRequest, type PageRig, type Served } from '../support/page-rig.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

let rig: PageRig
let page: Page
let served: Served

beforeAll(async () => {
  rig = await openPageRig()
  page = rig.page
  served = await addSimulator(rig.call, 'Team')
  // The thread that reads the log has to start first, which takes its time on a busy machine.
  await rig.call('key.figures', { from: 0, to: Date.now() })
}, 300_000)

afterAll(async () => {
  await rig?.close()
})

const button = (name: string | RegExp, within: Page | Locator = page) =>
  within.getByRole('button', { name, exact: typeof name === 'string' })
const drawer = () => page.getByRole('dialog').filter({ has: page.getByRole('heading', { name: 'What it may do' }) })
const notice = () => drawer().getByRole('region', { name: 'The old secret still opens' })
const row = (name: string) => page.getByRole('row', { name, exact: true })
const keyOf = async (name: string) => {
  const key = (await rig.call('key.list', {})).find((each) => each.name === name)
  if (key === undefined) throw new Error(`there is no key ${name}`)
  return key
}

async function add(name: string, more: object = {}): Promise<{ key: PoolKey; secret: string }> {
  return rig.call('key.create', { poolId: served.poolId, name, ...more })
}

async function openRotation(name: string): Promise<Locator> {
  const { id } = await keyOf(name)
  await rig.go(`/keys/${id}`)
  await drawer().waitFor()
  await button(`Actions for ${name}`).last().click()
  await page.getByRole('menuitem', { name: 'Rotate…' }).click()
  return page.getByRole('dialog', { name: `Rotate ${name}?` })
}

/** What the dialog of the new secret says, and the secret. */
async function takeSecret(name: string): Promise<{ secret: string; words: string }> {
  const dialog = page.getByRole('dialog', { name: `The new secret of ${name}` })
  const field = dialog.getByRole('textbox', { name: 'Secret' })
  await expect.poll(() => field.inputValue()).toMatch(/^sk-weir-/)
  const secret = await field.inputValue()
  const words = (await dialog.getByText('This is the only time').textContent()) ?? ''
  await dialog.getByRole('checkbox', { name: 'I have saved the secret' }).check()
  await button('Done', dialog).click()
  await dialog.waitFor({ state: 'detached' })
  return { secret, words }
}

describe('a rotation', () => {
  it('is at once unless a grace is chosen', async () => {
    const { secret: old } = await add('at once')
    const question = await openRotation('at once')
    await question.getByText('The old secret is refused from the next request on.').waitFor()
    await button('Rotate', question).click()
    const { secret, words } = await takeSecret('at once')
    expect(words).toContain('The old secret no longer works.')
    expect([await sendRequest(rig, old), await sendRequest(rig, secret)]).toEqual([401, 200])
    await expect.poll(() => notice().count()).toBe(0)
  })

  it('with a grace leaves both secrets open, and says when the old one was used', async () => {
    const { key, secret: old } = await add('laptop')
    const question = await openRotation('laptop')
    await question.getByText('In 24 h').click()
    await question.getByText(/^Both secrets open until about \d{4}-\d\d-\d\d \d\d:\d\d, .*UTC/).waitFor()
    await axe(page)
    await button('Rotate', question).click()
    const { secret, words } = await takeSecret('laptop')
    const { until } = (await rig.call('key.get', { id: key.id })).previous ?? { until: 0 }
    expect(Math.abs(until - Date.now() - DAY_MS)).toBeLessThan(60_000)
    expect(words).toMatch(/The old secret opens until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d, /)

    await notice().getByText('Not used since the rotation.').waitFor()
    const shown = notice().locator('time').first()
    await expect.poll(() => shown.getAttribute('datetime')).toBe(new Date(until).toISOString())
    expect([await sendRequest(rig, old), await sendRequest(rig, secret)]).toEqual([200, 200])
    await notice().getByText('Last used').waitFor({ timeout: 30_000 })
    await axe(page)
    await page.keyboard.press('Escape')
    await page.waitForURL((url) => url.pathname === '/keys')
    await expect.poll(() => row('laptop').textContent()).toContain('old secret open')
    await expect.poll(() => row('at once').textContent()).not.toContain('old secret open')
  })

  it('has its grace ended from the drawer, after a question', async () => {
    const { id } = await keyOf('laptop')
    await rig.go(`/keys/${id}`)
    await button('End now', notice()).click()
    const question = page.getByRole('dialog', { name: 'End the grace of laptop?' })
    await button('Cancel', question).click()
    await question.waitFor({ state: 'detached' })
    expect((await rig.call('key.get', { id })).previous).not.toBeNull()
    await button('End now', notice()).click()
    await button('End now', question).click()
    await page.getByText('The old secret of laptop is refused now').waitFor()
    await notice().waitFor({ state: 'detached' })
    expect((await rig.call('key.get', { id })).previous).toBeNull()
    await rig.go('/audit')
    await page.getByText('Ended the grace of the old secret of key').first().waitFor()
    await page
      .getByText(/; the old secret opens until/)
      .first()
      .waitFor()
  })

  it('takes a grace of its own length, and refuses one that is none', async () => {
    const { key } = await add('custom')
    await rig.call('key.rotate', { id: key.id, graceMs: HOUR_MS })
    const question = await openRotation('custom')
    await question.getByText(/^A secret from before the last rotation still opens until/).waitFor()
    await question.getByText('Other').click()
    const hours = question.getByRole('textbox', { name: 'After how many hours' })
    for (const wrong of ['169', '0', '']) {
      await hours.fill(wrong)
      await expect.poll(() => button('Rotate', question).isDisabled()).toBe(true)
      await question.getByText('Give whole hours, from 1 to 168 (7 days).').first().waitFor()
    }
    await hours.fill('3')
    await button('Rotate', question).click()
    await takeSecret('custom')
    const { until } = (await rig.call('key.get', { id: key.id })).previous ?? { until: 0 }
    expect(Math.abs(until - Date.now() - 3 * HOUR_MS)).toBeLessThan(60_000)
    // The next question begins with the default again.
    const again = await openRotation('custom')
    await expect.poll(() => again.getByRole('radio', { name: 'At once' }).isChecked()).toBe(true)
    await button('Cancel', again).click()
  })
})

describe('the hygiene of keys', () => {
  const table = () => page.getByRole('table', { name: 'Key hygiene' })
  const finding = (name: string, title: string) => table().getByRole('row', { name: `${name}: ${title}`, exact: true })
  const labels = () =>
    table()
      .locator('tr[data-row]')
      .evaluateAll((rows) => rows.map((each) => each.getAttribute('aria-label')))
  const limited = { limits: { requestsPerDay: 100 } }

  /** Makes keys older than any test can wait for. */
  function date(name: string, fields: Readonly<Record<string, number>>): void {
    const client = new Database(join(rig.dataDir, 'weir.db'), { fileMustExist: true, timeout: 10_000 })
    try {
      const set = Object.keys(fields).map((column) => `${column} = @${column}`)
      const { changes } = client
        .prepare(`update api_key set ${set.join(', ')} where name = @name`)
        .run({ ...fields, name })
      if (changes !== 1) throw new Error(`there is no key ${name}`)
    } finally {
      client.close()
    }
  }
  const ago = (days: number) => Date.now() - days * DAY_MS

  beforeEach(async () => {
    for (const { id, prefix } of await rig.call('key.list', {})) await rig.call('key.delete', { id, prefix })
  })

  async function makeBadKeys(): Promise<void> {
    await add('open')
    await add('fine', limited)
    await add('soon', { ...limited, expiresAt: Date.now() + 5.5 * DAY_MS })
    await add('idle', limited)
    date('idle', { created_at: ago(45) })
    await add('aged', limited)
    date('aged', { created_at: ago(400), last_used_at: ago(1) })
    await add('over', { ...limited, expiresAt: Date.now() + HOUR_MS })
    date('over', { expires_at: ago(40) })
    const { key, secret } = await add('rotated', limited)
    await rig.call('key.rotate', { id: key.id, graceMs: HOUR_MS })
    await sendRequest(rig, secret)
    await expect.poll(async () => (await rig.call('key.get', { id: key.id })).previous?.usedAt).not.toBeNull()
  }

  it('is said to be fine where it is', async () => {
    await add('fine', limited)
    await rig.go('/keys')
    await page.getByRole('radiogroup', { name: 'View' }).getByText('Hygiene').click()
    await page.getByText('Nothing to clean up').waitFor()
    expect(new URL(page.url()).searchParams.get('view')).toBe('hygiene')
    await expect.poll(() => page.getByRole('radio', { name: 'Hygiene', exact: true }).isChecked()).toBe(true)
    await axe(page)
    await page.getByRole('radiogroup', { name: 'View' }).getByText('Keys').click()
    await row('fine').waitFor()
  })

  it('counts what is found, and says of each what and why', async () => {
    await makeBadKeys()
    await rig.go('/keys')
    await page.getByRole('radio', { name: 'Hygiene 6' }).waitFor({ state: 'attached' })
    await page.getByRole('radiogroup', { name: 'View' }).getByText('Hygiene').click()
    const rows = [
      ['rotated', 'Old secret still in use', /Last used .*; opens until \d{4}-/],
      ['soon', 'Expires within 7 days', /Expires in 5 d, on \d{4}-/],
      ['open', 'Open to everything', /All models, no limit, no expiry/],
      ['idle', 'Unused for 30 days', /Never used; made 45 d ago/],
      ['aged', 'Not rotated for 180 days', /Never rotated; made 13 months ago/],
      ['over', 'Expired 30 days ago and not revoked', /Expired 40 d ago, on \d{4}-/],
    ] as const
    await expect.poll(labels).toEqual(rows.map(([name, title]) => `${name}: ${title}`))
    for (const [name, title, why] of rows) await expect.poll(() => finding(name, title).textContent()).toMatch(why)
    const heads = table().getByRole('rowheader')
    await expect.poll(() => heads.first().textContent()).toContain('1 key. A client has not been given the new secret')
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme })
      await axe(page)
    }
    await page.reload()
    await finding('open', 'Open to everything').waitFor()
  })

  it('is put right from its rows', async () => {
    await makeBadKeys()
    await rig.go('/keys?view=hygiene')
    await button('End grace: rotated').click()
    await button('End now', page.getByRole('dialog', { name: 'End the grace of rotated?' })).click()
    await finding('rotated', 'Old secret still in use').waitFor({ state: 'detached' })

    for (const name of ['idle', 'over']) {
      await button(`Revoke: ${name}`).click()
      await button('Revoke', page.getByRole('dialog', { name: `Revoke ${name}?` })).click()
      await button(`Revoke: ${name}`).waitFor({ state: 'detached' })
      expect((await keyOf(name)).status).toBe('revoked')
    }

    await button('Rotate: aged').click()
    await button('Rotate', page.getByRole('dialog', { name: 'Rotate aged?' })).click()
    await takeSecret('aged')
    await button('Rotate: aged').waitFor({ state: 'detached' })
    await expect.poll(labels).toEqual(['soon: Expires within 7 days', 'open: Open to everything'])
    await page.getByRole('radio', { name: 'Hygiene 2' }).waitFor({ state: 'attached' })

    await page.getByRole('link', { name: 'Edit limits: open' }).click()
    await page.waitForURL((url) => url.pathname.endsWith('/edit') && url.searchParams.get('step') === 'limits')
    await page.getByRole('heading', { name: 'Edit open' }).waitFor()
    await rig.go('/keys?view=hygiene')
    await page.getByRole('link', { name: 'Edit expiry: soon' }).click()
    await page.getByRole('heading', { name: 'Edit soon' }).waitFor()
    await page.getByRole('combobox', { name: 'Expires' }).waitFor()
  })

  it('opens the key over the view, and comes back to it', async () => {
    await add('open')
    await rig.go('/keys?view=hygiene')
    await finding('open', 'Open to everything').focus()
    await page.keyboard.press('Enter')
    await drawer().waitFor()
    await page.keyboard.press('Escape')
    await page.waitForURL((url) => url.pathname === '/keys' && url.searchParams.get('view') === 'hygiene')
    await finding('open', 'Open to everything').waitFor()
  })
})
