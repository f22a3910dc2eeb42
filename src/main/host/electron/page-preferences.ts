/** What Electron is told about the page. Whatever is not named here stays as Electron has it, which is the safe way. */
import type { WebPreferences } from 'electron'

export function pagePreferences(preload: string, isPackaged: boolean): WebPreferences {
  return {
    preload,
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInSubFrames: false,
    nodeIntegrationInWorker: false,
    webviewTag: false,
    // Its dictionaries come from the network.
    spellcheck: false,
    devTools: !isPackaged,
  }
}
