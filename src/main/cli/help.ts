/** Help texts, rendered from the table of commands. */
import { exitCodes } from '../host/headless/exit-codes.ts'
import type { Command, FlagSpec } from './command.ts'
import { align } from './format.ts'
import { globalFlags } from './parse.ts'

function synopsis(command: Command): string {
  const args = command.args.map((arg) => (arg.optional ? `[${arg.name}]` : arg.name))
  return ['weir', ...command.words, ...args].join(' ')
}

/** All commands, or those of one group. */
export function overview(commands: readonly Command[]): string {
  const rows = commands.map((command) => [`  ${synopsis(command)}`, command.help])
  const codes = exitCodes.map((row) => [`  ${row.code}`, row.meaning])
  return [
    'Usage: weir COMMAND [flags]',
    '',
    align(rows),
    '',
    'Every command takes:',
    '',
    align(flagRows(globalFlags)),
    '',
    '`weir COMMAND --help` shows its own flags. Commands talk to the running Weir of the data directory; where none',
    'runs, they work on the data directory itself. A record is given by its name or its id.',
    '',
    'Exit codes:',
    '',
    align(codes),
    '',
  ].join('\n')
}

export function commandHelp(command: Command): string {
  const flags = [...command.flags, ...globalFlags]
  return [`Usage: ${synopsis(command)} [flags]`, '', command.help, '', align(flagRows(flags)), ''].join('\n')
}

function flagRows(flags: readonly FlagSpec[]): string[][] {
  return flags.map((flag) => [
    `  --${flag.name}${flag.value === undefined ? '' : ` ${flag.value}`}`,
    flag.many === undefined ? flag.help : `${flag.help} May be given several times.`,
  ])
}
