/** Adding and editing an upstream in real Chromium: what is typed is checked before it is saved. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closedPort, startHttpPeer, startProxyPeer, type Peer } from '../support/http-peer.ts'
import { addSimulator, axe, openPageRig, type PageRig } from '../support/page-rig.ts'

const GOOD = 'sk-9f3b7c21d4'
const OTHER = 'sk-other-77aa'

let rig: PageRig
let page: Page
let peer: Peer
/** What the peer was asked with. */
let seen: { readonly authorization?: string | undefined; readonly team?: string | undefined } = {}

beforeAll(async () => {
  rig = await openPageRig()
  page = rig.page
  peer = await startHttpPeer((req, res) => {
    seen = { authorization: req.headers.authorization, team: req.headers['x-team']?.toString() }
    const isKnown = [`Bearer ${GOOD}`, `Bearer ${OTHER}`].includes(req.headers.authorization ?? '')
    res.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' })
    res.end(isKnown ? '{"data":[{"id":"big"},{"id":"small"}]}' : '{"error":{"message":"no"}}')
  })
  await addSimulator(rig.call, 'Team')
  await addSimulator(rig.call, 'Lab')
}, 300_000)

afterAll(async () => {
  await rig?.close()
  await peer?.close()
})

const field = (name: string) => page.getByRole('textbox', { name, exact: true })
const button = (name: string) => page.getByRole('button', { name, exact: true })
const side = () => page.getByRole('complementary', { name: 'Check and save' })
const result = () => page.getByRole('status', { name: 'Result of the check' })
const base = () => `${peer.url}/v1`

async function open(path: string): Promise<void> {
  await rig.go(path)
  await side().waitFor()
}

/** The field is marked and says why. */
async function expectProblem(name: string, message: string | RegExp): Promise<void> {
  await page.getByText(message).first().waitFor()
  await expect.poll(() => field(name).getAttribute('aria-invalid')).toBe('true')
}

async function upstream(name: string) {
  const found = (await rig.call('upstream.list', {})).find((each) => each.name === name)
  if (found === undefined) throw new Error(`there is no upstream ${name}`)
  return found
}

