/** The app in real Electron. Needs a display (xvfb-run on a machine without one). */
import { spawn } from 'node:child_process'
import { _electron } from 'playwright-core'
import type { AppLaunch, DesktopApp, Dialog, Finished } from './desktop-app.ts'
import { collectOutput } from './output.ts'

export async function launchReal(executablePath: string, { appDir, args, env }: AppLaunch): Promise<DesktopApp> {
  const app = await _electron.launch({
    executablePath,
    args: [appDir, ...args],
    env: Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined)),
  })
  const child = app.process()
  const { output, ended } = collectOutput(child)
  return {
    isReal: true,
    pid: child.pid ?? 0,
    firstWindow: () => app.firstWindow(),
    windows: () => app.windows(),
    nextWindow: () => app.waitForEvent('window'),
    // Playwright hands over the same modules; its own type of them is a narrower one.
    evaluate: (run, argument) => app.evaluate(run as never, argument as never),
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    dialogs: () => [],
    async close() {
      await app.evaluate(({ app: electronApp }) => electronApp.quit()).catch(() => {})
      return ended
    },
    ended,
  }
}

/** An error box waits for a person: what it says is on stderr before, and the process is ended then. */
export function runReal(
  executablePath: string,
  { appDir, args, env }: AppLaunch,
): Promise<Finished & { dialogs: readonly Dialog[] }> {
  const child = spawn(executablePath, [appDir, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const { output, ended } = collectOutput(child)
  child.stderr.on('data', () => {
    if (output.stderr.includes('Weir did not start.')) child.kill()
  })
  return ended.then((finished) => ({ ...finished, dialogs: [] }))
}
