/** A command line against the table of commands. */
import { parseArgs } from 'node:util'
import { AppError } from '../../shared/errors.ts'
import type { Command, FlagSpec, Input } from './command.ts'

export const globalFlags: readonly FlagSpec[] = [
  { name: 'data-dir', value: 'FOLDER', help: 'The data directory, also WEIR_DATA_DIR.' },
  { name: 'json', help: 'Print one JSON document on stdout; errors as JSON on stderr.' },
  { name: 'help', help: 'Print what the command can do.' },
]

/** The row whose words the line begins with; the longest wins. */
export function findCommand(argv: readonly string[], commands: readonly Command[]): Command | undefined {
  return commands
    .filter((command) => command.words.every((word, at) => argv[at] === word))
    .toSorted((a, b) => b.words.length - a.words.length)[0]
}

export function parseCommand(argv: readonly string[], command: Command): Input {
  const name = `weir ${command.words.join(' ')}`
  const { values, positionals } = parseLine(argv.slice(command.words.length), command, name)
  const required = command.args.filter((arg) => arg.optional === undefined)
  const missing = required[positionals.length]
  if (missing !== undefined) throw usage(name, `${missing.name} is missing`)
  if (positionals.length > command.args.length) {
    throw usage(name, `"${positionals[command.args.length]}" is one word too many`)
  }
  const all = (flag: string) => values[flag] ?? []
  return {
    args: positionals,
    text: (flag) => all(flag).at(-1),
    list: (flag) => all(flag),
    isOn: (flag) => all(flag).length > 0,
  }
}

function parseLine(argv: readonly string[], command: Command, name: string) {
  const options: Record<string, { type: 'string' | 'boolean'; multiple: true; short?: string }> = {}
  for (const flag of [...command.flags, ...globalFlags]) {
    options[flag.name] = { type: flag.value === undefined ? 'boolean' : 'string', multiple: true }
  }
  options['help'] = { type: 'boolean', multiple: true, short: 'h' }
  try {
    const parsed = parseArgs({ args: [...argv], options, strict: true, allowPositionals: true })
    const values: Record<string, string[] | undefined> = {}
    for (const [flag, given] of Object.entries(parsed.values)) values[flag] = given?.map(String)
    return { values, positionals: parsed.positionals }
  } catch (error) {
    const reason = error instanceof Error ? error.message.split(/[.\n]/)[0] : 'the line is unreadable'
    throw usage(name, reason ?? '')
  }
}

export function usage(name: string, reason: string): AppError {
  return new AppError('invalid_option', `${reason}. \`${name} --help\` shows what it takes.`)
}
