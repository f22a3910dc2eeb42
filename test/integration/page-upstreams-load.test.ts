/** How much an upstream may be asked at once, on its pages, and the models that it is not asked for after failures. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addSimulator, axe, openPageRig, sendRequest, type PageRig, type Served } from '../support/page-rig.ts'

let rig: PageRig
let lab: Served

beforeAll(async () => {
  rig = await openPageRig()
  lab = await addSimulator(rig.call, 'Lab')
})
afterAll(() => rig.close())

const page = () => rig.page
const field = (name: string) => page().getByRole('textbox', { name, exact: true })
const button = (name: string) => page().getByRole('button', { name, exact: true })
const part = (name: string) => page().getByRole('region', { name, exact: true })
const bound = 'Requests at the same time'

async function edit(): Promise<void> {
  await rig.go(`/upstreams/${lab.upstreamId}/edit`)
  await field(bound).waitFor()
}

async function save(): Promise<void> {
  await button('Save changes').click()
  await page().getByRole('heading', { name: 'Lab simulator', exact: true }).waitFor()
}

const saved = async () => (await rig.call('upstream.get', { id: lab.upstreamId })).maxConcurrent

describe('the bound of an upstream', () => {
  it('is given to a new one', async () => {
    await rig.go('/upstreams/new?kind=simulator')
    await field('Name').fill('Small')
    await field(bound).fill('2')
    await button('Add upstream').click()
    await page().getByRole('heading', { name: 'Small', exact: true }).waitFor()
    await expect
      .poll(() =>
        page()
          .getByRole('link', { name: /^Running now/ })
          .textContent(),
      )
      .toMatch(/0 \/ 2/)
  })

  it('is set, kept by an edit of something else, and cleared', async () => {
    await edit()
    await field(bound).fill('3')
    await save()
    await expect.poll(saved).toBe(3)
    await edit()
    await expect.poll(() => field(bound).inputValue()).toBe('3')
    await page().getByRole('textbox', { name: 'Notes' }).fill('by the window')
    await save()
    expect(await saved()).toBe(3)
    await rig.go(`/pools/${lab.poolId}`)
    await part('Upstreams').getByRole('cell', { name: '0 / 3' }).waitFor()
    await edit()
    await field(bound).fill('')
    await save()
    await expect.poll(saved).toBeNull()
    await expect
      .poll(() =>
        page()
          .getByRole('link', { name: /^Running now/ })
          .textContent(),
      )
      .toBe('Running now0 ')
  })

  it.each(['0', '10001'])('may not be %s', async (value) => {
    await edit()
    await field(bound).fill(value)
    await page().getByText(`${bound}: A whole number from 1 to 10,000, or nothing.`).waitFor()
    await expect.poll(() => button('Save changes').isDisabled()).toBe(true)
    await axe(page())
  })
})

describe('open circuits', () => {
  const circuits = () => part('Open circuits')
  const behave = (fault: 'status' | 'none') =>
    rig.call('upstream.update', { id: lab.upstreamId, patch: { simulator: { fault, faultStatus: 503 } } })

  it('are named with model and time, in the list too, and a test that succeeds closes them', async () => {
    await rig.go(`/upstreams/${lab.upstreamId}`)
    await part('Health').waitFor()
    expect(await circuits().count()).toBe(0)
    await behave('status')
    for (let count = 0; count < 3; count += 1) expect(await sendRequest(rig, lab.secret)).not.toBe(200)
    const cells = circuits().getByRole('row').nth(1).getByRole('cell')
    await expect.poll(() => cells.nth(0).innerText()).toMatch(/^sim-chat\s+chat completions$/)
    await expect.poll(() => cells.nth(1).textContent()).toBe('Circuit open')
    await expect.poll(() => cells.nth(2).textContent()).toMatch(/^in \d+ s|^in 1 min/)
    await expect.poll(() => cells.nth(3).textContent()).toBe('3')
    for (const colorScheme of ['light', 'dark'] as const) {
      await page().emulateMedia({ colorScheme })
      await axe(page())
    }
    await rig.go('/upstreams')
    await page().getByText('Circuit open for sim-chat').waitFor()
    await axe(page())
    await behave('none')
    await rig.go(`/upstreams/${lab.upstreamId}`)
    await circuits().getByRole('button', { name: 'Test it now' }).click()
    await circuits().waitFor({ state: 'detached' })
    expect(await sendRequest(rig, lab.secret)).toBe(200)
  })
})
