/** Adding a ChatGPT account in real Chromium against the stand-in: by browser and by device code, and what goes wrong there. */
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { accountActs, isHeard, useAccountPages } from '../support/account-pages.ts'
import { someAccount } from '../support/chatgpt-tokens.ts'
import { axe } from '../support/page-rig.ts'

const house = useAccountPages()
const { button, field, tab, alert, state, account, openAdd, startBrowser, callback, expectAdded, expectProblem } =
  accountActs(house)
const pasted = () => field('Address of the page that fails to open')

describe('signing in with the browser', () => {
  it('opens the page of the provider, ends by itself and leads to the upstream', async () => {
    await house.rig.go('/upstreams/new')
    await house.page.getByRole('radio', { name: 'ChatGPT account (Codex)' }).click()
    await house.page.waitForURL(/kind=chatgpt/)
    await button('Advanced: addresses and proxy').click()
    await field('Base URL').fill(house.server.baseUrl)
    const opened = house.rig.context.waitForEvent('page')
    await button('Sign in with the browser').click()
    await (await opened).getByText('Signed in').waitFor()
    await expectAdded(someAccount.email)
    await expect.poll(() => account().getByText('Plus').count()).toBe(1)
    await account().getByText('Personal').waitFor()
    await account().getByText('signing in with the browser').waitFor()
    await account()
      .getByText(/^fresh until/)
      .waitFor()
    await expect.poll(() => house.page.getByRole('button', { name: 'Replace secret' }).count()).toBe(0)
    await button('Advanced').click()
    await account().getByText(house.server.baseUrl).waitFor()
    await axe(house.page)
  })

  it('says at a pasted address what is wrong, goes on waiting and takes the right one', async () => {
    house.server.oauth.behaviour.dawdles = true
    await house.rig.call('pool.create', { name: 'Team', assignments: [] })
    await openAdd('Pasted')
    await house.page.getByRole('checkbox', { name: 'Team', exact: true }).check()
    await startBrowser()
    await expect.poll(() => field('Name').isDisabled()).toBe(true)
    await button('The browser shows a page that fails to open').click()
    const { href } = await callback()
    for (const [wrong, code] of [
      ['not an address', 'callback_url_invalid'],
      [href.replace('/auth/callback', '/elsewhere'), 'callback_origin_invalid'],
      [href.replace(/state=[^&]*/, 'state=of-another'), 'callback_state_wrong'],
    ] as const) {
      await pasted().fill(wrong)
      await button('Finish sign-in').click()
      await house.page.getByText(`(${code})`).waitFor()
      await expect.poll(() => pasted().inputValue()).toBe('')
    }
    await state('Waiting for the browser').waitFor()
    await axe(house.page)
    await pasted().fill(href)
    await button('Finish sign-in').click()
    await expectAdded('Pasted')
    const [made] = await house.rig.call('upstream.list', {})
    await expect
      .poll(() => house.rig.call('upstream.readiness', { id: made?.id ?? '' }))
      .toMatchObject([{ poolName: 'Team' }])
  })

  it('says that the port is taken and asks for the address at once', async () => {
    house.server.oauth.behaviour.dawdles = true
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as { port: number }
    await house.rig.call('settings.update', { patch: { 'accounts.callbackPort': port } })
    await openAdd()
    await startBrowser()
    await house.page.getByText(`Weir cannot listen on port ${port}`).waitFor()
    await pasted().fill((await callback()).href)
    await button('Finish sign-in').click()
    await expectAdded(someAccount.email)
    await new Promise((resolve) => taken.close(resolve))
  })

  it('tells that the provider refused, and starts again', async () => {
    house.server.oauth.behaviour.denies = true
    await openAdd()
    await button('Sign in with the browser').click()
    await expectProblem('account_denied')
    await alert()
      .getByText(/Sign in again and allow it/)
      .waitFor()
    await axe(house.page)
    house.server.oauth.behaviour.denies = false
    await button('Start again').click()
    await expectAdded(someAccount.email)
  })

  it('tells that its time is over', async () => {
    house.server.oauth.behaviour.dawdles = true
    await openAdd()
    await startBrowser()
    await house.page
      .getByRole('timer')
      .getByText(/^(10:00|9:\d\d)$/)
      .waitFor()
    // Ten minutes are not waited for: the page gets the core's answer as it is when they are over.
    let id = ''
    const error = { code: 'account_flow_expired', message: 'It was not finished in time.', next: 'Begin anew.' }
    await house.page.route('**/rpc', async (call) => {
      if ((call.request().postDataJSON() as { route?: string }).route !== 'account.flow') return call.fallback()
      const { value } = (await (await call.fetch()).json()) as { value: { id: string } }
      id = value.id
      return call.fulfill({ json: { ok: true, value: { ...value, state: 'expired', url: null, error } } })
    })
    const news = await house.rig.call('account.begin', { method: 'browser' })
    await expectProblem('account_flow_expired')
    await alert().getByText('Begin anew.').waitFor()
    await button('Start again').waitFor()
    await house.page.unroute('**/rpc')
    for (const open of [id, news.id]) await house.rig.call('account.cancel', { id: open })
  })

  it('ends with a cancel, and with the page', async () => {
    house.server.oauth.behaviour.dawdles = true
    await openAdd()
    await startBrowser()
    const first = await callback()
    await button('Cancel sign-in').click()
    await button('Sign in with the browser').waitFor()
    await expect.poll(() => isHeard(first)).toBe(false)
    house.server.oauth.behaviour.dawdles = true
    await startBrowser()
    const second = await callback()
    await house.page.getByRole('link', { name: 'Upstreams', exact: true }).first().click()
    await house.page.getByRole('dialog').getByText('Leave while a sign-in waits?').waitFor()
    await button('Stay').click()
    await state('Waiting for the browser').waitFor()
    await button('Cancel').click()
    await button('Cancel the sign-in').click()
    await house.page.waitForURL((url) => url.pathname === '/upstreams')
    await expect.poll(() => isHeard(second)).toBe(false)
    expect(await house.rig.call('upstream.list', {})).toEqual([])
  })
})

