/** The form of an ephemeral token: by keyboard alone, with everything wrong that can be; and who may make tokens. */
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EphemeralToken } from '../../src/shared/models/ephemeral-token.ts'
import type { PoolKey } from '../../src/shared/models/key.ts'
import { tabTo } from '../support/keyboard.ts'
import { refuseCalls } from '../support/page-faults.ts'
import { addSimulator, axe, openPageRig, type PageRig, type Served } from '../support/page-rig.ts'

let rig: PageRig
let page: Page
let served: Served

beforeAll(async () => {
  rig = await openPageRig()
  page = rig.page
  served = await addSimulator(rig.call, 'Team')
}, 300_000)

afterAll(async () => {
  await rig?.close()
})

const button = (name: string | RegExp, within: Page | Locator = page) =>
  within.getByRole('button', { name, exact: typeof name === 'string' })
const field = (name: string) => page.getByRole('textbox', { name, exact: true })
const radio = (name: string) => page.getByRole('radio', { name, exact: true })
const form = () => page.getByRole('form', { name: 'New token' })
const create = () => button('Create token')
const reason = () => page.locator('#token-reason')

async function addKey(name: string, more: object = {}): Promise<PoolKey> {
  return (await rig.call('key.create', { poolId: served.poolId, name, ...more })).key
}

async function openForm(key: PoolKey): Promise<void> {
  await rig.go(`/keys/${key.id}/tokens/new`)
  await form().waitFor()
}

async function tokensOf(key: PoolKey): Promise<EphemeralToken[]> {
  return rig.call('token.list', { keyId: key.id })
}

async function finish(name: string): Promise<void> {
  const dialog = page.getByRole('dialog', { name: `The token ${name} is made` })
  await dialog.getByRole('checkbox', { name: 'I have saved the secret' }).check()
  await button('Done', dialog).click()
  await dialog.waitFor({ state: 'detached' })
}

describe('by keyboard alone', () => {
  it('a token is made from the drawer of its key to the list, with the focus never lost', async () => {
    const key = await addKey('keyboard')
    await rig.go(`/keys/${key.id}`)
    await tabTo(page, page.getByRole('link', { name: 'Tokens', exact: true }))
    await page.keyboard.press('Enter')
    await tabTo(page, page.getByRole('link', { name: 'New token' }))
    await page.keyboard.press('Enter')
    await expect.poll(() => field('Name').evaluate((input) => input === document.activeElement)).toBe(true)
    await page.keyboard.type('typed')
    await tabTo(page, radio('1 h'))
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => radio('8 h').isChecked()).toBe(true)
    await tabTo(page, radio('All of the key'))
    await page.keyboard.press('ArrowDown')
    await tabTo(page, field('Search, or type an id'))
    await page.keyboard.type('sim-chat')
    await page.keyboard.press('Enter')
    await button('Remove sim-chat').waitFor()
    await tabTo(page, field('Requests per hour'))
    await page.keyboard.type('1k')
    await tabTo(page, field('Budget in total'))
    await page.keyboard.type('2.50')
    await tabTo(page, field('Addresses'))
    await page.keyboard.type('127.0.0.1')
    await tabTo(page, create())
    await page.keyboard.press('Enter')

    const dialog = page.getByRole('dialog', { name: 'The token typed is made' })
    await dialog.waitFor()
    await tabTo(page, dialog.getByRole('checkbox', { name: 'I have saved the secret' }))
    await page.keyboard.press('Space')
    await tabTo(page, button('Done', dialog))
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => url.pathname === `/keys/${key.id}/tokens`)
    await page.getByRole('heading', { name: 'typed', exact: true }).waitFor()
    const [made] = await tokensOf(key)
    expect(made).toMatchObject({
      name: 'typed',
      madeBy: 'operator',
      modelPolicy: { mode: 'selected', models: ['sim-chat'] },
      limits: { requestsPerHour: 1_000, budgetTotal: 2_500_000_000, requestsPerDay: null },
      ipAllowlist: ['127.0.0.1'],
    })
    expect((made?.expiresAt ?? 0) - (made?.createdAt ?? 0)).toBe(8 * 3_600_000)
  })
})

