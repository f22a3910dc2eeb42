/** Web pages in a real browser against the gateway and the operator surface: foreign ones, rebound ones, and our own. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  attack,
  FOREIGN_NAME,
  type LocalServer,
  openBrowser,
  REBOUND_NAME,
  serve,
  serveHostilePage,
  type Target,
} from '../support/browser.ts'
import { type Operator, signIn } from '../support/rpc-client.ts'
import { makeTempDir } from '../support/temp-dir.ts'
import { type Host, startHost } from '../support/weir-process.ts'

let browser: Browser
let host: Host
let operator: Operator
let hostile: LocalServer
let upstream: LocalServer & { calls: number }
let apiKey = ''

beforeAll(async () => {
  hostile = await serveHostilePage()
  upstream = await countingUpstream()
  host = await startHost(makeTempDir('browser'), ['--log-level', 'warn'])
  operator = await signIn(host.adminUrl)
  apiKey = await setUp(operator)
  browser = await openBrowser()
}, 300_000)

afterAll(async () => {
  await browser?.close()
  host?.signal('SIGKILL')
  await Promise.all([hostile?.close(), upstream?.close()])
})

async function countingUpstream() {
  const counted = { calls: 0 }
  const server = await serve((request, response) => {
    if (request.method === 'POST') counted.calls += 1
    response.setHeader('content-type', 'application/json')
    response.end('{"object":"list","data":[],"choices":[],"usage":{"prompt_tokens":1}}')
  })
  return Object.assign(counted, server)
}

async function setUp({ call }: Operator): Promise<string> {
  const baseUrl = `http://127.0.0.1:${upstream.port}`
  const kind = 'openai-compatible'
  const { id } = await call('upstream.create', { kind, name: 'Counting', baseUrl, manualModels: ['counted'] })
  const pool = await call('pool.create', { name: 'Browser', assignments: [{ upstreamId: id }] })
  return (await call('key.create', { poolId: pool.id, name: 'in a page' })).secret
}

async function newLink(): Promise<string> {
  return (await operator.call('system.signInLink', {})).url ?? ''
}

/** A browser in which the operator is signed in. */
async function signedIn(): Promise<{ context: BrowserContext; home: Page }> {
  const context = await browser.newContext()
  const home = await context.newPage()
  await home.goto(await newLink())
  await home.locator('#page-title').waitFor()
  return { context, home }
}

/** Everything a page might have changed. What Weir does by itself meanwhile, as fetching model lists, is not its doing. */
async function stateOfWeir() {
  const { call } = operator
  const audit = await call('audit.list', { limit: 1, actor: 'operator' })
  const requests = await call('request.list', { limit: 1 })
  const [pools, keys, settings] = [
    await call('pool.list', {}),
    await call('key.list', {}),
    await call('settings.list', {}),
  ]
  return { audit: audit.rows, requests: requests.rows, pools, keys, settings, upstreamCalls: upstream.calls }
}

const gatewayPort = () => new URL(host.baseUrl).port
const adminPort = () => new URL(operator.origin).port

function gatewayTarget(name: string): Target {
  const body = JSON.stringify({ model: 'counted', messages: [{ role: 'user', content: '=' }] })
  const paths = { readPath: '/v1/models', writePath: '/v1/chat/completions', streamPath: '/v1/usage' }
  return { origin: `http://${name}:${gatewayPort()}`, key: apiKey, body, ...paths }
}

function adminTarget(name: string): Target {
  const body = JSON.stringify({ route: 'pool.create', input: { name: 'made by a page =' } })
  const paths = { readPath: '/', writePath: '/rpc', streamPath: '/events' }
  return { origin: `http://${name}:${adminPort()}`, key: apiKey, body, ...paths }
}