describe('a device code', () => {
  async function startDevice(): Promise<string> {
    await tab('Device code').click()
    await button('Get a code').click()
    await state('Waiting for the code to be entered').waitFor()
    return (await house.page.getByLabel('Code', { exact: true }).textContent()) ?? ''
  }

  it('shows the code and its page, and ends by itself', async () => {
    house.server.oauth.behaviour.devicePolls = 2
    await openAdd('Headless')
    const code = await startDevice()
    expect(code).toMatch(/^.{4}-.{5}$/)
    const link = house.page.getByRole('link', { name: 'Open the page for the code' })
    await expect.poll(() => link.getAttribute('href')).toBe(`${house.server.url}/codex/device`)
    await expect.poll(() => link.getAttribute('target')).toBe('_blank')
    await house.page
      .getByRole('timer')
      .getByText(/^\d+:\d\d$/)
      .waitFor()
    await button('Copy the code').click()
    await button('Copied').waitFor()
    expect(await house.page.evaluate(() => navigator.clipboard.readText())).toBe(code)
    await axe(house.page)
    await expectAdded('Headless')
    await account().getByText('a device code').waitFor()
  })

  it('goes on while another way is looked at', async () => {
    house.server.oauth.behaviour.devicePolls = 1
    await openAdd('Headless')
    await startDevice()
    await tab('Import auth.json').click()
    await button('Look for Codex').waitFor()
    await expectAdded('Headless')
  })

  it('says where it is not allowed, and what to do then', async () => {
    house.server.oauth.behaviour.deviceDisabled = true
    await openAdd()
    await tab('Device code').click()
    await house.page.getByText(/settings under Security/).waitFor()
    await button('Get a code').click()
    await expectProblem('account_device_disabled')
    await alert()
      .getByText(/or sign in by browser/)
      .waitFor()
    house.server.oauth.behaviour.deviceDisabled = false
    house.server.oauth.behaviour.denies = true
    await button('Start again').click()
    await expectProblem('account_denied')
  })
})

describe('every way to sign in', () => {
  it('keeps nobody out', async () => {
    house.server.oauth.behaviour.dawdles = true
    house.server.oauth.behaviour.devicePolls = 100
    await openAdd()
    await startBrowser()
    await button('The browser shows a page that fails to open').click()
    await axe(house.page)
    await tab('Device code').click()
    await button('Get a code').click()
    await house.page.getByLabel('Code', { exact: true }).waitFor()
    await axe(house.page)
    await tab('Import auth.json').click()
    for (const what of ['auth.json', 'Business access token']) {
      await house.page.getByText(what, { exact: true }).click()
      await axe(house.page)
    }
    await tab('Device code').click()
    await button('Cancel sign-in').click()
    await tab('Sign in with the browser').click()
    await button('Cancel sign-in').click()
  })
})
