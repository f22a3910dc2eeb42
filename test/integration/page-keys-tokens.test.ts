/** Ephemeral tokens by the page: lent, used by a client, watched, revoked; and what is shown where there are none. */
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PoolKey } from '../../src/shared/models/key.ts'
import { changeAnswers, holdCalls, refuseCalls } from '../support/page-faults.ts'
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

const drawer = () => page.getByRole('dialog', { name: /^Tokens of / })
const form = () => page.getByRole('form', { name: 'New token' })
const button = (name: string | RegExp, within: Page | Locator = page) =>
  within.getByRole('button', { name, exact: typeof name === 'string' })
const newToken = () => drawer().getByRole('link', { name: 'New token' })
const token = (name: string) =>
  drawer()
    .getByRole('listitem')
    .filter({ has: page.getByRole('heading', { name, exact: true }) })
const fact = (name: string, label: string) =>
  token(name)
    .locator('dl > div')
    .filter({ has: page.locator('dt', { hasText: label }) })
    .locator('dd')

async function expectFact(name: string, label: string, text: RegExp): Promise<void> {
  await expect.poll(() => fact(name, label).textContent()).toMatch(text)
}

async function expectStatus(name: string, status: string): Promise<void> {
  await expect.poll(() => token(name).getAttribute('data-status')).toBe(status)
}

async function addKey(name: string, more: object = {}): Promise<PoolKey> {
  return (await rig.call('key.create', { poolId: served.poolId, name, ...more })).key
}

function secretDialog(name: string): Locator {
  return page.getByRole('dialog', { name: `The token ${name} is made` })
}

/** From the open list to the open dialog. */
async function lend(name: string): Promise<{ dialog: Locator; secret: string }> {
  await newToken().click()
  await form().getByRole('textbox', { name: 'Name' }).fill(name)
  await button('Create token').click()
  const field = secretDialog(name).getByRole('textbox', { name: 'Secret' })
  await expect.poll(() => field.inputValue()).toMatch(/^et-weir-[0-9A-Za-z]{10}-[0-9A-Za-z]{38}$/)
  return { dialog: secretDialog(name), secret: await field.inputValue() }
}

async function finish(dialog: Locator): Promise<void> {
  await dialog.getByRole('checkbox', { name: 'I have saved the secret' }).check()
  await button('Done', dialog).click()
  await dialog.waitFor({ state: 'detached' })
}

async function inDark(run: () => Promise<void>): Promise<void> {
  await page.emulateMedia({ colorScheme: 'dark' })
  try {
    await run()
  } finally {
    await page.emulateMedia({ colorScheme: 'light' })
  }
}