describe('adding an upstream', () => {
  it('keeps the kind in the address and shows what it needs', async () => {
    await open('/upstreams/new')
    await expect
      .poll(() => page.getByRole('radio', { name: 'OpenAI', exact: true }).getAttribute('aria-checked'))
      .toBe('true')
    await side().getByText('Give the upstream a name.').waitFor()
    await expect.poll(() => button('Check and add').isDisabled()).toBe(true)
    await page.getByRole('radio', { name: 'Simulator' }).click()
    await page.waitForURL(/kind=simulator/)
    await page.getByRole('region', { name: 'Behaviour' }).waitFor()
    await open('/upstreams/new?kind=openai-compatible')
    await field('Base URL').waitFor()
    await axe(page)
  })

  it.each([
    ['Name', ' ', 'Give the upstream a name.'],
    ['Base URL', 'api.example', 'Begin with https:// or http://.'],
    ['Base URL', 'https://me:word@api.example', /Leave credentials out/],
    ['Base URL', 'https://api.example/v1?a=b', /no query/],
    ['API key', 'two words', /no blanks/],
    ['HTTP proxy', 'http://proxy.example/path', /scheme, host and port only/],
    ['Notes', 'a'.repeat(2_001), /at most 2,000/],
  ])('says at %s what is wrong, case %#', async (name, typed, message) => {
    await open('/upstreams/new?kind=openai-compatible')
    await field('Name').fill('Workshop')
    await field('Base URL').fill(base())
    await button('Proxy and headers').click()
    await field(name).fill(typed)
    await expectProblem(name, message)
    await expect.poll(() => button('Check and add').isDisabled()).toBe(true)
    await field(name).fill('')
  })

  it('says at a header and at the proxy credentials what is wrong', async () => {
    await open('/upstreams/new?kind=openai-compatible')
    await button('Proxy and headers').click()
    await field('HTTP proxy').fill('http://127.0.0.1:3128')
    await field('Proxy credentials').fill('nobody')
    await expectProblem('Proxy credentials', 'Write them as user:password.')
    await button('Add a header').click()
    await field('Name of header 1').fill('bad name')
    await expectProblem('Name of header 1', /only letters, digits/)
    await field('Name of header 1').fill('X-Team')
    await button('Add a header').click()
    await field('Name of header 2').fill('x-team')
    await expectProblem('Name of header 2', /given twice/)
    await button('Remove header 2').click()
    await field('Value of header 1').fill('ü')
    await expectProblem('Value of header 1', /plain ASCII/)
  })

  it('says what is wrong with models and with the place in a Pool', async () => {
    await open('/upstreams/new?kind=openai-compatible')
    await field('Name').fill('Workshop')
    await field('Base URL').fill(base())
    await page.getByRole('combobox', { name: 'Further model ids' }).fill('größe')
    await page.keyboard.press('Enter')
    await page
      .getByText(/only plain ASCII/)
      .first()
      .waitFor()
    await page.keyboard.press('Backspace')
    await page.getByRole('checkbox', { name: 'Team', exact: true }).check()
    await field('Priority in Team').fill('0')
    await expectProblem('Priority in Team', 'A whole number from 1 to 1,000.')
    await side().getByText('Team: correct the priority.').waitFor()
    await field('Priority in Team').fill('2')
    await field('Weight in Team').fill('')
    await expectProblem('Weight in Team', 'A whole number from 0 to 1,000.')
  })

  it('warns of plain http to far away', async () => {
    await open('/upstreams/new?kind=openai-compatible')
    await field('Base URL').fill('http://api.example/v1')
    await page.getByText(/travel unprotected/).waitFor()
    await field('Base URL').fill(base())
    await page.getByText(/travel unprotected/).waitFor({ state: 'detached' })
  })

  it('checks a wrong key, says so at the field, and then a right one', async () => {
    await open('/upstreams/new?kind=openai-compatible')
    await field('Base URL').fill(base())
    await field('API key').fill('sk-wrong')
    await button('Check connection').click()
    await result().getByText('upstream_auth_failed').waitFor()
    await result().getByText('status 401', { exact: true }).waitFor()
    await result()
      .getByText(/Copy the API key again/)
      .waitFor()
    await expectProblem('API key', /refused the credential/)
    await page.waitForFunction(() => document.activeElement?.id === 'upstream-api-key')
    await axe(page)
    await field('API key').fill(GOOD)
    await result().getByText('upstream_auth_failed').waitFor({ state: 'detached' })
    await button('Check connection').click()
    await result()
      .getByText(/^Answered in \d/)
      .waitFor()
    await result().getByText('2 models listed.').waitFor()
    await result().getByRole('list', { name: 'Models' }).getByText('small').waitFor()
    await page.getByText('The provider lists 2 models itself.').waitFor()
  })

  it('leads an unreachable address, a proxy and Weir itself to their fields', async () => {
    await open('/upstreams/new?kind=openai-compatible')
    const nowhere = `http://127.0.0.1:${await closedPort()}`
    await field('Base URL').fill(nowhere)
    await button('Check connection').click()
    await result().getByText('ECONNREFUSED', { exact: true }).waitFor()
    await result()
      .getByText(/Nothing listens there/)
      .waitFor()
    await expectProblem('Base URL', /could not be reached|cannot be reached|refused/i)
    await field('Base URL').fill(rig.gatewayUrl)
    await button('Check connection').click()
    await result().getByText('upstream_loops_back').waitFor()
    await field('Base URL').fill(base())
    await button('Proxy and headers').click()
    await field('HTTP proxy').fill(nowhere)
    await button('Check connection').click()
    await result()
      .getByText(/address of the proxy/)
      .waitFor()
    await expect.poll(() => field('HTTP proxy').getAttribute('aria-invalid')).toBe('true')
  })

  it('goes through a proxy with credentials', async () => {
    const proxy = await startProxyPeer('me:word')
    const plain = await startHttpPeer((_, res) => res.writeHead(200).end('{"data":[]}'))
    await open('/upstreams/new?kind=openai-compatible')
    await field('Base URL').fill(`${plain.url}/v1`)
    await button('Proxy and headers').click()
    await field('HTTP proxy').fill(proxy.url)
    await field('Proxy credentials').fill('me:word')
    await button('Check connection').click()
    await result()
      .getByText(/^Answered in/)
      .waitFor()
    expect(proxy.asked.length).toBe(1)
    await Promise.all([proxy.close(), plain.close()])
  })

  it('checks by itself when it is added, and assigns its Pools', async () => {
    await open('/upstreams/new?kind=openai-compatible')
    await field('Name').fill('Workshop')
    await field('Base URL').fill(base())
    await field('API key').fill(GOOD)
    await button('Proxy and headers').click()
    await button('Add a header').click()
    await field('Name of header 1').fill('X-Team')
    await field('Value of header 1').fill('bench')
    await page.getByRole('checkbox', { name: 'Team', exact: true }).check()
    await field('Priority in Team').fill('3')
    await field('Notes').fill('Second rack.')
    await field('Name').focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/upstreams\/ups_/)
    await button('Test now').waitFor()
    expect(seen).toEqual({ authorization: `Bearer ${GOOD}`, team: 'bench' })
    const made = await upstream('Workshop')
    expect(made).toMatchObject({ baseUrl: base(), notes: 'Second rack.', secret: { headerNames: ['X-Team'] } })
    await expect
      .poll(() => rig.call('upstream.readiness', { id: made.id }))
      .toMatchObject([{ poolName: 'Team', priority: 3 }])
  })

  it('refuses a name that is taken, at the name', async () => {
    await open('/upstreams/new?kind=simulator')
    await field('Name').fill('workshop')
    await button('Add upstream').click()
    await page
      .getByRole('alert')
      .getByText(/name_taken/)
      .waitFor()
    await expectProblem('Name', /already called/)
  })

  it('adds in spite of a failed check when told to', async () => {
    await open('/upstreams/new?kind=openai')
    await field('Name').fill('Not yet')
    await field('Base URL').fill(base())
    await field('API key').fill('sk-later')
    await button('Check and add').click()
    await result().getByText('upstream_auth_failed').waitFor()
    await expect
      .poll(async () => (await rig.call('upstream.list', {})).some(({ name }) => name === 'Not yet'))
      .toBe(false)
    await button('Check again and add').waitFor()
    await button('Add anyway').click()
    await page.waitForURL(/\/upstreams\/ups_/)
    await upstream('Not yet')
  })

  it('adds a simulator with a behaviour, refusing what it cannot do', async () => {
    await open('/upstreams/new?kind=simulator')
    await field('Name').fill('Rehearsal')
    await field('Wait before the answer, ms').fill('700000')
    await expectProblem('Wait before the answer, ms', 'A whole number from 0 to 600,000.')
    await field('Wait before the answer, ms').fill('250')
    await page.getByRole('combobox', { name: 'Fault' }).click()
    await page.getByRole('option', { name: 'Answers with an error status' }).click()
    await field('Status').fill('200')
    await expectProblem('Status', 'A whole number from 400 to 599.')
    await field('Status').fill('429')
    await field('Retry-After, s').fill('30')
    await page
      .getByText('Answers after 250 ms with 8 words; every request fails with status 429, Retry-After 30 s.')
      .waitFor()
    await axe(page)
    await button('Add upstream').click()
    await page.waitForURL(/\/upstreams\/ups_/)
    expect((await upstream('Rehearsal')).simulator).toMatchObject({ latencyMs: 250, faultStatus: 429 })
  })

  it('asks before typed work is left', async () => {
    await open('/upstreams/new')
    await field('Name').fill('Half')
    await page.getByRole('link', { name: 'Upstreams', exact: true }).first().click()
    await page.getByRole('dialog').getByText('Leave without saving?').waitFor()
    await button('Stay').click()
    await expect.poll(() => field('Name').inputValue()).toBe('Half')
    await button('Cancel').click()
    await button('Discard changes').click()
    await page.waitForURL((url) => url.pathname === '/upstreams')
  })

  it('starts in the Pool that the address names', async () => {
    const [pool] = await rig.call('pool.list', {})
    await open(`/upstreams/new?kind=simulator&pool=${pool?.id ?? ''}`)
    await expect.poll(() => page.getByRole('checkbox', { name: pool?.name ?? '', exact: true }).isChecked()).toBe(true)
    await side().getByText('It will serve 1 Pool.').waitFor()
  })
})

