/**
 * The desktop host from first flag to last byte. One window on one core; the window's own folder lies in the data
 * directory, so that Electron's single instance and the lock of the data directory speak of the same thing.
 */
import { app, dialog, Menu, session, shell } from 'electron'
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../../shared/errors.ts'
import { helpText, type Options, parseOptions } from '../../options.ts'
import { localCall } from '../headless/call.ts'
import { openControlServer } from '../headless/control-server.ts'
import type { Core, CreateCore, HostLog } from '../headless/core.ts'
import { ensureDemo } from '../headless/demo.ts'
import { createLog } from '../headless/log.ts'
import { createRestartableCore } from '../restartable-core.ts'
import { steadyCreate } from '../steady-create.ts'
import { announce, announceJoined } from './announce.ts'
import { declareScheme, serveRenderer } from './app-protocol.ts'
import { ownArguments } from './arguments.ts'
import { guardAllContents, openOutside } from './contents-guard.ts'
import { type Ipc, openIpc } from './ipc.ts'
import { endOnFault, type Lifecycle, stopInOrder } from './lifecycle.ts'
import { menuTemplate } from './menu-template.ts'
import { guardSession } from './session-guard.ts'
import { failStart } from './start-failure.ts'
import { createMainWindow, type MainWindow } from './window.ts'

export interface DesktopDeps {
  readonly argv: readonly string[]
  readonly env: Record<string, string | undefined>
  readonly createCore: CreateCore
  readonly version: string
  readonly rendererDir: string
  readonly preload: string
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
}

/** Windows groups windows and notifications under it; the installer uses the same. */
const APP_ID = 'weir.gateway.desktop'

/** Returns at once; the first part must run before Electron is ready. */
export function startDesktop(deps: DesktopDeps): void {
  let options: Options
  try {
    options = parseOptions(ownArguments(deps.argv, app.isPackaged, app.getAppPath()), deps.env)
    if (options.help || options.version) {
      deps.stdout(options.help ? helpText('npm start --') : `${deps.version}\n`)
      app.exit(0)
      return
    }
    useOwnFolder(options.dataDir)
  } catch (error) {
    failStart(error, deps.stderr)
    return
  }
  app.enableSandbox()
  app.setAppUserModelId(APP_ID)
  declareScheme()
  if (app.requestSingleInstanceLock()) void run(deps, options)
  else void announceJoined(deps, options).finally(() => app.exit(0))
}

/** @throws AppError `data_dir_unwritable` */
function useOwnFolder(dataDir: string): void {
  const folder = join(dataDir, 'window')
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    chmodSync(folder, 0o700)
  } catch (cause) {
    throw new AppError('data_dir_unwritable', `The folder ${folder} cannot be created or used.`, { cause })
  }
  app.setPath('userData', folder)
}

async function run(deps: DesktopDeps, options: Options): Promise<void> {
  const log = createLog(options.logLevel, deps.stderr)
  const create = steadyCreate(deps.createCore, options)
  const core = createRestartableCore({
    create: (restart) => create({ signInLink: () => null, adminUrl: () => null, log, restart }),
    onFailure: (error) => failStart(error, deps.stderr),
  })
  const doors: (() => unknown)[] = []
  const lifecycle = stopInOrder(async () => {
    for (const close of doors.toReversed()) await close()
    // A start that failed has closed everything itself, and said why.
    await core.then((opened) => sayStopped(deps, opened)).catch(() => {})
  }, log)
  try {
    const opened = await core
    await app.whenReady()
    if (lifecycle.isStopping()) return
    await openDoors({ deps, options, core: opened, lifecycle, log, doors })
  } catch (error) {
    await core.then((opened) => opened.close()).catch(() => {})
    failStart(error, deps.stderr)
  }
}

interface Opening {
  readonly deps: DesktopDeps
  readonly options: Options
  readonly core: Core
  readonly lifecycle: Lifecycle
  readonly log: HostLog
  readonly doors: (() => unknown)[]
}

async function openDoors({ deps, options, core, lifecycle, log, doors }: Opening): Promise<void> {
  endOnFault((error) => {
    log.error('Weir ends: something in it went wrong', { error })
    dialog.showErrorBox('Weir has ended', 'Something in Weir went wrong, and it ended. Start it again to go on.')
  })
  const control = await openControlServer(options.dataDir, core.dispatch)
  doors.push(control.close)
  serveRenderer(deps.rendererDir, core.openExport)
  guardSession(session.defaultSession, app.isPackaged)
  guardAllContents(log)
  const { isPackaged } = app
  const boundsFile = join(app.getPath('userData'), 'bounds.json')
  const window = createMainWindow({ preload: deps.preload, boundsFile, isPackaged, log })
  const ipc = openIpc({ core, page: window.page, log })
  doors.push(ipc.close)
  setMenu({ options, window, ipc, log })
  const show = () => {
    if (lifecycle.isStopping()) lifecycle.restartAfterwards()
    else window.show()
  }
  app.on('second-instance', show)
  app.on('activate', show)
  show()
  const demo = options.demo ? await ensureDemo(localCall(core.dispatch, 'system')) : null
  announce(deps, options, core, demo)
}

function setMenu({
  options,
  window,
  ipc,
  log,
}: {
  options: Options
  window: MainWindow
  ipc: Ipc
  log: HostLog
}): void {
  const template = menuTemplate({
    isMac: process.platform === 'darwin',
    isPackaged: app.isPackaged,
    show(path) {
      window.show()
      ipc.send({ type: 'host.navigate', path })
    },
    back: () => window.page()?.navigationHistory.goBack(),
    forward: () => window.page()?.navigationHistory.goForward(),
    openDataFolder: () => void shell.openPath(options.dataDir),
    openLink: (url) => openOutside(url, log),
  })
  Menu.setApplicationMenu(Menu.buildFromTemplate(template))
}

async function sayStopped(deps: DesktopDeps, core: Core): Promise<void> {
  const { cut } = await core.close()
  deps.stderr(cut === 0 ? 'Stopped.\n' : `Stopped. Cut ${cut} running ${cut === 1 ? 'request' : 'requests'}.\n`)
}
