/** One key from its making to its end, by the page, with a client at the gateway and an eye on the secret all the way. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addSimulator, axe, openPageRig, sendRequest, type PageRig, type Served } from '../support/page-rig.ts'
import { traceCalls, tracesOf } from '../support/secret-traces.ts'

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

const drawer = () => page.getByRole('dialog').filter({ has: page.getByRole('heading', { name: 'What it may do' }) })
const row = (name: string) => page.getByRole('row', { name, exact: true })
const button = (name: string | RegExp, within: Page | Locator = page) => within.getByRole('button', { name })

function secretDialog(title: RegExp): Locator {
  return page.getByRole('dialog', { name: title })
}

async function readSecret(dialog: Locator): Promise<string> {
  const field = dialog.getByRole('textbox', { name: 'Secret' })
  await expect.poll(() => field.inputValue()).toMatch(/^sk-weir-/)
  return field.inputValue()
}

async function finish(dialog: Locator): Promise<void> {
  await dialog.getByRole('checkbox', { name: 'I have saved the secret' }).check()
  await button('Done', dialog).click()
  await dialog.waitFor({ state: 'detached' })
}

async function choose(name: string, item: string | RegExp): Promise<void> {
  await button(`Actions for ${name}`).last().click()
  await page.getByRole('menuitem', { name: item }).click()
}

async function create(name: string): Promise<{ dialog: Locator; secret: string }> {
  await rig.go(`/keys/new?pool=${served.poolId}`)
  await page.getByRole('textbox', { name: 'Name' }).fill(name)
  await button('Review').click()
  await page.getByRole('heading', { name: 'What the key will be able to do' }).waitFor()
  await button('Create key').click()
  const dialog = secretDialog(/is made/)
  return { dialog, secret: await readSecret(dialog) }
}

/** The part of a secret that is one: the rest is the public prefix. */
const privatePart = (secret: string) => secret.slice(secret.lastIndexOf('-') + 1)

function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile() && readFileSync(path).includes(text))
}

describe('a key', () => {
  let first = ''
  let second = ''

  it('is made, and its secret shown once', async () => {
    const { dialog, secret } = await create('laptop')
    first = secret
    expect(first).toMatch(/^sk-weir-[0-9A-Za-z]{10}-[0-9A-Za-z]{38}$/)
    await finish(dialog)
    await page.waitForURL(/\/keys\/key_/)
    await drawer().waitFor()
    await drawer().getByText('No request has come with this key yet.').waitFor()
  })

  it('has its first request on the screen as it arrives', async () => {
    expect(await sendRequest(rig, first)).toBe(200)
    const recent = drawer().getByRole('table', { name: 'Recent requests' })
    await recent.getByRole('cell', { name: 'Completed' }).waitFor()
    await drawer()
      .getByRole('link', { name: /^Requests 1 / })
      .waitFor()
    await drawer()
      .getByRole('img', { name: /Tokens over time/ })
      .waitFor()
    await axe(page)
  })

  it('gets a new secret, and the old one is refused', async () => {
    await choose('laptop', 'Rotate…')
    const question = page.getByRole('dialog', { name: 'Rotate laptop?' })
    await button('Rotate', question).click()
    const dialog = secretDialog(/The new secret of laptop/)
    second = await readSecret(dialog)
    expect(second.slice(0, 18)).toBe(first.slice(0, 18))
    expect(second).not.toBe(first)
    await finish(dialog)
    expect(await sendRequest(rig, first)).toBe(401)
    expect(await sendRequest(rig, second)).toBe(200)
  })

  it('is paused and resumed, each with an undo', async () => {
    await choose('laptop', 'Pause')
    await drawer().getByText('Paused', { exact: true }).waitFor()
    expect(await sendRequest(rig, second)).toBe(403)
    await button('Undo').click()
    await page.getByText('Undone').waitFor()
    await drawer().getByText('Active', { exact: true }).waitFor()
    expect(await sendRequest(rig, second)).toBe(200)
    await choose('laptop', 'Pause')
    await drawer().getByText('Paused', { exact: true }).waitFor()
    await choose('laptop', 'Resume')
    await drawer().getByText('Active', { exact: true }).waitFor()
    expect(await sendRequest(rig, second)).toBe(200)
  })

  it('is revoked for good, after a question', async () => {
    await choose('laptop', 'Revoke…')
    const question = page.getByRole('dialog', { name: 'Revoke laptop?' })
    await button('Cancel', question).click()
    await question.waitFor({ state: 'detached' })
    expect(await sendRequest(rig, second)).toBe(200)
    await choose('laptop', 'Revoke…')
    await button('Revoke', question).click()
    await drawer().getByText('Revoked', { exact: true }).waitFor()
    expect(await sendRequest(rig, second)).toBe(401)
    await button('Actions for laptop').last().click()
    for (const name of ['Edit (Revoked is final)', 'Pause (Revoked is final)', 'Rotate… (Revoked is final)']) {
      await expect.poll(() => page.getByRole('menuitem', { name }).isDisabled()).toBe(true)
    }
    await page.keyboard.press('Escape')
    // Escape closed the menu and not the drawer beneath it.
    await expect.poll(() => drawer().isVisible()).toBe(true)
  })

  it('is deleted after its prefix was typed, and says what went with it', async () => {
    await choose('laptop', 'Delete…')
    const question = page.getByRole('dialog', { name: 'Delete laptop?' })
    await question.getByText(/6 requests|7 requests|8 requests/).waitFor()
    await expect.poll(() => button('Delete', question).isDisabled()).toBe(true)
    const field = question.getByRole('textbox', { name: 'Type the prefix to confirm' })
    await field.fill('sk-weir-wrong')
    await expect.poll(() => button('Delete', question).isDisabled()).toBe(true)
    await axe(page)
    await field.fill(second.slice(0, 18))
    await button('Delete', question).click()
    await page.getByText(/Deleted the key with \d requests/).waitFor()
    await page.waitForURL((url) => url.pathname === '/keys')
    await row('laptop').waitFor({ state: 'detached' })
    expect(await sendRequest(rig, second)).toBe(401)
  })
})

