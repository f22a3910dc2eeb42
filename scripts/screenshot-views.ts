/** What is photographed: an address each, and what is done there first. */
import type { Page } from 'playwright-core'

export interface Subjects {
  /** Ids by name. */
  readonly pools: Readonly<Record<string, string>>
  readonly upstreams: Readonly<Record<string, string>>
  readonly keys: Readonly<Record<string, string>>
  readonly requests: { readonly retried: string; readonly failed: string }
}

export interface View {
  readonly name: string
  readonly path: string
  readonly act?: (page: Page) => Promise<void>
  /** What must be undone before the next view, when going there does not. */
  readonly after?: (page: Page) => Promise<void>
}

/** Of a house without anything. */
export const emptyViews: readonly View[] = [
  { name: 'overview-empty', path: '/' },
  { name: 'welcome-upstream', path: '/welcome' },
  { name: 'pools-empty', path: '/pools' },
  { name: 'upstreams-empty', path: '/upstreams' },
  { name: 'keys-empty', path: '/keys' },
  { name: 'requests-empty', path: '/requests' },
  { name: 'sessions-empty', path: '/sessions' },
  { name: 'alerts-empty', path: '/alerts' },
  { name: 'audit-empty', path: '/audit' },
]

export function houseViews({ pools, upstreams, keys, requests }: Subjects): readonly View[] {
  const team = pools['Team']
  const laptop = keys['Ada laptop']
  const bot = keys['Code review bot']
  return [
    { name: 'overview', path: '/' },
    { name: 'overview-below', path: '/', act: toEnd },
    {
      name: 'overview-cumulative',
      path: '/?mode=cumulative&range=30d&by=key&metric=tokens',
      act: toPart('Traffic'),
    },
    { name: 'overview-table', path: '/?table=1&by=upstream&range=7d&metric=requests', act: toPart('Traffic') },
    { name: 'pools', path: '/pools' },
    { name: 'pools-table', path: '/pools?view=table' },
    { name: 'pools-nothing', path: '/pools?q=nothing+like+it' },
    { name: 'pool', path: `/pools/${team}` },
    { name: 'pool-below', path: `/pools/${team}`, act: toEnd },
    { name: 'pool-plan', path: `/pools/${team}`, act: toPart('Try routing') },
    { name: 'pool-menu', path: '/pools', act: menu('Team'), after: escape },
    { name: 'pool-delete', path: '/pools', act: menu('Hackathon 2025', /Delete/), after: escape },
    ...['', 'routing', 'upstreams', 'keys', 'models'].map((step) => ({
      name: `pool-edit-${step || 'details'}`,
      path: `/pools/${team}/edit?step=${step}`,
    })),
    { name: 'pool-new', path: '/pools/new' },
    { name: 'upstreams', path: '/upstreams' },
    { name: 'upstreams-table', path: '/upstreams?view=table' },
    { name: 'upstreams-nothing', path: '/upstreams?q=nothing+like+it' },
    { name: 'upstreams-menu', path: '/upstreams', act: menu('OpenRouter'), after: escape },
    { name: 'upstreams-delete', path: '/upstreams', act: menu('OpenRouter', /Delete/), after: escape },
    { name: 'upstream', path: `/upstreams/${upstreams['OpenAI team account']}` },
    { name: 'upstream-below', path: `/upstreams/${upstreams['OpenAI team account']}`, act: toEnd },
    { name: 'upstream-account', path: `/upstreams/${upstreams['Mac mini']}` },
    { name: 'upstream-new', path: '/upstreams/new' },
    { name: 'upstream-new-account', path: '/upstreams/new?kind=openai-compatible' },
    { name: 'upstream-new-chatgpt', path: '/upstreams/new?kind=chatgpt' },
    { name: 'upstream-edit', path: `/upstreams/${upstreams['Mac mini']}/edit` },
    { name: 'keys', path: '/keys?range=24h' },
    { name: 'keys-selected', path: '/keys', act: (page) => selectKeys(page, ['Ada laptop', 'Home assistant']) },
    { name: 'keys-menu', path: '/keys', act: menu('Ada laptop'), after: escape },
    { name: 'keys-nothing', path: '/keys?q=nothing+like+it' },
    { name: 'keys-hygiene', path: '/keys?view=hygiene' },
    { name: 'key-doctor', path: `/keys/${laptop}/doctor?ask=1&model=gpt-5.6-sol` },
    { name: 'key-drawer', path: `/keys/${laptop}` },
    { name: 'key-tokens', path: `/keys/${laptop}/tokens?ended=1` },
    { name: 'key-tokens-empty', path: `/keys/${bot}/tokens` },
    { name: 'key-token-new', path: `/keys/${laptop}/tokens/new` },
    {
      name: 'key-token-secret',
      path: `/keys/${keys['Edsger laptop']}/tokens/new`,
      act: lend('Screenshot'),
      after: putAway,
    },
    { name: 'key-limits', path: `/keys/${laptop}`, act: toHeading('Limits') },
    { name: 'key-spend', path: `/keys/${laptop}`, act: toHeading('Spend') },
    { name: 'key-spend-month', path: `/keys/${laptop}?spend=month`, act: toHeading('Spend') },
    { name: 'key-spend-table', path: `/keys/${laptop}?spend=month&spendTable=1`, act: toHeading('Spend') },
    { name: 'key-raise', path: `/keys/${laptop}`, act: raiseBudget, after: escape },
    { name: 'key-reset', path: `/keys/${laptop}`, act: menu('Budget per day', /Set back/), after: escape },
    { name: 'key-delete', path: '/keys', act: menu('Contractor, spring', /Delete/), after: escape },
    { name: 'key-secret', path: '/keys', act: rotate('Benchmark runner'), after: putAway },
    { name: 'key-new', path: '/keys/new' },
    ...['', 'models', 'limits', 'review'].map((step) => ({
      name: `key-edit-${step || 'basics'}`,
      path: `/keys/${bot}/edit?step=${step}`,
    })),
    { name: 'sessions', path: '/sessions' },
    { name: 'prices', path: '/prices' },
    { name: 'prices-unpriced', path: '/prices', act: showUnpriced },
    { name: 'prices-nothing', path: '/prices?q=nothing+like+it' },
    { name: 'price', path: '/prices?model=gpt-5.6-sol' },
    { name: 'price-menu', path: '/prices?q=gpt-5', act: menu('gpt-5'), after: escape },
    { name: 'price-edit', path: '/prices?q=gpt-5.6', act: menu('gpt-5.6-sol', /Edit/), after: escape },
    { name: 'price-upstream', path: '/prices?q=gpt-5', act: menu('gpt-5', /Set for one upstream/), after: escape },
    { name: 'price-new', path: '/prices', act: (page) => page.keyboard.press('n'), after: escape },
    { name: 'price-unprice', path: '/prices?q=gpt-5', act: menu('gpt-5', /Make unpriced/), after: escape },
    { name: 'prices-import', path: '/prices', act: openImport, after: escape },
    { name: 'prices-import-preview', path: '/prices', act: previewImport, after: escape },
    { name: 'requests', path: '/requests' },
    { name: 'requests-failed', path: '/requests?state=failed&last=7d' },
    { name: 'requests-nothing', path: '/requests?model=nothing-like-it' },
    { name: 'request', path: `/requests/${requests.retried}` },
    { name: 'request-cost', path: `/requests/${requests.retried}`, act: toHeading('Usage and cost') },
    { name: 'request-limits', path: `/requests/${requests.retried}`, act: toHeading('Limits charged') },
    { name: 'request-failed', path: `/requests/${requests.failed}` },
    { name: 'alerts', path: '/alerts' },
    { name: 'alerts-unread', path: '/alerts?show=unread' },
    { name: 'audit', path: '/audit' },
    { name: 'audit-entry', path: '/audit', act: openFirstEntry },
    ...['options', 'sharing', 'data', 'backups', 'diagnostics', 'about'].map((tab) => ({
      name: `settings-${tab}`,
      path: `/settings?tab=${tab}`,
    })),
    { name: 'welcome-client', path: '/welcome?step=client' },
    { name: 'palette', path: '/pools', act: (page) => page.keyboard.press('Control+k'), after: escape },
    { name: 'shortcuts', path: '/pools', act: (page) => page.keyboard.press('?'), after: escape },
    { name: 'not-found', path: '/no/such/page' },
  ]
}