describe('a token', () => {
  let key: PoolKey
  let secret = ''

  beforeAll(async () => {
    key = await addKey('lender')
  })

  it('is reached from the menu of its key, and a key without any says what they are for', async () => {
    await rig.go('/keys?q=lender')
    await button('Actions for lender').click()
    await page.getByRole('menuitem', { name: 'Tokens…' }).click()
    await page.waitForURL((url) => url.pathname === `/keys/${key.id}/tokens` && url.search === '?q=lender')
    await drawer().getByRole('heading', { name: 'No tokens yet' }).waitFor()
    await drawer()
      .getByText(/^Only you can make tokens of this key/)
      .waitFor()
    await axe(page)
  })

  it('is made, and its secret shown once', async () => {
    const made = await lend('script')
    secret = made.secret
    await made.dialog
      .getByText(/It works until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d, .*UTC.*, and no longer than its key\./)
      .waitFor()
    await axe(page)
    await finish(made.dialog)
    await page.waitForURL((url) => url.pathname === `/keys/${key.id}/tokens` && url.search === '?q=lender')
    await expectStatus('script', 'active')
    await token('script').getByText(secret.slice(0, 18), { exact: true }).waitFor()
    await expectFact('script', 'Scope', /^models, limits and addresses as the key$/)
    await expectFact('script', 'Used', /^nothing yet$/)
    await token('script')
      .getByText(/^made (just now|\d+ s ago) by the operator$/)
      .waitFor()
    await expect.poll(() => token('script').textContent()).toMatch(/ends in (59 min|1 h)/)
    await axe(page)
  })

  it('opens the gateway, and what it used appears by itself', async () => {
    expect(await sendRequest(rig, secret)).toBe(200)
    expect(await sendRequest(rig, secret)).toBe(200)
    await expectFact('script', 'Used', /^2 requests, \d[\d.k]* tokens, .* · last (just now|\d+ s ago)/)
    await inDark(() => axe(page))
  })

  it('is named with its request', async () => {
    const { rows } = await rig.call('request.list', { keyId: key.id, limit: 1 })
    await rig.go(`/requests/${rows[0]?.id ?? ''}`)
    const details = page.getByRole('dialog', { name: /^Request / })
    await expect.poll(() => details.getByText('script', { exact: true }).count()).toBe(1)
    await details.getByText(secret.slice(0, 18), { exact: true }).waitFor()
    await details.getByRole('link', { name: 'Requests of this token' }).click()
    await page.waitForURL((url) => url.searchParams.get('token')?.startsWith('tok_') === true)
    await page.getByText('2 requests', { exact: true }).waitFor()
    await page.goBack()
    await details.getByRole('link', { name: 'script', exact: true }).click()
    await expectStatus('script', 'active')
    await token('script').getByRole('link', { name: 'its requests: script' }).click()
    await page.getByText('2 requests', { exact: true }).waitFor()
  })

  it('is counted in the drawer of its key', async () => {
    await rig.go(`/keys/${key.id}`)
    await page.getByRole('link', { name: 'Tokens: 1 active' }).click()
    await expectStatus('script', 'active')
    await page.keyboard.press('Escape')
    await page.waitForURL((url) => url.pathname === `/keys/${key.id}`)
  })

  it('does not open while its key is paused, and says so', async () => {
    await rig.go(`/keys/${key.id}/tokens`)
    await expectStatus('script', 'active')
    await rig.call('key.pause', { id: key.id })
    await expectStatus('script', 'keyEnded')
    await token('script').getByText('Key not usable').waitFor()
    await expect.poll(() => token('script').textContent()).toContain('Its key is paused')
    expect(await sendRequest(rig, secret)).toBe(403)
    await rig.call('key.resume', { id: key.id })
    await expectStatus('script', 'active')
  })

  it('is revoked for good, after a question', async () => {
    await button('Revoke script').click()
    const question = page.getByRole('dialog', { name: 'Revoke the token script?' })
    await question.getByText(/This is final and cannot be undone/).waitFor()
    await button('Cancel', question).click()
    await question.waitFor({ state: 'detached' })
    expect(await sendRequest(rig, secret)).toBe(200)
    await button('Revoke script').click()
    await button('Revoke', question).click()
    await page.getByText('Revoked the token script').waitFor()
    expect(await sendRequest(rig, secret)).toBe(401)
    await expect.poll(() => button('Undo').count()).toBe(0)
  })

  it('is found among all of them when it has ended', async () => {
    await drawer().getByText('No tokens fit the filters').waitFor()
    await button('Clear filters', drawer()).click()
    await expectStatus('script', 'revoked')
    await expect.poll(() => button('Revoke script').count()).toBe(0)
    await page.waitForURL((url) => url.searchParams.get('ended') === '1')
    await axe(page)
    await page.keyboard.press('Escape')
    await page.waitForURL((url) => url.pathname === `/keys/${key.id}` && url.search === '')
  })
})

