/** Sessions on the pages: where each is at home, letting them go, and what a request's drawer says of it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { addSimulator, axe, openPageRig, sendRequest, type PageRig, type Served } from '../support/page-rig.ts'

let rig: PageRig
let lab: Served
let spare: Served

beforeAll(async () => {
  rig = await openPageRig()
  lab = await addSimulator(rig.call, 'Lab')
  spare = await addSimulator(rig.call, 'Spare')
  const assignments = [lab, spare].map(({ upstreamId }) => ({ upstreamId, priority: 1, weight: 1, enabled: true }))
  await rig.call('pool.update', { id: lab.poolId, patch: { assignments } })
})
afterAll(() => rig.close())

const page = () => rig.page
const table = () => page().getByRole('table', { name: 'Sessions', exact: true })
const rows = () => table().locator('tbody tr')
const button = (name: string | RegExp) => page().getByRole('button', { name, exact: true })
const ask = (name: string) => sendRequest(rig, lab.secret, { prompt_cache_key: name })
const sessions = async () => (await rig.call('session.list', {})).rows
const nameOf = (upstreamId: string | undefined) => (upstreamId === lab.upstreamId ? 'Lab simulator' : 'Spare simulator')

beforeEach(async () => {
  await rig.call('session.releaseAll', {})
})

describe('the list', () => {
  it('says what a session is while there is none, and shows the first as it comes', async () => {
    await rig.go('/sessions')
    await page().getByText('No session is remembered').waitFor()
    expect(await button('Release all').isDisabled()).toBe(true)
    await ask('first')
    await expect.poll(() => rows().count()).toBe(1)
    const [session] = await sessions()
    await expect.poll(() => rows().first().textContent()).toContain(session?.id.slice(0, 8))
    await expect.poll(() => rows().first().textContent()).toContain('Lab key')
    await expect.poll(() => rows().first().textContent()).toContain(nameOf(session?.upstreamId))
    // By events: nothing on this page was touched.
    await ask('first')
    const requests = rows().first().locator('td').nth(6)
    await expect.poll(() => requests.textContent()).toBe('2')
  })

  it('lets one go, which is in the audit log', async () => {
    await ask('one')
    await ask('two')
    await rig.go('/sessions')
    await expect.poll(() => rows().count()).toBe(2)
    const [latest, other] = await sessions()
    await button(`Release session ${latest?.id.slice(0, 8)}`).click()
    await page().getByText('Released: its next request goes by the usual order').waitFor()
    await expect.poll(() => rows().count()).toBe(1)
    expect((await sessions()).map(({ id }) => id)).toEqual([other?.id])
    await rig.go('/audit')
    await page().getByText('Released a session of key').first().waitFor()
  })

  it('is narrowed to an upstream, and lets go what it shows', async () => {
    for (let at = 0; at < 12; at++) await ask(`many-${at}`)
    const homes = (await sessions()).map(({ upstreamId }) => upstreamId)
    const here = homes.filter((id) => id === lab.upstreamId).length
    expect(here).toBeGreaterThan(0)
    expect(here).toBeLessThan(12)
    await rig.go(`/sessions?upstream=${lab.upstreamId}`)
    await expect.poll(() => rows().count()).toBe(here)
    await button('Release these').click()
    const dialog = page().getByRole('dialog')
    await dialog.getByText(`Release ${here} session${here === 1 ? '' : 's'}?`).waitFor()
    await dialog.getByRole('button', { name: 'Release', exact: true }).click()
    await page().getByText('No sessions fit the filters').waitFor()
    expect((await sessions()).length).toBe(12 - here)
    await button('Clear filters').first().click()
    await expect.poll(() => rows().count()).toBe(12 - here)
  })

  it('is found in the palette', async () => {
    await rig.go('/')
    await page().keyboard.press('Control+k')
    await page().getByRole('textbox', { name: 'Command palette' }).fill('sessions')
    await page().keyboard.press('Enter')
    await page().waitForURL((url) => url.pathname === '/sessions')
  })
})

describe('an upstream', () => {
  it('shows the sessions that are at home there, and lets go of them', async () => {
    await ask('at home')
    const [session] = await sessions()
    const home = session?.upstreamId ?? ''
    await rig.go(`/upstreams/${home}`)
    const part = page().getByRole('region', { name: 'Sessions', exact: true })
    await expect.poll(() => part.getByRole('table').locator('tbody tr').count()).toBe(1)
    await part.getByRole('link', { name: 'All 1 session' }).waitFor()
    await part.getByRole('button', { name: 'Release all', exact: true }).click()
    await page().getByRole('dialog').getByRole('button', { name: 'Release', exact: true }).click()
    await part.getByText('No session is at home here.').waitFor()
    expect(await sessions()).toEqual([])
  })
})

describe('the drawer of a request', () => {
  async function latestPlan(): Promise<string> {
    const [latest] = (await rig.call('request.list', { limit: 1 })).rows
    await rig.go(`/requests/${latest?.id}`)
    const section = page().getByRole('dialog').getByRole('region', { name: 'Why this upstream' })
    await section.getByText(/^Session/).waitFor()
    return (await section.textContent()) ?? ''
  }

  it('says that it stayed, and why it moved', async () => {
    await ask('drawn')
    await ask('drawn')
    const [session] = await sessions()
    const home = session?.upstreamId ?? ''
    const kept = await latestPlan()
    expect(kept).toContain(`Stayed at ${nameOf(home)}, which answered its session last.`)
    expect(kept).toContain(`Session ${session?.id.slice(0, 8)}`)
    await rig.call('upstream.pause', { id: home })
    await ask('drawn')
    expect(await latestPlan()).toContain(`Moved from ${nameOf(home)}, which answered its session last: it is paused.`)
    await rig.call('upstream.resume', { id: home })
    expect((await sessions())[0]?.moves).toBe(1)
  })
})

describe('the switch of a Pool', () => {
  it('lets requests go by the strategy, and says so', async () => {
    await rig.go(`/pools/${lab.poolId}/edit?step=routing`)
    const sticky = page().getByRole('switch', { name: 'Keep a session at its upstream' })
    await expect.poll(() => sticky.isChecked()).toBe(true)
    await sticky.click()
    await page().getByText('each request goes by the strategy').first().waitFor()
    await button('Save changes').click()
    await expect.poll(async () => (await rig.call('pool.get', { id: lab.poolId })).routing.sticky).toBe(false)
    await ask('loose')
    await ask('loose')
    const [latest] = (await rig.call('request.list', { limit: 1 })).rows
    expect((await rig.call('request.get', { id: latest?.id ?? '' })).plan?.affinity).toBeUndefined()
    const { routing } = await rig.call('pool.get', { id: lab.poolId })
    await rig.call('pool.update', { id: lab.poolId, patch: { routing: { ...routing, sticky: true } } })
  })
})

describe('in both schemes', () => {
  it.each(['light', 'dark'] as const)('has no serious accessibility fault in %s', async (colorScheme) => {
    for (let at = 0; at < 3; at++) await ask(`seen-${at}`)
    await page().emulateMedia({ colorScheme })
    await rig.go('/sessions')
    await expect.poll(() => rows().count()).toBe(3)
    await axe(page())
    await button('Release all').click()
    await page().getByRole('dialog').waitFor()
    await axe(page())
  })
})
