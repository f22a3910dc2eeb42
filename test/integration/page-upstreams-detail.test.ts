/** One upstream's page in real Chromium: what it shows, its acts, its secret, and the simulator's rehearsals. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startHttpPeer, type Peer } from '../support/http-peer.ts'
import { addSimulator, axe, openPageRig, sendRequest, type PageRig, type Served } from '../support/page-rig.ts'

const GOOD = 'sk-good-51c0'

let rig: PageRig
let page: Page
let peer: Peer
let demo: Served
let localId: string

beforeAll(async () => {
  rig = await openPageRig()
  page = rig.page
  peer = await startHttpPeer((req, res) => {
    const isKnown = req.headers.authorization === `Bearer ${GOOD}`
    res.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' })
    const data = Array.from({ length: 30 }, (_, index) => ({ id: `model-${index}` }))
    res.end(isKnown ? JSON.stringify({ data }) : '{"error":{"message":"no"}}')
  })
  demo = await addSimulator(rig.call, 'Demo', { rateLimitHeaders: true })
  for (let count = 0; count < 17; count += 1) await sendRequest(rig, demo.secret, { stream: count % 2 === 0 })
  const local = await rig.call('upstream.create', {
    kind: 'openai-compatible',
    name: 'Workshop',
    baseUrl: `${peer.url}/v1`,
    manualModels: ['by-hand'],
    notes: 'Second rack.\nAsk first.',
    secret: { apiKey: 'sk-old', headers: { 'X-Team': 'bench' } },
  })
  localId = local.id
}, 300_000)

afterAll(async () => {
  await rig?.close()
  await peer?.close()
})

const button = (name: string) => page.getByRole('button', { name, exact: true })
const part = (name: string) => page.getByRole('region', { name, exact: true })
const dialog = () => page.getByRole('dialog')
const toast = (text: string | RegExp) => page.getByRole('alert').filter({ hasText: text }).first()
const openDemo = (search = '') => rig.go(`/upstreams/${demo.upstreamId}${search}`)

describe('the page of an upstream', () => {
  it('answers what it does, for whom and what is left', async () => {
    await openDemo()
    await page.getByRole('link', { name: /^Requests, 24 h\s*17$/ }).waitFor()
    await part('Pools').getByRole('link', { name: 'Demo' }).waitFor()
    await part('Pools').getByText('Ready').waitFor()
    await part('Quota').getByRole('meter', { name: 'tokens left' }).waitFor()
    await part('Health')
      .getByText(/^Ready 100 % of the time since/)
      .waitFor()
    await part('Models').getByText('sim-reasoning').waitFor()
    await axe(page)
  })

  it('draws the latency, or lists it, as the address says', async () => {
    await openDemo()
    await part('Latency, 24 h')
      .getByRole('img', { name: /Latency and failures by the hour/ })
      .waitFor()
    await page.getByRole('switch', { name: 'As table' }).click()
    await page.waitForURL(/table=1/)
    const table = page.getByRole('table', { name: 'Latency by the hour' })
    await table.waitFor()
    await expect.poll(() => table.textContent()).toMatch(/\d ms/)
    await page.goBack()
    await part('Latency, 24 h').getByRole('img').waitFor()
  })

  it('pages through its attempts, back and forward', async () => {
    await openDemo()
    const rows = page.getByRole('table', { name: 'Recent attempts' }).locator('tbody tr')
    await rows.nth(14).waitFor()
    await expect.poll(() => rows.count()).toBe(15)
    await button('Older').click()
    await page.waitForURL(/before=/)
    await page.waitForFunction(
      () => document.querySelectorAll('table[aria-label="Recent attempts"] tbody tr').length === 2,
    )
    await button('Newest').click()
    await page.waitForURL((url) => url.search === '')
    await page.goBack()
    await page.waitForFunction(
      () => document.querySelectorAll('table[aria-label="Recent attempts"] tbody tr').length === 2,
    )
    await page.goBack()
    await rows.nth(14).waitFor()
    await rows.first().getByRole('link').click()
    await page.waitForURL(/\/requests\/req/)
  })

  it('shows a new attempt as it comes', async () => {
    await openDemo()
    const first = page.getByRole('table', { name: 'Recent attempts' }).locator('tbody tr a').first()
    const before = await first.getAttribute('href')
    await sendRequest(rig, demo.secret)
    await page.waitForFunction(
      (old) => document.querySelector('table[aria-label="Recent attempts"] tbody a')?.getAttribute('href') !== old,
      before,
    )
  })

  it('shows where it is asked and how, and nothing of the secret', async () => {
    await rig.go(`/upstreams/${localId}`)
    await expect.poll(() => part('Connection').textContent()).toMatch(/fingerprint [0-9a-f]{12}, set/)
    const facts = await part('Connection').textContent()
    expect(facts).toMatch(/X-Team/)
    expect(facts).not.toMatch(/bench|sk-old/)
    await part('Models').getByText('by-hand').waitFor()
    await part('Notes').getByText('Ask first.').waitFor()
    await page.getByRole('status').getByText('It is in no Pool, so it serves nobody.').waitFor()
    await page.getByRole('link', { name: 'Choose Pools' }).click()
    await page.waitForURL(/\/edit#pools$/)
  })

  it('says when there is no such upstream', async () => {
    await rig.go('/upstreams/ups_nothing')
    await page.getByRole('alert').getByText('not_found').waitFor()
    await axe(page)
  })

  it.each([
    ['light', 1280],
    ['dark', 900],
  ] as const)('keeps nobody out in the %s scheme at %i wide, and fits', async (colorScheme, width) => {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height: 600 })
    await openDemo()
    await part('Latency, 24 h').getByRole('img').waitFor()
    await button('Edit behaviour').click()
    await axe(page)
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    await page.emulateMedia({ colorScheme: 'light' })
    await page.setViewportSize({ width: 1280, height: 800 })
  })
})

describe('acts on its page', () => {
  it('edits by e and tests by t', async () => {
    await openDemo()
    await button('Test now').waitFor()
    await page.keyboard.press('t')
    await dialog()
      .getByText(/^Answered in/)
      .waitFor()
    await dialog().getByRole('button', { name: 'Close' }).last().click()
    await dialog().waitFor({ state: 'detached' })
    await page.keyboard.press('e')
    await page.waitForURL(/\/edit$/)
  })

  it('pauses after a question and resumes by the notice', async () => {
    await openDemo()
    await button('Pause').click()
    await dialog().getByText('1 Pool has no other ready upstream:').waitFor()
    await dialog().getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('status').getByText('Paused by the operator.').waitFor()
    await part('Health').getByText('Paused', { exact: true }).first().waitFor()
    await part('Pools').getByText('The upstream is paused.').waitFor()
    await button('Resume it').click()
    await button('Pause').waitFor()
  })

  it('fetches the models anew, and keeps the reason when that fails', async () => {
    await rig.go(`/upstreams/${localId}`)
    await button('Refresh models').click()
    await toast(/could not be fetched/).waitFor()
    await part('Models')
      .getByRole('status')
      .getByText(/The last fetch failed/)
      .waitFor()
  })

  it('is at hand in the palette', async () => {
    await openDemo()
    await button('Test now').waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('textbox', { name: 'Command palette' }).fill('Requests of Demo')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/requests\?upstream=ups_/)
  })
})

describe('replacing the secret', () => {
  const field = (name: string) => dialog().getByRole('textbox', { name, exact: true })

  it('says what is wrong, checks, and may be told to go on anyway', async () => {
    await rig.go(`/upstreams/${localId}`)
    const before = (await rig.call('upstream.get', { id: localId })).secret
    await button('Replace secret').click()
    const go = dialog().getByRole('button', { name: 'Check and replace' })
    await dialog().getByText('Header X-Team: Enter the value.').waitFor()
    await expect.poll(() => go.isDisabled()).toBe(true)
    await dialog().getByRole('button', { name: 'Remove header 1' }).click()
    await field('API key').fill('two words')
    await dialog()
      .getByText(/no blanks/)
      .first()
      .waitFor()
    await field('API key').fill('sk-wrong')
    await go.click()
    await dialog().getByText('upstream_auth_failed').waitFor()
    await expect.poll(() => field('API key').getAttribute('aria-invalid')).toBe('true')
    await expect.poll(async () => (await rig.call('upstream.get', { id: localId })).secret).toEqual(before)
    await axe(page)
    await dialog().getByRole('button', { name: 'Replace anyway' }).click()
    await dialog().waitFor({ state: 'detached' })
    await toast('Replaced the secret of Workshop').waitFor()
    await expect
      .poll(async () => (await rig.call('upstream.get', { id: localId })).secret?.fingerprint)
      .not.toBe(before?.fingerprint)
  })

  it('checks and saves a good one', async () => {
    await button('Replace secret').click()
    await field('API key').fill(GOOD)
    await page.keyboard.press('Enter')
    await dialog().waitFor({ state: 'detached' })
    await part('Models').getByText('30 models listed by the provider').waitFor()
    await part('Models').getByRole('button', { name: 'Show 6 more' }).click()
    await part('Models').getByText('model-9', { exact: true }).waitFor()
    await button('Replace secret').click()
    await expect.poll(() => field('API key').inputValue()).toBe('')
    await dialog().getByRole('button', { name: 'Cancel' }).click()
  })

  it('is offered where the provider refused the old one', async () => {
    const { id } = await rig.call('upstream.create', {
      kind: 'openai',
      name: 'Refused',
      baseUrl: `${peer.url}/v1`,
      secret: { apiKey: 'sk-refused' },
    })
    await rig.go(`/upstreams/${id}`)
    await button('Test now').click()
    await dialog().getByText('upstream_auth_failed').waitFor()
    await dialog().getByRole('button', { name: 'Replace secret' }).click()
    await dialog().getByText('Replace the secret of Refused').waitFor()
    await field('API key').fill(GOOD)
    await dialog().getByRole('button', { name: 'Check and replace' }).click()
    await dialog().waitFor({ state: 'detached' })
    await rig.call('upstream.delete', { id })
    await page.getByRole('alert').getByText('not_found').waitFor()
  })
})

describe('rehearsals', () => {
  const behaviour = async () => (await rig.call('upstream.get', { id: demo.upstreamId })).simulator
  const rehearsal = (name: string) => page.getByRole('group', { name: 'Rehearsals' }).getByRole('button', { name })

  it('change at one click what clients meet, and are taken back', async () => {
    await openDemo()
    await rehearsal('Rate limited').click()
    await part('Rehearsal')
      .getByText(/every request fails with status 429, Retry-After 30 s\./)
      .waitFor()
    await expect.poll(() => rehearsal('Rate limited').getAttribute('aria-pressed')).toBe('true')
    expect(await sendRequest(rig, demo.secret)).toBe(429)
    await page
      .getByRole('status')
      .getByText(/Back in/)
      .waitFor()
    await toast(/From the next request on/)
      .getByRole('button', { name: 'Undo' })
      .click()
    await part('Rehearsal')
      .getByText(/No fault\./)
      .first()
      .waitFor()
    await rig.call('upstream.resume', { id: demo.upstreamId })
    expect(await sendRequest(rig, demo.secret)).toBe(200)
    await part('Health').getByRole('listitem').filter({ hasText: 'Cooling down' }).first().waitFor()
  })

  it('refuse what cannot be, and apply what can', async () => {
    await openDemo()
    await button('Edit behaviour').click()
    const form = page.getByRole('form', { name: 'Behaviour of the simulator' })
    await form.getByText('Nothing has changed.').waitFor()
    const words = form.getByRole('textbox', { name: 'Words of the answer' })
    await words.fill('0')
    await form.getByText('A whole number from 1 to 10,000.', { exact: true }).waitFor()
    await expect.poll(() => button('Apply').isDisabled()).toBe(true)
    await words.fill('3')
    await form.getByRole('combobox', { name: 'Models it lists' }).fill('my-model')
    await page.keyboard.press('Enter')
    await button('Apply').click()
    await part('Rehearsal').getByText('Answers at once with 3 words. No fault.').first().waitFor()
    await expect.poll(behaviour).toMatchObject({ words: 3, models: expect.arrayContaining(['my-model']) })
    await part('Models').getByText('my-model').waitFor()
  })

  it('lead a refused credential back into service', async () => {
    await openDemo()
    await rehearsal('Key refused').click()
    await part('Rehearsal')
      .getByText(/fails with status 401/)
      .waitFor()
    await sendRequest(rig, demo.secret)
    await page
      .getByRole('status')
      .getByText(/answered 401/)
      .waitFor()
    await rehearsal('Well').click()
    await button('Try it again').click()
    await button('Pause').waitFor()
    expect(await sendRequest(rig, demo.secret)).toBe(200)
  })
})

describe('deleting on its page', () => {
  it('leads back to the list', async () => {
    await openDemo()
    await button('Actions for Demo simulator').click()
    await page.getByRole('menuitem', { name: 'Delete…' }).click()
    await dialog().getByRole('textbox').fill('Demo simulator')
    await dialog().getByRole('button', { name: 'Delete upstream' }).click()
    await page.waitForURL((url) => url.pathname === '/upstreams')
    await toast('Deleted Demo simulator').waitFor()
  })
})
