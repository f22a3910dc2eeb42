/** What a host needs of the running core. The composition root's App has this shape; a host never builds one itself. */
import type { CoreEvent, RpcResult } from '../../../shared/contract.ts'
import type { Actor } from '../../../shared/models/audit.ts'
import type { Settings } from '../../../shared/settings.ts'
import type { Options } from '../../options.ts'

export type Dispatch = (route: string, input: unknown, caller: { actor: Actor }) => Promise<RpcResult<unknown>>
export type Subscribe = (listener: (event: CoreEvent) => void) => () => void

/** Taking the chunks is what makes them; ending early cancels the export. */
export interface ExportFile {
  readonly fileName: string
  readonly contentType: string
  readonly chunks: AsyncIterable<string>
}

export interface Core {
  readonly dispatch: Dispatch
  readonly subscribe: Subscribe
  /** Without `/v1`. */
  readonly gatewayUrl: string
  readonly settings: () => Settings
  /** The file of an export that waits to be fetched. Throws AppError `not_found` or `state_conflict`. */
  readonly openExport: (id: string) => ExportFile
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
  /** Closes this core and creates it anew. Missing where the host cannot. */
  restart?: () => void
  /** What the host holds on to across a restart: in force until the host itself starts anew. */
  kept?: Partial<Settings>
  /** False opens the core without its gateway listening: the `weir` command at work on a data directory. */
  listen?: boolean
}

export type CreateCore = (options: Options, hooks: CoreHooks) => Promise<Core>
