/** What the parts of the seat share: the app under test, its Chromium, and the wire to the test. */
import type { BrowserContext } from 'playwright-core'

export interface AppPackage {
  readonly name: string
  readonly version: string
  readonly main: string
  readonly productName?: string
}

export interface SeatConfig {
  readonly appDir: string
  readonly args: readonly string[]
  /** Of the running Chromium; null for a start that must not come to a window. */
  readonly endpoint: string | null
  readonly electronVersion: string
}

export type ToTest =
  | { readonly op: 'window'; readonly target: string }
  | { readonly op: 'result'; readonly id: number; readonly value?: unknown; readonly error?: string }
  | { readonly op: 'dialog'; readonly kind: string; readonly text: string }
  | { readonly op: 'relaunch' }

export type ToApp =
  | { readonly op: 'evaluate'; readonly id: number; readonly source: string; readonly argument: unknown }
  | { readonly op: 'quit' }

export const seat = {
  appDir: '',
  package: { name: 'app', version: '0.0.0', main: '' } as AppPackage,
  isReady: false,
  isQuitting: false,
  /** The app asked for every page to be sandboxed. */
  isSandboxed: false,
  context: null as BrowserContext | null,
}

export function tellTest(message: ToTest): void {
  process.send?.(message)
}
