/** One webContents: a page of the real Chromium with a preload in an isolated world, and what happens on it. */
import type { CDPSession, Page } from 'playwright-core'
import { toApp, toChromium } from './app-urls.ts'
import { answerQueries, bridgeEnd, preloadWorld } from './page-worlds.ts'
import { addHost, openPage, removeHost } from './page-router.ts'
import type { PermissionStates } from './session-module.ts'
import { createValueCodec } from './value-codec.ts'

const WORLD = 'electron-preload'
const BINDING = '__electronSeatIpc'
export const codec = createValueCodec()

export interface IpcCall {
  readonly id: number
  readonly channel: string
  readonly payload: string
}

/** What a page made itself, as Playwright tells of it, or what the app handed out. */
export interface DownloadSource {
  url(): string
  suggestedFilename(): string
  saveAs(path: string): Promise<void>
  cancel(): Promise<void>
}

export interface PageEvents {
  ipc(call: IpcCall): void
  /** False refuses. */
  navigate(url: string, isMainFrame: boolean): boolean
  openWindow(url: string): void
  emit(name: string, ...args: unknown[]): void
  download(source: DownloadSource): void
  closed(): void
  /** The page that a test finds for this webContents; a new one after a crash. */
  opened(target: string): void
}

export interface PageOptions {
  readonly preload: string | undefined
  readonly process: object
  readonly size: { width: number; height: number }
  readonly events: PageEvents
}

export interface PageHost {
  readonly events: PageEvents
  readonly url: () => string
  load(url: string, permissions: PermissionStates): Promise<void>
  /** True once for an address that the main process itself asked for. */
  takeExpected(url: string): boolean
  frameUrl(): string
  /** Calls into the preload's world; lost when no document has one, like a message to a frame that is gone. */
  tell(method: 'settle' | 'event', ...args: unknown[]): void
  run<T>(action: (page: Page) => Promise<T>): Promise<T>
  crash(): Promise<void>
}

export function createPageHost(options: PageOptions): PageHost {
  const { events } = options
  const expected: string[] = []
  let current: Opened | null = null
  let hasCrashed = false
  let queue: Promise<unknown> = Promise.resolve()

  async function open(): Promise<void> {
    const opened = await setUp(host, options)
    const { page } = opened
    current = opened
    hasCrashed = false
    page.on('crash', () => {
      hasCrashed = true
      events.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 1 })
    })
    page.on('close', () => {
      removeHost(page)
      if (current === opened) events.closed()
    })
    events.opened(opened.target)
  }

  /** One after the other, so that the order is kept even before the page is there. */
  function run<T>(action: (page: Page) => Promise<T>): Promise<T> {
    const done = queue
      .catch(() => {})
      .then(() => {
        if (current === null) throw new Error('electron seat: the window has no page')
        return action(current.page)
      })
    queue = done
    return done
  }

  async function revive(): Promise<void> {
    const broken = current
    current = null
    await open()
    await broken?.page.close()
  }

  const host: PageHost = {
    events,
    url: () => toApp(current?.page.url() ?? ''),
    frameUrl: () => toApp(current?.page.mainFrame().url() ?? ''),
    run,
    async load(url, permissions) {
      if (hasCrashed) await revive()
      await run(async (page) => {
        await page.addInitScript(answerQueries, permissions)
        expected.push(url)
        await page.goto(toChromium(url)).catch((cause: unknown) => {
          const code = /net::(ERR_\w+)/.exec(String(cause))?.[1] ?? 'ERR_FAILED'
          throw new Error(`${code} loading '${url}'`, { cause })
        })
      })
    },
    takeExpected(url) {
      const at = expected.indexOf(url)
      if (at >= 0) expected.splice(at, 1)
      return at >= 0
    },
    tell(method, ...args) {
      const contextId = current?.world()
      if (current === null || contextId === undefined) return
      const expression = `__fromMain.${method}(${args.map((argument) => JSON.stringify(argument)).join(', ')})`
      current.cdp.send('Runtime.evaluate', { expression, contextId }).then(
        ({ exceptionDetails: thrown }) => {
          if (thrown !== undefined)
            console.error('electron seat: a listener of the preload threw', thrown.exception?.description)
        },
        () => {
          // The page has gone elsewhere meanwhile.
        },
      )
    },
    crash: async () => {
      // The answer never comes: the process that would give it is gone.
      current?.cdp.send('Page.crash').catch(() => {})
    },
  }
  queue = open()
  queue.catch((error: unknown) => console.error('electron seat: a window could not be opened', error))
  return host
}

interface Opened {
  readonly page: Page
  readonly cdp: CDPSession
  readonly target: string
  /** The preload's world in the present document. */
  readonly world: () => number | undefined
}

async function setUp(host: PageHost, options: PageOptions): Promise<Opened> {
  const { events } = options
  const { page, cdp } = await openPage()
  addHost(page, host)
  await cdp.send('Page.enable')
  const target = (await cdp.send('Page.getFrameTree')).frameTree.frame.id
  let world: number | undefined
  cdp.on('Runtime.executionContextCreated', ({ context: { id, name, auxData } }) => {
    if (name === WORLD && (auxData as { frameId?: string } | undefined)?.frameId === target) world = id
  })
  cdp.on('Runtime.executionContextDestroyed', ({ executionContextId }) => {
    if (executionContextId === world) world = undefined
  })
  cdp.on('Runtime.executionContextsCleared', () => {
    world = undefined
  })
  cdp.on('Runtime.bindingCalled', ({ name, payload, executionContextId }) => {
    if (name === BINDING && executionContextId === world) events.ipc(JSON.parse(payload) as IpcCall)
  })
  cdp.on('Page.windowOpen', ({ url }) => events.openWindow(toApp(url)))
  page.on('load', () => events.emit('did-finish-load'))
  page.on('download', (download) => events.download(download))
  await cdp.send('Runtime.enable')
  await cdp.send('Runtime.addBinding', { name: BINDING, executionContextName: WORLD })
  await addPreload(cdp, options)
  await page.setViewportSize(options.size)
  return { page, cdp, target, world: () => world }
}

/** Into the top frame alone: Electron gives frames no preload either. */
async function addPreload(cdp: CDPSession, { preload, process }: PageOptions): Promise<void> {
  const onlyTop = (code: string) => `if (window === window.top) { ${code} }`
  const pageEnd = `(${String(bridgeEnd)})('page>preload', 'preload>page')`
  await cdp.send('Page.addScriptToEvaluateOnNewDocument', { source: onlyTop(pageEnd) })
  if (preload === undefined) return
  const config = JSON.stringify({ binding: BINDING, process })
  const preloadEnd = `(${String(bridgeEnd)})('preload>page', 'page>preload')`
  const runPreload = `function (require, module, exports, process) {\n${preload}\n}`
  const source = `(${String(preloadWorld)})((${String(createValueCodec)})(), ${preloadEnd}, ${config}, ${runPreload})`
  await cdp.send('Page.addScriptToEvaluateOnNewDocument', { worldName: WORLD, source: onlyTop(source) })
}
