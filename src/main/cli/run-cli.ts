/** One run of the `weir` command: parse, connect, do, print. Resolves with the exit code. */
import { AppError } from '../../shared/errors.ts'
import { exitCodeOf } from '../host/headless/exit-codes.ts'
import { parseOptions } from '../options.ts'
import type { Command, Input } from './command.ts'
import { commands } from './commands.ts'
import { connect, type ConnectDeps } from './connection.ts'
import { commandHelp, overview } from './help.ts'
import { findCommand, parseCommand, usage } from './parse.ts'

export interface CliDeps extends ConnectDeps {
  readonly argv: readonly string[]
  readonly version: string
  /** Runs the host with these flags until it stops. */
  readonly start: (argv: readonly string[]) => Promise<number>
}

export async function runCli(deps: CliDeps): Promise<number> {
  const { argv, io } = deps
  if (argv[0] === 'start') return deps.start(argv.slice(1))
  try {
    return await runCommand(deps)
  } catch (error) {
    const failure = AppError.from(error)
    io.stderr(argv.includes('--json') ? errorJson(failure) : errorText(failure))
    return exitCodeOf(failure.code)
  }
}

async function runCommand(deps: CliDeps): Promise<number> {
  const { argv, io } = deps
  const command = findCommand(argv, commands)
  const wantsHelp = argv.includes('--help') || argv.includes('-h')
  if (command === undefined) return explain(argv, deps, wantsHelp)
  if (wantsHelp) {
    io.stdout(commandHelp(command))
    return 0
  }
  const input = parseCommand(argv, command)
  return perform(command, input, deps)
}

async function perform(command: Command, input: Input, deps: CliDeps): Promise<number> {
  const { io } = deps
  const dataDir = input.text('data-dir')
  const options = parseOptions(dataDir === undefined ? [] : ['--data-dir', dataDir], io.env)
  const connection = await connect(options, deps, command.needsInstance?.(input) ?? false)
  try {
    const json = input.isOn('json')
    const answer = await command.run({ call: connection.call, input, io, json })
    if (json) io.stdout(answer.json === undefined ? '' : `${JSON.stringify(answer.json, null, 2)}\n`)
    else io.stdout(answer.text)
    return answer.exitCode ?? 0
  } finally {
    await connection.close()
  }
}

/** No command: help where it was asked for, the version, or what is wrong with the line. */
function explain(argv: readonly string[], deps: CliDeps, wantsHelp: boolean): number {
  const word = argv.find((text) => !text.startsWith('-'))
  const group = commands.filter((command) => command.words[0] === word)
  if (argv[0] === '--version') deps.io.stdout(`${deps.version}\n`)
  else if (wantsHelp || argv.length === 0 || argv[0] === 'help')
    deps.io.stdout(overview(group.length > 0 ? group : commands))
  else if (group.length > 0) throw usage(`weir ${word}`, `\`weir ${word}\` needs one word more`)
  else throw usage('weir', `There is no command "${argv[0]}"`)
  return 0
}

function errorJson({ code, message, details }: AppError): string {
  return `${JSON.stringify({ error: details === undefined ? { code, message } : { code, message, details } })}\n`
}

function errorText({ code, message }: AppError): string {
  return `weir: ${message} (${code})\n`
}