describe('a page of another origin', () => {
  it('would be seen to read and to write where nothing guards', { timeout: 120_000 }, async () => {
    const calls: string[] = []
    const open = await serve((request, response) => {
      calls.push(`${request.method} ${request.url} ${request.headers['content-type'] ?? ''}`)
      response.setHeader('access-control-allow-origin', request.headers.origin ?? '*')
      response.setHeader('access-control-allow-credentials', 'true')
      response.setHeader('access-control-allow-headers', 'authorization, content-type')
      response.setHeader('content-type', request.url === '/events' ? 'text/event-stream' : 'text/plain')
      response.end('data: read\n\n')
    })
    const page = await browser.newPage()
    await page.goto(`http://${FOREIGN_NAME}:${hostile.port}/`)
    const target = { ...adminTarget('127.0.0.1'), origin: `http://127.0.0.1:${open.port}` }
    const read = await attack(page, target)
    await page.close()
    await open.close()
    const readers = ['fetch', 'fetch with cookies', 'fetch with the key', 'post JSON with the key', 'post text']
    for (const way of [...readers, 'XMLHttpRequest', 'XMLHttpRequest that posts', 'EventSource']) {
      expect([way, read[way]]).toEqual([way, expect.stringMatching(/read|open/)])
    }
    // The two fetches that post, the one without cors, the XMLHttpRequest, the beacon and the form.
    expect(calls.filter((call) => call.startsWith('POST /rpc'))).toHaveLength(6)
  })

  const origins = ['127.0.0.1', 'localhost', FOREIGN_NAME]
  it.each(origins)(
    'at %s reads nothing and changes nothing, with key and session',
    { timeout: 120_000 },
    async (name) => {
      const { context, home } = await signedIn()
      const before = await stateOfWeir()
      const page = await context.newPage()
      await page.goto(`http://${name}:${hostile.port}/`)
      const answers = new Set<number>()
      page.on('response', (response) => answers.add(response.status()))
      for (const own of ['127.0.0.1', 'localhost']) {
        for (const target of [gatewayTarget(own), adminTarget(own)]) {
          const read = await attack(page, target)
          expect(Object.keys(read).length).toBeGreaterThan(15)
          expect({ target: target.origin, read: Object.entries(read).filter(([, text]) => text !== null) }).toEqual({
            target: target.origin,
            read: [],
          })
        }
      }
      // Refused by us, not only kept from the page by the browser.
      expect([...answers]).toEqual([403])
      expect(await stateOfWeir()).toEqual(before)
      // The session was good all along, and still is.
      await home.goto(operator.origin)
      await home.locator('#page-title').waitFor()
      await context.close()
    },
  )

  it('cannot lead the operator’s browser to the gateway or into the session by a link', async () => {
    const { context } = await signedIn()
    for (const url of [`${operator.origin}/`, `http://127.0.0.1:${gatewayPort()}/v1/models`]) {
      const page = await context.newPage()
      await page.goto(`http://${FOREIGN_NAME}:${hostile.port}/`)
      const [answer] = await Promise.all([
        page.waitForResponse(url),
        page.evaluate(`void (location.href = ${JSON.stringify(url)})`),
      ])
      expect(answer.status()).toBe(403)
      await page.close()
    }
    await context.close()
  })
})

