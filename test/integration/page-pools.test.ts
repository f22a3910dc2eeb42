/** The list of Pools and the page of one: what they show, in every state, and every act of a Pool's menu. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerWithError, holdBack } from '../support/answers-instead.ts'
import { expectShape } from '../support/list-place.ts'
import { addSimulator, axe, openPageRig, sendRequest, type PageRig, type Served } from '../support/page-rig.ts'

/** Figures come from the reader thread, which steps back behind everything else that a busy machine does. */
const PATIENCE_MS = 45_000

let rig: PageRig
let team: Served

beforeAll(async () => {
  rig = await openPageRig()
})
afterAll(() => rig.close())

const page = () => rig.page
const button = (name: string | RegExp) => page().getByRole('button', { name })
const card = (name: string) => page().getByRole('article', { name, exact: true })
const dialog = () => page().getByRole('dialog')
const said = (text: string | RegExp) => page().locator('.mantine-Notification-root').filter({ hasText: text })
const params = () => new URL(page().url()).searchParams

async function choose(name: string, item: string | RegExp): Promise<void> {
  await button(`Actions for ${name}`).click()
  await page().getByRole('menuitem', { name: item }).click()
}

async function statusOf(name: string): Promise<string | undefined> {
  return (await rig.call('pool.list', {})).find((pool) => pool.name === name)?.status
}

describe('the list of Pools', () => {
  it('says what a Pool is for while there is none', async () => {
    await rig.go('/pools')
    await page().getByRole('heading', { name: 'No Pools yet' }).waitFor()
    await page().getByRole('main').getByRole('link', { name: 'First steps' }).waitFor()
    await axe(page())
    await page().getByRole('link', { name: 'Create the first Pool' }).click()
    await page().waitForURL('**/pools/new')
  })

  it('shows of each whether it can serve and how busy it is, and what is new as it comes', async () => {
    team = await addSimulator(rig.call, 'Team')
    await rig.call('pool.create', { name: 'Dry', notes: 'waits for an account' })
    await rig.go('/pools')
    await page().getByText('1 of 2 Pools can serve').waitFor()
    await card('Dry').getByText('Cannot serve: No upstream is assigned.').waitFor()
    await card('Team').getByText('24 h: no requests').waitFor()
    for (let count = 0; count < 3; count += 1) expect(await sendRequest(rig, team.secret)).toBe(200)
    await card('Team')
      .getByText(/24 h: 3 requests/)
      .waitFor({ timeout: PATIENCE_MS })
    await card('Team').getByRole('link', { name: '3 requests of Team' }).waitFor()
    await expect.poll(() => card('Team').getByText('Upstreams ready').locator('..').innerText()).toContain('1 / 1')
    await card('Team')
      .getByRole('img', { name: /3 in all/ })
      .waitFor()
    await rig.call('upstream.pause', { id: team.upstreamId })
    await card('Team').getByText('Cannot serve: None of its upstreams is ready.').waitFor()
    await rig.call('upstream.resume', { id: team.upstreamId })
    await card('Team').getByText('Active').waitFor()
  })

  it('filters by status and text in the address, says when nothing fits, and goes back', async () => {
    await rig.go('/pools')
    await button('1 active Pool cannot serve').click()
    await card('Team').waitFor({ state: 'detached' })
    expect(params().get('status')).toBe('attention')
    await page().keyboard.press('/')
    await page().keyboard.type('zzz')
    await page().getByText('No Pools fit the filters').waitFor()
    expect(params().get('q')).toBe('zzz')
    await page().getByRole('main').getByRole('button', { name: 'Clear filters' }).last().click()
    await card('Team').waitFor()
    expect(params().size).toBe(0)
    await page().goBack()
    await page().getByText('No Pools fit the filters').waitFor()
    await rig.go('/pools?q=account&status=active')
    await card('Dry').waitFor()
    await expect.poll(() => card('Team').count()).toBe(0)
    await page().getByRole('combobox', { name: 'Status' }).click()
    await page().getByRole('option', { name: 'Disabled' }).click()
    await page().getByText('No Pools fit the filters').waitFor()
  })

  it('shows the same as a table, sorted and walked by keyboard', async () => {
    await rig.go('/pools')
    await page().getByText('Table', { exact: true }).click()
    await page().waitForURL('**/pools?view=table')
    const names = () => page().locator('tr[data-row] td:first-child').allInnerTexts()
    await page().getByRole('table', { name: 'Pools' }).waitFor()
    expect(await names()).toEqual(['Dry', 'Team'])
    await button('Requests 24 h').click()
    await page().waitForURL(/sort=-requests/)
    expect(await names()).toEqual(['Team', 'Dry'])
    await page().locator('tr[data-row]').first().focus()
    await page().keyboard.press('ArrowDown')
    await page().keyboard.press('Enter')
    await page().getByRole('heading', { name: 'Dry' }).waitFor()
    await page().goBack()
    await page().waitForURL(/view=table/)
    await axe(page())
  })

  it('stands in its shape while it loads, and says what broke with a way to try again', async () => {
    const held = await holdBack(page(), 'pool.list')
    await page().goto(`${rig.origin}/pools`)
    const place = page().getByRole('status', { name: 'Loading Pools' })
    await expectShape(place, 'cards')
    await held.release()
    await card('Team').waitFor()
    const heldTable = await holdBack(page(), 'pool.list')
    await page().goto(`${rig.origin}/pools?view=table`)
    await expectShape(place, 'table')
    await heldTable.release()
    await page().getByRole('table', { name: 'Pools' }).waitFor()
    await page().goto(`${rig.origin}/pools`)
    await card('Team').waitFor()
    const broken = await answerWithError(page(), 'pool.list')
    await page().reload()
    const alert = page().getByRole('alert').filter({ hasText: 'The Pools could not be loaded' })
    await alert.getByText('internal').waitFor()
    await broken.release()
    await alert.getByRole('button', { name: 'Try again' }).click()
    await card('Team').waitFor()
  })

  it('opens the wizard by n', async () => {
    await rig.go('/pools')
    await card('Team').waitFor()
    await page().keyboard.press('n')
    await page().waitForURL('**/pools/new')
  })

  it.each(['light', 'dark'] as const)('has no serious accessibility fault in %s', async (colorScheme) => {
    await page().emulateMedia({ colorScheme })
    await rig.go('/pools')
    await card('Team').waitFor()
    await axe(page())
    await button('Actions for Team').click()
    await page().getByRole('menuitem', { name: 'Edit' }).waitFor()
    await axe(page())
    await page().keyboard.press('Escape')
    await page().emulateMedia({ colorScheme: 'light' })
  })
})

