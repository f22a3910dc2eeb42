/** The page of one Pool: can it serve, by what, for whom, how much, and where the rest of each figure is. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerWithError, holdBack } from '../support/answers-instead.ts'
import { addSimulator, axe, openPageRig, sendRequest, type PageRig, type Served } from '../support/page-rig.ts'

/** Figures come from the reader thread, which steps back behind everything else that a busy machine does. */
const PATIENCE_MS = 45_000

let rig: PageRig
let team: Served
let second: string

beforeAll(async () => {
  rig = await openPageRig()
  team = await addSimulator(rig.call, 'Team')
  second = (await rig.call('upstream.create', { kind: 'simulator', name: 'Spare' })).id
  await rig.call('pool.update', {
    id: team.poolId,
    patch: {
      notes: 'Ask Ada first.',
      assignments: [
        { upstreamId: team.upstreamId, priority: 1, weight: 1, enabled: true },
        { upstreamId: second, priority: 2, weight: 1, enabled: false },
      ],
      aliases: [{ alias: 'quick', model: 'sim-chat' }],
    },
  })
  await sendRequest(rig, team.secret, { model: 'quick' })
  await sendRequest(rig, team.secret, { model: 'sim-reasoning' })
})
afterAll(() => rig.close())

const page = () => rig.page
const part = (name: string) => page().getByRole('region', { name, exact: true })
const tile = (label: string) => page().getByText(label, { exact: true }).locator('..')

async function open(query = ''): Promise<void> {
  await rig.go(`/pools/${team.poolId}${query}`)
  await page().getByRole('heading', { name: 'Team', exact: true }).waitFor()
}

