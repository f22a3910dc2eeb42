/** What a spec has of the app under test, whichever way it runs. */
import { resolve } from 'node:path'
import type * as Electron from 'electron'
import type { Page } from 'playwright-core'

export interface LaunchOptions {
  /** XDG_CONFIG_HOME and XDG_DATA_HOME lie in it. */
  readonly configHome: string
  /** A folder with package.json and out/; this repository's root when left out. */
  readonly appDir?: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export interface AppLaunch {
  readonly appDir: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly configHome: string
}

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Dialog {
  readonly kind: string
  readonly text: string
}

export interface DesktopApp {
  readonly isReal: boolean
  readonly pid: number
  firstWindow(): Promise<Page>
  windows(): readonly Page[]
  /** The next window from now on. */
  nextWindow(): Promise<Page>
  /** Runs in the main process, with Electron's modules; nothing of the spec is in reach there. */
  evaluate<R, A = undefined>(run: (electron: typeof Electron, argument: A) => R | Promise<R>, argument?: A): Promise<R>
  readonly stdout: () => string
  readonly stderr: () => string
  /** Shown by the seat; real Electron shows them to people alone. */
  readonly dialogs: () => readonly Dialog[]
  /** Asked to quit, waits for the end. */
  close(): Promise<Finished>
  readonly ended: Promise<Finished>
}

export const root = resolve(import.meta.dirname, '../../..')
