/** Menus that a spec can read and click: by id, as with real Electron. Roles do what they stand for. */
import { app } from './app-module.ts'
import { strict } from './strict.ts'
import { BrowserWindow } from './window-module.ts'

interface ItemOptions {
  readonly id?: string
  readonly label?: string
  readonly role?: string
  readonly type?: string
  readonly accelerator?: string
  readonly click?: (item: object, window: object | undefined, event: object) => void
  readonly submenu?: readonly ItemOptions[]
}

/** Roles whose menus Electron fills itself. */
const filled = new Set(['editMenu', 'windowMenu'])
const acts: Readonly<Record<string, () => void>> = {
  quit: () => app.quit(),
  close: () => BrowserWindow.getFocusedWindow()?.close(),
}
const inert =
  'appMenu fileMenu viewMenu help about services hide hideOthers unhide reload toggleDevTools resetZoom zoomIn zoomOut togglefullscreen'
const known = new Set([...filled, ...Object.keys(acts), ...inert.split(' ')])

class MenuItem {
  readonly id: string
  readonly label: string
  readonly role: string | undefined
  readonly type: string
  readonly accelerator: string | undefined
  readonly submenu: Menu | undefined
  readonly #run: ItemOptions['click']

  constructor({ id, label, role, type, accelerator, click, submenu }: ItemOptions) {
    if (role !== undefined && !known.has(role)) throw new Error(`electron seat: the role ${role} is not there`)
    this.id = id ?? ''
    this.label = label ?? role ?? ''
    this.role = role
    this.type = type ?? (submenu === undefined ? 'normal' : 'submenu')
    this.accelerator = accelerator
    this.submenu = submenu === undefined ? undefined : Menu.buildFromTemplate(submenu)
    this.#run = click
  }

  click(): void {
    const act = this.role === undefined ? undefined : acts[this.role]
    if (this.#run !== undefined) this.#run(this, BrowserWindow.getFocusedWindow() ?? undefined, {})
    else if (act !== undefined) act()
    else throw new Error(`electron seat: clicking ${this.label} does nothing here`)
  }
}

class Menu {
  static buildFromTemplate(template: readonly ItemOptions[]): Menu {
    return new Menu(template.map((options) => new MenuItem(options)))
  }
  static setApplicationMenu(menu: Menu | null): void {
    applicationMenu = menu
  }
  static getApplicationMenu(): Menu | null {
    return applicationMenu
  }

  readonly items: readonly MenuItem[]

  constructor(items: readonly MenuItem[]) {
    this.items = items
  }

  getMenuItemById(id: string): MenuItem | null {
    for (const item of this.items) {
      const found = item.id === id ? item : item.submenu?.getMenuItemById(id)
      if (found) return found
    }
    return null
  }
}

let applicationMenu: Menu | null = null
const strictMenu = strict('Menu', Menu)
export { strictMenu as Menu }
