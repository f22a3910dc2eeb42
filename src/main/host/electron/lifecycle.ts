/**
 * The end, in order: the windows go, then the operator's doors, then the gateway lets running requests finish, then
 * everything else closes, and only then does the process end.
 */
import { app } from 'electron'
import type { HostLog } from '../headless/core.ts'

export interface Lifecycle {
  readonly isStopping: () => boolean
  /** Another start while this one is on its way out: it gets its window as soon as the data directory is free. */
  restartAfterwards(): void
}

export function stopInOrder(stop: () => Promise<void>, log: HostLog): Lifecycle {
  let state: 'running' | 'stopping' | 'stopped' = 'running'
  let wantsRestart = false

  async function finish(): Promise<void> {
    try {
      await stop()
    } catch (error) {
      log.error('Weir did not stop in order', { error })
    }
    state = 'stopped'
    if (wantsRestart) app.relaunch()
    app.quit()
  }

  app.on('will-quit', (event) => {
    if (state === 'stopped') return
    event.preventDefault()
    if (state === 'stopping') return
    state = 'stopping'
    void finish()
  })
  // On macOS an app goes on without a window, and its gateway with it.
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })

  return {
    isStopping: () => state !== 'running',
    restartAfterwards() {
      wantsRestart = true
    },
  }
}

/** As under plain Node, a fault nobody caught ends the process; what was answered is in the journal already. */
export function endOnFault(report: (error: unknown) => void): void {
  const end = (error: unknown) => {
    report(error)
    app.exit(1)
  }
  process.on('uncaughtException', end)
  process.on('unhandledRejection', end)
}
