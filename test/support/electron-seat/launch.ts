/**
 * Starts the desktop app for a spec: in real Electron where its binary is, else in the seat. Both answer alike, so one spec
 * speaks for both; `isReal` tells which it was.
 */
import { electronBinary } from '../../../scripts/desktop.ts'
import { resolve } from 'node:path'
import { type AppLaunch, type DesktopApp, type Dialog, type Finished, type LaunchOptions, root } from './desktop-app.ts'
import { launchReal, runReal } from './launch-real.ts'
import { launchSeat, runSeat } from './launch-seat.ts'

export function launchApp(options: LaunchOptions): Promise<DesktopApp> {
  const launch = launchOf(options)
  const binary = electronBinary(root)
  return binary === null ? launchSeat(launch) : launchReal(binary, launch)
}

export interface StartSeen extends Finished {
  readonly dialogs: readonly Dialog[]
  readonly isReal: boolean
}

/** A start that must not come to a window of its own: a second one, or one that fails. */
export async function startWithoutWindow(options: LaunchOptions): Promise<StartSeen> {
  const launch = launchOf(options)
  const binary = electronBinary(root)
  const seen = await (binary === null ? runSeat(launch) : runReal(binary, launch))
  return { ...seen, isReal: binary !== null }
}

function launchOf({ configHome, appDir = root, args = [], env = {} }: LaunchOptions): AppLaunch {
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith('WEIR_'))
  const homes = { XDG_CONFIG_HOME: configHome, XDG_DATA_HOME: resolve(configHome, 'data') }
  return { appDir: resolve(appDir), args, configHome, env: { ...Object.fromEntries(clean), ...homes, ...env } }
}
