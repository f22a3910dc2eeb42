/**
 * Every flag and environment variable of a start: one table, parsed once, rendered as the help text and as the README's
 * table (a test compares). A flag beats its variable, a variable beats a stored setting, a setting beats its default.
 */
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { AppError } from '../shared/errors.ts'
import { type SettingKey, settingsTable } from '../shared/settings.ts'
import type { SettingOverrides } from './services/settings.ts'

const logLevels = ['silent', 'error', 'warn', 'info'] as const
export type LogLevel = (typeof logLevels)[number]

export interface Options {
  readonly dataDir: string
  /** Stored settings that this start overrides, each with the flag or variable to name where it is shown. */
  readonly overrides: SettingOverrides
  readonly headless: boolean
  readonly demo: boolean
  readonly json: boolean
  readonly help: boolean
  readonly version: boolean
  readonly logLevel: LogLevel
  /** Of the secret vault. Taken out of the environment when parsed, so that no child process inherits it. */
  readonly passphrase: string | null
}

interface OptionSpec {
  /** Without the dashes; null where only the environment will do. */
  readonly flag: string | null
  readonly env: string | null
  readonly type: 'switch' | 'port' | 'host' | 'path' | 'level' | 'secret'
  /** What stands for the value in the help text. */
  readonly value?: string
  readonly setting?: SettingKey
  readonly default: string
  readonly help: string
}

export const optionTable = [
  {
    flag: 'port',
    env: 'WEIR_PORT',
    type: 'port',
    value: 'PORT',
    setting: 'gateway.port',
    default: '4141',
    help: 'Port of the gateway, 0 to 65535; 0 lets the system choose.',
  },
  {
    flag: 'host',
    env: 'WEIR_HOST',
    type: 'host',
    value: 'ADDRESS',
    setting: 'gateway.host',
    default: '127.0.0.1',
    help: 'Address the gateway listens on. Anything but loopback opens it to the network.',
  },
  {
    flag: 'admin-port',
    env: 'WEIR_ADMIN_PORT',
    type: 'port',
    value: 'PORT',
    setting: 'admin.port',
    default: '4142',
    help: 'Port of the operator surface, always on 127.0.0.1; 0 lets the system choose.',
  },
  {
    flag: 'data-dir',
    env: 'WEIR_DATA_DIR',
    type: 'path',
    value: 'FOLDER',
    default: 'by system',
    help: 'Where the database, the vault and the backups are kept.',
  },
  {
    flag: 'headless',
    env: 'WEIR_HEADLESS',
    type: 'switch',
    default: 'off',
    help: 'Start without a window, also where the desktop app could run.',
  },
  {
    flag: 'demo',
    env: null,
    type: 'switch',
    default: 'off',
    help: 'Add a Pool on the built-in simulator and print a key for it and a curl line.',
  },
  {
    flag: 'json',
    env: null,
    type: 'switch',
    default: 'off',
    help: 'Print one JSON line when ready: baseUrl, apiKey, adminUrl. All else goes to stderr.',
  },
  {
    flag: 'log-level',
    env: 'WEIR_LOG_LEVEL',
    type: 'level',
    value: 'LEVEL',
    default: 'info',
    help: 'What is logged to stderr: silent, error, warn or info.',
  },
  {
    flag: null,
    env: 'WEIR_PASSPHRASE',
    type: 'secret',
    default: 'none',
    help: 'Passphrase of the secret vault, where there is no OS keychain. Environment only.',
  },
  { flag: 'help', env: null, type: 'switch', default: 'off', help: 'Print this text.' },
  { flag: 'version', env: null, type: 'switch', default: 'off', help: 'Print the version.' },
] as const satisfies readonly OptionSpec[]

/** The machine as far as defaults depend on it; tests name another one. */
export interface Machine {
  readonly platform: NodeJS.Platform
  readonly home: string
  readonly cwd: string
}

type Env = Record<string, string | undefined>
type Values = Map<OptionSpec, { text: string; by: string }>

/** Parses once. Removes WEIR_PASSPHRASE from `env`. */
export function parseOptions(argv: readonly string[], env: Env, machine: Machine = thisMachine()): Options {
  const values = collect(argv, env)
  const read = (flag: string) => {
    const spec = optionTable.find((row) => row.flag === flag)
    return spec === undefined ? undefined : values.get(spec)
  }
  const isOn = (flag: string) => {
    const given = read(flag)
    return given !== undefined && parseSwitch(given.text, given.by)
  }
  const dataDir = read('data-dir')
  const level = read('log-level')
  return {
    dataDir: dataDir === undefined ? defaultDataDir(env, machine) : expandPath(dataDir.text, machine),
    overrides: readOverrides(values),
    headless: isOn('headless'),
    demo: isOn('demo'),
    json: isOn('json'),
    help: isOn('help'),
    version: isOn('version'),
    logLevel: level === undefined ? 'info' : parseLevel(level.text, level.by),
    passphrase: takePassphrase(env),
  }
}

