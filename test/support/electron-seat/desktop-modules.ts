/**
 * The desktop around the app: dialogs, the outside browser, the clipboard, displays, the scheme. Inert and observable; a
 * spec replaces members of these with `evaluate`, here and in real Electron alike.
 */
import { EventEmitter } from 'node:events'
import { tellTest } from './seat.ts'
import { strict } from './strict.ts'

interface MessageOptions {
  readonly message: string
  readonly detail?: string
  readonly buttons?: readonly string[]
}

/** Electron takes a window in front or leaves it out. */
function lastOf<T>(args: readonly unknown[]): T {
  return args.at(-1) as T
}

export const dialog = strict('dialog', {
  showErrorBox(title: string, content: string) {
    tellTest({ op: 'dialog', kind: 'error', text: `${title}\n${content}` })
  },
  /** Nobody is there to answer: what a spec does not answer waits for ever. */
  showMessageBox(...args: unknown[]): Promise<{ response: number; checkboxChecked: boolean }> {
    const { message } = lastOf<MessageOptions>(args)
    tellTest({ op: 'dialog', kind: 'message', text: message })
    return new Promise(() => {})
  },
  showSaveDialog: async (..._args: unknown[]) => ({ canceled: true, filePath: '' }),
  showOpenDialog: async (..._args: unknown[]) => ({ canceled: true, filePaths: [] as string[] }),
})

export const shell = strict('shell', {
  openExternal: async (_url: string) => {},
  openPath: async (_path: string) => '',
})

interface Display {
  readonly id: number
  readonly workArea: { x: number; y: number; width: number; height: number }
}
const display: Display = { id: 1, workArea: { x: 0, y: 0, width: 1_920, height: 1_040 } }

export const screen = strict('screen', {
  getPrimaryDisplay: () => display,
  getAllDisplays: () => [display],
})

export const nativeTheme = strict('nativeTheme', Object.assign(new EventEmitter(), { shouldUseDarkColors: false }))
