/**
 * Everything Chromium asks the network for passes here: navigations are put to the app first, then the app's request
 * filter, then its schemes. Nothing leaves the machine.
 */
import type { BrowserContext, CDPSession, Page, Request as PageRequest, Route } from 'playwright-core'
import { isLoopbackUrl, schemeOf, toApp } from './app-urls.ts'
import { attachmentOf } from './downloads.ts'
import type { PageHost } from './page-host.ts'
import { seat } from './seat.ts'

type Handler = (request: Request) => Response | Promise<Response>

export interface Network {
  readonly handlers: ReadonlyMap<string, Handler>
  /** The app's `onBeforeRequest`; true cancels. */
  isCancelled(url: string): Promise<boolean>
}

const hosts = new Map<Page, PageHost>()
/** A page the seat opens itself is known before it is looked at; any other is a popup. */
let opening: Promise<unknown> = Promise.resolve()

export function addHost(page: Page, host: PageHost): void {
  hosts.set(page, host)
}

export function removeHost(page: Page): void {
  hosts.delete(page)
}

export function openPage(): Promise<{ page: Page; cdp: CDPSession }> {
  const { context } = seat
  if (context === null) throw new Error('electron seat: this start was not expected to open a window')
  const opened = opening
    .catch(() => {})
    .then(async () => {
      const page = await context.newPage()
      expectedPages.add(page)
      return { page, cdp: await context.newCDPSession(page) }
    })
  opening = opened
  return opened
}

const expectedPages = new WeakSet<Page>()

export async function routeAll(context: BrowserContext, network: Network): Promise<void> {
  const blank = new Set(context.pages())
  await context.route('**/*', (route) =>
    answer(route, network).catch(async (error: unknown) => {
      console.error('electron seat:', error)
      await route.abort().catch(() => {})
    }),
  )
  context.on('page', (page) => {
    void opening
      .catch(() => {})
      .then(async () => {
        // A popup: the app was asked about it already, and what it allows gets a window of its own.
        if (!expectedPages.has(page) && !blank.has(page)) await page.close()
      })
  })
}

async function answer(route: Route, network: Network): Promise<void> {
  const request = route.request()
  const url = toApp(request.url())
  if (request.isNavigationRequest() && !mayNavigate(request, url)) return route.abort('aborted')
  if (await network.isCancelled(url)) return route.abort('blockedbyclient')
  const handler = network.handlers.get(schemeOf(url))
  if (handler !== undefined) {
    const body = request.postDataBuffer()
    const init = { method: request.method(), headers: await request.allHeaders() }
    const response = await handler(new Request(url, body === null ? init : { ...init, body: new Uint8Array(body) }))
    const source = request.isNavigationRequest() ? attachmentOf(url, response) : null
    if (source !== null) {
      await route.abort('aborted')
      const page = frameOf(request)?.page()
      if (page !== undefined) hosts.get(page)?.events.download(source)
      return
    }
    return route.fulfill({
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: Buffer.from(await response.arrayBuffer()),
    })
  }
  if (isLoopbackUrl(url)) return route.continue()
  return route.abort('internetdisconnected')
}

function mayNavigate(request: PageRequest, url: string): boolean {
  const frame = frameOf(request)
  // The first request of a popup has no frame yet.
  if (frame === null) return false
  const host = hosts.get(frame.page())
  if (host === undefined) return false
  const isMainFrame = frame === frame.page().mainFrame()
  if (isMainFrame && host.takeExpected(url)) return true
  return host.events.navigate(url, isMainFrame)
}

function frameOf(request: PageRequest) {
  try {
    return request.frame()
  } catch {
    return null
  }
}