function thisMachine(): Machine {
  return { platform: process.platform, home: homedir(), cwd: process.cwd() }
}

function collect(argv: readonly string[], env: Env): Values {
  const flags = parseFlags(argv)
  const values: Values = new Map()
  for (const spec of optionTable as readonly OptionSpec[]) {
    if (spec.type === 'secret') continue
    const flagValue = spec.flag === null ? undefined : flags[spec.flag]
    const envValue = spec.env === null ? undefined : env[spec.env]
    if (flagValue !== undefined) values.set(spec, { text: String(flagValue), by: `--${spec.flag}` })
    else if (envValue !== undefined && envValue !== '') values.set(spec, { text: envValue, by: String(spec.env) })
  }
  return values
}

function parseFlags(argv: readonly string[]): Record<string, string | boolean | undefined> {
  const options: Record<string, { type: 'string' | 'boolean'; short?: string }> = {}
  for (const spec of optionTable) {
    if (spec.flag !== null) options[spec.flag] = { type: spec.type === 'switch' ? 'boolean' : 'string' }
  }
  options['help'] = { type: 'boolean', short: 'h' }
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values as Record<
      string,
      string | boolean | undefined
    >
  } catch (error) {
    // parseArgs names the flag in a message of its own; its first sentence is enough.
    const reason = error instanceof Error ? error.message.split(/[.\n]/)[0] : 'unreadable flags'
    throw new AppError('invalid_option', `${reason}. Run with --help for the list of flags.`, { cause: error })
  }
}

function readOverrides(values: Values): SettingOverrides {
  const overrides: Record<string, { value: unknown; by: string }> = {}
  for (const [spec, { text, by }] of values) {
    if (spec.setting === undefined) continue
    overrides[spec.setting] = { value: spec.type === 'port' ? parsePort(text, by) : parseHost(text, by), by }
  }
  return overrides as SettingOverrides
}

function invalid(by: string, text: string, wanted: string): AppError {
  return new AppError('invalid_option', `${by} is "${text}", but must be ${wanted}.`, { details: { option: by } })
}

function parsePort(text: string, by: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (!(port <= 65_535)) throw invalid(by, text, 'a whole number from 0 to 65535')
  return port
}

function parseHost(text: string, by: string): string {
  const parsed = settingsTable['gateway.host'].schema.safeParse(text.replace(/^\[(.*)\]$/, '$1'))
  if (!parsed.success) throw invalid(by, text, 'an IP address or a host name of this machine, without port')
  return parsed.data
}

function parseSwitch(text: string, by: string): boolean {
  if (/^(1|true|yes|on)$/i.test(text)) return true
  if (/^(0|false|no|off)$/i.test(text)) return false
  throw invalid(by, text, '1 or 0')
}

function parseLevel(text: string, by: string): LogLevel {
  const level = logLevels.find((known) => known === text)
  if (level === undefined) throw invalid(by, text, `one of ${logLevels.join(', ')}`)
  return level
}

function expandPath(text: string, machine: Machine): string {
  // A shell leaves the tilde of --data-dir=~/x alone.
  const path = text === '~' || text.startsWith('~/') ? join(machine.home, text.slice(1)) : text
  return resolve(machine.cwd, path)
}

function defaultDataDir(env: Env, { platform, home }: Machine): string {
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Weir')
  if (platform === 'win32') return join(env['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'Weir')
  const xdg = env['XDG_DATA_HOME']
  return join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(home, '.local', 'share'), 'weir')
}

function takePassphrase(env: Env): string | null {
  const passphrase = env['WEIR_PASSPHRASE']
  delete env['WEIR_PASSPHRASE']
  return passphrase === undefined || passphrase === '' ? null : passphrase
}

/** One row per option, for the terminal. */
export function helpText(command: string): string {
  const rows = (optionTable as readonly OptionSpec[]).map((spec) => {
    const left = spec.flag === null ? (spec.env ?? '') : `--${spec.flag}${spec.value ? ` ${spec.value}` : ''}`
    const initial = spec.type === 'switch' || spec.type === 'secret' ? '' : ` Default: ${spec.default}.`
    const also = spec.flag !== null && spec.env !== null ? ` Variable: ${spec.env}.` : ''
    return { left, right: `${spec.help}${initial}${also}` }
  })
  const width = Math.max(...rows.map((row) => row.left.length))
  const lines = rows.map((row) => `  ${row.left.padEnd(width)}  ${row.right}`)
  return `Usage: ${command} [flags]\n\n${lines.join('\n')}\n`
}

/** The README's table. */
export function optionsMarkdown(): string {
  const rows = (optionTable as readonly OptionSpec[]).map((spec) => {
    const flag = spec.flag === null ? '' : `\`--${spec.flag}${spec.value ? ` ${spec.value}` : ''}\``
    return `| ${flag} | ${spec.env === null ? '' : `\`${spec.env}\``} | ${spec.default} | ${spec.help} |`
  })
  return ['| flag | variable | default | what it does |', '|---|---|---|---|', ...rows].join('\n')
}