async function toEnd(page: Page): Promise<void> {
  await page.locator('#main').evaluate((main) => main.scrollTo(0, main.scrollHeight))
}

function toHeading(name: string) {
  return async (page: Page) => {
    const heading = page.getByRole('dialog').getByRole('heading', { name, exact: true })
    await heading.evaluate((element) => element.scrollIntoView({ block: 'center' }))
  }
}

/** Of a page of its own. */
function toPart(name: string) {
  return async (page: Page) => {
    const heading = page.getByRole('main').getByRole('heading', { name, exact: true })
    await heading.evaluate((element) => element.scrollIntoView({ block: 'start' }))
    // Its frame too.
    await page.locator('#main').evaluate((main) => main.scrollBy(0, -16))
  }
}

async function raiseBudget(page: Page): Promise<void> {
  await menu('Budget per day', /Raise/)(page)
  await page.getByRole('textbox', { name: 'By how much' }).fill('5')
}

async function escape(page: Page): Promise<void> {
  await page.keyboard.press('Escape')
}

function menu(of: string, item?: RegExp) {
  return async (page: Page) => {
    await page.getByRole('button', { name: `Actions for ${of}`, exact: true }).click()
    await page.getByRole('menuitem').first().waitFor()
    if (item === undefined) return
    await page.getByRole('menuitem', { name: item }).click()
    await page.getByRole('dialog').last().waitFor()
  }
}

