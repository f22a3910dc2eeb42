/** A Pool's routing on its pages: every strategy and field, typed, cleared and refused, and what the pages then say. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Pool } from '../../src/shared/models/pool.ts'
import { tabTo } from '../support/keyboard.ts'
import { addSimulator, axe, openPageRig, type PageRig, type Served } from '../support/page-rig.ts'

let rig: PageRig
let team: Served
let spare: Served

beforeAll(async () => {
  rig = await openPageRig()
  team = await addSimulator(rig.call, 'Team')
  spare = await addSimulator(rig.call, 'Spare')
})
afterAll(() => rig.close())

const page = () => rig.page
const field = (name: string | RegExp) => page().getByRole('textbox', { name, exact: true })
const button = (name: string | RegExp) => page().getByRole('button', { name, exact: true })
const strategy = (name: string) => page().getByRole('radio', { name, exact: true })
const step = (name: string) => page().getByRole('navigation', { name: 'Steps' }).getByRole('button', { name })
const fallback = () => page().getByRole('combobox', { name: 'Fallback Pool' })
const facts = (name: string) => page().getByRole('region', { name, exact: true })
const problems = () =>
  page()
    .getByRole('alert')
    .filter({ hasText: /to be corrected/ })
const reason = () => page().locator('#wizard-reason').textContent()
const saved = (id = team.poolId): Promise<Pool> => rig.call('pool.get', { id })

async function edit(id = team.poolId): Promise<void> {
  await rig.go(`/pools/${id}/edit?step=routing`)
  await page().getByRole('heading', { name: 'Routing', exact: true }).waitFor()
}

async function save(name = 'Team'): Promise<void> {
  await button('Save changes').click()
  await page().waitForURL((url) => !url.pathname.endsWith('/edit'))
  await page().getByRole('heading', { name, exact: true }).waitFor()
}

async function choose(pool: string | RegExp): Promise<void> {
  await fallback().click()
  await page().getByRole('option', { name: pool }).click()
}

describe('a new Pool', () => {
  it('is made with every field of its routing, which its page then says in words', async () => {
    await rig.go('/pools/new')
    await field('Name').fill('Busy')
    await step('Routing').click()
    await strategy('Least busy').check()
    await field('Upstreams per request').fill('2')
    await field('Requests at the same time').fill('8')
    expect(await field('Longest wait, s').count()).toBe(0)
    await field('Requests that may wait').fill('1200')
    await field('Longest wait, s').fill('2.5')
    await choose('Spare')
    const words = facts('In words')
    await words.getByText('at most 2 upstreams', { exact: true }).waitFor()
    await words.getByText('1,200 requests wait for at most 2.5 s, any further is refused').waitFor()
    expect(await facts('What changes').count()).toBe(0)
    await step('API keys').click()
    await page()
      .getByRole('checkbox', { name: /Create a first key/ })
      .uncheck()
    await step('Models').click()
    await button('Create Pool').click()
    await page().getByRole('heading', { name: 'Busy', exact: true }).waitFor()
    const made = (await rig.call('pool.list', {})).find(({ name }) => name === 'Busy')
    expect(made).toMatchObject({
      strategy: 'least_in_flight',
      routing: {
        maxAttempts: 2,
        maxConcurrent: 8,
        queueLength: 1_200,
        queueWaitMs: 2_500,
        fallbackPoolId: spare.poolId,
      },
    })
    const routing = facts('Routing')
    await expect.poll(() => routing.textContent()).toContain('Least busy')
    await routing.getByText('at most 8 requests').waitFor()
    await routing.getByRole('link', { name: 'Spare' }).click()
    await page().getByRole('heading', { name: 'Spare', exact: true }).waitFor()
    await expect.poll(() => facts('Routing').textContent()).toMatch(/Fallback ofBusy/)
    await facts('Routing').getByRole('link', { name: 'Change routing' }).click()
    await page().getByRole('heading', { name: 'Edit Spare' }).waitFor()
    await strategy('Priority, then weight').waitFor()
  })

  it('stands on its card and in the table with strategy and fallback', async () => {
    await rig.go('/pools')
    const card = page().getByRole('article', { name: 'Busy', exact: true })
    // It has no upstream of its own, and Spare has one that is ready.
    await card.getByText('Least busy · now on Spare').waitFor()
    await page().getByText('Table', { exact: true }).click()
    await page().getByRole('cell', { name: 'Least busy → Spare' }).waitFor()
  })
})

describe('an edit', () => {
  it.each([
    ['Spread by session', 'spread'],
    ['In turn', 'round_robin'],
    ['Least busy', 'least_in_flight'],
    ['Fastest', 'fastest'],
    ['Most quota first', 'quota_first'],
    ['Soonest reset first', 'drain_first'],
    ['Cheapest', 'cheapest'],
    ['Priority, then weight', 'priority'],
  ] as const)('sets the strategy: %s', async (name, value) => {
    await edit()
    await strategy(name).check()
    await expect.poll(() => facts('What changes').textContent()).toMatch(new RegExp(`Strategy.+→ ${name}$`))
    await save()
    await expect.poll(async () => (await saved()).strategy).toBe(value)
    await expect.poll(() => facts('Routing').textContent()).toContain(name)
  })

  it('says what changes, saves that alone, and every field can be cleared', async () => {
    await edit()
    expect(await reason()).toBe('Nothing has changed.')
    await field('Upstreams per request').fill('5')
    await field('Requests at the same time').fill('3')
    await field('Requests that may wait').fill('4')
    await field('Longest wait, s').fill('30')
    await choose('Spare')
    await expect
      .poll(() => facts('What changes').textContent())
      .toBe(
        'What changesTried per requestat most 3 upstreams (the setting) → at most 5 upstreams' +
          'At the same timeany number of requests → at most 3 requests' +
          'When there is no place– → 4 requests wait for at most 30 s, any further is refused' +
          'Fallback Poolnone → Spare',
      )
    await save()
    await expect
      .poll(() => saved())
      .toMatchObject({
        routing: {
          maxAttempts: 5,
          maxConcurrent: 3,
          queueLength: 4,
          queueWaitMs: 30_000,
          fallbackPoolId: spare.poolId,
        },
      })
    await edit()
    await expect.poll(() => field('Longest wait, s').inputValue()).toBe('30')
    await field('Longest wait, s').fill('')
    await facts('In words').getByText('4 requests wait for at most 10 s, any further is refused').waitFor()
    await field('Requests that may wait').fill('')
    await facts('In words').getByText('refused at once').waitFor()
    await field('Requests at the same time').fill('')
    await field('Longest wait, s').waitFor({ state: 'detached' })
    await field('Upstreams per request').fill('')
    await choose('none')
    await save()
    await expect
      .poll(() => saved())
      .toMatchObject({
        routing: {
          maxAttempts: null,
          maxConcurrent: null,
          queueLength: 0,
          queueWaitMs: 10_000,
          fallbackPoolId: null,
        },
      })
  })

  it('says at the field and in the summary what is wrong, and saves nothing', async () => {
    await edit()
    await field('Requests at the same time').fill('2')
    await field('Requests that may wait').fill('3')
    for (const [name, value, message] of [
      ['Upstreams per request', '0', /A whole number from 1 to 20, or nothing/],
      ['Upstreams per request', '21', /A whole number from 1 to 20, or nothing/],
      ['Requests at the same time', '10001', /A whole number from 1 to 10,000, or nothing/],
      ['Requests that may wait', '10001', /A whole number from 0 to 10,000, or nothing/],
      ['Longest wait, s', '0', /above 0 and at most 600/],
      ['Longest wait, s', '600.5', /above 0 and at most 600/],
    ] as const) {
      const input = field(name)
      const before = await input.inputValue()
      await input.fill(value)
      await expect.poll(reason).toMatch(new RegExp(`^Routing: .*${message.source}`))
      await button('Next').click()
      await problems().getByRole('button', { name: message }).click()
      await expect.poll(() => input.evaluate((element) => element === document.activeElement)).toBe(true)
      await page().getByText('Correct the marked fields to see what it comes to.').waitFor()
      await expect.poll(() => button('Save changes').isDisabled()).toBe(true)
      await input.fill(before)
      await problems().waitFor({ state: 'detached' })
    }
    expect((await saved()).routing.maxConcurrent).toBeNull()
  })

  it('offers every Pool but itself and the archived ones to fall back to, and warns of one that cannot', async () => {
    const { id } = await rig.call('pool.create', { name: 'Off' })
    await rig.call('pool.update', { id, patch: { status: 'disabled' } })
    const old = await rig.call('pool.create', { name: 'Old' })
    await rig.call('pool.update', { id: old.id, patch: { status: 'archived' } })
    await edit()
    await fallback().click()
    await page().getByRole('option', { name: 'Spare' }).waitFor()
    await expect
      .poll(() => page().getByRole('option').allTextContents())
      .toEqual(['none', 'Busy', 'Off (disabled)', 'Spare'])
    await fallback().fill('zzz')
    await page().getByText('No Pool fits').waitFor()
    await fallback().fill('off')
    await page().getByRole('option', { name: 'Off (disabled)' }).click()
    await page().getByText('Off is disabled: nothing falls back to it until it is enabled.').waitFor()
    await rig.call('pool.update', { id, patch: { status: 'active' } })
    await page().getByText('Off has no upstream in use, so nothing can fall back to it.').waitFor()
    await page().getByRole('link', { name: 'Open Off' }).waitFor()
    await axe(page())
    await choose('Spare')
    await page().getByRole('link', { name: 'Open Off' }).waitFor({ state: 'detached' })
  })

  it('brings what the core refused back to its field', async () => {
    const gone = await rig.call('pool.create', { name: 'Gone' })
    await edit()
    await choose('Gone')
    await facts('In words').getByText('Gone', { exact: true }).waitFor()
    await step('Details').click()
    await rig.call('pool.update', { id: gone.id, patch: { status: 'archived' } })
    await rig.call('pool.delete', { id: gone.id })
    await button('Save changes').click()
    await page().getByRole('heading', { name: 'Routing', exact: true }).waitFor()
    await expect.poll(() => page().locator('#pool-fallback-error').textContent()).toMatch(/^there is no Pool pool_/)
    await page().getByText('The Pool that was chosen is gone', { exact: false }).waitFor()
    await choose('Spare')
    await page().locator('#pool-fallback-error').waitFor({ state: 'detached' })
    await choose('none')
    await expect.poll(reason).toBe('Nothing has changed.')
  })

  it('says of priority and weight what they mean under the strategy', async () => {
    await rig.call('pool.update', {
      id: team.poolId,
      patch: {
        strategy: 'priority',
        assignments: [
          { upstreamId: team.upstreamId, priority: 1, weight: 3, enabled: true },
          { upstreamId: spare.upstreamId, priority: 2, weight: 1, enabled: true },
        ],
      },
    })
    await edit()
    const order = page().getByRole('region', { name: 'The order that follows' }).getByRole('listitem')
    await expect
      .poll(() => order.allTextContents())
      .toEqual(['Team simulator priority 1', 'Spare simulator priority 2'])
    await step('Upstreams').click()
    await page().getByText('equal ones share by weight. Weight 0 is a last resort.', { exact: false }).waitFor()
    await field('Priority of Spare simulator').fill('1')
    await page().getByRole('cell', { name: '75 %' }).waitFor()
    await step('Routing').click()
    await strategy('Spread by session').check()
    await expect
      .poll(() => order.allTextContents())
      .toEqual(['Team simulator (75 %), Spare simulator (25 %) priority 1'])
    await strategy('Cheapest').check()
    await expect
      .poll(() => order.allTextContents())
      .toEqual(['Team simulator, Spare simulator: the cheapest first priority 1'])
    await step('Upstreams').click()
    await page().getByText('of equal ones the cheapest. The weight decides a tie.', { exact: false }).waitFor()
    expect(await page().getByRole('columnheader', { name: 'Share' }).count()).toBe(0)
    await field('Weight of Spare simulator').fill('0')
    await step('Routing').click()
    await expect
      .poll(() => order.allTextContents())
      .toEqual(['Team simulator; Spare simulator (only when no other is left) priority 1'])
  })

  it('is done by keyboard alone', async () => {
    await edit(spare.poolId)
    await tabTo(page(), strategy('Priority, then weight'))
    await page().keyboard.press('ArrowDown')
    await expect.poll(() => strategy('Spread by session').isChecked()).toBe(true)
    // One stop for all of the strategies.
    await page().keyboard.press('Tab')
    await expect
      .poll(() => field('Upstreams per request').evaluate((element) => element === document.activeElement))
      .toBe(true)
    await page().keyboard.type('2')
    await tabTo(page(), fallback())
    await page().keyboard.type('tea')
    await page().keyboard.press('ArrowDown')
    await page().keyboard.press('Enter')
    await facts('In words').getByText('Team', { exact: true }).waitFor()
    await tabTo(page(), button('Save changes'))
    await page().keyboard.press('Enter')
    await page().getByRole('heading', { name: 'Spare', exact: true }).waitFor()
    await expect
      .poll(() => saved(spare.poolId))
      .toMatchObject({
        strategy: 'spread',
        routing: { maxAttempts: 2, fallbackPoolId: team.poolId },
      })
  })
})

describe('in both schemes', () => {
  it.each(['light', 'dark'] as const)('has no serious accessibility fault in %s', async (colorScheme) => {
    await page().emulateMedia({ colorScheme })
    await edit()
    await field('Requests at the same time').fill('2')
    await field('Requests that may wait').fill('0.5')
    await strategy('Fastest').check()
    await axe(page())
    await field('Requests that may wait').fill('5')
    await facts('What changes').waitFor()
    await axe(page())
    await rig.go(`/pools/${spare.poolId}`)
    await facts('Routing').getByRole('link', { name: 'Team' }).first().waitFor()
    await axe(page())
  })
})
