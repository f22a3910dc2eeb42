/** The one window: sandboxed, on our own address, where it was the last time. Closed and opened again it is a new one. */
import { BrowserWindow, dialog, nativeTheme, screen, type WebContents } from 'electron'
import type { HostLog } from '../headless/core.ts'
import { HOME } from './own-page.ts'
import { pagePreferences } from './page-preferences.ts'
import { MIN_HEIGHT, MIN_WIDTH, readBounds, writeBounds } from './window-bounds.ts'

export interface WindowDeps {
  readonly preload: string
  readonly boundsFile: string
  readonly isPackaged: boolean
  readonly log: HostLog
}

export interface MainWindow {
  /** Opens the window, or brings the open one to the front. */
  show(): void
  readonly page: () => WebContents | null
}

export function createMainWindow(deps: WindowDeps): MainWindow {
  let current: BrowserWindow | null = null
  return {
    show() {
      if (current === null) {
        const opened = openWindow(deps)
        current = opened
        opened.on('closed', () => {
          if (current === opened) current = null
        })
        return
      }
      if (current.isMinimized()) current.restore()
      current.show()
      current.focus()
    },
    page: () => (current === null || current.webContents.isDestroyed() ? null : current.webContents),
  }
}

function openWindow({ preload, boundsFile, isPackaged, log }: WindowDeps): BrowserWindow {
  const { maximized, ...bounds } = readBounds(boundsFile, workAreas())
  const window = new BrowserWindow({
    ...bounds,
    minWidth: MIN_WIDTH,
    minHeight: MIN_HEIGHT,
    title: 'Weir',
    show: false,
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#1a1b1e' : '#ffffff',
    webPreferences: pagePreferences(preload, isPackaged),
  })
  if (maximized) window.maximize()
  window.once('ready-to-show', () => window.show())
  window.on('close', () => {
    try {
      writeBounds(boundsFile, window.getNormalBounds(), window.isMaximized())
    } catch (error) {
      // Where the window was is not worth keeping it open for.
      log.warn("the window's place could not be written down", { error })
    }
  })
  watchPage(window, log)
  load(window, log)
  return window
}

function load(window: BrowserWindow, log: HostLog): void {
  window.loadURL(HOME).catch((error: unknown) => {
    log.error('the page could not be loaded', { error })
    // Without a first paint the window would never be shown.
    if (!window.isDestroyed()) window.show()
  })
}

/** A page that broke down or hangs says so, and can be had back. The gateway goes on meanwhile. */
function watchPage(window: BrowserWindow, log: HostLog): void {
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit') return
    log.error('the page stopped working', { reason })
    void offerReload(window, 'The window stopped working.', ['Reload', 'Close']).then((choice) => {
      if (window.isDestroyed()) return
      if (choice === 0) load(window, log)
      else window.destroy()
    })
  })
  window.on('unresponsive', () => {
    log.warn('the page does not respond')
    void offerReload(window, 'The window does not respond.', ['Reload', 'Wait']).then((choice) => {
      if (choice === 0 && !window.isDestroyed()) load(window, log)
    })
  })
}

async function offerReload(window: BrowserWindow, message: string, buttons: string[]): Promise<number> {
  const detail = 'The gateway goes on: requests of clients are not affected.'
  const options = { type: 'warning' as const, message, detail, buttons, defaultId: 0, cancelId: 1, noLink: true }
  const { response } = await dialog.showMessageBox(window, options)
  return response
}

function workAreas() {
  const primary = screen.getPrimaryDisplay()
  const others = screen.getAllDisplays().filter(({ id }) => id !== primary.id)
  return [primary, ...others].map(({ workArea }) => workArea)
}
