/** What `import … from 'electron'` finds in the main process of the seat. Anything it lacks fails at the import. */
import { app } from './app-module.ts'
import { dialog, nativeTheme, screen, shell } from './desktop-modules.ts'
import { ipcMain } from './ipc-module.ts'
import { Menu } from './menu-module.ts'
import { protocol, session } from './session-module.ts'
import { strict } from './strict.ts'
import { BrowserWindow } from './window-module.ts'

export { app, BrowserWindow, dialog, ipcMain, Menu, nativeTheme, protocol, screen, session, shell }

/** What a spec's `evaluate` gets. */
export const electron = strict('electron', {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  nativeTheme,
  protocol,
  screen,
  session,
  shell,
})
