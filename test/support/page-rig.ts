/**
 * The page in a real Chromium, signed in, against the real core: database file, vault, simulator, gateway, all in this
 * process, so that a spec can call the core directly. One rig per file. Closing it fails the file when the page broke its
 * content policy or wrote an error to the console that no test announced. WEIR_TEST_PAGE names another build of the page
 * than the one in `out/`.
 */
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { createApp } from '../../src/main/app.ts'
import { openAdminServer } from '../../src/main/host/headless/admin-server.ts'
import { localCall, type Call } from '../../src/main/host/headless/call.ts'
import { findRendererBundle, loadRendererBundle } from '../../src/main/host/headless/renderer-bundle.ts'
import { parseOptions } from '../../src/main/options.ts'
import { createRestartableCore } from '../../src/main/host/restartable-core.ts'
import { steadyCreate } from '../../src/main/host/steady-create.ts'
import type { UpstreamDraft } from '../../src/shared/models/upstream.ts'
import { openBrowser } from './browser.ts'
import { makeTempDir } from './temp-dir.ts'

export interface PageRigOptions {
  readonly dataDir?: string
  readonly viewport?: { readonly width: number; readonly height: number }
  readonly scheme?: 'light' | 'dark'
  /** The operator's own, `Europe/Berlin`; the machine's when left out. */
  readonly zone?: string
  /** Further flags of the start. */
  readonly args?: readonly string[]
  /** The gateway listens on the port that is saved in the data directory, which no flag fixes then. */
  readonly savedPort?: boolean
}

export interface PageRig {
  readonly page: Page
  readonly context: BrowserContext
  readonly browser: Browser
  /** The contract, straight to the core, as the operator. */
  readonly call: Call
  /** Without `/v1`. */
  readonly gatewayUrl: string
  /** `http://127.0.0.1:port` of the page. */
  readonly origin: string
  readonly dataDir: string
  readonly cspViolations: readonly string[]
  readonly consoleErrors: readonly string[]
  /** What the core wrote to its log. */
  readonly log: readonly string[]
  /** A fresh one-time sign-in link. */
  newLink(): string
  /** Goes to a path and waits for the page's heading. */
  go(path: string): Promise<void>
  /** From now on errors of the console that match are expected. */
  expectConsole(pattern: RegExp): void
  /** A further page, in a context of its own: signed out unless it opens a link. */
  newContext(): Promise<BrowserContext>
  close(): Promise<void>
}

const PASSPHRASE = 'page rig passphrase'

export async function openPageRig(options: PageRigOptions = {}): Promise<PageRig> {
  const { dataDir = makeTempDir('page'), args = [] } = options
  const port = options.savedPort === true ? [] : ['--port', '0']
  const core = await startCore(dataDir, [...port, ...args], process.env['WEIR_TEST_PAGE'])
  const browser = await openBrowser()
  const seen = { violations: [] as string[], errors: [] as string[], expected: [] as RegExp[] }

  async function newContext(): Promise<BrowserContext> {
    const context = await browser.newContext({
      viewport: options.viewport ?? { width: 1280, height: 800 },
      colorScheme: options.scheme ?? 'light',
      reducedMotion: 'reduce',
      ...(options.zone === undefined ? {} : { timezoneId: options.zone }),
    })
    context.setDefaultTimeout(15_000)
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: core.origin })
    await watch(context, seen)
    return context
  }

  const context = await newContext()
  const page = await context.newPage()
  await page.goto(core.newLink())
  await page.locator('#page-title').waitFor()
  return {
    ...core,
    page,
    context,
    browser,
    dataDir,
    cspViolations: seen.violations,
    consoleErrors: seen.errors,
    newContext,
    async go(path) {
      await page.goto(`${core.origin}${path}`)
      await page.locator('#page-title').waitFor()
    },
    expectConsole: (pattern) => seen.expected.push(pattern),
    async close() {
      await browser.close()
      await core.close()
      const unexpected = seen.errors.filter((text) => !seen.expected.some((pattern) => pattern.test(text)))
      const wrong = [...seen.violations.map((text) => `content policy: ${text}`), ...unexpected]
      if (wrong.length > 0) throw new Error(`The page did what it must not:\n${wrong.join('\n')}`)
    },
  }
}

