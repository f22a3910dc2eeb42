import type { MenuItemConstructorOptions } from 'electron'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
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

  it('leads to every page of the rail, by a number each', () => {
    const rail = readFileSync(join(import.meta.dirname, '../../../renderer/shell/places.ts'), 'utf8')
    const places = [...rail.matchAll(/to: '([^']+)', label: '([^']+)'/g)].map(([, to, label]) => [label, to])
    const { items, done } = setUp(false)
    const led = items.filter(({ accelerator = '' }) => /^CmdOrCtrl\+(\d|,)$/.test(accelerator))
    for (const item of led) item.click?.({} as never, undefined, {} as never)
    const found = led.map(({ label }, index) => [label, done[index]])
    expect(places.length).toBeGreaterThan(5)
    expect(found).toEqual(expect.arrayContaining(places))
    expect(found.length).toBe(places.length)
    const numbers = led.flatMap(({ accelerator = '' }) => (accelerator.endsWith(',') ? [] : [accelerator.at(-1)]))
    expect(numbers).toEqual(numbers.map((_, index) => String(index + 1)))
  })

  it('gives no accelerator twice', () => {
    for (const isMac of [true, false]) {
      const keys = setUp(isMac).items.flatMap(({ accelerator }) => accelerator ?? [])
      expect(new Set(keys).size).toBe(keys.length)
    }
  })
})