describe('the form', () => {
  it('says what is wrong at each field, and why nothing can be made', async () => {
    const key = await addKey('strict', { modelPolicy: { mode: 'selected', models: ['sim-chat', 'sim-other'] } })
    await openForm(key)
    await expect.poll(() => create().isDisabled()).toBe(true)
    await expect.poll(() => reason().textContent()).toBe('Give the token a name.')
    const bad: readonly (readonly [string, string, string])[] = [
      ['Name', 'x'.repeat(81), 'The name is longer than 80 characters.'],
      ['Requests per minute', 'many', 'Give a whole number: 500, 1k or 1.5M.'],
      ['Output tokens per request', '-1', 'Give a whole number: 500, 1k or 1.5M.'],
      ['Budget per day', 'five', 'Give dollars, cents behind a point: 5.50.'],
      ['Addresses', '127.0.0.1\nhere', 'here: not an IPv4 or IPv6 address'],
    ]
    for (const [name, text, message] of bad) {
      await field(name).fill(text)
      await field(name).blur()
      await form().getByText(message).first().waitFor()
      await expect.poll(() => field(name).getAttribute('aria-invalid')).toBe('true')
      await expect.poll(() => create().isDisabled()).toBe(true)
      await expect.poll(() => reason().textContent()).toContain(message)
      await field(name).fill(name === 'Name' ? 'fresh' : '')
      await expect.poll(() => field(name).getAttribute('aria-invalid')).not.toBe('true')
    }
    await expect.poll(() => create().isDisabled()).toBe(false)
    await expect.poll(() => reason().count()).toBe(0)
    await field('Name').fill(' ')
    await expect.poll(() => reason().textContent()).toBe('Give the token a name.')
    await field('Name').fill('fresh')

    await form().getByText('Now sim-chat, sim-other.').waitFor()
    await radio('Only these').check()
    await expect.poll(() => reason().textContent()).toBe('Choose at least one model.')
    await expect.poll(() => page.getByRole('group', { name: 'Models that Weir knows' }).textContent()).toBe('sim-chat')
    await field('Search, or type an id').fill('gpt-9')
    await button('Add gpt-9').click()
    await expect.poll(() => reason().textContent()).toBe('The key may not ask for gpt-9, so its token cannot either.')
    await axe(page)
    await button('Remove gpt-9').click()
    await page.getByRole('checkbox', { name: 'sim-chat' }).check()
    await expect.poll(() => create().isDisabled()).toBe(false)
  })

  it('tells blank from 0', async () => {
    const key = await addKey('zero')
    await openForm(key)
    await field('Name').fill('denied')
    await expect.poll(() => field('Requests per day').getAttribute('placeholder')).toBe('as the key')
    await field('Requests per day').fill('0')
    await form().getByText('denies all', { exact: true }).waitFor()
    await create().click()
    await finish('denied')
    const { limits } = (await tokensOf(key))[0] ?? {}
    expect(limits).toMatchObject({ requestsPerDay: 0, requestsPerHour: null })
    await page.getByText('limits 0 requests a day: denied').waitFor()
  })

  it('says when it ends, and that the key ends first', async () => {
    const expiresAt = Date.now() + 2 * 3_600_000
    const key = await addKey('brief', { expiresAt })
    await openForm(key)
    await form()
      .getByText(/^Made now, it ends \d{4}-\d\d-\d\d \d\d:\d\d, .*UTC.*Nothing extends it\.$/)
      .waitFor()
    const warning = form().getByText(/^The key expires before that, .*, and the token ends with it\.$/)
    await expect.poll(() => warning.count()).toBe(0)
    await form().getByText('8 h', { exact: true }).click()
    await warning.waitFor()
    await form().getByText('Other', { exact: true }).click()
    const amount = page.getByRole('textbox', { name: 'How long' })
    for (const [typed, unit] of [
      ['', 'hours'],
      ['0', 'minutes'],
      ['8', 'days'],
    ] as const) {
      await amount.fill(typed)
      await form().getByText(unit, { exact: true }).click()
      await form().getByText('Give a whole number, from 1 minute to 7 days.', { exact: true }).waitFor()
      await expect.poll(() => amount.getAttribute('aria-invalid')).toBe('true')
    }
    await amount.fill('7')
    await warning.waitFor()
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme })
      await axe(page)
    }
    await field('Name').fill('week')
    await create().click()
    await finish('week')
    // No later than its key, whatever was asked for.
    expect((await tokensOf(key))[0]?.expiresAt).toBe(expiresAt)
  })

  it('says what the core refuses, and loses nothing of what was typed', async () => {
    const key = await addKey('refused')
    await openForm(key)
    await field('Name').fill('kept')
    await field('Addresses').fill('127.0.0.1')
    const message = 'The input does not fit.'
    const heal = await refuseCalls(page, 'token.create', {
      code: 'invalid_input',
      message,
      details: { fields: ['ipAllowlist.0: is reserved'] },
    })
    await create().click()
    await form().getByRole('alert').getByText(message).waitFor()
    await form().getByText('Refused: is reserved.').waitFor()
    await heal()
    await field('Addresses').fill('')
    await expect.poll(() => form().getByRole('alert').count()).toBe(0)
    await create().click()
    await finish('kept')
    expect(await tokensOf(key)).toHaveLength(1)
  })

  it('asks before typed work is left, and leads back to the list', async () => {
    const key = await addKey('left')
    await openForm(key)
    await field('Name').fill('half')
    await button('Cancel').click()
    const question = page.getByRole('dialog', { name: 'Leave without saving?' })
    await button('Stay', question).click()
    await question.waitFor({ state: 'detached' })
    await expect.poll(() => field('Name').inputValue()).toBe('half')
    await field('Name').press('Escape')
    await button('Discard changes', question).click()
    await page.waitForURL((url) => url.pathname === `/keys/${key.id}/tokens`)
    await page.getByRole('heading', { name: 'No tokens yet' }).waitFor()
    expect(await tokensOf(key)).toEqual([])
  })

  it('of a key that has ended can be read and not sent', async () => {
    const key = await addKey('over')
    await rig.call('key.revoke', { id: key.id })
    await openForm(key)
    await field('Name').fill('late')
    await expect.poll(() => create().isDisabled()).toBe(true)
    await expect.poll(() => reason().textContent()).toBe('The key is revoked, so nothing can be made from it.')
  })
})

