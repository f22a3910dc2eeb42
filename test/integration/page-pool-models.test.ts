/** Models of a Pool on the page: what is known of each, what lists show, how accounts are asked, ids of single upstreams. */
import { beforeEach, describe, expect, it } from 'vitest'
import { accountActs, useAccountPages } from '../support/account-pages.ts'
import { holdBack } from '../support/answers-instead.ts'
import { axe } from '../support/page-rig.ts'
import { startHttpPeer, type Peer } from '../support/http-peer.ts'

const house = useAccountPages()
const { imported, button } = accountActs(house)
let poolId: string
let accountId: string
let labId: string
let lab: Peer

const page = () => house.page
const part = (name: string) => page().getByRole('region', { name, exact: true })
const row = (id: string) =>
  page()
    .getByRole('row')
    .filter({ has: page().getByText(id, { exact: true }) })
const cells = async (id: string) => (await row(id).first().getByRole('cell').allInnerTexts()).slice(0, 4)
const shown = (id: string) => page().getByRole('switch', { name: `${id} in lists`, exact: true })
const asked = (id: string) => page().getByRole('combobox', { name: `${id} is asked as`, exact: true })
const pool = () => house.rig.call('pool.get', { id: poolId })
const listed = async () => {
  const { secret } = await house.rig.call('key.create', { poolId, name: `k${String(Math.random()).slice(2, 9)}` })
  const answer = await fetch(`${house.rig.gatewayUrl}/v1/models`, { headers: { authorization: `Bearer ${secret}` } })
  return ((await answer.json()) as { data: { id: string }[] }).data.map(({ id }) => id)
}

async function choose(name: string, option: string): Promise<void> {
  await asked(name).click()
  await page().getByRole('option', { name: option, exact: true }).click()
}

beforeEach(async () => {
  const { rig } = house
  lab = await startHttpPeer((_req, res) => {
    const data = [
      { id: 'gpt-5.5', context_length: 100_000, architecture: { input_modalities: ['text'] } },
      ...Array.from({ length: 14 }, (_, at) => ({ id: `lab/model-${String(at + 1)}` })),
    ]
    res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data }))
  })
  for (const { id } of await rig.call('pool.list', {})) {
    await rig.call('pool.update', { id, patch: { status: 'archived' } })
    await rig.call('pool.delete', { id })
  }
  accountId = (await imported('Mine')).id
  await rig.call('upstream.refreshModels', { id: accountId })
  const draft = { kind: 'openai-compatible', name: 'Lab', baseUrl: `${lab.url}/v1` } as const
  labId = (await rig.call('upstream.create', draft)).id
  await rig.call('upstream.refreshModels', { id: labId })
  const assignments = [{ upstreamId: accountId }, { upstreamId: labId }]
  poolId = (await rig.call('pool.create', { name: 'Team', assignments })).id
  return async () => lab.close()
})

describe('the models of a Pool', () => {
  it('say what is known of each: of what two serve, what both can do', async () => {
    await house.rig.go(`/pools/${poolId}`)
    await expect
      .poll(() => cells('gpt-6.1-sol'))
      .toEqual(['gpt-6.1-sol', '258,400', 'low, medium, high', 'text, image'])
    await expect.poll(() => cells('gpt-5.5')).toEqual(['gpt-5.5', '100,000', 'low, medium, high', 'text'])
    await expect.poll(() => cells('lab/model-1')).toEqual(['lab/model-1', '–', '–', '–'])
    // The form is of accounts alone.
    await asked('gpt-6.1-sol').waitFor()
    expect(await asked('gpt-6.1-sol').inputValue()).toBe('Auto: lite')
    expect(await asked('lab/model-1').count()).toBe(0)
    await axe(page())
  })

  it('are found by a filter, and shown to the last', async () => {
    await house.rig.go(`/pools/${poolId}`)
    await part('Models').getByRole('button', { name: 'Show 5 more models' }).click()
    await row('lab/model-9').waitFor()
    await part('Models').getByRole('textbox', { name: 'Filter models' }).fill('SOL')
    await row('lab/model-9').waitFor({ state: 'detached' })
    await row('gpt-6.1-sol').waitFor()
    await part('Models').getByRole('textbox', { name: 'Filter models' }).fill('nothing like it')
    await part('Models').getByText('No model has “nothing like it” in its id.').waitFor()
  })

  it('are hidden and asked otherwise at once, by keys as well, and put back', async () => {
    await house.rig.go(`/pools/${poolId}`)
    await shown('gpt-5.5-codex').focus()
    await page().keyboard.press('Space')
    await page().getByText('Saved which models lists of Team show').waitFor()
    await expect.poll(() => shown('gpt-5.5-codex').isChecked()).toBe(false)
    await expect.poll(async () => (await pool()).hiddenModels).toEqual(['gpt-5.5-codex'])
    await expect.poll(listed).not.toContain('gpt-5.5-codex')
    await button('Undo').click()
    await expect.poll(() => shown('gpt-5.5-codex').isChecked()).toBe(true)
    await expect.poll(listed).toContain('gpt-5.5-codex')
    await choose('gpt-6.1-sol', 'Full')
    await page().getByText('Saved how Team asks its models').waitFor()
    await expect.poll(async () => (await pool()).servingModes).toEqual([{ model: 'gpt-6.1-sol', mode: 'full' }])
    await choose('gpt-6.1-sol', 'Auto: lite')
    await expect.poll(async () => (await pool()).servingModes).toEqual([])
  })

  it('are not shown as none while they are loaded', async () => {
    const held = await holdBack(page(), 'upstream.list')
    await page().goto(`${house.rig.origin}/pools/${poolId}`)
    await part('Models').waitFor()
    expect(await part('Models').getByText('have named none yet').count()).toBe(0)
    await held.release()
    await row('gpt-6.1-sol').waitFor()
  })
})

