import type { MenuItemConstructorOptions } from 'electron'
import { describe, expect, it } from 'vitest'
import { menuTemplate } from './menu-template.ts'

function setUp(isMac: boolean, isPackaged = true) {
  const done: string[] = []
  const template = menuTemplate({
    isMac,
    isPackaged,
    show: (path) => void done.push(path),
    back: () => void done.push('back'),
    forward: () => void done.push('forward'),
    openDataFolder: () => void done.push('data'),
    openLink: (url) => void done.push(url),
  })
  return { template, done, items: flat(template) }
}

function flat(items: readonly MenuItemConstructorOptions[]): MenuItemConstructorOptions[] {
  return items.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? flat(item.submenu) : [])])
}

describe('the application menu', () => {
  it('has the settings where each system has them', () => {
    for (const isMac of [true, false]) {
      const { template, items, done } = setUp(isMac)
      const settings = items.find(({ id }) => id === 'settings')
      expect(settings).toMatchObject({ accelerator: 'CmdOrCtrl+,', label: isMac ? 'Settings…' : 'Settings' })
      expect(template[0]?.role).toBe(isMac ? 'appMenu' : 'fileMenu')
      expect(flat([template[0] ?? {}])).toContain(settings)
      settings?.click?.({} as never, undefined, {} as never)
      expect(done).toEqual(['/settings'])
    }
  })

  it('can end the app, copy and paste, on each system', () => {
    for (const isMac of [true, false]) {
      const roles = setUp(isMac).items.map(({ role }) => role)
      expect(roles).toEqual(expect.arrayContaining(['quit', 'editMenu', 'about', 'togglefullscreen']))
    }
  })

  it('reloads and opens the developer tools in development alone', () => {
    const roles = (isPackaged: boolean) => setUp(false, isPackaged).items.map(({ role }) => role)
    expect(roles(false)).toEqual(expect.arrayContaining(['reload', 'toggleDevTools']))
    for (const role of ['reload', 'forceReload', 'toggleDevTools']) expect(roles(true)).not.toContain(role)
  })

  it('gives no accelerator twice', () => {
    for (const isMac of [true, false]) {
      const keys = setUp(isMac).items.flatMap(({ accelerator }) => accelerator ?? [])
      expect(new Set(keys).size).toBe(keys.length)
    }
  })
})