describe('editing an upstream', () => {
  it('saves a name without any check, and says when nothing has changed', async () => {
    const { id } = await upstream('Workshop')
    await open(`/upstreams/${id}/edit`)
    await side().getByText('Nothing has changed.').waitFor()
    await expect.poll(() => button('Save changes').isDisabled()).toBe(true)
    await axe(page)
    await field('Name').fill('Workshop two')
    await button('Save changes').click()
    await page.waitForURL((url) => url.pathname === `/upstreams/${id}`)
    await page.getByRole('heading', { name: 'Workshop two' }).waitFor()
  })

  it('changes the Pools', async () => {
    const { id } = await upstream('Workshop two')
    await open(`/upstreams/${id}/edit#pools`)
    await page.getByRole('checkbox', { name: 'Team', exact: true }).uncheck()
    await page.getByRole('checkbox', { name: 'Lab', exact: true }).check()
    await page.getByRole('switch', { name: 'Use it in Lab' }).uncheck()
    await button('Save changes').click()
    await page.waitForURL((url) => url.pathname === `/upstreams/${id}`)
    const rows = await rig.call('upstream.readiness', { id })
    expect(rows).toMatchObject([{ poolName: 'Lab', reason: 'assignment_disabled' }])
  })

  it('does not send the stored secret to a new address, and saves address and new secret together', async () => {
    const { id, secret: before } = await upstream('Workshop two')
    await open(`/upstreams/${id}/edit`)
    const other = await startHttpPeer((req, res) => {
      seen = { authorization: req.headers.authorization }
      res.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[{"id":"there"}]}')
    })
    seen = {}
    await field('Base URL').fill(`${other.url}/v1`)
    await button('Check and save').click()
    await result().getByText('upstream_secret_missing').waitFor()
    await result()
      .getByText(/Enter the secret again/)
      .waitFor()
    expect(seen).toEqual({})
    await page.getByRole('radio', { name: 'Replace all of it' }).check()
    await field('API key').fill(OTHER)
    await side().getByText('Header X-Team: Enter the value.').waitFor()
    await button('Remove header 1').click()
    await button('Check and save').click()
    await page.waitForURL((url) => url.pathname === `/upstreams/${id}`)
    expect(seen).toEqual({ authorization: `Bearer ${OTHER}` })
    const after = await upstream('Workshop two')
    expect(after).toMatchObject({ baseUrl: `${other.url}/v1`, secret: { headerNames: [] } })
    expect(after.secret?.fingerprint).not.toBe(before?.fingerprint)
    await button('Test now').waitFor()
    await other.close()
  })

  it('says when there is no such upstream', async () => {
    await rig.go('/upstreams/ups_nothing/edit')
    await page.getByRole('alert').getByText('not_found').waitFor()
  })

  it.each(['light', 'dark'] as const)('keeps nobody out in the %s scheme', async (colorScheme) => {
    await page.emulateMedia({ colorScheme })
    await open('/upstreams/new?kind=openai-compatible')
    await button('Proxy and headers').click()
    await axe(page)
    await page.emulateMedia({ colorScheme: 'light' })
  })
})