describe('the page of a Pool', () => {
  it('shows figures that lead to their requests', async () => {
    await open()
    await tile('Requests, 24 h').getByText('2', { exact: true }).waitFor({ timeout: PATIENCE_MS })
    await expect.poll(() => tile('Upstreams ready').innerText()).toContain('1 / 2')
    await expect.poll(() => tile('Keys usable').innerText()).toContain('1 / 1')
    await page()
      .getByRole('link', { name: /^Failed, 24 h/ })
      .click()
    await page().waitForURL((url) => url.pathname === '/requests' && url.searchParams.get('state') === 'failed')
    expect(new URL(page().url()).searchParams.get('pool')).toBe(team.poolId)
    await page().goBack()
    await page().getByRole('heading', { name: 'Team', exact: true }).waitFor()
  })

  it('says of each upstream whether it may serve, in order, and why not', async () => {
    await open()
    const rows = part('Upstreams').getByRole('row')
    await rows.filter({ hasText: 'Team simulator' }).getByText('Ready').waitFor()
    await rows.filter({ hasText: 'Spare' }).getByText('Switched off in this Pool', { exact: false }).waitFor()
    await rig.call('upstream.pause', { id: team.upstreamId })
    await rows.filter({ hasText: 'Team simulator' }).getByText('Paused. Resume it', { exact: false }).waitFor()
    await page().getByText('No request gets through: None of its upstreams is ready.').waitFor()
    await axe(page())
    await rig.call('upstream.resume', { id: team.upstreamId })
    await page().getByText('No request gets through', { exact: false }).waitFor({ state: 'detached' })
    await rig.call('pool.update', { id: team.poolId, patch: { status: 'disabled' } })
    await page().getByText('This Pool is disabled', { exact: false }).waitFor()
    await rig.call('pool.update', { id: team.poolId, patch: { status: 'active' } })
    await page().getByText('This Pool is disabled', { exact: false }).waitFor({ state: 'detached' })
  })

  it('shows traffic as a chart and as a table, by what is asked, in the address', async () => {
    await open()
    await part('Traffic')
      .getByRole('img', { name: /Tokens by model/ })
      .waitFor()
    await page().getByRole('switch', { name: 'As table' }).click()
    await page().waitForURL(/table=1/)
    const table = page().getByRole('table', { name: 'Tokens by model' })
    await table.getByRole('columnheader', { name: 'sim-reasoning' }).waitFor()
    await page().getByRole('combobox', { name: 'Figure' }).click()
    await page().getByRole('option', { name: 'Requests', exact: true }).click()
    await page().getByRole('combobox', { name: 'Grouping' }).click()
    await page().getByRole('option', { name: 'by key' }).click()
    await part('Traffic').getByText('1h', { exact: true }).click()
    await page().waitForURL(/range=1h/)
    const byKey = page().getByRole('table', { name: 'Requests by key' })
    await byKey.getByRole('columnheader', { name: 'Team key' }).waitFor()
    const cells = byKey.locator('tbody td:nth-child(2)')
    await expect.poll(async () => (await cells.allInnerTexts()).reduce((sum, cell) => sum + Number(cell), 0)).toBe(2)
    await page().goBack()
    await page().getByRole('combobox', { name: 'Figure' }).click()
    await page().getByRole('option', { name: 'Failed requests' }).click()
    await part('Traffic').getByText('Failed requests: nothing in the last', { exact: false }).waitFor()
  })

  it('shows its keys, models, aliases, notes and last requests as they come', async () => {
    await open()
    await part('API keys').getByRole('link', { name: 'Team key' }).waitFor()
    await part('API keys').getByRole('link', { name: 'All 1 key' }).waitFor()
    await part('Models').getByText('sim-embedding').waitFor()
    await part('Models').getByRole('table', { name: 'Aliases' }).getByText('quick').waitFor()
    await part('Notes').getByText('Ask Ada first.').waitFor()
    const rows = part('Recent requests').locator('tbody tr')
    await rows.nth(1).waitFor()
    await sendRequest(rig, team.secret, { model: 'sim-tools' })
    await rows.filter({ hasText: 'sim-tools' }).getByText('Completed').waitFor()
    await rig.call('pool.update', { id: team.poolId, patch: { allowedModels: ['sim-chat', 'not-here'] } })
    await part('Models').getByText('not-here (not served now)').waitFor()
    await rig.call('pool.update', { id: team.poolId, patch: { allowedModels: null } })
    await rows.first().getByRole('link').click()
    await page().waitForURL((url) => url.pathname.startsWith('/requests/'))
  })

  it('has keys and palette commands for its acts', async () => {
    await open()
    await page().keyboard.press('e')
    await page().waitForURL('**/edit')
    await open()
    await page().keyboard.press('n')
    await page().waitForURL((url) => url.pathname === '/keys/new' && url.searchParams.get('pool') === team.poolId)
    await open()
    await page().keyboard.press('Control+k')
    await page().getByRole('textbox', { name: 'Command palette' }).fill('Requests of Team')
    await page().keyboard.press('Enter')
    await page().waitForURL((url) => url.pathname === '/requests')
  })

  it('stands in its shape while it loads, and says so where there is no such Pool', async () => {
    const held = await holdBack(page(), 'pool.get')
    await page().goto(`${rig.origin}/pools/${team.poolId}`)
    await page().getByRole('status', { name: 'Loading the Pool' }).waitFor()
    await held.release()
    await page().getByRole('heading', { name: 'Team', exact: true }).waitFor()
    await rig.go('/pools/pool_0000000000000000')
    await page().getByRole('alert').getByText('not_found').waitFor()
    const broken = await answerWithError(page(), 'pool.readiness')
    await open()
    await page().getByText('The upstreams’ readiness could not be loaded').waitFor()
    await broken.release()
    await page().getByRole('button', { name: 'Try again' }).click()
    await part('Upstreams').getByText('Ready').waitFor()
  })

  it('leads on where nothing is set up yet', async () => {
    const empty = await rig.call('pool.create', { name: 'Empty' })
    await rig.go(`/pools/${empty.id}`)
    await page().getByText('No request gets through: No upstream is assigned.').waitFor()
    await part('API keys').getByRole('link', { name: 'Create a key' }).waitFor()
    await part('Recent requests').getByText('None yet.').waitFor()
    await page().getByRole('link', { name: 'Choose upstreams' }).click()
    await page().getByRole('heading', { name: 'Upstreams' }).waitFor()
  })

  it('goes back to the list when it is deleted from here', async () => {
    const gone = await rig.call('pool.create', { name: 'Gone' })
    await rig.call('pool.update', { id: gone.id, patch: { status: 'archived' } })
    await rig.go(`/pools/${gone.id}`)
    await page().getByRole('button', { name: 'Actions for Gone' }).click()
    await page().getByRole('menuitem', { name: 'Delete…' }).click()
    await page().getByRole('dialog').getByRole('textbox').fill('Gone')
    await page().getByRole('dialog').getByRole('button', { name: 'Delete Pool' }).click()
    await page().waitForURL((url) => url.pathname === '/pools')
    await page().getByRole('article', { name: 'Team' }).waitFor()
    await expect.poll(() => page().getByRole('article', { name: 'Gone' }).count()).toBe(0)
  })

  it.each(['light', 'dark'] as const)('has no serious accessibility fault in %s', async (colorScheme) => {
    await page().emulateMedia({ colorScheme })
    await open()
    await part('Traffic')
      .getByRole('img', { name: /Tokens by model/ })
      .waitFor()
    await axe(page())
    await open('?table=1')
    await page().getByRole('table', { name: 'Tokens by model' }).waitFor()
    await axe(page())
  })
})