describe('the secret of a token', () => {
  it('is nowhere once the dialog is closed', async () => {
    const key = await addKey('planted')
    await rig.go(`/keys/${key.id}/tokens`)
    await newToken().waitFor()
    const trace = await traceCalls(page)
    const { dialog, secret } = await lend('seed')
    const wanted = secret.slice(secret.lastIndexOf('-') + 1)
    await button('Test', dialog).click()
    await dialog.getByText(/works: .* answered/).waitFor()
    await dialog.getByRole('tab', { name: 'curl', exact: true }).click()
    await dialog.getByText(`export WEIR_KEY=${secret}`).waitFor()
    // The search finds it where it must be while the dialog is open, so finding nothing later means something.
    expect(await tracesOf(page, wanted)).toContain('a field')
    await page.keyboard.press('Escape')
    await dialog.getByRole('alert').getByText('Not closed').waitFor()
    await finish(dialog)
    await expectStatus('seed', 'active')
    expect(await tracesOf(page, wanted)).toEqual([])
    await expectFact('seed', 'Used', /^1 request, /)
    const seen = trace.lines.filter((line) => line.includes(wanted))
    expect(seen.map((line) => line.replace(/ \{.*/, '').replace(/http\S+/, 'rpc'))).toEqual(['← token.create', '→ rpc'])
    expect(seen[1]).toContain('"route":"key.test"')
    expect(rig.consoleErrors.join('\n')).not.toContain(wanted)
  })

  it('does not get into the address when it is pasted into the search', async () => {
    const key = await addKey('searched')
    const { secret } = await rig.call('token.create', { keyId: key.id, name: 'first' })
    await rig.call('token.create', { keyId: key.id, name: 'second' })
    await rig.go(`/keys/${key.id}/tokens`)
    await expectStatus('second', 'active')
    await expect.poll(() => drawer().getByRole('heading', { level: 3 }).allTextContents()).toEqual(['second', 'first'])
    await drawer().getByRole('searchbox').fill(secret)
    await expect.poll(() => drawer().getByRole('heading', { level: 3 }).allTextContents()).toEqual(['first'])
    await page.waitForURL((url) => url.searchParams.get('token') === secret.slice(0, 18))
    expect(await page.evaluate(() => JSON.stringify([location.href, history.state]))).not.toContain(secret.slice(19))
    await drawer().getByRole('searchbox').fill('neither')
    await drawer().getByText('No tokens fit the filters').waitFor()
  })
})

describe('the list', () => {
  it('says how a key makes one itself, and follows what it made', async () => {
    const { key, secret } = await rig.call('key.create', { poolId: served.poolId, name: 'self', canMakeTokens: true })
    await rig.go(`/keys/${key.id}/tokens`)
    const command = drawer().getByRole('region', { name: 'curl command' })
    await expect.poll(() => command.textContent()).toContain(`curl ${rig.gatewayUrl}/v1/ephemeral_tokens`)
    await axe(page)
    const [, body = ''] = /-d '(.*)'/.exec((await command.textContent()) ?? '') ?? []
    const answer = await fetch(`${rig.gatewayUrl}/v1/ephemeral_tokens`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body,
    })
    expect([answer.status, await answer.json()]).toMatchObject([expect.any(Number), { name: 'script' }])
    await token('script')
      .getByText(/^made .* by the key itself$/)
      .waitFor()
  })

  it('shows what is narrower than the key, and that it ends with it', async () => {
    const key = await addKey('narrow', { expiresAt: Date.now() + 30 * 60_000 })
    await rig.call('token.create', {
      keyId: key.id,
      name: 'guest',
      modelPolicy: { mode: 'selected', models: ['sim-chat'] },
      limits: { requestsPerHour: 10, budgetTotal: 5_000_000_000 },
      ipAllowlist: ['127.0.0.1'],
    })
    await rig.go(`/keys/${key.id}/tokens`)
    await expectFact(
      'guest',
      'Scope',
      /^models sim-chat · limits 10 requests an hour, \$5\.00 in total · addresses 127\.0\.0\.1$/,
    )
    await expect.poll(() => token('guest').textContent()).toMatch(/ends in (29|30) min/)
  })

  it('shows fifty at a time', async () => {
    const key = await addKey('many')
    for (let made = 1; made <= 53; made++) await rig.call('token.create', { keyId: key.id, name: `token ${made}` })
    await rig.go(`/keys/${key.id}/tokens`)
    await button('Show 3 more of 53').click()
    await expect.poll(() => drawer().getByRole('heading', { level: 3 }).count()).toBe(53)
    await button(/^Show/, drawer()).waitFor({ state: 'detached' })
  })

  it('waits, fails with the reason, and comes when it is asked for again', async () => {
    const key = await addKey('faulty')
    const letGo = await holdCalls(page, 'token.list')
    await rig.go(`/keys/${key.id}/tokens`)
    await drawer().getByRole('status', { name: 'Loading' }).waitFor()
    await letGo()
    await newToken().waitFor()
    const heal = await refuseCalls(page, 'token.list', { code: 'internal', message: 'The list fell over.' })
    await rig.go(`/keys/${key.id}/tokens`)
    await drawer().getByRole('heading', { name: 'The tokens could not be loaded' }).waitFor()
    await drawer().getByText('The list fell over.').waitFor()
    await axe(page)
    await heal()
    await button('Try again', drawer()).click()
    await newToken().waitFor()
  })

  it('ends tokens by the clock, without news of the core', async () => {
    const key = await addKey('timed')
    await rig.call('token.create', { keyId: key.id, name: 'short' })
    const restore = await changeAnswers(
      page,
      'token.list',
      (value) =>
        // An answer that is a list has its entries by index.
        Object.values(value).map((each) => ({ ...(each as object), expiresAt: Date.now() + 8_000 })) as never,
    )
    await rig.go(`/keys/${key.id}/tokens?ended=1`)
    await expectStatus('short', 'active')
    await expectStatus('short', 'expired')
    await restore()
  })

  it('of a revoked key offers nothing new', async () => {
    const key = await addKey('gone')
    await rig.call('token.create', { keyId: key.id, name: 'orphan' })
    await rig.call('key.revoke', { id: key.id })
    await rig.go(`/keys/${key.id}/tokens?ended=1`)
    await expectStatus('orphan', 'keyEnded')
    await drawer().getByText('The key is revoked, so nothing can be made from it.').waitFor()
    await expect.poll(() => newToken().count()).toBe(0)
    await expect.poll(() => button('Revoke orphan').count()).toBe(0)
  })
})