async function selectKeys(page: Page, names: readonly string[]): Promise<void> {
  for (const name of names) await page.getByRole('checkbox', { name: `Select ${name}` }).check()
}

/** The secret is one of a data directory that is gone a minute later. */
function rotate(name: string) {
  return async (page: Page) => {
    await menu(name, /Rotate/)(page)
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click()
    await page.getByRole('checkbox', { name: /I have saved/ }).waitFor()
  }
}

function lend(name: string) {
  return async (page: Page) => {
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill(name)
    await page.getByRole('button', { name: 'Create token' }).click()
    await page.getByRole('checkbox', { name: /I have saved/ }).waitFor()
  }
}

async function putAway(page: Page): Promise<void> {
  await page.getByRole('checkbox', { name: /I have saved/ }).check()
  await page.getByRole('button', { name: 'Done' }).click()
}

async function showUnpriced(page: Page): Promise<void> {
  await page
    .getByRole('region', { name: /no price/ })
    .getByRole('button', { name: /^Show/ })
    .click()
}

async function openImport(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Import', exact: true }).click()
  await page.getByRole('dialog', { name: 'Import prices' }).waitFor()
}

async function previewImport(page: Page): Promise<void> {
  await openImport(page)
  const cost = (input: number, output: number) => ({ input_cost_per_token: input, output_cost_per_token: output })
  const list = {
    'gpt-5.1': { ...cost(1.5e-6, 1.2e-5), cache_read_input_token_cost: 1.5e-7 },
    'gpt-5.1-codex': cost(1.25e-6, 1e-5),
    'qwen3-30b': cost(1e-7, 4e-7),
    'glm-4.7': cost(6e-7, 2.2e-6),
    'claude-opus-4-8': cost(6e-6, 3e-5),
    'image-model': { output_cost_per_image: 0.04 },
  }
  const file = { name: 'prices.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(list)) }
  await page.locator('input[type="file"]').setInputFiles(file)
  await page.getByRole('button', { name: 'Compare' }).click()
  await page.getByRole('table', { name: 'Prices of the list' }).waitFor()
}

async function openFirstEntry(page: Page): Promise<void> {
  await page.getByRole('main').locator('a[href^="/audit/"], [data-row]').first().click()
  await page.getByRole('dialog').last().waitFor()
}
