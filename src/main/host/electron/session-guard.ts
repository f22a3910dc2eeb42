/**
 * What the window's session may do, which is next to nothing: it loads our own pages and no other address, asks for no
 * permission but to put text onto the clipboard, and saves what our page made where the operator says.
 */
import { app, type Session } from 'electron'
import { basename, join } from 'node:path'
import { isOwnContent, isOwnPage } from './own-page.ts'

/** Copying a key or a snippet. Reading the clipboard is not in it. */
const allowedPermission = 'clipboard-sanitized-write'
/** Chromium's own tools, in development. */
const toolsScheme = 'devtools:'

export function guardSession(session: Session, isPackaged: boolean): void {
  session.setPermissionRequestHandler((contents, permission, answer) => {
    answer(permission === allowedPermission && isOwnPage(contents.getURL()))
  })
  session.setPermissionCheckHandler(
    (_contents, permission, origin) => permission === allowedPermission && isOwnPage(origin),
  )
  session.setDevicePermissionHandler(() => false)
  // The spelling checker fetches its dictionaries from the network.
  session.setSpellCheckerEnabled(false)
  session.webRequest.onBeforeRequest(({ url }, answer) => {
    const isTools = !isPackaged && url.startsWith(toolsScheme)
    answer({ cancel: !(isOwnContent(url) || url.startsWith('data:') || isTools) })
  })
  session.on('will-download', (event, item) => {
    if (!isOwnContent(item.getURL())) {
      event.preventDefault()
      return
    }
    // Electron asks where to save, without holding up the gateway meanwhile, as a synchronous dialog would.
    const name = basename(item.getFilename())
    item.setSaveDialogOptions({ title: 'Save the export', defaultPath: join(app.getPath('downloads'), name) })
  })
}
