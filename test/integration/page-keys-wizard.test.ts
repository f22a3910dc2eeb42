/** The form of a key: by keyboard alone, with everything wrong that can be, as an edit, and left halfway. */
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tabTo } from '../support/keyboard.ts'
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

const button = (name: string | RegExp, within: Page | Locator = page) => within.getByRole('button', { name })
const field = (name: string) => page.getByRole('textbox', { name, exact: true })
const step = (name: string) => page.getByRole('heading', { level: 2, name, exact: true })
const combobox = (name: string) => page.getByRole('combobox', { name, exact: true })

async function pick(name: string, option: string): Promise<void> {
  await combobox(name).click()
  await page.getByRole('option', { name: option, exact: true }).click()
}

async function finish(title: RegExp): Promise<void> {
  const dialog = page.getByRole('dialog', { name: title })
  await dialog.getByRole('checkbox', { name: 'I have saved the secret' }).check()
  await button('Done', dialog).click()
  await dialog.waitFor({ state: 'detached' })
}

const keyNamed = async (name: string) => (await rig.call('key.list', {})).find((key) => key.name === name)

describe('by keyboard alone', () => {
  /** Menus and lists take the keyboard a moment after they are seen: so not by counting. */
  async function arrowTo(target: Locator): Promise<void> {
    await target.waitFor()
    const isReached = (): Promise<boolean> =>
      target.evaluate(
        (element: HTMLElement) => element === document.activeElement || 'comboboxSelected' in element.dataset,
      )
    for (let presses = 0; presses < 40; presses++) {
      if (await isReached()) return
      await page.keyboard.press('ArrowDown')
    }
    throw new Error('the entry cannot be reached by the arrow keys')
  }

  it('a key is made from the list to the closed dialog', async () => {
    await rig.go('/keys')
    await page.keyboard.press('n')
    await page.waitForURL((url) => url.pathname === '/keys/new')
    await tabTo(page, field('Name'))
    await page.keyboard.type('keyboard')
    await tabTo(page, field('Owner'))
    await page.keyboard.type('Ada')
    await tabTo(page, combobox('Expires'))
    await page.keyboard.press('ArrowDown')
    await arrowTo(page.getByRole('option', { name: 'In 30 days' }))
    await page.keyboard.press('Enter')
    await expect.poll(() => combobox('Expires').inputValue()).toBe('In 30 days')
    await tabTo(page, field('Addresses'))
    await page.keyboard.type('10.1.2.3/8')
    await tabTo(page, button('Add my address'))
    await page.keyboard.press('Enter')
    await arrowTo(page.getByRole('menuitem', { name: /127\.0\.0\.1/ }))
    await page.keyboard.press('Enter')
    await expect.poll(() => field('Addresses').inputValue()).toMatch(/^10\.1\.2\.3\/8\n\S+$/)
    await tabTo(page, button('Next'))
    await page.keyboard.press('Enter')

    await step('Models').waitFor()
    await tabTo(page, page.getByRole('radio', { name: 'All that the Pool serves' }))
    await page.keyboard.press('ArrowDown')
    await tabTo(page, field('Search, or type an id'))
    await page.keyboard.type('my-own-model')
    await page.keyboard.press('Enter')
    await button('Remove my-own-model').waitFor()
    await tabTo(page, page.getByRole('checkbox', { name: 'sim-chat' }))
    await page.keyboard.press('Space')
    await tabTo(page, combobox('Reasoning effort'))
    await page.keyboard.press('ArrowDown')
    await page.keyboard.type('high')
    await page.getByRole('option', { name: 'high', exact: true }).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Alt+ArrowRight')
    await step('Limits').waitFor()
    await page.getByText('Blank is no cap, 0 denies all').waitFor()
    await page.keyboard.press('Alt+ArrowRight')
    await step('Review').waitFor()
    await page.getByText('10.0.0.0/8').first().waitFor()
    await tabTo(page, button('Create key'))
    await page.keyboard.press('Enter')

    const dialog = page.getByRole('dialog', { name: 'The key keyboard is made' })
    await dialog.waitFor()
    await tabTo(page, dialog.getByRole('checkbox', { name: 'I have saved the secret' }))
    await page.keyboard.press('Space')
    await tabTo(page, button('Done', dialog))
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/keys\/key_/)
    const made = await keyNamed('keyboard')
    expect(made).toMatchObject({
      owner: 'Ada',
      modelPolicy: { mode: 'selected', models: ['my-own-model', 'sim-chat'] },
    })
    expect(made?.ipAllowlist[0]).toBe('10.1.2.3/8')
    expect(Math.round(((made?.expiresAt ?? 0) - Date.now()) / 86_400_000)).toBe(30)
  })
})

