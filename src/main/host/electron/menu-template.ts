/** The application menu, by platform: standard entries in their standard places, and the window's own few. */
import type { MenuItemConstructorOptions } from 'electron'

export interface MenuActions {
  readonly isMac: boolean
  /** Reloading and the developer tools are for development. */
  readonly isPackaged: boolean
  show(path: string): void
  back(): void
  forward(): void
  openDataFolder(): void
  openLink(url: string): void
}

/** As the rail of the page has them; the settings stand where each system has them. */
const pages = [
  ['overview', 'Overview', '/'],
  ['pools', 'Pools', '/pools'],
  ['upstreams', 'Upstreams', '/upstreams'],
  ['keys', 'API keys', '/keys'],
  ['prices', 'Prices', '/prices'],
  ['requests', 'Requests', '/requests'],
  ['sessions', 'Sessions', '/sessions'],
  ['alerts', 'Alerts', '/alerts'],
  ['audit', 'Audit', '/audit'],
] as const

export function menuTemplate(actions: MenuActions): MenuItemConstructorOptions[] {
  return [
    ...(actions.isMac ? [appMenu(actions)] : []),
    fileMenu(actions),
    { role: 'editMenu' },
    viewMenu(actions),
    goMenu(actions),
    ...(actions.isMac ? [{ role: 'windowMenu' } satisfies MenuItemConstructorOptions] : []),
    helpMenu(actions),
  ]
}

function settings(actions: MenuActions): MenuItemConstructorOptions {
  const click = () => actions.show('/settings')
  return { id: 'settings', label: actions.isMac ? 'Settings…' : 'Settings', accelerator: 'CmdOrCtrl+,', click }
}

function appMenu(actions: MenuActions): MenuItemConstructorOptions {
  return {
    role: 'appMenu',
    submenu: [
      { role: 'about' },
      { type: 'separator' },
      settings(actions),
      { type: 'separator' },
      { role: 'services' },
      { type: 'separator' },
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      { type: 'separator' },
      { role: 'quit' },
    ],
  }
}

function fileMenu(actions: MenuActions): MenuItemConstructorOptions {
  const others: MenuItemConstructorOptions[] = [settings(actions), { type: 'separator' }, { role: 'quit' }]
  return { role: 'fileMenu', submenu: actions.isMac ? [{ role: 'close' }] : others }
}

function viewMenu(actions: MenuActions): MenuItemConstructorOptions {
  const development: MenuItemConstructorOptions[] = [
    { role: 'reload' },
    { role: 'toggleDevTools' },
    { type: 'separator' },
  ]
  return {
    role: 'viewMenu',
    submenu: [
      ...(actions.isPackaged ? [] : development),
      { role: 'resetZoom' },
      { role: 'zoomIn' },
      { role: 'zoomOut' },
      { type: 'separator' },
      { role: 'togglefullscreen' },
    ],
  }
}

function goMenu(actions: MenuActions): MenuItemConstructorOptions {
  const { isMac } = actions
  return {
    id: 'go',
    label: 'Go',
    submenu: [
      { id: 'back', label: 'Back', accelerator: isMac ? 'Cmd+[' : 'Alt+Left', click: () => actions.back() },
      { id: 'forward', label: 'Forward', accelerator: isMac ? 'Cmd+]' : 'Alt+Right', click: () => actions.forward() },
      { type: 'separator' },
      ...pages.map(([id, label, path], index) => ({
        id,
        label,
        accelerator: `CmdOrCtrl+${index + 1}`,
        click: () => actions.show(path),
      })),
    ],
  }
}

function helpMenu(actions: MenuActions): MenuItemConstructorOptions {
  const about: MenuItemConstructorOptions[] = [{ type: 'separator' }, { role: 'about' }]
  return {
    role: 'help',
    submenu: [
      { id: 'data-folder', label: 'Open data folder', click: () => actions.openDataFolder() },
      {
        id: 'openai-status',
        label: 'OpenAI status page',
        click: () => actions.openLink('https://status.openai.com/'),
      },
      ...(actions.isMac ? [] : about),
    ],
  }
}