describe('the step of models', () => {
  it('hides models, chooses the form and gives an alias an id at one upstream', async () => {
    await house.rig.go(`/pools/${poolId}/edit?step=models`)
    await button('Add an alias').click()
    await page().getByRole('combobox', { name: 'Alias 1', exact: true }).fill('fast')
    await page().getByRole('combobox', { name: 'Model of alias 1' }).fill('gpt-5.5')
    await button('Ids of alias 1 at single upstreams').focus()
    await page().keyboard.press('Enter')
    const own = page().getByRole('combobox', { name: 'Its id at Lab' })
    await own.fill('a b')
    await page()
      .locator('#wizard-reason')
      .getByText(/^Models: Alias fast at Lab: /)
      .waitFor()
    await own.fill('lab/model-2')
    await page().getByRole('textbox', { name: 'Filter models' }).fill('fast')
    await expect.poll(() => row('fast').getByRole('cell').first().innerText()).toBe('fast alias')
    await page().getByRole('textbox', { name: 'Filter models' }).fill('gpt')
    await shown('gpt-5.5-codex').press('Space')
    await choose('gpt-6.1-sol', 'Full')
    await axe(page())
    await button('Save changes').click()
    await page().waitForURL((url) => url.pathname === `/pools/${poolId}`)
    expect(await pool()).toMatchObject({
      aliases: [{ alias: 'fast', model: 'gpt-5.5', upstreams: [{ upstreamId: labId, model: 'lab/model-2' }] }],
      hiddenModels: ['gpt-5.5-codex'],
      servingModes: [{ model: 'gpt-6.1-sol', mode: 'full' }],
    })
    await part('Models').getByRole('table', { name: 'Aliases' }).getByText('lab/model-2 at Lab').waitFor()
    await house.rig.go(`/pools/${poolId}/edit?step=models`)
    await expect.poll(() => own.inputValue()).toBe('lab/model-2')
    await own.fill('')
    await button('Save changes').click()
    await page().waitForURL((url) => url.pathname === `/pools/${poolId}`)
    expect((await pool()).aliases).toEqual([{ alias: 'fast', model: 'gpt-5.5' }])
  })

  it('says what to do where there is nothing to choose from', async () => {
    await house.rig.go('/pools/new?step=models')
    await page().getByText('Choose upstreams first: what they serve is listed here.').waitFor()
    const bare = await house.rig.call('upstream.create', {
      kind: 'openai-compatible',
      name: 'Bare',
      baseUrl: 'http://127.0.0.1:9',
    })
    const empty = await house.rig.call('pool.create', { name: 'Empty', assignments: [{ upstreamId: bare.id }] })
    await house.rig.go(`/pools/${empty.id}/edit?step=models`)
    await page().getByText('The chosen upstreams have named no models yet.').waitFor()
    await house.rig.go(`/pools/${empty.id}`)
    await part('Models').getByText('All models are allowed; the upstreams have named none yet.').waitFor()
  })
})

describe('the models of an upstream', () => {
  it('are a table with what its provider says of them', async () => {
    await house.rig.go(`/upstreams/${accountId}`)
    const table = part('Models').getByRole('table', { name: 'Models of this upstream' })
    const sol = table.getByRole('row').filter({ hasText: 'gpt-6.1-sol' })
    await expect
      .poll(() => sol.getByRole('cell').allInnerTexts())
      .toEqual(['gpt-6.1-sol', '258,400', 'low, medium, high', 'text, image'])
    await axe(page())
  })
})
