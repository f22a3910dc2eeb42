/** The app in the seat: its main process in plain Node, its pages in a real Chromium that this process starts. */
import { fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { ensureMachine } from '../machine.ts'
import { type AppLaunch, type DesktopApp, type Dialog, type Finished, root } from './desktop-app.ts'
import { collectOutput } from './output.ts'
import type { SeatConfig, ToApp, ToTest } from './seat.ts'

const browserArgs = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
  '--disable-gpu',
  // The app's process attaches here.
  '--remote-debugging-port=0',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
]

export async function launchSeat(launch: AppLaunch): Promise<DesktopApp> {
  ensureMachine({ browser: true })
  // As with Electron, what pages store outlives the app.
  const profile = join(launch.configHome, 'chromium-profile')
  const program = process.platform === 'linux' ? { executablePath: '/usr/bin/chromium' } : { channel: 'chrome' }
  const context = await chromium.launchPersistentContext(profile, { ...program, viewport: null, args: browserArgs })
  const [port, path] = readFileSync(join(profile, 'DevToolsActivePort'), 'utf8').split('\n')
  const app = forkApp(launch, `ws://127.0.0.1:${port}${path}`)
  const windows = followWindows(context, app)
  const ended = app.ended.finally(() => context.close())
  ended.catch(() => {})
  return {
    isReal: false,
    pid: app.child.pid ?? 0,
    windows: windows.open,
    firstWindow: async () => windows.open()[0] ?? windows.next(),
    nextWindow: windows.next,
    evaluate: (run, argument) => app.evaluate(String(run), argument) as Promise<never>,
    stdout: () => app.output.stdout,
    stderr: () => app.output.stderr,
    dialogs: () => app.dialogs,
    close() {
      if (app.child.connected) app.child.send({ op: 'quit' } satisfies ToApp)
      return ended
    },
    ended,
  }
}

export async function runSeat(launch: AppLaunch): Promise<Finished & { dialogs: readonly Dialog[] }> {
  const { ended, dialogs } = forkApp(launch, null)
  return { ...(await ended), dialogs }
}

function forkApp({ appDir, args, env }: AppLaunch, endpoint: string | null) {
  const electronPackage = join(root, 'node_modules', 'electron', 'package.json')
  const { version } = JSON.parse(readFileSync(electronPackage, 'utf8')) as { version: string }
  const config: SeatConfig = { appDir, args, endpoint, electronVersion: version }
  const child = fork(join(import.meta.dirname, 'seat-process.ts'), {
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
    env: { ...env, ELECTRON_SEAT: JSON.stringify(config) },
  })
  const { output, ended } = collectOutput(child)
  const dialogs: Dialog[] = []
  const targets: ((target: string) => void)[] = []
  const pending = new Map<number, PromiseWithResolvers<unknown>>()
  let lastId = 0
  child.on('message', (message: ToTest) => {
    if (message.op === 'window') for (const tell of targets) tell(message.target)
    else if (message.op === 'dialog') dialogs.push({ kind: message.kind, text: message.text })
    else if (message.op === 'result') {
      const call = pending.get(message.id)
      pending.delete(message.id)
      if (message.error === undefined) call?.resolve(message.value)
      else call?.reject(new Error(message.error))
    }
  })
  void ended.then(({ code, stderr }) => {
    for (const { reject } of pending.values()) reject(new Error(`the app ended with ${code}: ${stderr}`))
  })
  return {
    child,
    output,
    ended,
    dialogs,
    onWindow: (tell: (target: string) => void) => targets.push(tell),
    evaluate(source: string, argument: unknown): Promise<unknown> {
      const id = (lastId += 1)
      const call = Promise.withResolvers<unknown>()
      pending.set(id, call)
      child.send({ op: 'evaluate', id, source, argument } satisfies ToApp)
      return call.promise
    },
  }
}

/** A window is told of by the app and seen here as a page, in either order; it is one when both have happened. */
function followWindows(context: BrowserContext, app: ReturnType<typeof forkApp>) {
  const announced = new Set<string>()
  const pages = new Map<string, Page>()
  const open: Page[] = []
  const waiting = new Set<(page: Page) => void>()

  function match(target: string): void {
    const page = pages.get(target)
    if (page === undefined || !announced.has(target)) return
    open.push(page)
    page.once('close', () => open.splice(open.indexOf(page), 1))
    for (const resolve of waiting) resolve(page)
    waiting.clear()
  }
  async function see(page: Page): Promise<void> {
    const session = await context.newCDPSession(page)
    const { targetInfo } = await session.send('Target.getTargetInfo')
    pages.set(targetInfo.targetId, page)
    match(targetInfo.targetId)
  }
  // A refused popup may be gone before it is looked at.
  context.on('page', (page) => void see(page).catch(() => {}))
  app.onWindow((target) => {
    announced.add(target)
    match(target)
  })
  return {
    open: () => [...open],
    next: () =>
      new Promise<Page>((resolve, reject) => {
        waiting.add(resolve)
        void app.ended.then(({ code, stderr }) =>
          reject(new Error(`the app ended with ${code} before it opened a window: ${stderr}`)),
        )
      }),
  }
}
