/** `BrowserWindow` and its `webContents`, on pages of the real Chromium. Only sandboxed windows can be had. */
import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { app, windowsOf } from './app-module.ts'
import { startDownload } from './downloads.ts'
import { codec, createPageHost, type PageHost } from './page-host.ts'
import { answerIpc } from './ipc-module.ts'
import { seat, tellTest } from './seat.ts'
import { applyPermissions, contentsSession } from './session-module.ts'
import { preventable, strict, strictObject } from './strict.ts'

interface Bounds {
  x: number
  y: number
  width: number
  height: number
}
interface WindowOptions extends Partial<Bounds> {
  readonly title?: string
  readonly show?: boolean
  readonly webPreferences?: Readonly<Record<string, unknown>>
}
type OpenHandler = (details: { url: string }) => { action: 'allow' | 'deny' }

const windows = new Set<BrowserWindow>()
let lastId = 0

class WebContents extends EventEmitter {
  readonly id = (lastId += 1)
  readonly session = contentsSession
  readonly host: PageHost
  #openHandler: OpenHandler = () => ({ action: 'deny' })
  #isDestroyed = false
  /** What the app holds of this: the strict one. */
  self: WebContents = this

  constructor(owner: BrowserWindow, options: WindowOptions, size: { width: number; height: number }) {
    super()
    const preload = checkPreferences(options.webPreferences ?? {})
    this.host = createPageHost({
      preload,
      size,
      process: { platform: process.platform, versions: { ...process.versions }, env: {} },
      events: {
        ipc: (call) => void answerIpc(this.self, this.host, call),
        navigate: (url, isMainFrame) => this.#mayNavigate(url, isMainFrame),
        openWindow: (url) => {
          if (this.#openHandler({ url }).action !== 'deny')
            throw new Error('electron seat: windows of pages are not there')
        },
        emit: (name, ...args) => void this.emit(name, ...args),
        download: (download) => void startDownload(download, this.self),
        closed: () => {
          this.#isDestroyed = true
          owner.onClosed()
        },
        opened: (target) => tellTest({ op: 'window', target }),
      },
    })
  }

  #mayNavigate(url: string, isMainFrame: boolean): boolean {
    const event = preventable({ url, isMainFrame, isSameDocument: false })
    this.emit('will-frame-navigate', event)
    if (isMainFrame && !event.defaultPrevented) this.emit('will-navigate', event, url)
    return !event.defaultPrevented
  }

  readonly navigationHistory = strict('navigationHistory', {
    goBack: () => void this.host.run((page) => page.goBack()),
    goForward: () => void this.host.run((page) => page.goForward()),
  })

  send(channel: string, ...args: unknown[]): void {
    this.host.tell('event', channel, codec.encode(args))
  }
  async loadURL(url: string): Promise<void> {
    const { context } = seat
    const permissions = context === null ? {} : await applyPermissions(context, { getURL: () => url }, url)
    await this.host.load(url, permissions)
  }
  setWindowOpenHandler(handler: OpenHandler): void {
    this.#openHandler = handler
  }
  getURL(): string {
    return this.host.url()
  }
  isDestroyed(): boolean {
    return this.#isDestroyed
  }
  forcefullyCrashRenderer(): void {
    void this.host.crash()
  }
}

/** @returns the preload's source. */
function checkPreferences({ preload, sandbox, contextIsolation, nodeIntegration, ...others }: Record<string, unknown>) {
  if (
    !seat.isSandboxed ||
    sandbox === false ||
    contextIsolation === false ||
    nodeIntegration === true ||
    others['webviewTag'] === true
  ) {
    throw new Error('electron seat: only a sandboxed and isolated page without Node can be had')
  }
  return typeof preload === 'string' ? readFileSync(preload, 'utf8') : undefined
}

export class BrowserWindow extends EventEmitter {
  static getAllWindows = () => [...windows]
  static getFocusedWindow = () => [...windows].findLast((window) => window.isFocused()) ?? null
  static fromWebContents = (contents: WebContents) =>
    [...windows].find((window) => window.webContents === contents) ?? null

  readonly id = (lastId += 1)
  readonly webContents: WebContents
  readonly #bounds: Bounds
  #state: 'normal' | 'minimized' | 'maximized' = 'normal'
  #isVisible: boolean
  #isFocused = false
  #isDestroyed = false
  #self: BrowserWindow

  constructor(options: WindowOptions = {}) {
    super()
    if (!seat.isReady) throw new Error('Cannot create BrowserWindow before app is ready')
    const { width = 800, height = 600 } = options
    // In the middle of the display, as Electron puts it.
    this.#bounds = {
      x: options.x ?? Math.round(960 - width / 2),
      y: options.y ?? Math.round(520 - height / 2),
      width,
      height,
    }
    this.#isVisible = options.show ?? true
    const contents = new WebContents(this, options, { width, height })
    this.webContents = strictObject('webContents', contents)
    contents.self = this.webContents
    contents.once('did-finish-load', () => this.emit('ready-to-show'))
    const self = strictObject('BrowserWindow', this as BrowserWindow)
    this.#self = self
    windows.add(self)
    app.emit('web-contents-created', {}, this.webContents)
    app.emit('browser-window-created', {}, self)
    return self
  }

  loadURL(url: string): Promise<void> {
    return this.webContents.loadURL(url)
  }
  show(): void {
    this.#isVisible = true
    this.emit('show')
    this.focus()
  }
  focus(): void {
    this.#isFocused = true
    this.emit('focus')
  }
  blur(): void {
    this.#isFocused = false
    this.emit('blur')
  }
  minimize(): void {
    this.#state = 'minimized'
    this.blur()
  }
  maximize(): void {
    this.#state = 'maximized'
  }
  restore(): void {
    this.#state = 'normal'
  }
  isVisible(): boolean {
    return this.#isVisible
  }
  isFocused(): boolean {
    return this.#isFocused
  }
  isMinimized(): boolean {
    return this.#state === 'minimized'
  }
  isMaximized(): boolean {
    return this.#state === 'maximized'
  }
  isDestroyed(): boolean {
    return this.#isDestroyed
  }
  getTitle(): string {
    return 'Weir'
  }
  getNormalBounds(): Bounds {
    return { ...this.#bounds }
  }
  getBounds(): Bounds {
    return { ...this.#bounds }
  }
  setBounds(bounds: Partial<Bounds>): void {
    Object.assign(this.#bounds, bounds)
    const { width, height } = this.#bounds
    void this.webContents.host.run((page) => page.setViewportSize({ width, height }))
  }
  close(): void {
    void this.closeAsked()
  }
  destroy(): void {
    void this.webContents.host.run((page) => page.close())
  }
  /** False when a listener kept it open. */
  async closeAsked(): Promise<boolean> {
    const event = preventable({})
    this.emit('close', event)
    if (event.defaultPrevented) return false
    await this.webContents.host.run((page) => page.close())
    return true
  }
  onClosed(): void {
    if (this.#isDestroyed) return
    this.#isDestroyed = true
    windows.delete(this.#self)
    this.webContents.emit('destroyed')
    this.emit('closed')
    if (windows.size === 0 && !seat.isQuitting && !app.emit('window-all-closed')) app.quit()
  }
}

windowsOf.closeAll = async () => {
  const closed = await Promise.all([...windows].map((window) => window.closeAsked()))
  return !closed.includes(false)
}