describe('who may make tokens', () => {
  const tokenFact = (text: string) =>
    page
      .locator('dl > div')
      .filter({ has: page.locator('dt', { hasText: 'Ephemeral tokens' }) })
      .getByText(text)

  it('is the operator alone unless the key is let, which its review and its drawer say', async () => {
    await rig.go(`/keys/new?pool=${served.poolId}`)
    await field('Name').fill('allowed')
    const choice = page.getByRole('switch', { name: 'This key may make ephemeral tokens itself' })
    await expect.poll(() => choice.isChecked()).toBe(false)
    await button(/Review/).click()
    await tokenFact('made by you only').waitFor()
    await button(/Basics/).click()
    await choice.focus()
    await page.keyboard.press('Space')
    await button(/Review/).click()
    await tokenFact('made by you and by the key itself').waitFor()
    await button('Create key').click()
    const dialog = page.getByRole('dialog', { name: 'The key allowed is made' })
    await dialog.getByRole('checkbox', { name: 'I have saved the secret' }).check()
    await button('Done', dialog).click()
    await tokenFact('made by you and by the key itself').waitFor()
    const key = (await rig.call('key.list', {})).find(({ name }) => name === 'allowed')
    expect(key?.canMakeTokens).toBe(true)

    await rig.go(`/keys/${key?.id ?? ''}/edit`)
    await choice.focus()
    await page.keyboard.press('Space')
    await button(/Review/).click()
    await page
      .getByRole('table', { name: 'What changes' })
      .getByRole('row', { name: 'Makes ephemeral tokens the operator and the key itself the operator only' })
      .waitFor()
    await button('Save changes').click()
    await page.waitForURL((url) => url.pathname === `/keys/${key?.id ?? ''}`)
    await tokenFact('made by you only').waitFor()
  })

  it('can be gone to from the palette', async () => {
    const key = await addKey('palette')
    await rig.go(`/keys/${key.id}`)
    await page.getByRole('heading', { name: 'What it may do' }).waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('textbox', { name: 'Command palette' }).fill('token')
    await page.getByText('Make a token of the key palette').waitFor()
    await page.getByText('Show the tokens of the key palette').click()
    await page.getByRole('dialog', { name: 'Tokens of palette' }).waitFor()
  })
})