describe('a page on a rebound name', () => {
  it('is refused by the gateway, whatever it asks', async () => {
    const context = await browser.newContext()
    const page = await context.newPage()
    const origin = `http://${REBOUND_NAME}:${gatewayPort()}`
    const before = await stateOfWeir()
    for (const path of ['/', '/healthz', '/v1/models']) {
      const answer = await page.goto(origin + path)
      expect(answer?.status()).toBe(403)
      expect(await answer?.text()).toContain('host_not_allowed')
    }
    // From here it is the same origin, so the browser hides nothing from the page.
    const ask = (path: string, init: object) =>
      page.evaluate(`fetch(${JSON.stringify(path)}, ${JSON.stringify(init)}).then((r) => r.text())`)
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' }
    const { body } = gatewayTarget('127.0.0.1')
    for (const text of [
      await ask('/v1/models', { headers }),
      await ask('/v1/usage', { headers }),
      await ask('/v1/chat/completions', { method: 'POST', headers, body }),
    ]) {
      expect(JSON.parse(String(text))).toMatchObject({ error: { code: 'host_not_allowed' } })
    }
    expect(await stateOfWeir()).toEqual(before)
    await context.close()
  })

  it('is refused by the operator surface, even with the sign-in link', async () => {
    const { context } = await signedIn()
    const page = await context.newPage()
    const origin = `http://${REBOUND_NAME}:${adminPort()}`
    const before = await stateOfWeir()
    const link = new URL(await newLink())
    for (const path of ['/', '/events', `${link.pathname}${link.search}`]) {
      const answer = await page.goto(origin + path)
      expect(answer?.status()).toBe(403)
      expect(await answer?.text()).toContain('sender_not_allowed')
    }
    const call = `fetch('/rpc', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"route":"key.list"}' })`
    // The content policy of the answer forbids its page to call at all.
    expect(await page.evaluate(`${call}.then((r) => r.text(), () => 'blocked')`)).toBe('blocked')
    expect(await stateOfWeir()).toEqual(before)
    expect((await page.goto(link.href))?.status()).toBe(200)
    await context.close()
  })
})

describe('the operator’s own page', () => {
  it('opens by its link once', async () => {
    const link = await newLink()
    const context = await browser.newContext()
    const first = await context.newPage()
    expect((await first.goto(link))?.status()).toBe(200)
    expect(new URL(first.url()).href).toBe(`${operator.origin}/`)
    await first.getByText(new URL(host.baseUrl).host).first().waitFor()
    const stranger = await browser.newContext()
    const second = await stranger.newPage()
    expect((await second.goto(link))?.status()).toBe(401)
    expect(await second.title()).toBe('This link no longer works')
    expect(await stranger.cookies()).toEqual([])
    await first.getByRole('button', { name: 'Sign out' }).click()
    await first.waitForFunction("document.title === 'Sign in to Weir'")
    expect(await context.cookies()).toEqual([])
    await Promise.all([context.close(), stranger.close()])
  })

  const sizes = [
    { width: 1280, height: 800 },
    { width: 900, height: 600 },
  ]
  it.each(sizes)('tells visitors how to sign in, at $width × $height in both colour schemes', async (viewport) => {
    const papers: string[] = []
    for (const colorScheme of ['light', 'dark'] as const) {
      const context = await browser.newContext({ viewport, colorScheme })
      const page = await context.newPage()
      const complaints: string[] = []
      page.on('console', (message) => complaints.push(message.text()))
      for (const url of [operator.origin, `${operator.origin}/sign-in?token=none`]) {
        await page.goto(url)
        const { overflow, main, paper } = (await page.evaluate(MEASURE)) as Measured
        expect(overflow).toBe(false)
        expect(main.top).toBeGreaterThanOrEqual(0)
        expect(main.bottom).toBeLessThanOrEqual(viewport.height)
        expect(main.left).toBeGreaterThan(0)
        expect(main.right).toBeLessThan(viewport.width)
        papers.push(paper)
      }
      // Nothing was blocked by the content policy; a status of 401 is what both get.
      expect(complaints.filter((text) => !text.includes('401'))).toEqual([])
      await context.close()
    }
    expect(new Set(papers).size).toBe(2)
  })
})

interface Measured {
  readonly overflow: boolean
  readonly main: { readonly top: number; readonly bottom: number; readonly left: number; readonly right: number }
  readonly paper: string
}

const MEASURE = `({
  overflow: document.documentElement.scrollWidth > innerWidth || document.documentElement.scrollHeight > innerHeight,
  main: document.querySelector('main').getBoundingClientRect().toJSON(),
  paper: getComputedStyle(document.body).backgroundColor,
})`
