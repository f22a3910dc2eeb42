/** What a host needs of the running core. The composition root's App has this shape; a host never builds one itself. */
import type { CoreEvent, RpcResult } from '../../../shared/contract.ts'
import type { Actor } from '../../../shared/models/audit.ts'
import type { Settings } from '../../../shared/settings.ts'
import type { Options } from '../../options.ts'

export type Dispatch = (route: string, input: unknown, caller: { actor: Actor }) => Promise<RpcResult<unknown>>
export type Subscribe = (listener: (event: CoreEvent) => void) => () => void

export interface Core {
  readonly dispatch: Dispatch
  readonly subscribe: Subscribe
  /** Without `/v1`. */
  readonly gatewayUrl: string
  readonly settings: () => Settings
  close(): Promise<{ cut: number }>
}

export interface HostLog {
  info(message: string, facts?: Readonly<Record<string, unknown>>): void
  warn(message: string, facts?: Readonly<Record<string, unknown>>): void
  error(message: string, facts?: Readonly<Record<string, unknown>>): void
}

export interface CoreHooks {
  signInLink: () => string | null
  adminUrl: () => string | null
  askPassphrase?: () => Promise<string>
  log: HostLog
  /** False opens the core without its gateway listening: the `weir` command at work on a data directory. */
  listen?: boolean
}

export type CreateCore = (options: Options, hooks: CoreHooks) => Promise<Core>