describe('the secret', () => {
  it('is not lost by Escape, a click outside, "back", a link or a reload', async () => {
    const { dialog, secret } = await create('held')
    await page.keyboard.press('Escape')
    await dialog.getByRole('alert').getByText('Not closed').waitFor()
    await page.mouse.click(5, 400)
    await page.evaluate(() => history.back())
    await page.keyboard.press('Control+k')
    await page.getByRole('textbox', { name: 'Command palette' }).fill('Audit')
    await page.keyboard.press('Enter')
    await page.getByRole('textbox', { name: 'Command palette' }).waitFor({ state: 'detached' })
    let asked = ''
    page.once('dialog', (question) => {
      asked = question.type()
      void question.dismiss()
    })
    await page.reload({ timeout: 2_000 }).catch(() => null)
    expect(asked).toBe('beforeunload')
    expect(await readSecret(dialog)).toBe(secret)
    expect(new URL(page.url()).pathname).toBe('/keys/new')
    const done = button('Done', dialog)
    await expect.poll(() => done.isDisabled()).toBe(true)
    await expect.poll(() => dialog.getByText('Say that you have saved it first.').isVisible()).toBe(true)
    await finish(dialog)
  })

  it('is copied, selected whole, tested with a real request and put into snippets', async () => {
    const { dialog, secret } = await create('tried')
    const field = dialog.getByRole('textbox', { name: 'Secret' })
    await field.click()
    const selected = await field.evaluate((input: HTMLInputElement) =>
      input.value.slice(input.selectionStart ?? 0, input.selectionEnd ?? 0),
    )
    expect(selected).toBe(secret)
    await button('Copy secret', dialog).click()
    await button('Copied', dialog).waitFor()
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(secret)

    await button('Test', dialog).click()
    await dialog.getByText(/The key works: .* answered/).waitFor()
    const key = (await rig.call('key.list', {})).find(({ name }) => name === 'tried')
    await expect.poll(async () => (await rig.call('request.list', { keyId: key?.id ?? '' })).rows.length).toBe(1)
    await dialog.getByRole('combobox', { name: 'Test with model' }).fill('two words')
    await expect.poll(() => button('Test', dialog).isDisabled()).toBe(true)
    await dialog.getByRole('combobox', { name: 'Test with model' }).fill('no-such-model')
    await page.keyboard.press('Tab')
    await button('Test', dialog).click()
    await dialog.getByText('model_not_found').or(dialog.getByText('model_not_available')).first().waitFor()

    for (const client of [
      'Codex',
      'OpenCode',
      'OpenAI SDK, Python',
      'OpenAI SDK, JavaScript',
      'Vercel AI SDK',
      'curl',
    ]) {
      await dialog.getByRole('tab', { name: client, exact: true }).click()
      const panel = dialog.getByRole('tabpanel')
      await expect.poll(() => panel.textContent()).toContain(`export WEIR_KEY=${secret}`)
      await expect.poll(() => panel.textContent()).toContain(`${rig.gatewayUrl}/v1`)
    }
    await dialog.getByText('PowerShell', { exact: true }).click()
    await dialog.getByText(`$env:WEIR_KEY = '${secret}'`).waitFor()
    await axe(page)
    await finish(dialog)
  })

  it('is nowhere once the dialog is closed', async () => {
    const trace = await traceCalls(page)
    const { dialog, secret } = await create('planted')
    const wanted = privatePart(secret)
    await button('Test', dialog).click()
    await dialog.getByText(/The key works/).waitFor()
    // The search finds it where it must be while the dialog is open, so finding nothing later means something.
    expect(await tracesOf(page, wanted)).toContain('a field')
    const before = trace.lines.filter((line) => line.includes(wanted))
    expect(before.map((line) => line.replace(/ \{.*/, '').replace(/http\S+/, 'rpc'))).toEqual(['← key.create', '→ rpc'])
    expect(before[1]).toContain('"route":"key.test"')
    await finish(dialog)
    await drawer().waitFor()
    expect(await tracesOf(page, wanted)).toEqual([])
    expect(await sendRequest(rig, secret)).toBe(200)
    await drawer().getByRole('table', { name: 'Recent requests' }).waitFor()
    await rig.go('/keys')
    await rig.go('/audit')
    expect(await tracesOf(page, wanted)).toEqual([])
    expect(trace.lines.filter((line) => line.includes(wanted))).toEqual(before)
    expect(trace.lines.some((line) => line.startsWith('event'))).toBe(true)
    expect(filesWith(rig.dataDir, wanted)).toEqual([])
    expect(rig.consoleErrors.join('\n')).not.toContain(wanted)
  })

  it('does not get into the address when it is pasted into the search', async () => {
    const { dialog, secret } = await create('pasted')
    await finish(dialog)
    await rig.go('/keys')
    await page.getByRole('searchbox').fill(secret)
    await row('pasted').waitFor()
    await page.waitForURL((url) => url.searchParams.get('q') === secret.slice(0, 18))
    expect(await page.evaluate(() => JSON.stringify([location.href, history.state]))).not.toContain(privatePart(secret))
    await expect.poll(() => page.getByRole('searchbox').inputValue()).toBe(secret.slice(0, 18))
  })
})

describe('a copy', () => {
  it('has the policy of the original and a secret of its own', async () => {
    const { key } = await rig.call('key.create', {
      poolId: served.poolId,
      name: 'original',
      modelPolicy: { mode: 'selected', models: ['sim-chat'] },
      ipAllowlist: ['127.0.0.1'],
    })
    await rig.go('/keys')
    await choose('original', 'Duplicate…')
    const question = page.getByRole('dialog', { name: 'Duplicate original' })
    const name = question.getByRole('textbox', { name: 'Name' })
    await expect.poll(() => name.inputValue()).toBe('original copy')
    await name.fill('ORIGINAL')
    await expect.poll(() => button('Duplicate', question).isDisabled()).toBe(true)
    await expect.poll(() => question.getByText('The Pool has a key of this name already.').count()).toBeGreaterThan(0)
    await name.fill('second')
    await button('Duplicate', question).click()
    const dialog = secretDialog(/The key second is made/)
    expect(await sendRequest(rig, await readSecret(dialog))).toBe(200)
    await finish(dialog)
    const copy = (await rig.call('key.list', {})).find((each) => each.name === 'second')
    expect(copy).toMatchObject({ modelPolicy: key.modelPolicy, ipAllowlist: key.ipAllowlist, expiresAt: null })
  })

  it('copies the prefix and leads to requests and audit from the menu', async () => {
    await rig.go('/keys')
    const key = (await rig.call('key.list', {})).find(({ name }) => name === 'original')
    await choose('original', 'Copy prefix')
    await page.getByText(`Copied ${key?.prefix ?? ''}`).waitFor()
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(key?.prefix)
    await choose('original', 'Its requests')
    await page.waitForURL((url) => url.pathname === '/requests' && url.searchParams.get('key') === key?.id)
    await rig.go('/keys')
    await choose('original', 'Its audit log')
    await page.waitForURL((url) => url.pathname === '/audit' && url.searchParams.get('target') === key?.id)
    await rig.go('/keys')
    await choose('original', 'Edit')
    await page.waitForURL((url) => url.pathname === `/keys/${key?.id ?? ''}/edit`)
  })
})
