/** The Doctor on the page: reached from a key and from a refused request, its question in the address, its steps on screen. */
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noLimits } from '../../src/shared/models/limit.ts'
import { addSimulator, axe, openPageRig, sendRequest, type PageRig, type Served } from '../support/page-rig.ts'

let rig: PageRig
let page: Page
let served: Served

beforeAll(async () => {
  rig = await openPageRig()
  page = rig.page
  served = await addSimulator(rig.call, 'Team')
}, 300_000)

afterAll(async () => {
  await rig?.close()
})

const drawer = () => page.getByRole('dialog', { name: /^Doctor: / })
const field = (name: string) => drawer().getByLabel(name, { exact: true })
const verdict = () => drawer().getByRole('region', { name: 'Verdict' })
const step = (id: string): Locator => drawer().locator(`[data-step="${id}"]`)
const explain = () => drawer().getByRole('button', { name: 'Explain' }).click()

async function expectVerdict(text: RegExp): Promise<void> {
  await expect.poll(() => verdict().textContent()).toMatch(text)
}

async function expectStep(id: string, found: string): Promise<void> {
  await expect.poll(() => step(id).getAttribute('data-verdict')).toBe(found)
}

async function limit(limits: Partial<typeof noLimits>): Promise<void> {
  await rig.call('key.update', { id: served.keyId, patch: { limits: { ...noLimits, ...limits } } })
}

describe('the Doctor', () => {
  it('is reached from the menu of a key, and asks nothing before it is told what', async () => {
    await rig.go('/keys?q=Team')
    await page.getByRole('button', { name: 'Actions for Team key' }).click()
    await page.getByRole('menuitem', { name: 'Doctor: explain a request' }).click()
    await drawer().waitFor()
    expect(new URL(page.url()).pathname).toBe(`/keys/${served.keyId}/doctor`)
    await expect.poll(() => field('From the address').inputValue()).toBe('127.0.0.1')
    await expect.poll(() => verdict().count()).toBe(0)
  })

  it('says that a request passes, with every step, and keeps the question in the address', async () => {
    await field('Model').fill('sim-chat')
    await field('Input, tokens').fill('2k')
    await explain()
    await expectVerdict(/It would pass/)
    await expect.poll(() => drawer().locator('[data-step]').count()).toBe(13)
    await expectStep('upstreams', 'pass')
    await expect.poll(() => step('upstreams').textContent()).toContain('Team simulatortried first')
    await expectStep('credential', 'skipped')
    const search = new URL(page.url()).searchParams
    expect(Object.fromEntries(search)).toEqual({ q: 'Team', ask: '1', model: 'sim-chat', input: '2000' })
    await axe(page)
    await page.reload()
    await expectVerdict(/It would pass/)
    await expect.poll(() => field('Input, tokens').inputValue()).toBe('2,000')
  })

  it('follows a change of the key at once, and leads to the place of the fix', async () => {
    await limit({ inputTokensPerRequest: 1_000 })
    await expectVerdict(/refused with HTTP 400.*request_over_limit/)
    await expectStep('limits', 'fail')
    await expect.poll(() => step('limits').getAttribute('data-deciding')).toBe('true')
    await expect.poll(() => step('limits').textContent()).toContain('2,000 of 1,000')
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme })
      await axe(page)
    }
    await verdict()
      .getByRole('link', { name: /^Go there/ })
      .click()
    await page.waitForURL(`**/keys/${served.keyId}/edit?step=limits`)
    await page.goBack()
    await limit({})
    await expectVerdict(/It would pass/)
  })

  it('answers as this client would be answered', async () => {
    await limit({ requestsPerDay: 0 })
    await expectVerdict(/refused with HTTP 400/)
    await limit({})
    await rig.call('key.pause', { id: served.keyId })
    await expectVerdict(/refused with HTTP 403.*api_key_paused/)
    await field('Client').click()
    await page.getByRole('option', { name: 'Codex' }).click()
    await explain()
    await expectVerdict(/refused with HTTP 400.*api_key_paused/)
    await expectStep('paused', 'fail')
    await rig.call('key.resume', { id: served.keyId })
    await expectVerdict(/It would pass/)
  })

  it('says at the field what is no number, and at the answer what is no address', async () => {
    await field('Most output').fill('lots')
    await explain()
    await drawer().getByText('Give a whole number: 500, 1k or 1.5M.').waitFor()
    await field('Most output').fill('')
    await field('From the address').fill('here')
    await explain()
    await drawer().getByRole('heading', { name: 'The answer could not be loaded' }).waitFor()
    await field('From the address').fill('127.0.0.1')
    await explain()
    await expectVerdict(/It would pass/)
  })

  it('goes back to the key when it is closed, and takes its question out of the address', async () => {
    await page.keyboard.press('Escape')
    await page.getByRole('dialog', { name: /^Team key/ }).waitFor()
    const { pathname, search } = new URL(page.url())
    expect([pathname, search]).toEqual([`/keys/${served.keyId}`, '?q=Team'])
    await page.getByRole('link', { name: 'Explain a request' }).click()
    await drawer().waitFor()
  })

  it('explains a refused request of the log', async () => {
    await limit({ requestsPerDay: 0 })
    expect(await sendRequest(rig, served.secret, { max_tokens: 300 })).toBe(400)
    const { rows } = await rig.call('request.list', { state: 'refused', limit: 1 })
    await rig.go(`/requests/${rows[0]?.id ?? ''}`)
    await page.getByRole('link', { name: 'Explain with the Doctor' }).click()
    await expectVerdict(/refused with HTTP 400.*request_over_limit/)
    await expect.poll(() => field('Model').inputValue()).toBe('sim-chat')
    await expect.poll(() => field('Most output').inputValue()).toBe('300')
    await limit({})
    await expectVerdict(/It would pass/)
  })
})
