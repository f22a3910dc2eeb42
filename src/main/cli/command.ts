/** What one `weir` command is: a row of data. Parsing, help and the README check all read these rows. */
import type { Call } from '../host/headless/call.ts'

export interface FlagSpec {
  readonly name: string
  /** What stands for the value in the help text; a flag without one is a switch. */
  readonly value?: string
  readonly many?: true
  readonly help: string
}

export interface Command {
  readonly words: readonly string[]
  /** Shown after the words. `[X]` may be left out. */
  readonly args: readonly { readonly name: string; readonly optional?: true }[]
  readonly flags: readonly FlagSpec[]
  readonly help: string
  /** Works with a running instance only, never on the data directory. */
  needsInstance?(input: Input): boolean
  run(context: Context): Promise<Answer>
}

/** A parsed command line. */
export interface Input {
  readonly args: readonly string[]
  text(flag: string): string | undefined
  list(flag: string): readonly string[]
  isOn(flag: string): boolean
}

/** The terminal, or what a test puts in its place. */
export interface Io {
  readonly env: Record<string, string | undefined>
  readonly stdin: AsyncIterable<Buffer | string> & { readonly isTTY?: boolean | undefined }
  stdout(text: string): void
  stderr(text: string): void
  now(): number
}

export interface Context {
  readonly call: Call
  readonly input: Input
  readonly io: Io
  readonly json: boolean
}

/** The one JSON document, or the text for a person; never both. */
export interface Answer {
  readonly json: unknown
  readonly text: string
  readonly exitCode?: number
}