describe('the menu of a Pool', () => {
  it('copies the id', async () => {
    await rig.go('/pools')
    await choose('Team', 'Copy Pool id')
    await said(`Copied ${team.poolId}`).waitFor()
    await expect.poll(() => page().evaluate('navigator.clipboard.readText()')).toBe(team.poolId)
  })

  it.each([
    ['Its API keys', 'keys', 'pool'],
    ['Its requests', 'requests', 'pool'],
    ['Its audit log', 'audit', 'target'],
    ['Edit', 'edit', null],
  ])('leads to: %s', async (item, path, filter) => {
    await rig.go('/pools')
    await choose('Team', item)
    await page().waitForURL((url) => url.pathname.endsWith(path))
    if (filter !== null) expect(params().get(filter)).toBe(team.poolId)
  })

  it('duplicates under a name that is free, without its keys', async () => {
    await rig.go('/pools')
    await choose('Team', 'Duplicate…')
    const name = dialog().getByRole('textbox', { name: 'Name' })
    await expect.poll(() => name.inputValue()).toBe('Team copy')
    await name.fill(' ')
    await dialog().getByText('Give the new Pool a name.').waitFor()
    await expect.poll(() => dialog().getByRole('button', { name: 'Duplicate' }).isDisabled()).toBe(true)
    await name.fill('dry')
    await page().keyboard.press('Enter')
    await dialog()
      .getByText(/Another Pool is already called “dry”.*name_taken/)
      .waitFor()
    await name.fill('Twin')
    await page().keyboard.press('Enter')
    await page().getByRole('heading', { name: 'Twin' }).waitFor()
    const twin = (await rig.call('pool.list', {})).find((pool) => pool.name === 'Twin')
    expect(twin?.assignments.map((member) => member.upstreamId)).toEqual([team.upstreamId])
    await expect.poll(() => rig.call('key.list', { poolId: twin?.id ?? '' })).toEqual([])
  })

  it('disables after a question, takes that back by Undo, and enables', async () => {
    await rig.go('/pools')
    await choose('Team', 'Disable…')
    await dialog()
      .getByText(/1 key of it will be refused/)
      .waitFor()
    await axe(page())
    await dialog().getByRole('button', { name: 'Cancel' }).click()
    await dialog().waitFor({ state: 'hidden' })
    expect(await statusOf('Team')).toBe('active')
    await choose('Team', 'Disable…')
    await dialog().getByRole('button', { name: 'Disable' }).click()
    await card('Team').getByText('Disabled').waitFor()
    expect(await sendRequest(rig, team.secret)).toBe(403)
    await said('Disabled Team').getByRole('button', { name: 'Undo' }).click()
    await card('Team').getByText('Active').waitFor()
    expect(await sendRequest(rig, team.secret)).toBe(200)
    await choose('Team', 'Disable…')
    await dialog().getByRole('button', { name: 'Disable' }).click()
    await card('Team').getByText('Disabled').waitFor()
    await choose('Team', 'Enable')
    await card('Team').getByText('Active').waitFor()
  })

  it('archives, restores, and deletes only what is archived, with its name typed', async () => {
    await rig.call('key.create', {
      poolId: (await rig.call('pool.list', {})).find(({ name }) => name === 'Twin')?.id ?? '',
      name: 'twin key',
    })
    await rig.go('/pools')
    await button('Actions for Twin').click()
    await expect.poll(() => page().getByRole('menuitem', { name: 'Delete (archive it first)' }).isDisabled()).toBe(true)
    await page().getByRole('menuitem', { name: 'Archive…' }).click()
    await dialog().getByRole('button', { name: 'Archive' }).click()
    await card('Twin').getByText('Archived').waitFor()
    await choose('Twin', 'Restore as disabled')
    await card('Twin').getByText('Disabled').waitFor()
    await choose('Twin', 'Archive…')
    await dialog().getByText('an archived Pool keeps', { exact: false }).waitFor()
    await dialog().getByRole('button', { name: 'Archive' }).click()
    await card('Twin').getByText('Archived').waitFor()
    await choose('Twin', 'Delete…')
    await dialog().getByText('1 key will be deleted with it.').waitFor()
    await dialog().getByText('1 upstream leaves this Pool and stays in Weir.').waitFor()
    const confirm = dialog().getByRole('button', { name: 'Delete Pool' })
    await expect.poll(() => confirm.isDisabled()).toBe(true)
    await dialog().getByRole('textbox').fill('twin')
    await expect.poll(() => confirm.isDisabled()).toBe(true)
    await dialog().getByRole('textbox').fill('Twin')
    await confirm.click()
    await card('Twin').waitFor({ state: 'detached' })
    await expect.poll(async () => (await rig.call('key.list', {})).map(({ name }) => name)).toEqual(['Team key'])
  })

  it('keeps the dialog open and says why where the core refuses', async () => {
    await rig.go('/pools')
    await choose('Dry', 'Archive…')
    await dialog().getByText('no client is affected', { exact: false }).waitFor()
    const broken = await answerWithError(page(), 'pool.update', 'internal', 'It broke.')
    await dialog().getByRole('button', { name: 'Archive' }).click()
    await dialog()
      .getByText(/It broke.*internal/)
      .waitFor()
    await broken.release()
    await page().keyboard.press('Escape')
    await dialog().waitFor({ state: 'hidden' })
    expect(await statusOf('Dry')).toBe('active')
  })
})
