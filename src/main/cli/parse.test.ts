import { describe, expect, it } from 'vitest'
import { AppError } from '../../shared/errors.ts'
import { commands } from './commands.ts'
import { commandHelp, overview } from './help.ts'
import { findCommand, globalFlags, parseCommand } from './parse.ts'

function parse(line: string) {
  const argv = line.split(' ')
  const command = findCommand(argv, commands)
  if (command === undefined) throw new Error(`no command in "${line}"`)
  return parseCommand(argv, command)
}

describe('command line', () => {
  it('gives words and flags in any order', () => {
    const input = parse('pool create --upstream A:1 Team --upstream=B:2:3 --json')
    expect(input.args).toEqual(['Team'])
    expect(input.list('upstream')).toEqual(['A:1', 'B:2:3'])
    expect([input.isOn('json'), input.isOn('help'), input.text('notes')]).toEqual([true, false, undefined])
  })

  it('lets the last of a repeated flag win where one is meant', () => {
    expect(parse('key create laptop --pool A --pool B').text('pool')).toBe('B')
  })

  it.each([
    ['pool create a b', '"b"'],
    ['key rotate', 'KEY is missing'],
    ['settings set gateway.port', 'VALUE is missing'],
    ['pool list --nope', '--nope'],
    ['upstream add x --kind', '--kind'],
    ['upstream add x --secret sk-hush', '--secret'],
  ])('refuses "%s", naming %s', (line, name) => {
    let failure: unknown
    try {
      parse(line)
    } catch (error) {
      failure = error
    }
    expect(failure).toBeInstanceOf(AppError)
    expect(failure).toMatchObject({ code: 'invalid_option', message: expect.stringContaining(name) })
    expect(String(failure)).not.toContain('sk-hush')
  })
})

describe('table of commands', () => {
  it('has each command once, with distinct flags', () => {
    const words = commands.map((command) => command.words.join(' '))
    expect(new Set(words).size).toBe(words.length)
    for (const command of commands) {
      const flags = [...command.flags, ...globalFlags].map((flag) => flag.name)
      expect([...new Set(flags)]).toEqual(flags)
    }
  })

  it('is rendered whole as help', () => {
    const text = overview(commands)
    for (const command of commands) {
      expect(text).toContain(`weir ${command.words.join(' ')}`)
      for (const flag of command.flags) expect(commandHelp(command)).toContain(`--${flag.name}`)
    }
  })

  it('takes no secret as the value of a flag', () => {
    const names = commands.flatMap((command) => command.flags.map((flag) => flag.name))
    expect(names.filter((name) => /^(secret|api-key|header|password|token|passphrase)$/.test(name))).toEqual([])
  })
})
