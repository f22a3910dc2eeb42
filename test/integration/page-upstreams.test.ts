/** The list of upstreams as a table in real Chromium: its states, filters, keys and every act of its menu. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startHttpPeer, type Peer } from '../support/http-peer.ts'
import { addSimulator, axe, openPageRig, sendRequest, type PageRig, type Served } from '../support/page-rig.ts'

let rig: PageRig
let page: Page
let peer: Peer
let demo: Served

beforeAll(async () => {
  rig = await openPageRig()
  page = rig.page
  peer = await startHttpPeer((_, res) =>
    res.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[{"id":"big"},{"id":"small"}]}'),
  )
}, 300_000)

afterAll(async () => {
  await rig?.close()
  await peer?.close()
})

const row = (name: string) => page.getByRole('row', { name, exact: true })
/** Waits until these are the rows, in this order. */
async function expectRows(...names: string[]): Promise<void> {
  await page.waitForFunction((wanted) => {
    const rows = document.querySelectorAll('table[aria-label="Upstreams"] tr[data-row]')
    return [...rows].map((each) => each.getAttribute('aria-label')).join() === wanted
  }, names.join())
}
const toast = (text: string | RegExp) => page.getByRole('alert').filter({ hasText: text }).first()
const dialog = () => page.getByRole('dialog')

