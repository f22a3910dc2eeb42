/**
 * Holds every page, whoever opened it, on our own address: no navigation or redirect elsewhere, no frame, no window, no
 * webview. A link to a known https site opens in the operator's browser instead.
 */
import { app, shell, type WebContents } from 'electron'
import { externalLink } from './external-links.ts'
import type { HostLog } from '../headless/core.ts'
import { isOwnPage } from './own-page.ts'

export function guardAllContents(log: HostLog): void {
  app.on('web-contents-created', (_event, contents) => guardContents(contents, log))
}

/** Opens an address of the allowlist in the operator's browser, and does nothing with any other. */
export function openOutside(text: string, log: HostLog): void {
  const link = externalLink(text)
  if (link === null) {
    log.warn('an address outside the list of known sites was not opened', { scheme: URL.parse(text)?.protocol ?? null })
    return
  }
  shell.openExternal(link).catch((error: unknown) => log.warn('the browser could not be opened', { error }))
}

function guardContents(contents: WebContents, log: HostLog): void {
  contents.on('will-navigate', (event) => {
    if (isOwnPage(event.url)) return
    event.preventDefault()
    openOutside(event.url, log)
  })
  contents.on('will-redirect', (event) => {
    if (!isOwnPage(event.url)) event.preventDefault()
  })
  contents.on('will-frame-navigate', (event) => {
    // Our pages have no frames.
    if (!event.isMainFrame) event.preventDefault()
  })
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(({ url }) => {
    openOutside(url, log)
    return { action: 'deny' }
  })
}
