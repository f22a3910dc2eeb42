/** From nothing to the first request on one screen, left and resumed in between, with the secret seen once. */
import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerWithError, holdBack } from '../support/answers-instead.ts'
import { serve, type LocalServer } from '../support/browser.ts'
import { axe, openPageRig, sendRequest, type PageRig } from '../support/page-rig.ts'

let rig: PageRig
let provider: LocalServer
let secret: string

beforeAll(async () => {
  rig = await openPageRig()
  provider = await serve((request, response) => {
    const isKnown = request.headers.authorization === 'Bearer good-key'
    response.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify(isKnown ? { data: [{ id: 'local-1' }, { id: 'local-2' }] } : { error: { message: 'no' } }),
    )
  })
})
afterAll(async () => {
  await rig.close()
  await provider.close()
})

const page = () => rig.page
const field = (name: string | RegExp) => page().getByRole('textbox', { name })
const button = (name: string | RegExp) => page().getByRole('button', { name, exact: true })
const opener = (title: string) => page().getByRole('button', { name: new RegExp(`^(Change|Open): ${title}$`) })
const step = (name: string) => page().getByRole('region', { name })
const dialog = () => page().getByRole('dialog')
const live = () => page().getByRole('region', { name: 'The client’s requests' })
const UPSTREAM = 'What answers: an upstream'
const POOL = 'What clients are given: a Pool'
const KEY = 'How they get in: a key'
const CLIENT = 'Point a client at it'

