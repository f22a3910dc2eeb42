/** The page with the stand-in for ChatGPT behind it, as specs of accounts use it: one page per file, one stand-in per test. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { startChatgptServer, type ChatgptServer } from './chatgpt-server.ts'
import { someAccount } from './chatgpt-tokens.ts'
import { closedPort } from './http-peer.ts'
import { openPageRig, type PageRig } from './page-rig.ts'
import { makeTempDir } from './temp-dir.ts'

export interface AccountPages {
  readonly server: ChatgptServer
  readonly rig: PageRig
  readonly page: Page
  /** Of the operator's own Codex. There is none at the start of a test. */
  readonly authPath: string
}

/** To be called once, at the head of a spec; what it returns is filled before the first test. */
export function useAccountPages(): AccountPages {
  const codexHome = makeTempDir('codex-home')
  const house = { authPath: join(codexHome, 'auth.json') } as { -readonly [K in keyof AccountPages]: AccountPages[K] }

  beforeAll(async () => {
    process.env['CODEX_HOME'] = codexHome
    house.rig = await openPageRig()
    house.page = house.rig.page
    // Of the tabs that are opened: the page that Weir answers a refused sign-in with, and icons that nobody has.
    house.rig.expectConsole(/status of 400 .*auth\/callback/)
    house.rig.expectConsole(/favicon\.ico/)
  }, 300_000)
  afterAll(async () => {
    delete process.env['CODEX_HOME']
    await house.rig?.close()
  })

  beforeEach(async () => {
    house.server = await startChatgptServer()
    const patch = { 'accounts.issuer': house.server.url, 'accounts.callbackPort': await closedPort() }
    await house.rig.call('settings.update', { patch })
  })
  afterEach(async () => {
    const { rig, page, server, authPath } = house
    for (const tab of rig.context.pages()) if (tab !== page) await tab.close()
    await page.goto('about:blank')
    for (const { id } of await rig.call('upstream.list', {})) await rig.call('upstream.delete', { id })
    rmSync(authPath, { force: true })
    await server.close()
  })
  return house
}

/** What one does on these pages, and what one sees. */
export function accountActs(house: AccountPages) {
  const button = (name: string) => house.page.getByRole('button', { name, exact: true })
  const field = (name: string) => house.page.getByRole('textbox', { name, exact: true })
  const account = () => house.page.getByRole('region', { name: 'Account' })
  const state = (text: string) => house.page.getByRole('status', { name: 'State of the sign-in' }).getByText(text)

  return {
    button,
    field,
    account,
    state,
    tab: (name: string) => house.page.getByRole('tab', { name, exact: true }),
    alert: () => house.page.getByRole('alert'),
    /** The page for a new account, with the stand-in as its backend. */
    async openAdd(name?: string): Promise<void> {
      await house.rig.go('/upstreams/new?kind=chatgpt')
      await button('Advanced: addresses and proxy').click()
      await field('Base URL').fill(house.server.baseUrl)
      if (name !== undefined) await field('Name').fill(name)
    },
    async startBrowser(): Promise<void> {
      await button('Sign in with the browser').click()
      await state('Waiting for the browser').waitFor()
    },
    /** Where the provider would send the browser that opened the link. */
    async callback(): Promise<URL> {
      const link = house.page.getByRole('link', { name: 'Open the sign-in page' })
      const href = (await link.getAttribute('href')) ?? ''
      house.server.oauth.behaviour.dawdles = false
      const answer = await fetch(href, { redirect: 'manual' })
      return new URL(answer.headers.get('location') ?? '')
    },
    async imported(name = 'Mine') {
      const { server, rig } = house
      const input = { source: 'text', text: server.authFile(), name, baseUrl: server.baseUrl } as const
      return (await rig.call('account.import', input)).upstream
    },
    async expectAdded(name: string): Promise<void> {
      await house.page.waitForURL(/\/upstreams\/ups_/)
      await house.page.getByRole('heading', { name, level: 1 }).waitFor()
      await account().getByText(someAccount.email).waitFor()
    },
    async expectProblem(code: string): Promise<void> {
      await house.page.getByRole('alert').getByText(code, { exact: true }).waitFor()
    },
  }
}

/** Whether Weir still listens for this sign-in. */
export function isHeard(url: URL): Promise<boolean> {
  return fetch(url.origin).then(
    () => true,
    () => false,
  )
}
