/** Filters in the address: what is asked in quick succession all counts, whether or not it has been drawn in between. */
import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addSimulator, openPageRig, sendRequest, type PageRig } from '../support/page-rig.ts'

let rig: PageRig

beforeAll(async () => {
  rig = await openPageRig()
  const { secret } = await addSimulator(rig.call)
  await sendRequest(rig, secret)
}, 120_000)
afterAll(() => rig?.close())

const page = () => rig.page
const params = () => Object.fromEntries(new URL(page().url()).searchParams)
const option = (name: string) => page().getByRole('option', { name, exact: true })
const flag = (name: RegExp) => page().getByRole('group', { name: 'Needs a look' }).getByRole('checkbox', { name })

/** All in one task of the page, which draws nothing between them by itself. */
async function clickAtOnce(...targets: readonly Locator[]): Promise<void> {
  const handles = await Promise.all(targets.map((target) => target.elementHandle()))
  await page().evaluate((elements) => {
    for (const element of elements) (element as HTMLElement | null)?.click()
  }, handles)
}

describe('changes in quick succession', () => {
  it('keep each other, and are each a step for "back"', async () => {
    await rig.go('/keys')
    const flags = [/^Expiring soon/, /^Unused/, /^Never rotated/].map(flag)
    await flags[0]?.waitFor({ state: 'attached' })
    await clickAtOnce(...flags)
    await expect.poll(params).toEqual({ soon: '1', unused: '1', unrotated: '1' })
    for (const each of flags) await expect.poll(() => each.isChecked()).toBe(true)
    await page().goBack()
    await expect.poll(params).toEqual({ soon: '1', unused: '1' })
    await clickAtOnce(flag(/^Unused/), flag(/^Never rotated/))
    await expect.poll(params).toEqual({ soon: '1', unrotated: '1' })
  })

  it('keep each other within one filter of several values', async () => {
    await rig.go('/requests')
    await page().getByRole('button', { name: 'State', exact: true }).click()
    await option('Failed').waitFor()
    await clickAtOnce(option('Failed'), option('Refused'))
    await expect.poll(params).toEqual({ state: 'failed,refused' })
    await clickAtOnce(option('Failed'), option('Completed'))
    await expect.poll(params).toEqual({ state: 'refused,completed' })
  })

  it('turn a view over and back', async () => {
    await rig.go('/')
    await page().getByRole('button', { name: 'Show as table' }).waitFor()
    const turn = page().getByRole('button', { name: /^Show as/ })
    await clickAtOnce(turn, turn)
    await page().getByRole('button', { name: 'Show as table' }).waitFor()
    expect(params()).toEqual({})
    await clickAtOnce(turn, turn, turn)
    await page().getByRole('button', { name: 'Show as chart' }).waitFor()
    expect(params()).toEqual({ table: '1' })
  })

  it('go along to what is opened with the next click', async () => {
    await rig.go('/keys')
    await clickAtOnce(flag(/^Never rotated/), page().getByRole('link', { name: 'Demo key', exact: true }))
    await page().getByRole('dialog', { name: 'Demo key' }).waitFor()
    expect(params()).toEqual({ unrotated: '1' })
  })

  it('start from where "back" led', async () => {
    await rig.go('/keys')
    await flag(/^Unused/).waitFor({ state: 'attached' })
    await clickAtOnce(flag(/^Unused/))
    await expect.poll(params).toEqual({ unused: '1' })
    const next = await flag(/^Never rotated/).elementHandle()
    await page().evaluate((element) => {
      addEventListener('popstate', () => (element as HTMLElement | null)?.click(), { once: true })
      history.back()
    }, next)
    await expect.poll(params).toEqual({ unrotated: '1' })
    await expect.poll(() => flag(/^Unused/).isChecked()).toBe(false)
  })
})
