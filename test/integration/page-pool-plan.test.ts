/** Trying routing on the page: the plan now, what a pause would make of it, and past traffic through an edit before saving. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { answerWithError } from '../support/answers-instead.ts'
import { addSimulator, axe, openPageRig, sendRequest, type PageRig, type Served } from '../support/page-rig.ts'
import { tabTo } from '../support/keyboard.ts'

let rig: PageRig
let team: Served
let spare: Served
let quiet: Served

beforeAll(async () => {
  rig = await openPageRig()
  team = await addSimulator(rig.call, 'Team')
  spare = await addSimulator(rig.call, 'Spare')
  quiet = await addSimulator(rig.call, 'Quiet')
  await rig.call('price.set', { model: 'sim-chat', upstreamId: team.upstreamId, rates: { input: 2e9, output: 2e9 } })
  await rig.call('price.set', { model: 'sim-chat', upstreamId: spare.upstreamId, rates: { input: 1e9, output: 1e9 } })
  await rig.call('pool.update', { id: team.poolId, patch: { assignments: members(1, 2) } })
  for (let n = 0; n < 12; n++) await sendRequest(rig, team.secret, { prompt_cache_key: `session ${n % 3}` })
})
afterAll(() => rig.close())

const members = (first: number, second: number) => [
  { upstreamId: team.upstreamId, priority: first, weight: 1, enabled: true },
  { upstreamId: spare.upstreamId, priority: second, weight: 1, enabled: true },
]
const page = () => rig.page
const section = () => page().getByRole('region', { name: 'Try routing' })
const rowsOf = async (name: string) => {
  const table = page().getByRole('table', { name, exact: true })
  await table.waitFor()
  return table
    .locator('tbody tr')
    .evaluateAll((rows) => rows.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent)))
}
const places = async (name: string) =>
  (await rowsOf(name)).map((cells) => cells.slice(0, name === 'The plan now' ? 2 : 3))
const button = (name: string | RegExp) => page().getByRole('button', { name })

describe('the plan now', () => {
  it('is there for the model that is asked for most, with every upstream and why', async () => {
    await rig.go(`/pools/${team.poolId}`)
    await expect
      .poll(() => places('The plan now'))
      .toEqual([
        ['1.', 'Team simulator'],
        ['2.', 'Spare simulator'],
      ])
    await section().getByText('2 upstreams may serve sim-chat.').waitFor()
    await section().getByText('Tried when the first failed.', { exact: false }).waitFor()
    await axe(page())
  })

  it('says what it would be without an upstream, beside how it is, and changes nothing', async () => {
    await page().getByRole('switch', { name: 'Without Team simulator' }).click({ force: true })
    await expect
      .poll(() => places('The plan of the draft'))
      .toEqual([
        ['1.', '2.', 'Spare simulator'],
        ['left out', '1.', 'Team simulator'],
      ])
    await section().getByText('Paused in this draft.', { exact: false }).waitFor()
    expect((await rig.call('upstream.get', { id: team.upstreamId })).status).toBe('active')
    await button('Replay the last hour').click()
    await page().getByText('12 requests of the last hour, through both plans', { exact: false }).waitFor()
    await expect
      .poll(async () => (await rowsOf('Requests by upstream')).map((cells) => cells.slice(0, 3)))
      .toEqual([
        ['Team simulator12 in the log', '12 · 100 %', '0 · 0 %'],
        ['Spare simulator0 in the log', '0 · 0 %', '12 · 100 %'],
      ])
    await section().getByText('3 of 3 sessions would be at another upstream', { exact: false }).waitFor()
    await page().getByRole('switch', { name: 'Without Spare simulator' }).click({ force: true })
    await section().getByText('It would be refused:', { exact: false }).waitFor()
    await section().getByText('these figures are of the one before', { exact: false }).waitFor()
    await axe(page())
  })

  it('follows the key and the session', async () => {
    const narrow = await rig.call('key.create', {
      poolId: team.poolId,
      name: 'narrow',
      allowedUpstreams: [spare.upstreamId],
    })
    await rig.go(`/pools/${team.poolId}`)
    await section().getByRole('combobox', { name: 'Key' }).click()
    await page().getByRole('option', { name: 'narrow' }).click()
    await expect
      .poll(() => places('The plan now'))
      .toEqual([
        ['1.', 'Spare simulator'],
        ['left out', 'Team simulator'],
      ])
    await section().getByText('Not allowed by the key.', { exact: false }).waitFor()
    await section().getByRole('link', { name: 'Ask the Doctor about all of it' }).click()
    await page().waitForURL(new RegExp(`/keys/${narrow.key.id}/doctor`))
    await rig.go(`/pools/${team.poolId}`)
    await section().getByRole('combobox', { name: 'Key' }).click()
    await page().getByRole('option', { name: 'Team key' }).click()
    await section().getByRole('textbox', { name: 'Session' }).fill('"session 1"')
    await button('Show the plan').click()
    await section().getByText('The session is at home at Team simulator, and stays there.', { exact: false }).waitFor()
  })

  it('names the refusal of a model that nobody serves, and asks for one where none is known', async () => {
    await section().getByRole('combobox', { name: 'Model' }).fill('no-such-model')
    await page().keyboard.press('Enter')
    await section()
      .getByText(/It would be refused: No upstream of the Pool "Team" serves/)
      .waitFor()
    await expect
      .poll(() => places('The plan now'))
      .toEqual([
        ['left out', 'Team simulator'],
        ['left out', 'Spare simulator'],
      ])
    const { id } = await rig.call('upstream.create', {
      kind: 'openai-compatible',
      name: 'Silent',
      baseUrl: 'http://127.0.0.1:9/v1',
    })
    const pool = await rig.call('pool.create', { name: 'Unknown', assignments: [{ upstreamId: id }] })
    await rig.go(`/pools/${pool.id}`)
    await section().getByText('No upstream of this Pool has named a model', { exact: false }).waitFor()
  })
})

describe('an edit of the routing', () => {
  const edit = () => rig.go(`/pools/${team.poolId}/edit?step=routing`)
  const strategy = (name: string) => page().getByRole('radio', { name })

  it('is replayed before it is saved, side by side with what is saved', async () => {
    await rig.call('pool.update', { id: team.poolId, patch: { assignments: members(1, 1), strategy: 'priority' } })
    await edit()
    await page().getByText('Change the strategy, the upstreams or the models first.').waitFor()
    await expect.poll(() => button('Replay the last hour').isDisabled()).toBe(true)
    await strategy('Cheapest').check()
    await button('Replay the last hour').click()
    await expect
      .poll(async () => (await rowsOf('Requests by upstream')).find(([name]) => name?.startsWith('Spare'))?.slice(2, 3))
      .toEqual(['12 · 100 %'])
    const sums = await rowsOf('Both plans in sum')
    expect(sums.find(([label]) => label === 'Answered')).toEqual(['Answered', '12', '12', 'same'])
    expect((await rig.call('pool.get', { id: team.poolId })).strategy).toBe('priority')
    await strategy('In turn').check()
    await page().getByText('these figures are of the one before', { exact: false }).waitFor()
    await page().getByRole('textbox', { name: 'Upstreams per request' }).fill('0')
    await page().getByText('Correct the marked fields first.').waitFor()
    await axe(page())
  })

  it('of a Pool without requests says so, also by keyboard alone', async () => {
    await rig.go(`/pools/${quiet.poolId}/edit?step=routing`)
    await strategy('In turn').check()
    await tabTo(page(), button('Replay the last hour'))
    await page().keyboard.press('Enter')
    await page().getByText('No requests in the last hour, so there is nothing to replay.').waitFor()
    await page().getByRole('combobox', { name: 'Time to replay' }).click()
    await page().getByRole('option', { name: 'last 24 hours' }).click()
    await button('Replay the last 24 hours').click()
    await page().getByText('No requests in the last 24 hours, so there is nothing to replay.').waitFor()
  })

  it('tells of a replay that cannot start, and of one that was cancelled', async () => {
    const inTheWay = await answerWithError(page(), 'pool.replay', 'state_conflict', 'This is running already.')
    await button('Replay the last 24 hours').click()
    await page().getByText('The replay could not be started').waitFor()
    await page().getByText('This is running already.').waitFor()
    await inTheWay.release()
    const row = { id: 'job_x', kind: 'pool.replay', startedAt: 1, endedAt: null, error: null, result: null }
    const progress = { done: 400, total: 1_000, unit: 'requests' }
    let state = 'running'
    const handler = async (call: Parameters<Parameters<Page['route']>[1]>[0]) => {
      const { route, input } = call.request().postDataJSON() as { route: string; input: { id?: string } }
      // The page may still look after the one before.
      if (route !== 'pool.replay' && !(route.startsWith('job.') && input.id === row.id)) return call.fallback()
      if (route === 'job.cancel') state = 'cancelled'
      return call.fulfill({ json: { ok: true, value: { ...row, state, progress } } })
    }
    await page().route('**/rpc', handler)
    await button('Replay the last 24 hours').click()
    await page().getByText('40 % · 400 of 1,000 requests').waitFor()
    await page().getByRole('group', { name: 'Replaying' }).getByRole('button', { name: 'Cancel' }).click()
    await page().getByText('The replay was cancelled.').waitFor()
    await page().unroute('**/rpc', handler)
  })
})

describe('in both schemes', () => {
  it.each(['light', 'dark'] as const)('has no serious accessibility fault in %s', async (colorScheme) => {
    await page().emulateMedia({ colorScheme })
    await rig.go(`/pools/${team.poolId}`)
    await page().getByRole('switch', { name: 'Without Team simulator' }).click({ force: true })
    await button('Replay the last hour').click()
    await page().getByRole('table', { name: 'Both plans in sum' }).waitFor()
    await axe(page())
  })
})
