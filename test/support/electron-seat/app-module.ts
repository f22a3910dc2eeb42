/** `app`: the life of the process. Quitting asks in Electron's order: before-quit, each window, will-quit, quit. */
import { EventEmitter } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { takeInstanceLock } from './instance-lock.ts'
import { seat, tellTest } from './seat.ts'
import { preventable, strict } from './strict.ts'

const paths = new Map<string, string>()
const ready = Promise.withResolvers<void>()
let wantsRelaunch = false

/** Set by the windows' module, which knows this one. */
export const windowsOf = { closeAll: (): Promise<boolean> => Promise.resolve(true) }

function beforeReady(name: string): void {
  if (seat.isReady) throw new Error(`${name} can only be called before app is ready`)
}

export const app = strict(
  'app',
  Object.assign(new EventEmitter(), {
    isPackaged: false,
    whenReady: () => ready.promise,
    isReady: () => seat.isReady,
    getName: () => seat.package.productName ?? seat.package.name,
    getVersion: () => seat.package.version,
    getAppPath: () => seat.appDir,
    getPath(name: string): string {
      const appData = process.env['XDG_CONFIG_HOME'] ?? ''
      const usual = name === 'userData' ? join(appData, app.getName()) : name === 'appData' ? appData : null
      const path = paths.get(name) ?? usual ?? join(appData, name)
      return path
    },
    setPath(name: string, path: string): void {
      if (!existsSync(path)) throw new Error(`Failed to set path '${name}'`)
      paths.set(name, path)
    },
    enableSandbox() {
      beforeReady('app.enableSandbox()')
      seat.isSandboxed = true
    },
    setAppUserModelId: (_id: string) => {},
    requestSingleInstanceLock: (): boolean =>
      takeInstanceLock(app.getPath('userData'), ({ argv, cwd }) => {
        void ready.promise.then(() => app.emit('second-instance', {}, argv, cwd))
      }),
    relaunch() {
      wantsRelaunch = true
    },
    quit(): void {
      if (seat.isQuitting) return
      const before = preventable({})
      app.emit('before-quit', before)
      if (before.defaultPrevented) return
      seat.isQuitting = true
      void windowsOf.closeAll().then((isClosed) => {
        seat.isQuitting = false
        const will = preventable({})
        if (isClosed) app.emit('will-quit', will)
        if (!isClosed || will.defaultPrevented) return
        app.exit(0)
      })
    },
    exit(code = 0): void {
      app.emit('quit', {}, code)
      if (wantsRelaunch) tellTest({ op: 'relaunch' })
      process.exit(code)
    },
  }),
)

export function becomeReady(): void {
  seat.isReady = true
  app.emit('ready', {}, {})
  ready.resolve()
}
