/** What signs a ChatGPT account in is put into every field that takes it, and is nowhere once the form is closed. */
import { writeFileSync } from 'node:fs'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { accountActs, useAccountPages } from '../support/account-pages.ts'
import { accountFields, accountForms, SIGNED_IN_AGAIN, type SecretText } from '../support/secret-account-forms.ts'
import { startHunt, type Hunt } from '../support/secret-hunt.ts'
import { tracesOf } from '../support/secret-traces.ts'

const house = useAccountPages()
const acts = accountActs(house)
const scene = { house, acts }
let hunt: Hunt

beforeAll(async () => {
  hunt = await startHunt(house.rig)
})

// Also what the core was given by the provider, which no page has any business to hear of.
afterEach(() => {
  for (const secret of house.server.oauth.issued) hunt.follow(secret)
})

async function expectGone(secrets: Iterable<string>, held: readonly string[]): Promise<void> {
  for (const secret of secrets) await hunt.expectGone(secret, held)
}

const expectNowhere = (known: string) => hunt.expectNowhere(known)

const cases = accountForms.flatMap((form) => accountFields.map((field) => ({ form, field })))

describe.each(cases)('$field.name for $form.name', ({ form, field }) => {
  async function fill(make: () => Promise<SecretText>): Promise<readonly string[]> {
    await form.open(scene)
    await field.open(scene)
    const { typed, secrets } = await make()
    for (const secret of secrets) hunt.follow(secret)
    await field.type(scene, typed)
    // The text of a file is read when it is sent, and not before.
    if (field.isFile) await house.page.getByRole('button', { name: 'Choose no file' }).waitFor()
    else for (const secret of secrets) await hunt.expectTyped(secret)
    return secrets
  }

  it('never leaves the form when that is closed', async () => {
    const secrets = await fill(() => field.make(scene))
    await form.leave(scene, field.isWaiting)
    await expectGone(secrets, [])
  })

  it('is nowhere after a refusal', async () => {
    const secrets = await fill(() => field.makeWrong(scene))
    await field.send(scene)
    await house.page
      .getByText(new RegExp(`^\\(?${field.refusal}|\\(${field.refusal}\\)`))
      .first()
      .waitFor()
    await form.leave(scene, field.isWaiting)
    await expectGone(secrets, [`→ ${field.carrier}`])
  })

  it('went to the core once, and is nowhere else', async () => {
    const secrets = await fill(() => field.make(scene))
    await field.send(scene)
    await form.done(scene)
    await expectGone(secrets, [`→ ${field.carrier}`])
    for (const secret of house.server.oauth.issued) expect(await tracesOf(house.page, secret)).toEqual([])
  })
})

describe('what nobody types', () => {
  it('is not told to the page: the tokens of the Codex on this machine', async () => {
    const text = house.server.authFile()
    writeFileSync(house.authPath, text)
    await acts.openAdd()
    await acts.tab('Import auth.json').click()
    await acts.button('Look for Codex').click()
    await house.page.getByRole('button', { name: /^Import .*@/ }).click()
    await house.page.waitForURL(/\/upstreams\/ups_/)
    expect(house.server.oauth.issued.size).toBe(3)
    await expectGone(house.server.oauth.issued, [])
  })

  it.each(['the browser', 'a device code'])('is not told to the page: the tokens of a sign-in by %s', async (way) => {
    await acts.openAdd('By itself')
    if (way === 'a device code') {
      await acts.tab('Device code').click()
      await acts.button('Get a code').click()
    } else await acts.button('Sign in with the browser').click()
    await acts.expectAdded('By itself')
    expect(house.server.oauth.issued.size).toBeGreaterThan(3)
    await expectGone(house.server.oauth.issued, [])
  })

  it('goes with its page: a device code', async () => {
    house.server.oauth.behaviour.devicePolls = 1_000
    await acts.openAdd()
    await acts.tab('Device code').click()
    await acts.button('Get a code').click()
    const code = (await house.page.getByLabel('Code', { exact: true }).textContent()) ?? ''
    expect(await tracesOf(house.page, code)).toContain('the document')
    await acts.button('Cancel sign-in').click()
    await acts.button('Get a code').waitFor()
    await acts.button('Cancel').click()
    await house.page.waitForURL((url) => url.pathname === '/upstreams')
    await expect.poll(() => tracesOf(house.page, code), { timeout: 20_000 }).toEqual([])
  })
})

describe('everything that signed an account in', () => {
  // Some two hundred tokens, each in every form.
  it('is in no late answer or event, no log, file or backup', { timeout: 240_000 }, async () => {
    await expectNowhere(SIGNED_IN_AGAIN)
  })
})
