/** Importing a ChatGPT account and signing one in again, in real Chromium against the stand-in. */
import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { accountActs, isHeard, useAccountPages } from '../support/account-pages.ts'
import { someAccount } from '../support/chatgpt-tokens.ts'
import { axe } from '../support/page-rig.ts'

const other = { ...someAccount, accountId: 'acct-0002', userId: 'user-0002', email: 'other@example.com' }

const house = useAccountPages()
const acts = accountActs(house)
const { button, field, tab, account, openAdd, startBrowser, callback, imported } = acts
const { expectAdded, expectProblem } = acts

describe('an import', () => {
  async function openImport(what: string, name?: string): Promise<void> {
    await openAdd(name)
    await tab('Import auth.json').click()
    await house.page.getByText(what, { exact: true }).click()
  }

  it('offers the Codex of this machine with its account, and warns of two holders', async () => {
    await openImport('Codex on this machine')
    await button('Look for Codex').click()
    await house.page.getByText(/There is no auth.json/).waitFor()
    writeFileSync(house.authPath, JSON.stringify({ OPENAI_API_KEY: 'sk-planted' }))
    await button('Look again').click()
    await button('Look for Codex').click()
    await expectProblem('auth_file_api_key')
    writeFileSync(house.authPath, house.server.authFile())
    await button('Look again').click()
    await button('Look for Codex').click()
    await house.page.getByText(house.authPath).waitFor()
    await house.page.getByText(/break each other/).waitFor()
    await axe(house.page)
    await button(`Import ${someAccount.email}`).click()
    await expectAdded(someAccount.email)
    await account().getByText('importing an auth.json of Codex').waitFor()
  })

  it('takes a file and refuses one that is too large', async () => {
    await openImport('auth.json', 'From a file')
    const file = house.page.locator('input[type=file]')
    const name = 'auth.json'
    await file.setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.alloc(65_537, 'a') })
    await house.page.getByText('An auth.json has at most 64 KB.').first().waitFor()
    await expect.poll(() => button('Import').isDisabled()).toBe(true)
    await file.setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(house.server.authFile()) })
    await button('Import').click()
    await expectAdded('From a file')
  })

  it('takes what is pasted, and keeps none of it when it is refused', async () => {
    await imported()
    await openImport('auth.json')
    await field('Or its text').fill('{"tokens":{"refresh_token":"rt_planted"}}')
    await button('Import').click()
    await expectProblem('auth_file_incomplete')
    await expect.poll(() => field('Or its text').inputValue()).toBe('')
    await field('Or its text').fill(house.server.authFile())
    await button('Import').click()
    await expectProblem('account_exists')
    await axe(house.page)
    await house.page.getByRole('link', { name: 'Open that upstream' }).click()
    await expectAdded('Mine')
    house.server.oauth.behaviour.account = other
    await openImport('auth.json')
    await field('Or its text').fill(house.server.authFile())
    await button('Import').click()
    await house.page.getByRole('heading', { name: other.email, level: 1 }).waitFor()
  })

  it('takes a business access token, which nothing renews', async () => {
    const token = house.server.oauth.businessToken()
    await openImport('Business access token', 'Business')
    await field('Business access token').fill('sk-planted')
    await house.page
      .getByText(/begins with at-/)
      .first()
      .waitFor()
    await expect.poll(() => button('Import').isDisabled()).toBe(true)
    await field('Business access token').fill('at-unknown')
    await button('Import').click()
    await expectProblem('account_token_invalid')
    await field('Business access token').fill(token)
    await button('Import').click()
    await expectAdded('Business')
    await account()
      .getByText(/nothing renews it/)
      .waitFor()
  })

  it('says before anything is sent that the name is taken, or an address wrong', async () => {
    await imported()
    await openAdd('mine')
    await house.page.getByText('An upstream is already called “mine”.').waitFor()
    await expect.poll(() => button('Sign in with the browser').isDisabled()).toBe(true)
    await field('Name').fill('')
    await field('Sign-in server').fill('http://auth.example')
    await house.page.getByText(/it must be https/).waitFor()
    await expect.poll(() => button('Sign in with the browser').isDisabled()).toBe(true)
  })
})

describe('signing in again', () => {
  const dialog = () => house.page.getByRole('dialog', { name: 'Sign Mine in again' })

  /** The provider has ended the sign-in, and a check has met it. */
  async function openEnded(): Promise<string> {
    const { id } = await imported()
    house.server.oauth.expireAll()
    house.server.oauth.behaviour.refreshFails = { status: 401, error: 'refresh_token_invalidated' }
    await house.rig.call('upstream.test', { id })
    house.server.oauth.behaviour.refreshFails = null
    await house.rig.go(`/upstreams/${id}`)
    await house.page.getByText('Sign-in required').first().waitFor()
    return id
  }

  it('refuses another account and changes nothing, then takes the same', async () => {
    const id = await openEnded()
    await expect.poll(() => button('Try it again').count()).toBe(0)
    house.server.oauth.behaviour.account = other
    await button('Sign in again').first().click()
    await dialog().getByText(`Use the account ${someAccount.email}`).waitFor()
    await button('Sign in with the browser').click()
    await expectProblem('account_mismatch')
    await axe(house.page)
    expect((await house.rig.call('upstream.get', { id })).health.state).toBe('auth_required')
    house.server.oauth.behaviour.account = someAccount
    await button('Start again').click()
    await dialog().waitFor({ state: 'detached' })
    await house.page.getByText('Ready').first().waitFor()
    await account().getByText('signing in with the browser').waitFor()
  })

  it('is in the menu in place of a new secret, and ends with its dialog', async () => {
    house.server.oauth.behaviour.dawdles = true
    const { id } = await imported()
    await house.rig.go('/upstreams')
    await house.page.getByRole('button', { name: 'Actions for Mine' }).click()
    await house.page.getByRole('menuitem', { name: 'Sign in again…' }).click()
    await startBrowser()
    const url = await callback()
    await button('Cancel').click()
    await expect.poll(() => isHeard(url)).toBe(false)
    await house.rig.go(`/upstreams/${id}/edit`)
    await house.page.getByText(`The account ${someAccount.email}.`).waitFor()
    expect(await house.page.getByRole('radio', { name: /Replace it/ }).count()).toBe(0)
    await field('Name').fill('Renamed')
    await button('Save changes').click()
    await house.page.getByRole('heading', { name: 'Renamed', level: 1 }).waitFor()
  })
})