describe('bad input', () => {
  beforeAll(async () => {
    await rig.call('pool.create', { name: 'Other' })
    await rig.call('key.create', { poolId: served.poolId, name: 'taken' })
  })

  it('of the first step is said at its field and stops there', async () => {
    await rig.go('/keys/new')
    await button('Next').click()
    const summary = page.getByRole('alert')
    await summary.getByText('2 things are to be corrected').waitFor()
    await summary.getByText('Give the key a name.').click()
    await expect.poll(() => field('Name').evaluate((input) => input === document.activeElement)).toBe(true)
    await expect.poll(() => field('Name').getAttribute('aria-invalid')).toBe('true')
    await summary.getByText('Choose the Pool that the key belongs to.').waitFor()
    await pick('Pool', 'Team')
    const bad: readonly (readonly [string, string, string])[] = [
      ['Name', 'TAKEN', 'The Pool has a key of this name already.'],
      ['Name', 'x'.repeat(81), 'The name is longer than 80 characters.'],
      ['Owner', 'x'.repeat(121), 'The owner is longer than 120 characters.'],
      ['Addresses', '10.0.0.1\nnonsense', 'nonsense: not an IPv4 or IPv6 address'],
      ['Addresses', '10.0.0.01', '10.0.0.01: not an IPv4'],
      ['Notes', 'x'.repeat(2_001), 'The notes are longer than 2,000 characters.'],
      ['Metadata', '{ "a": 1,', 'Not valid JSON at line 1'],
      ['Metadata', '[1]', 'Must be a JSON object'],
    ]
    for (const [name, text, message] of bad) {
      await field(name).fill(text)
      await field(name).blur()
      await page.getByText(message).first().waitFor()
      await expect.poll(() => field(name).getAttribute('aria-invalid')).toBe('true')
      await field(name).fill(name === 'Name' ? 'fresh' : '')
    }
    await axe(page)
    await page.getByText('to be corrected').waitFor({ state: 'detached' })
    await button('Next').click()
    await step('Models').waitFor()
  })

  it('of an expiry of your own is said at it', async () => {
    await rig.go(`/keys/new?pool=${served.poolId}`)
    await field('Name').fill('dated')
    await pick('Expires', 'At a time of your choice')
    const moment = page.getByLabel('Date and time')
    await moment.fill('2020-01-01T10:00')
    await page.getByText('This moment is past; choose one to come.').first().waitFor()
    await moment.fill('')
    await page.getByText('Say when the key expires.').first().waitFor()
    await moment.fill('2199-06-01T10:30')
    await page.getByText('2199-06-01 10:30').waitFor()
    await button('Next').click()
    await step('Models').waitFor()
  })

  it('of the second step is said at its field', async () => {
    await rig.go(`/keys/new?pool=${served.poolId}&step=models`)
    await page.getByRole('radio', { name: 'Only these' }).first().check()
    await page.getByRole('radio', { name: 'Only these' }).last().check()
    await combobox('Model').fill('two words')
    await combobox('Service tier').fill('Fast!')
    await button('Next').click()
    await page.getByText('4 things are to be corrected').waitFor()
    for (const text of [
      'Choose at least one model.',
      'Choose at least one upstream.',
      /has no blanks/,
      /small letters/,
    ]) {
      await expect.poll(() => page.getByText(text).count()).toBeGreaterThan(1)
    }
    await axe(page)
    await field('Search, or type an id').fill('not one id')
    await expect.poll(() => button('Add not one id').isDisabled()).toBe(true)
    await field('Search, or type an id').fill('zzz')
    await page.getByText('No model that Weir knows has this in its id.').waitFor()
    await button('Add zzz').click()
    await page.getByText('Nothing in the Pool serves zzz now.').waitFor()
    await button('Remove zzz').click()
    await page.getByRole('checkbox', { name: 'sim-chat' }).check()
    await page.getByRole('checkbox', { name: 'Team simulator' }).check()
    await combobox('Model').fill('')
    await combobox('Service tier').fill('flex')
    await button('Next').click()
    await step('Limits').waitFor()
  })

  it('keeps the last step from saving, with the reason, whatever way it was reached', async () => {
    await rig.go('/keys/new?step=review')
    await expect.poll(() => button('Create key').isDisabled()).toBe(true)
    await expect.poll(() => page.getByText('Basics: Choose the Pool that the key belongs to.').isVisible()).toBe(true)
    await page.getByText('Correct what is marked in the steps before').waitFor()
  })

  it('that only the core sees comes back to its field', async () => {
    await rig.go(`/keys/new?pool=${served.poolId}`)
    await field('Name').fill('raced')
    await button('Review').click()
    await page.getByRole('heading', { name: 'What the key will be able to do' }).waitFor()
    // Somebody else is quicker, and this page has not heard of it yet.
    await page.route('**/rpc', async (route) => {
      if (route.request().postData()?.includes('"key.list"') === true) await route.abort()
      else await route.continue()
    })
    rig.expectConsole(/ERR_FAILED/)
    await rig.call('key.create', { poolId: served.poolId, name: 'Raced' })
    await button('Create key').click()
    await step('Basics').waitFor()
    await expect.poll(() => field('Name').getAttribute('aria-invalid')).toBe('true')
    await page
      .getByText('name_taken')
      .or(page.getByText(/already/))
      .first()
      .waitFor()
    await page.unroute('**/rpc')
    await field('Name').fill('raced again')
    await button('Review').click()
    await button('Create key').click()
    await finish(/is made/)
  })
})