async function act(upstream: string, item: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${upstream}` }).click()
  await page.getByRole('menuitem', { name: item, exact: true }).click()
}

/** Answers one route in the core's place until it is called off. */
async function instead(
  route: string,
  answer: 'never' | { code: string; message: string },
): Promise<() => Promise<void>> {
  const held: (() => Promise<void>)[] = []
  await page.route('**/rpc', async (call) => {
    const { route: asked } = call.request().postDataJSON() as { route: string }
    if (asked !== route) return call.fallback()
    if (answer === 'never') return void held.push(() => call.continue())
    return call.fulfill({ json: { ok: false, error: answer } })
  })
  return async () => {
    await Promise.all(held.map((go) => go()))
    await page.unroute('**/rpc')
  }
}

describe('before there is an upstream', () => {
  it('says what one is for and what to do', async () => {
    await rig.go('/upstreams')
    await page.getByRole('heading', { name: 'No upstreams yet' }).waitFor()
    await axe(page)
    await page.getByRole('link', { name: 'Add the first upstream' }).click()
    await page.waitForURL((url) => url.pathname === '/upstreams/new')
  })

  it('adds the simulator at one click', async () => {
    await rig.go('/upstreams')
    await page.getByRole('button', { name: 'Add the simulator instead' }).click()
    await toast(/^Added/).waitFor()
    await page.getByRole('list', { name: 'Upstreams' }).waitFor()
    const [made] = await rig.call('upstream.list', {})
    expect(made?.kind).toBe('simulator')
    await rig.call('upstream.delete', { id: made?.id ?? '' })
    await page.getByRole('heading', { name: 'No upstreams yet' }).waitFor()
  })
})

const TABLE = '/upstreams?view=table'
const all = ['Demo simulator', 'Limited simulator', 'Team account', 'Workshop']

describe('the list', () => {
  beforeAll(async () => {
    demo = await addSimulator(rig.call, 'Demo', { rateLimitHeaders: true })
    const limited = await addSimulator(rig.call, 'Limited', {
      fault: 'status',
      faultStatus: 429,
      retryAfterSeconds: 3_600,
    })
    const local = await rig.call('upstream.create', {
      kind: 'openai-compatible',
      name: 'Workshop',
      baseUrl: `${peer.url}/v1`,
      notes: 'second rack',
    })
    await rig.call('upstream.create', { kind: 'openai', name: 'Team account', secret: { apiKey: 'sk-planted-1' } })
    await rig.call('upstream.assign', {
      id: local.id,
      pools: [{ poolId: demo.poolId, priority: 2, weight: 1, enabled: true }],
    })
    await sendRequest(rig, demo.secret)
    await sendRequest(rig, limited.secret)
  })

  it('says of each who it is, how it is and why, and what is left of it', async () => {
    await rig.go(TABLE)
    await row('Limited simulator').getByText('Cooling down').waitFor()
    await expect.poll(() => row('Limited simulator').textContent()).toMatch(/back in 59 min/)
    const first = row('Demo simulator')
    await first.getByRole('link', { name: 'Demo: Ready.' }).waitFor()
    await first.getByRole('meter', { name: 'requests left' }).waitFor()
    await expect
      .poll(() => first.getByRole('group', { name: 'Quota of requests' }).textContent())
      .toBe('10k / 10k requests')
    await page.waitForFunction(
      () => Number(document.querySelector('tr[aria-label="Demo simulator"] td:nth-child(5)')?.textContent) > 0,
    )
    await row('Limited simulator')
      .getByRole('link', { name: /^Limited: Resting after failures/ })
      .waitFor()
    await expect.poll(() => row('Team account').textContent()).toMatch(/in no Pool.*not said/)
    await page.getByText('3 of 4 upstreams ready').waitFor()
  })

  it('keeps every filter in the address, and goes back and forward through them', async () => {
    await rig.go(TABLE)
    await page.getByRole('searchbox').fill('RACK')
    await page.waitForURL(/q=RACK/)
    await expectRows('Workshop')
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await page.waitForURL((url) => url.search === '?view=table')

    for (const [filter, option, search, expected] of [
      ['Kind', 'OpenAI-compatible', 'kind=openai-compatible', ['Workshop']],
      ['State', 'Needs attention', 'state=attention', ['Limited simulator']],
      ['Pool', 'In no Pool', 'pool=none', ['Team account']],
      ['Pool', 'Demo', `pool=${demo.poolId}`, ['Demo simulator', 'Workshop']],
    ] as const) {
      await page.getByRole('combobox', { name: filter }).click()
      await page.getByRole('option', { name: option, exact: true }).click()
      await page.waitForURL((url) => url.search.includes(search))
      await expectRows(...expected)
      await page.goBack()
      await page.waitForURL((url) => !url.search.includes(search))
    }
    await page.goForward()
    await page.waitForURL((url) => url.search.includes(demo.poolId))
    await expectRows('Demo simulator', 'Workshop')
  })

  it('says when nothing fits, and clears', async () => {
    await rig.go(`${TABLE}&q=nothing&kind=openai`)
    await page.getByText('No upstreams fit the filters').waitFor()
    await page.getByRole('button', { name: 'Clear filters' }).last().click()
    await page.waitForURL((url) => url.search === '?view=table')
    await expectRows(...all)
  })

  it('ignores what an address has no business to say', async () => {
    await rig.go(`${TABLE}&kind=telex&state=happy&sort=-nothing`)
    await expectRows(...all)
  })

  it('sorts by state with trouble first, and the other way round', async () => {
    await rig.go(TABLE)
    await expectRows(...all)
    await page.getByRole('button', { name: 'State' }).click()
    await page.waitForURL(/sort=state/)
    await expectRows('Limited simulator', 'Demo simulator', 'Team account', 'Workshop')
    await page.getByRole('button', { name: 'State' }).click()
    await page.waitForURL(/sort=-state/)
    await expectRows('Demo simulator', 'Team account', 'Workshop', 'Limited simulator')
  })

  it('is walked by keyboard: / searches, arrows walk, Enter opens, n adds', async () => {
    await rig.go(TABLE)
    await row('Demo simulator').waitFor()
    await page.keyboard.press('/')
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('type'))).toBe('search')
    await row('Demo simulator').focus()
    await page.keyboard.press('ArrowDown')
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label')))
      .toBe('Limited simulator')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/upstreams\/ups_/)
    await page.goBack()
    await row('Demo simulator').waitFor()
    await page.keyboard.press('n')
    await page.waitForURL((url) => url.pathname === '/upstreams/new')
  })

  it('filters by a command of the palette and by its own summary', async () => {
    await rig.go(TABLE)
    await page.keyboard.press('Control+k')
    await page.getByRole('textbox', { name: 'Command palette' }).fill('need attention')
    await page.keyboard.press('Enter')
    await page.waitForURL(/state=attention/)
    await page.goBack()
    await page.getByRole('button', { name: '1 needs attention' }).click()
    await page.waitForURL(/state=attention/)
  })

  it('follows what happens elsewhere', async () => {
    await rig.go(TABLE)
    const { id } = (await rig.call('upstream.list', {})).find(({ name }) => name === 'Workshop') ?? { id: '' }
    await rig.call('upstream.pause', { id })
    await row('Workshop').getByText('Paused', { exact: true }).waitFor()
    await rig.call('upstream.resume', { id })
    await row('Workshop').getByText('Ready', { exact: true }).waitFor()
  })

  it('shows that it loads, and what to do when it cannot', async () => {
    let callOff = await instead('upstream.list', 'never')
    await rig.go(TABLE)
    await page.getByRole('status', { name: 'Loading upstreams' }).waitFor()
    await callOff()
    await row('Workshop').waitFor()
    callOff = await instead('upstream.list', { code: 'internal', message: 'Something in Weir went wrong' })
    await rig.go(TABLE)
    await page.getByRole('alert').getByText('The upstreams could not be loaded').waitFor()
    await page.getByRole('alert').getByText('internal', { exact: true }).waitFor()
    await callOff()
    await page.getByRole('button', { name: 'Try again' }).click()
    await row('Workshop').waitFor()
  })

  it.each(['light', 'dark'] as const)('keeps nobody out in the %s scheme', async (colorScheme) => {
    await page.emulateMedia({ colorScheme })
    await rig.go(TABLE)
    await row('Workshop').waitFor()
    await axe(page)
    await page.emulateMedia({ colorScheme: 'light' })
  })

  it.each([1280, 900])('shows every column at %i wide without scrolling sideways', async (width) => {
    await page.setViewportSize({ width, height: 600 })
    await rig.go(TABLE)
    await row('Demo simulator').getByRole('meter').first().waitFor()
    const spare = await page.getByRole('table', { name: 'Upstreams' }).evaluate((table) => {
      const box = table.parentElement
      return box === null ? -1 : box.clientWidth - box.scrollWidth
    })
    expect(spare).toBeGreaterThanOrEqual(0)
    await page.setViewportSize({ width: 1280, height: 800 })
  })
})

describe('the menu of a row', () => {
  it('tests, and says how long it took and what is there', async () => {
    await rig.go(TABLE)
    await act('Workshop', 'Test now…')
    await dialog()
      .getByText(/^Answered in/)
      .waitFor()
    await dialog().getByText('big').waitFor()
    await axe(page)
    await dialog().getByRole('button', { name: 'Test again' }).click()
    await dialog()
      .getByText(/^Answered in/)
      .waitFor()
    await page.keyboard.press('Escape')
    await dialog().waitFor({ state: 'detached' })
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Actions for Workshop')
  })

  it('refreshes the models and tells what changed', async () => {
    await act('Workshop', 'Refresh models')
    await toast(/Workshop lists 2 models: no change/).waitFor()
  })

  it('pauses at once where another one serves, and takes it back', async () => {
    await act('Workshop', 'Pause')
    await toast('Paused Workshop').getByRole('button', { name: 'Undo' }).click()
    await row('Workshop').getByText('Ready', { exact: true }).waitFor()
  })

  it('asks before it pauses the last ready one of a Pool', async () => {
    const { id } = (await rig.call('upstream.list', {})).find(({ name }) => name === 'Workshop') ?? { id: '' }
    await rig.call('upstream.pause', { id })
    await row('Workshop').getByText('Paused', { exact: true }).waitFor()
    await row('Demo simulator').getByRole('link', { name: 'Demo: Ready.' }).waitFor()
    await act('Demo simulator', 'Pause')
    await dialog().getByText('1 Pool has no other ready upstream:').waitFor()
    await dialog().getByRole('button', { name: 'Cancel' }).click()
    await dialog().waitFor({ state: 'detached' })
    await act('Demo simulator', 'Pause')
    await dialog().getByRole('button', { name: 'Pause' }).click()
    await row('Demo simulator').getByText('Paused', { exact: true }).waitFor()
    await act('Demo simulator', 'Resume')
    await row('Demo simulator').getByText('Ready', { exact: true }).waitFor()
    await act('Workshop', 'Resume')
    await row('Workshop').getByText('Ready', { exact: true }).waitFor()
  })

  it('copies the id', async () => {
    await act('Workshop', 'Copy upstream id')
    await toast(/^Copied ups_/).waitFor()
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toMatch(/^ups_/)
  })

  it.each([
    ['Edit', /\/upstreams\/ups_\w+\/edit$/],
    ['Its requests', /\/requests\?upstream=ups_/],
    ['Its audit log', /\/audit\?target=ups_/],
  ])('leads by “%s” to where it says', async (item, address) => {
    await rig.go(TABLE)
    await act('Workshop', item)
    await page.waitForURL(address)
  })

  it('deletes what nobody depends on after one question', async () => {
    await rig.go(TABLE)
    await act('Team account', 'Delete…')
    await dialog().getByText('It is in no Pool.').waitFor()
    await dialog().getByText('Its secret is deleted from the secret store.').waitFor()
    await dialog().getByRole('button', { name: 'Delete upstream' }).click()
    await row('Team account').waitFor({ state: 'detached' })
  })

  it('wants the name typed where a Pool would run dry', async () => {
    await act('Limited simulator', 'Delete…')
    await dialog().getByText('1 Pool will have no upstream left:').waitFor()
    await dialog().getByText('Limited: 1 usable key will be refused').waitFor()
    const button = dialog().getByRole('button', { name: 'Delete upstream' })
    await expect.poll(() => button.isDisabled()).toBe(true)
    await dialog().getByText('Type the name to go on.').waitFor()
    await axe(page)
    await dialog().getByRole('textbox', { name: 'Type the name to confirm' }).fill('Limited')
    await expect.poll(() => button.isDisabled()).toBe(true)
    await dialog().getByRole('textbox', { name: 'Type the name to confirm' }).fill('Limited simulator')
    await button.click()
    await row('Limited simulator').waitFor({ state: 'detached' })
    await expect
      .poll(async () => (await rig.call('upstream.list', {})).map(({ name }) => name))
      .not.toContain('Limited simulator')
  })

  it('says why a deletion cannot be looked into, and lets one try again', async () => {
    const callOff = await instead('upstream.deletePreview', { code: 'internal', message: 'Something went wrong' })
    await act('Workshop', 'Delete…')
    await dialog().getByText('What it leaves behind could not be read').waitFor()
    await callOff()
    await dialog().getByRole('button', { name: 'Try again' }).click()
    await dialog().getByRole('button', { name: 'Delete upstream' }).waitFor()
    await dialog().getByRole('button', { name: 'Cancel' }).click()
  })
})
