/** The secret of a key is shown once by each way that makes one, and is nowhere once that is closed. */
import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addSimulator, openPageRig, sendRequest, type PageRig, type Served } from '../support/page-rig.ts'
import { startHunt, type Hunt } from '../support/secret-hunt.ts'

let rig: PageRig
let hunt: Hunt
let served: Served

beforeAll(async () => {
  rig = await openPageRig()
  hunt = await startHunt(rig)
  served = await addSimulator(rig.call, 'Team of the hunt')
  // The thread that reads the log has to start first, which takes its time on a busy machine.
  await rig.call('key.figures', { from: 0, to: Date.now() })
}, 300_000)

afterAll(() => rig?.close())

const button = (name: string) => rig.page.getByRole('button', { name, exact: true })
const field = (name: string | RegExp) => rig.page.getByRole('textbox', { name })

const step = (name: string) => rig.page.getByRole('navigation', { name: 'Steps' }).getByRole('button', { name })

/** What is shown, and the part of it that no prefix tells. */
async function read(within: Locator): Promise<{ secret: string; wanted: string }> {
  const shown = within.getByRole('textbox', { name: 'Secret' })
  await expect.poll(() => shown.inputValue()).toMatch(/^sk-weir-/)
  const secret = await shown.inputValue()
  const wanted = secret.slice(secret.lastIndexOf('-') + 1)
  await hunt.expectTyped(wanted)
  return { secret, wanted }
}

async function choose(item: string): Promise<void> {
  await rig.go('/keys')
  await button('Actions for Team of the hunt key').click()
  await rig.page.getByRole('menuitem', { name: item }).click()
}

const expectNowhere = (known: string) => hunt.expectNowhere(known)

const ways: readonly { readonly name: string; readonly route: string; readonly show: () => Promise<void> }[] = [
  {
    name: 'a rotation',
    route: 'key.rotate',
    async show() {
      await choose('Rotate…')
      await button('Rotate').click()
    },
  },
  {
    name: 'a copy',
    route: 'key.duplicate',
    async show() {
      await choose('Duplicate…')
      await button('Duplicate').click()
    },
  },
  {
    name: 'a new Pool',
    route: 'key.create',
    async show() {
      await rig.go('/pools/new')
      await field('Name').fill('Another team')
      await step('API keys').click()
      await field('Name of the key').fill('first')
      await step('Models').click()
      await button('Create Pool').click()
    },
  },
  {
    name: 'a Pool that is edited',
    route: 'key.create',
    async show() {
      await rig.go(`/pools/${served.poolId}/edit?step=keys`)
      await rig.page.getByRole('checkbox', { name: /Create a further key/ }).check()
      await field('Name of the key').fill('further')
      await button('Save changes').click()
    },
  },
]

describe.each(ways)('the secret of $name', ({ route, show }) => {
  it('is nowhere once the dialog is closed', async () => {
    await show()
    const dialog = rig.page.getByRole('dialog').filter({ has: field('Secret') })
    const { secret, wanted } = await read(dialog)
    await dialog.getByRole('button', { name: 'Copy secret' }).click()
    await dialog.getByRole('button', { name: 'Copied' }).waitFor()
    await dialog.getByRole('tab', { name: 'curl', exact: true }).click()
    await dialog.getByText(`export WEIR_KEY=${secret}`).waitFor()
    await dialog.getByRole('checkbox', { name: 'I have saved the secret' }).check()
    await dialog.getByRole('button', { name: 'Done' }).click()
    await dialog.waitFor({ state: 'detached' })
    await hunt.expectGone(wanted, [`← ${route}`])
  })
})

describe('the secret of the first steps', () => {
  it.each(['hidden', 'left'] as const)('is nowhere once it is %s', async (end) => {
    await rig.go(`/welcome?step=key&pool=${served.poolId}`)
    await button('Another key').click()
    await button('Create key').click()
    const shown = rig.page.getByRole('region', { name: 'The secret of the new key' })
    const { secret, wanted } = await read(shown)
    await rig.page.getByRole('tab', { name: 'curl', exact: true }).click()
    await rig.page.getByText(`export WEIR_KEY=${secret}`).waitFor()
    expect(await sendRequest(rig, secret)).toBe(200)
    if (end === 'hidden') await button('I have saved it: hide it').click()
    else {
      await rig.page.getByRole('navigation').getByRole('link', { name: 'Pools' }).click()
      await button('Leave without it').click()
    }
    await shown.waitFor({ state: 'detached' })
    await hunt.expectGone(wanted, ['← key.create'])
  })
})

describe('the link that signs an operator in', () => {
  it('does not stay in the page that it opened', async () => {
    const link = rig.newLink()
    const token = new URL(link).searchParams.get('token') ?? ''
    await rig.page.goto(link)
    await rig.page.locator('#page-title').waitFor()
    expect(token.length).toBeGreaterThan(20)
    // The browser's own navigation to it is no call of the page.
    await hunt.expectGone(token, [`→ ${link} `])
  })
})

describe('everything that was shown', () => {
  it('is in no late answer or event, no log, file or backup', async () => {
    await expectNowhere('Team of the hunt')
  })
})
