import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { AppError } from '../shared/errors.ts'
import { settingsTable } from '../shared/settings.ts'
import { helpText, type Options, optionsMarkdown, optionTable, parseOptions } from './options.ts'

const linux = { platform: 'linux', home: '/home/ada', cwd: '/work' } as const

function parse(argv: string[], env: Record<string, string | undefined> = {}): Options {
  return parseOptions(argv, env, linux)
}

function failureOf(argv: string[], env: Record<string, string> = {}): AppError {
  try {
    parse(argv, env)
  } catch (error) {
    if (error instanceof AppError) return error
  }
  throw new Error('this line was accepted')
}

describe('parseOptions', () => {
  it('has defaults for everything', () => {
    expect(parse([])).toEqual({
      dataDir: '/home/ada/.local/share/weir',
      overrides: {},
      headless: false,
      demo: false,
      json: false,
      help: false,
      version: false,
      logLevel: 'info',
      passphrase: null,
    })
  })

  it.each([
    [['--port', '5000'], {}, { 'gateway.port': { value: 5000, by: '--port' } }],
    [['--port=0'], {}, { 'gateway.port': { value: 0, by: '--port' } }],
    [[], { WEIR_PORT: '5001' }, { 'gateway.port': { value: 5001, by: 'WEIR_PORT' } }],
    [['--port', '5000'], { WEIR_PORT: '5001' }, { 'gateway.port': { value: 5000, by: '--port' } }],
    [['--port', '5000'], { WEIR_PORT: 'nonsense' }, { 'gateway.port': { value: 5000, by: '--port' } }],
    [[], { WEIR_PORT: '' }, {}],
    [['--host', '0.0.0.0'], {}, { 'gateway.host': { value: '0.0.0.0', by: '--host' } }],
    [['--host', '[::1]'], {}, { 'gateway.host': { value: '::1', by: '--host' } }],
    [[], { WEIR_HOST: 'localhost' }, { 'gateway.host': { value: 'localhost', by: 'WEIR_HOST' } }],
    [['--admin-port', '65535'], {}, { 'admin.port': { value: 65535, by: '--admin-port' } }],
    [[], { WEIR_ADMIN_PORT: '7' }, { 'admin.port': { value: 7, by: 'WEIR_ADMIN_PORT' } }],
  ])('takes settings of this start from %j and %j', (argv, env, expected) => {
    expect(parse(argv, env).overrides).toEqual(expected)
  })

  it.each([
    [['--headless'], {}, 'headless', true],
    [[], { WEIR_HEADLESS: '1' }, 'headless', true],
    [[], { WEIR_HEADLESS: 'no' }, 'headless', false],
    [['--demo'], {}, 'demo', true],
    [['--json'], {}, 'json', true],
    [['-h'], {}, 'help', true],
    [['--version'], {}, 'version', true],
    [['--log-level', 'error'], {}, 'logLevel', 'error'],
    [[], { WEIR_LOG_LEVEL: 'silent' }, 'logLevel', 'silent'],
    [['--data-dir', '/srv/weir'], { WEIR_DATA_DIR: '/other' }, 'dataDir', '/srv/weir'],
    [['--data-dir', 'here'], {}, 'dataDir', '/work/here'],
    [['--data-dir=~/weir'], {}, 'dataDir', '/home/ada/weir'],
    [[], { WEIR_DATA_DIR: '/env' }, 'dataDir', '/env'],
    [[], { XDG_DATA_HOME: '/xdg' }, 'dataDir', '/xdg/weir'],
    [[], { XDG_DATA_HOME: 'relative' }, 'dataDir', '/home/ada/.local/share/weir'],
  ] as const)('reads %j and %j as %s = %s', (argv, env, name, expected) => {
    expect(parse([...argv], { ...env })[name]).toBe(expected)
  })

  it('follows the convention of each system for the data directory', () => {
    const mac = parseOptions([], {}, { ...linux, platform: 'darwin', home: '/Users/ada' })
    expect(mac.dataDir).toBe('/Users/ada/Library/Application Support/Weir')
    const windows = parseOptions([], { APPDATA: '/Roaming' }, { ...linux, platform: 'win32' })
    expect(windows.dataDir).toBe(join('/Roaming', 'Weir'))
  })

  it.each([
    [['--port', '65536'], {}, '--port', '0 to 65535'],
    [['--port', '-1'], {}, '--port', ''],
    [['--port=4141x'], {}, '--port', '0 to 65535'],
    [['--port', ''], {}, '--port', '0 to 65535'],
    [[], { WEIR_ADMIN_PORT: '1e3' }, 'WEIR_ADMIN_PORT', '0 to 65535'],
    [['--host', 'http://x'], {}, '--host', 'IP address'],
    [[], { WEIR_HEADLESS: 'maybe' }, 'WEIR_HEADLESS', '1 or 0'],
    [['--log-level', 'loud'], {}, '--log-level', 'silent, error, warn, info'],
    [['--prot', '1'], {}, '--prot', '--help'],
    [['--data-dir'], {}, '--data-dir', ''],
    [['stray'], {}, 'stray', ''],
    [['--demo=yes'], {}, '--demo', ''],
  ])('refuses %j with %j, naming %s', (argv, env, name, range) => {
    const failure = failureOf(argv, env)
    expect(failure.code).toBe('invalid_option')
    expect(failure.message).toContain(name)
    expect(failure.message).toContain(range)
  })

  it('takes the passphrase out of the environment', () => {
    const env: Record<string, string | undefined> = { WEIR_PASSPHRASE: 'open sesame' }
    expect(parse([], env).passphrase).toBe('open sesame')
    expect('WEIR_PASSPHRASE' in env).toBe(false)
  })

  it('takes no passphrase as a flag', () => {
    expect(failureOf(['--passphrase', 'open sesame']).message).not.toContain('open sesame')
  })
})

describe('optionTable', () => {
  it('states the defaults that the settings have', () => {
    const rows = optionTable.filter((spec) => 'setting' in spec)
    const defaults = rows.map((spec) => String(settingsTable[spec.setting].default))
    expect(rows.map((spec) => spec.default)).toEqual(defaults)
    expect(defaults).not.toEqual([])
  })

  it('is rendered whole as help', () => {
    const text = helpText('weir start')
    for (const spec of optionTable) {
      if (spec.flag !== null) expect(text).toContain(`--${spec.flag}`)
      if (spec.env !== null) expect(text).toContain(spec.env)
      expect(text).toContain(spec.help)
    }
  })

  it('is the table in the README', () => {
    const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')
    expect(readme).toContain(optionsMarkdown())
  })
})
