/** Creating and editing a Pool: every step, every bad input, what the core refuses, and what is not lost on the way. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { answerWithError } from '../support/answers-instead.ts'
import { addSimulator, axe, openPageRig, sendRequest, type PageRig, type Served } from '../support/page-rig.ts'

let rig: PageRig
let team: Served

beforeAll(async () => {
  rig = await openPageRig()
})
afterAll(() => rig.close())

const page = () => rig.page
const field = (name: string | RegExp) => page().getByRole('textbox', { name })
const combo = (name: string) => page().getByRole('combobox', { name, exact: true })
const button = (name: string | RegExp) => page().getByRole('button', { name, exact: true })
const step = (name: string) => page().getByRole('navigation', { name: 'Steps' }).getByRole('button', { name })
const heading = (name: string) => page().getByRole('heading', { name, exact: true })
const problems = () =>
  page()
    .getByRole('alert')
    .filter({ hasText: /to be corrected/ })
const dialog = () => page().getByRole('dialog')
const reason = () => page().locator('#wizard-reason').innerText()
const params = () => new URL(page().url()).searchParams

async function poolNamed(name: string) {
  return (await rig.call('pool.list', {})).find((pool) => pool.name === name)
}

describe('a new Pool', () => {
  it('is made from nothing, with the simulator and a first key whose secret is shown once', async () => {
    await rig.go('/pools/new')
    await field('Name').fill('Team')
    await page().keyboard.press('Enter')
    await heading('Routing').waitFor()
    expect(params().get('step')).toBe('routing')
    await page().getByText('Nothing yet: upstreams are chosen', { exact: false }).waitFor()
    await button('Next').click()
    await heading('No upstreams yet').waitFor()
    await button('Add the simulator').click()
    await page().getByText('1 upstream chosen.', { exact: false }).waitFor()
    expect(
      await page()
        .getByRole('checkbox', { name: /Simulator/ })
        .isChecked(),
    ).toBe(true)
    await button('Next').click()
    await button('Next').click()
    await problems().getByText('Give the key a name.').waitFor()
    await problems().getByRole('button', { name: 'Give the key a name.' }).click()
    await page().keyboard.type('laptop')
    await page().keyboard.press('Enter')
    await heading('Models').waitFor()
    await button('Create Pool').click()
    await dialog().getByText('The key laptop is made').waitFor()
    const secret = await dialog().getByRole('textbox', { name: 'Secret' }).inputValue()
    expect(secret).toMatch(/^sk-weir-/)
    await page().keyboard.press('Escape')
    await dialog().getByText('Not closed: the secret would be lost.', { exact: false }).waitFor()
    await dialog().getByRole('checkbox', { name: 'I have saved the secret' }).check()
    await dialog().getByRole('button', { name: 'Done' }).click()
    await page().getByRole('heading', { name: 'Team' }).waitFor()
    expect(await page().content()).not.toContain(secret)
    expect(page().url()).not.toContain(secret)
    expect(
      await page().evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state])'),
    ).not.toContain(secret)
    expect(await sendRequest(rig, secret)).toBe(200)
  })

  it('says at each step what is wrong, at the summary and at the field', async () => {
    await rig.go('/pools/new')
    await button('Next').click()
    await problems().getByText('Give the Pool a name.').waitFor()
    await page().locator('#pool-name-error').getByText('Give the Pool a name.').waitFor()
    await axe(page())
    await field('Name').fill('Bad input')
    await field('Notes').fill('x'.repeat(2_001))
    await problems().getByText('The notes have at most 2,000 characters.').waitFor()
    await field('Notes').fill('')
    await step('Upstreams').click()
    await page()
      .getByRole('checkbox', { name: /Simulator/ })
      .check()
    for (const [name, value, message] of [
      ['Priority of Simulator', '0', /priority must be a whole number from 1 to 1,000/],
      ['Priority of Simulator', '', /priority must be a whole number/],
      ['Weight of Simulator', '1001', /weight must be a whole number from 0 to 1,000/],
    ] as const) {
      await field(name).fill(value)
      await button('Next').click()
      await problems().getByText(message).waitFor()
      await field(name).fill('1')
      await problems().waitFor({ state: 'detached' })
    }
    await step('API keys').click()
    await field(/^Name of the key/).fill('LAPTOP')
    await page().getByText('Another key is already called “LAPTOP”.').first().waitFor()
    await page()
      .getByRole('checkbox', { name: /Create a first key/ })
      .uncheck()
    await step('Models').click()
    await page().getByRole('radio', { name: 'Only these' }).check()
    expect(await reason()).toBe('Models: Choose at least one model, or allow all of them.')
    await expect.poll(() => button('Create Pool').isDisabled()).toBe(true)
    await combo('Models that may be asked for').fill('not-served')
    await page().keyboard.press('Enter')
    await page().getByText('No chosen upstream serves not-served.', { exact: false }).waitFor()
    await page().getByRole('radio', { name: 'All that its upstreams serve' }).check()
    await button('Add an alias').click()
    expect(await reason()).toMatch(/^Models: An alias: Give a model id/)
    await combo('Alias 1').fill('quick')
    await combo('Model of alias 1').fill('quick')
    await page().getByText('The alias leads to itself.').first().waitFor()
    await combo('Model of alias 1').fill('sim chat')
    await page()
      .getByText(/no blanks/)
      .first()
      .waitFor()
    await combo('Model of alias 1').fill('sim-chat')
    await button('Add an alias').click()
    await combo('Alias 2').fill('quick')
    await combo('Model of alias 2').fill('sim-tools')
    await page().getByText('“quick” is given twice.').first().waitFor()
    await expect.poll(() => button('Create Pool').isDisabled()).toBe(true)
    await button('Remove alias 2').click()
    await expect.poll(() => button('Create Pool').isEnabled()).toBe(true)
    await step('Details').click()
    await field('Name').fill('team')
    await step('Models').click()
    await button('Create Pool').click()
    await heading('Details').waitFor()
    await page()
      .locator('#pool-name-error')
      .getByText(/Another Pool is already called “team”/)
      .waitFor()
    await field('Name').fill('Second')
    await step('Models').click()
    await button('Create Pool').click()
    await page().getByRole('heading', { name: 'Second' }).waitFor()
    expect(await poolNamed('Second')).toMatchObject({
      aliases: [{ alias: 'quick', model: 'sim-chat' }],
      allowedModels: null,
      assignments: [{ priority: 1, weight: 1, enabled: true }],
    })
  })

  it('asks before typed work is left, and goes back a step by "back"', async () => {
    await rig.go('/pools/new')
    await field('Name').fill('Half done')
    await button('Next').click()
    await heading('Routing').waitFor()
    await page().goBack()
    await heading('Details').waitFor()
    await expect.poll(() => field('Name').inputValue()).toBe('Half done')
    await page().getByRole('navigation').getByRole('link', { name: 'Upstreams' }).click()
    await dialog().getByText('Leave without saving?').waitFor()
    await axe(page())
    await dialog().getByRole('button', { name: 'Stay' }).click()
    await expect.poll(() => field('Name').inputValue()).toBe('Half done')
    await button('Cancel').click()
    await dialog().getByRole('button', { name: 'Discard changes' }).click()
    await page().waitForURL((url) => url.pathname === '/pools')
    expect(await poolNamed('Half done')).toBeUndefined()
  })

  it('keeps the Pool and says so when only its key could not be made', async () => {
    await rig.go('/pools/new')
    await field('Name').fill('Keyless')
    await step('API keys').click()
    await field(/^Name of the key/).fill('never')
    const broken = await answerWithError(page(), 'key.create', 'database_write_failed', 'The disk is full.')
    await step('Models').click()
    await button('Create Pool').click()
    await page().getByRole('alert').getByText('The disk is full.').waitFor()
    await page().getByRole('heading', { name: 'Keyless' }).waitFor()
    await broken.release()
  })

  it('shows what the core refused beyond any field, and keeps what is typed', async () => {
    await rig.go('/pools/new')
    await field('Name').fill('Broken')
    await step('API keys').click()
    await page()
      .getByRole('checkbox', { name: /Create a first key/ })
      .uncheck()
    await step('Models').click()
    const broken = await answerWithError(page(), 'pool.create', 'internal', 'It broke.')
    await button('Create Pool').click()
    await page()
      .getByRole('alert')
      .getByText(/It broke\..*internal/)
      .waitFor()
    await broken.release()
    await button('Create Pool').click()
    await page().getByRole('heading', { name: 'Broken' }).waitFor()
  })
})

describe('an edit', () => {
  beforeEach(async () => {
    team ??= await addSimulator(rig.call, 'Edited')
    await rig.go(`/pools/${team.poolId}/edit`)
  })

  it('can be saved from any step once something has changed', async () => {
    expect(await reason()).toBe('Nothing has changed.')
    await expect.poll(() => button('Save changes').isDisabled()).toBe(true)
    await field('Notes').fill('by the team')
    await button('Save changes').click()
    await page().getByRole('heading', { name: 'Edited', exact: true }).waitFor()
    await expect.poll(async () => (await rig.call('pool.get', { id: team.poolId })).notes).toBe('by the team')
  })

  it('sets order, weights and what is in use, and shows what that comes to', async () => {
    await step('Upstreams').click()
    await page()
      .getByRole('checkbox', { name: /^Simulator/ })
      .check()
    await field('Weight of Edited simulator').fill('3')
    await page().getByRole('cell', { name: '75 %' }).waitFor()
    await step('Routing').click()
    await page().getByText('Edited simulator (75 %), Simulator (25 %)').waitFor()
    await step('Upstreams').click()
    await field('Weight of Simulator').fill('0')
    await page().getByRole('cell', { name: 'last resort' }).waitFor()
    await page().getByRole('switch', { name: 'Use Simulator' }).click()
    await field('Priority of Simulator').fill('2')
    await button('Save changes').click()
    await page().getByRole('heading', { name: 'Edited', exact: true }).waitFor()
    const { assignments } = await rig.call('pool.get', { id: team.poolId })
    expect(assignments.map(({ priority, weight, enabled }) => ({ priority, weight, enabled }))).toEqual([
      { priority: 1, weight: 3, enabled: true },
      { priority: 2, weight: 0, enabled: false },
    ])
  })

  it('leaves what somebody else changed meanwhile as it is', async () => {
    await field('Notes').fill('mine')
    await rig.call('pool.update', { id: team.poolId, patch: { allowedModels: ['sim-chat'] } })
    await button('Save changes').click()
    await page().getByRole('heading', { name: 'Edited', exact: true }).waitFor()
    await expect
      .poll(() => rig.call('pool.get', { id: team.poolId }))
      .toMatchObject({
        notes: 'mine',
        allowedModels: ['sim-chat'],
      })
  })

  it('lists the keys there are and can make a further one', async () => {
    await step('API keys').click()
    await page().getByText('1 key', { exact: true }).waitFor()
    await page().getByText('Edited key').waitFor()
    await page()
      .getByRole('checkbox', { name: /Create a further key/ })
      .check()
    await field(/^Name of the key/).fill('phone')
    await button('Save changes').click()
    await dialog().getByText('The key phone is made').waitFor()
    await dialog().getByRole('checkbox', { name: 'I have saved the secret' }).check()
    await dialog().getByRole('button', { name: 'Done' }).click()
    await page().getByRole('heading', { name: 'Edited', exact: true }).waitFor()
    await expect
      .poll(async () => (await rig.call('key.list', { poolId: team.poolId })).map(({ name }) => name).sort())
      .toEqual(['Edited key', 'phone'])
  })

  it('says so where there is no such Pool', async () => {
    await rig.go('/pools/pool_0000000000000000/edit')
    await page().getByRole('alert').getByText('not_found').waitFor()
  })

  it.each(['light', 'dark'] as const)('has no serious accessibility fault at any step in %s', async (colorScheme) => {
    await page().emulateMedia({ colorScheme })
    for (const name of ['Details', 'Routing', 'Upstreams', 'API keys', 'Models']) {
      await step(name).click()
      await heading(name).waitFor()
      await axe(page())
    }
  })
})