describe('the review', () => {
  it('warns of a policy that lets nothing through', async () => {
    await rig.go(`/keys/new?pool=${served.poolId}`)
    await field('Name').fill('closed')
    await field('Addresses').fill('10.0.0.0/8\n10.1.0.0/16\n192.168.7.9/24')
    await page.getByText('192.168.7.9/24 counts as 192.168.7.0/24.').waitFor()
    await button('Models').click()
    await page.getByRole('radio', { name: 'None', exact: true }).check()
    await button('Review').click()
    await page.getByRole('note', { name: 'Warnings' }).getByText('No model is left for this key').waitFor()
    await page.getByText('10.1.0.0/16 is left out: 10.0.0.0/8 contains it.').waitFor()
    await axe(page)
  })

  it('of an edit shows what changes, usage so far, and can be undone', async () => {
    const { key } = await rig.call('key.create', { poolId: served.poolId, name: 'edited', owner: 'Ada', notes: 'old' })
    await rig.go(`/keys/${key.id}/edit?step=review`)
    await expect.poll(() => button('Save changes').isDisabled()).toBe(true)
    await expect.poll(() => page.getByText('Nothing has changed.').isVisible()).toBe(true)
    await button('Basics').click()
    await expect.poll(() => combobox('Pool').isDisabled()).toBe(true)
    await field('Owner').fill('')
    await field('Notes').fill('new')
    await button('Models').click()
    await pick('Reasoning effort', 'high')
    await button('Review').click()
    const changes = page.getByRole('table', { name: 'What changes' })
    await changes.getByRole('row', { name: 'Owner Ada none' }).waitFor()
    await changes.getByRole('row', { name: 'Notes old new' }).waitFor()
    await changes.getByRole('row', { name: /Enforced effort .* high/ }).waitFor()
    await expect.poll(() => changes.getByRole('row').count()).toBe(4)
    await page.getByText('0 requests, 0 tokens').waitFor()
    await button('Save changes').click()
    await page.waitForURL((url) => url.pathname === `/keys/${key.id}`)
    expect(await keyNamed('edited')).toMatchObject({ owner: null, notes: 'new', enforced: { effort: 'high' } })
    await button('Undo').click()
    await page.getByText('Undone').waitFor()
    expect(await keyNamed('edited')).toMatchObject({ owner: 'Ada', notes: 'old', enforced: { effort: null } })
  })
})

describe('the way out', () => {
  it('is asked about when something was typed, and free when nothing was', async () => {
    await rig.go('/keys')
    await button('New key')
      .or(page.getByRole('link', { name: 'New key' }))
      .click()
    await field('Name').fill('half')
    await page.getByRole('link', { name: 'Pools' }).click()
    const question = page.getByRole('dialog', { name: 'Leave without saving?' })
    await button('Stay', question).click()
    await expect.poll(() => field('Name').inputValue()).toBe('half')
    await button('Cancel').click()
    await button('Discard changes', question).click()
    await page.waitForURL((url) => url.pathname === '/keys')
    await page.getByRole('link', { name: 'New key' }).click()
    await button('Cancel').click()
    await page.waitForURL((url) => url.pathname === '/keys')
  })

  it('goes back through the steps', async () => {
    await rig.go(`/keys/new?pool=${served.poolId}`)
    await field('Name').fill('steps')
    await button('Next').click()
    await step('Models').waitFor()
    await page.goBack()
    await step('Basics').waitFor()
    await expect.poll(() => field('Name').inputValue()).toBe('steps')
    await page.goForward()
    await step('Models').waitFor()
  })
})

describe('where there is nothing to fill in', () => {
  it('a revoked key says so', async () => {
    const { key } = await rig.call('key.create', { poolId: served.poolId, name: 'gone' })
    await rig.call('key.revoke', { id: key.id })
    await rig.go(`/keys/${key.id}/edit`)
    await page.getByText('This key is revoked').waitFor()
    await page.getByRole('link', { name: 'To the key' }).click()
    await page.waitForURL((url) => url.pathname === `/keys/${key.id}`)
  })

  it('a key that there is not is an error with a way on', async () => {
    await rig.go('/keys/key_none/edit')
    const alert = page.getByRole('alert')
    await alert.getByText('The key could not be loaded').waitFor()
    await alert.getByText('not_found').waitFor()
    await button('Try again', alert).waitFor()
  })
})