/** Nothing listens there: the port was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer()
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
  await new Promise((resolve) => {
    server.close(resolve)
  })
  return port
}

describe('the first run', () => {
  it('stands in its shape while it loads, and says what broke', async () => {
    const held = await holdBack(page(), 'setup.state')
    await page().goto(`${rig.origin}/welcome`)
    await page().locator('[data-state="loading"]').waitFor()
    await held.release()
    await button('Use the simulator').waitFor()
    const broken = await answerWithError(page(), 'upstream.list')
    await page().reload()
    await page().getByText('What is set up could not be loaded').waitFor()
    await broken.release()
    await button('Try again').click()
    await button('Use the simulator').waitFor()
  })

  it.each(['light', 'dark'] as const)('has no serious accessibility fault at its start in %s', async (colorScheme) => {
    await page().emulateMedia({ colorScheme })
    await rig.go('/welcome')
    await button('Use the simulator').waitFor()
    await axe(page())
    await page().emulateMedia({ colorScheme: 'light' })
  })

  it('checks an account live before it is saved, and says at its field what is wrong', async () => {
    await rig.go('/welcome')
    await page().getByRole('radio', { name: 'OpenAI', exact: true }).check()
    await page().getByText('Give the API key of the account.').waitFor()
    await expect.poll(() => button('Check and add').isDisabled()).toBe(true)
    await page()
      .getByLabel(/^API key/)
      .fill('two words')
    await page().getByText('An API key has no blanks', { exact: false }).first().waitFor()
    await page().getByRole('radio', { name: 'OpenAI-compatible' }).check()
    await field(/^Base URL/).fill('localhost')
    await page().getByText('Not an address.', { exact: false }).first().waitFor()
    await field(/^Base URL/).fill('http://me:pw@127.0.0.1/v1')
    await page().getByText('No name or password in the address', { exact: false }).first().waitFor()
    await field(/^Base URL/).fill(`http://127.0.0.1:${await closedPort()}/v1`)
    await field(/^Name/).fill('')
    await page().getByText('Give the upstream a name.').first().waitFor()
    await field(/^Name/).fill('Local')
    await button('Check and add').click()
    await page()
      .getByText(/\(upstream_unreachable\)/)
      .waitFor()
    await expect.poll(() => rig.call('upstream.list', {})).toEqual([])
    await field(/^Base URL/).fill(`http://127.0.0.1:${provider.port}/v1`)
    await page()
      .getByLabel(/^API key/)
      .fill('bad-key')
    await button('Check and add').click()
    await button('Add anyway').waitFor()
    await axe(page())
    await expect.poll(() => rig.call('upstream.list', {})).toEqual([])
    await page()
      .getByLabel(/^API key/)
      .fill('good-key')
    await button('Check and add').click()
    await step(POOL).getByRole('button', { name: 'Create Pool' }).waitFor()
    const [added] = await rig.call('upstream.list', {})
    expect(added).toMatchObject({ name: 'Local', kind: 'openai-compatible', secret: { hasApiKey: true } })
  })

  it('takes the simulator too, and puts both in a Pool', async () => {
    await opener(UPSTREAM).click()
    await page().waitForURL(/step=upstream/)
    await button('Go on with Local').waitFor()
    await page().getByRole('radio', { name: 'Simulator' }).check()
    await button('Use the simulator').click()
    await step(UPSTREAM).getByText('Local, Simulator').waitFor()
    const name = field(/^Name of the Pool/)
    await name.fill(' ')
    await page().getByText('Give the Pool a name.').first().waitFor()
    await expect.poll(() => button('Create Pool').isDisabled()).toBe(true)
    await name.fill('Home')
    await page().getByRole('checkbox', { name: 'Local' }).uncheck()
    await page().getByRole('checkbox', { name: 'Simulator' }).uncheck()
    await page().getByText('Choose at least one upstream.').waitFor()
    await page().getByRole('checkbox', { name: 'Simulator' }).check()
    const broken = await answerWithError(page(), 'pool.create', 'internal', 'It broke.')
    await button('Create Pool').click()
    await page()
      .getByRole('alert')
      .getByText(/It broke\..*internal/)
      .waitFor()
    await broken.release()
    await button('Create Pool').click()
    await step(KEY).getByRole('button', { name: 'Create key' }).waitFor()
    await opener(POOL).click()
    await page().getByText('Not in it: Local.').waitFor()
    await button('Add it').click()
    await page().getByText('Not in it: Local.').waitFor({ state: 'detached' })
    await button('Go on with Home').click()
    await step(KEY).getByRole('button', { name: 'Create key' }).waitFor()
  })

  it('is taken up where it was left', async () => {
    await page().getByRole('link', { name: 'Leave for now' }).click()
    await page().waitForURL((url) => url.pathname === '/')
    await page().keyboard.press('Control+k')
    await page().getByRole('textbox', { name: 'Command palette' }).fill('First steps')
    await page().keyboard.press('Enter')
    await step(KEY).getByRole('button', { name: 'Create key' }).waitFor()
    await step(POOL).getByText('Home, 2 upstreams').waitFor()
    await live().getByText('as soon as a client calls', { exact: false }).waitFor()
  })

  it('shows the secret of the key once, and holds off leaving before it is saved', async () => {
    await field(/^Name of the key/).fill('')
    await page().getByText('Give the key a name.').first().waitFor()
    await field(/^Name of the key/).fill('laptop')
    await button('Create key').click()
    const shown = page().getByRole('region', { name: 'The secret of the new key' })
    secret = await shown.getByRole('textbox', { name: 'Secret' }).inputValue()
    expect(secret).toMatch(/^sk-weir-/)
    await page().getByRole('region', { name: 'Codex: the variable' }).getByText(secret).waitFor()
    await page().getByRole('navigation').getByRole('link', { name: 'Pools' }).click()
    await dialog().getByText('Leave before the secret is saved?').waitFor()
    await dialog().getByRole('button', { name: 'Stay' }).click()
    await opener(POOL).click()
    await shown.waitFor()
    await opener(CLIENT).click()
    await shown.getByRole('button', { name: 'Copy secret' }).click()
    await shown.getByText('Copied').waitFor()
    await expect.poll(() => page().evaluate('navigator.clipboard.readText()')).toBe(secret)
    await axe(page())
  })

  it('has a snippet for each client, with the key in the line that sets it', async () => {
    await page().getByRole('tab', { name: 'curl' }).click()
    await page().waitForURL(/client=curl/)
    const curl = page().getByRole('region', { name: 'curl', exact: true })
    await expect.poll(() => curl.innerText()).toContain(`${rig.gatewayUrl}/v1/chat/completions`)
    expect(await curl.innerText()).not.toContain(secret)
    for (const [tab, words] of [
      ['Codex', 'model_providers.weir'],
      ['OpenCode', 'opencode.ai/config.json'],
      ['OpenAI SDK, Python', 'from openai import OpenAI'],
      ['Vercel AI SDK', 'createOpenAI'],
    ] as const) {
      await page().getByRole('tab', { name: tab, exact: true }).click()
      await page().getByRole('tabpanel').getByText(words).first().waitFor()
    }
    await page().getByText('PowerShell', { exact: true }).click()
    await page().getByRole('tabpanel').getByText(`$env:WEIR_KEY = '${secret}'`).waitFor()
  })

  it('waits for the first request and shows it with its facts as it comes, on the same screen', async () => {
    await live().getByText('Waiting for the first request of laptop').waitFor()
    await live().getByText(`${rig.gatewayUrl}/v1`).waitFor()
    await axe(page())
    expect(await sendRequest(rig, secret, { model: 'sim-chat' })).toBe(200)
    await live().getByText('It works:', { exact: false }).waitFor()
    const facts = live().getByLabel('The request', { exact: true })
    for (const words of ['sim-chat', 'Simulator', /\d ms/, /\d+ tokens? in, \d+ tokens? out/, 'HTTP 200']) {
      await facts.getByText(words).first().waitFor()
    }
    await live()
      .getByRole('group', { name: 'What next' })
      .getByRole('link', { name: /Narrow what laptop/ })
      .waitFor()
  })

  it('shows a request that fails with its code and what to do', async () => {
    await rig.call('upstream.pause', {
      id: (await rig.call('upstream.list', {})).find((u) => u.name === 'Simulator')?.id ?? '',
    })
    await sendRequest(rig, secret, { model: 'sim-chat' })
    await live()
      .getByText(/^(model_not_found|no_upstream_eligible): /)
      .waitFor()
    await rig.call('upstream.resume', {
      id: (await rig.call('upstream.list', {})).find((u) => u.name === 'Simulator')?.id ?? '',
    })
  })

  it('sends a real request itself with the secret that is shown', async () => {
    await live().getByRole('combobox', { name: 'Test with model' }).fill('sim-tools')
    await live().getByRole('button', { name: 'Test', exact: true }).click()
    await live()
      .getByText(/^200 in/)
      .waitFor()
    await live().getByLabel('The request', { exact: true }).getByText('sim-tools').waitFor()
  })

  it('forgets the secret once it is saved', async () => {
    await button('I have saved it: hide it').click()
    await page().getByRole('region', { name: 'The secret of the new key' }).waitFor({ state: 'detached' })
    await page()
      .getByRole('tabpanel')
      .getByText(/sk-weir-…/)
      .first()
      .waitFor()
    await page().getByRole('navigation').getByRole('link', { name: 'Pools' }).click()
    await page().getByRole('article', { name: 'Home' }).waitFor()
  })

  it('knows what is done when it is come back to, and lets another key be made', async () => {
    await rig.go('/welcome')
    await live().getByText('It works:', { exact: false }).waitFor()
    await step(KEY)
      .getByText(/^laptop, sk-weir-/)
      .waitFor()
    await opener(KEY).click()
    await step(KEY).getByText('nobody can see it again', { exact: false }).waitFor()
    await button('Another key').click()
    await button('Cancel').click()
    await button('Another key').click()
    await field(/^Name of the key/).fill('LAPTOP')
    await page().getByText('Another key is already called “LAPTOP”.').first().waitFor()
    await expect.poll(() => button('Create key').isDisabled()).toBe(true)
    await button('Cancel').click()
    await button('Go on with laptop').click()
    await step(CLIENT).getByRole('tab', { name: 'Codex', exact: true }).waitFor()
    await live().getByRole('link', { name: 'Go to the overview' }).click()
    await page().waitForURL((url) => url.pathname === '/')
  })

  it.each(['light', 'dark'] as const)('has no serious accessibility fault when done in %s', async (colorScheme) => {
    await page().emulateMedia({ colorScheme })
    for (const at of ['upstream', 'pool', 'key', 'client']) {
      await rig.go(`/welcome?step=${at}`)
      await live().getByText('It works:', { exact: false }).waitFor()
      await axe(page())
    }
  })
})