async function startCore(dataDir: string, args: readonly string[], rendererDir?: string) {
  const log: string[] = []
  const write = (message: string, facts?: object) => void log.push(`${message} ${JSON.stringify(facts ?? {})}`)
  const argv = ['--data-dir', dataDir, '--admin-port', '0', ...args]
  const late: { admin?: Awaited<ReturnType<typeof openAdminServer>> } = {}
  const create = steadyCreate(createApp, parseOptions(argv, { WEIR_PASSPHRASE: PASSPHRASE }))
  const app = await createRestartableCore({
    create: (restart) =>
      create({
        signInLink: () => late.admin?.mintLink() ?? null,
        adminUrl: () => late.admin?.url ?? null,
        log: { info: write, warn: write, error: write },
        restart,
      }),
    onFailure: (error) => {
      throw error
    },
  })
  const bundle = rendererDir === undefined ? findRendererBundle(import.meta.dirname) : loadRendererBundle(rendererDir)
  if (bundle === null) throw new Error('the page is not built: run `npm run build`')
  const admin = await openAdminServer({
    dispatch: app.dispatch,
    subscribe: app.subscribe,
    openExport: app.openExport,
    port: 0,
    sessionMs: () => 3_600_000,
    baseUrl: `${app.gatewayUrl}/v1`,
    version: '0.0.0',
    bundle,
  })
  late.admin = admin
  return {
    call: localCall(app.dispatch, 'operator'),
    gatewayUrl: app.gatewayUrl,
    origin: admin.url,
    newLink: () => admin.mintLink(),
    log,
    async close() {
      await admin.close()
      await app.close()
    },
  }
}

async function watch(context: BrowserContext, seen: { violations: string[]; errors: string[] }): Promise<void> {
  await context.exposeBinding('weirTestViolation', (_source, text: string) => void seen.violations.push(text))
  await context.addInitScript(`addEventListener('securitypolicyviolation', (event) =>
    weirTestViolation(event.effectiveDirective + ' ' + event.blockedURI + ' ' + event.sourceFile + ':' + event.lineNumber))`)
  context.on('console', (message) => {
    if (message.type() === 'error') seen.errors.push(`${message.text()} (${message.location().url})`)
  })
  context.on('weberror', (error) => void seen.errors.push(error.error().stack ?? error.error().message))
}

/** Colours on their way from one scheme to the other are nobody's: waits until they have arrived. */
async function drawn(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (let frame = 0; frame < 2; frame += 1) await new Promise((resolve) => requestAnimationFrame(resolve))
  })
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every(({ playState, effect }) => playState !== 'running' || effect?.getTiming().iterations === Infinity),
  )
}

/**
 * Fails on what keeps people out: violations that axe calls serious or critical. In both schemes, of which the one that is
 * not on screen is looked at for its colours alone: nothing else differs. Leaves the page in the scheme that it was in.
 */
export async function axe(page: Page): Promise<void> {
  // Behind another tab frames are rare.
  await page.bringToFront()
  await drawn(page)
  await page.evaluate(stillColours)
  const scheme = await page.evaluate(() => document.documentElement.dataset['mantineColorScheme'])
  failOn(page, scheme ?? '', await new AxeBuilder({ page }).analyze())
  const other = scheme === 'dark' ? 'light' : 'dark'
  await inScheme(page, other)
  failOn(page, other, await new AxeBuilder({ page }).withRules('color-contrast').analyze())
  await inScheme(page, other === 'dark' ? 'light' : 'dark')
  await page.evaluate(() => void document.adoptedStyleSheets.pop())
}

/** On its way to another scheme, a colour that is inherited takes a frame for each level of the page. */
function stillColours(): void {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync('*, *::before, *::after { transition: none !important }')
  document.adoptedStyleSheets.push(sheet)
}

/** The page follows the system's scheme, as it does until an operator chooses one. */
async function inScheme(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme })
  await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor()
  await drawn(page)
}

function failOn(page: Page, scheme: string, { violations }: Awaited<ReturnType<AxeBuilder['analyze']>>): void {
  const bad = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  if (bad.length === 0) return
  const lines = bad.flatMap(({ id, help, nodes }) => [
    `${id}: ${help}`,
    ...nodes
      .slice(0, 5)
      .map((node) => `  ${node.target.join(' ')}: ${node.failureSummary?.replaceAll('\n', ' ') ?? ''}`),
  ])
  throw new Error(`axe found at ${new URL(page.url()).pathname}, ${scheme}:\n${lines.join('\n')}`)
}

export interface Served {
  readonly upstreamId: string
  readonly poolId: string
  readonly keyId: string
  readonly secret: string
}

/** A simulator in a Pool with a key: the least with which a request can be made. */
export async function addSimulator(
  call: Call,
  name = 'Demo',
  simulator: NonNullable<UpstreamDraft['simulator']> = {},
): Promise<Served> {
  const upstream = await call('upstream.create', { kind: 'simulator', name: `${name} simulator`, simulator })
  const pool = await call('pool.create', { name, assignments: [{ upstreamId: upstream.id }] })
  const { key, secret } = await call('key.create', { poolId: pool.id, name: `${name} key` })
  return { upstreamId: upstream.id, poolId: pool.id, keyId: key.id, secret }
}

/** One request through the gateway, as a client sends it. Returns its status once the answer was read whole. */
export async function sendRequest(
  rig: Pick<PageRig, 'gatewayUrl'>,
  secret: string,
  body: Readonly<Record<string, unknown>> = {},
): Promise<number> {
  const answer = await fetch(`${rig.gatewayUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'sim-chat', messages: [{ role: 'user', content: 'hello' }], ...body }),
  })
  await answer.text()
  return answer.status
}
