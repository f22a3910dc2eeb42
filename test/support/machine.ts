/**
 * Brings the machine to where the tests can run: a throw-away keyring, a browser, and keytar built for this Node. On
 * Debian and its relatives, as root, it installs what is missing; elsewhere it fails with the commands to run. When all is
 * there it only looks, so every run may call it.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')

const keyringPackages = ['dbus-x11', 'gnome-keyring', 'libsecret-1-0', 'libsecret-1-dev', 'pkg-config']
const browserPackages = ['chromium', 'fonts-liberation']

export interface MachineNeeds {
  readonly browser?: boolean
  readonly keyring?: boolean
}

export function ensureMachine({ browser = false, keyring = false }: MachineNeeds): void {
  if (process.platform === 'linux') {
    ensurePackages([...(keyring ? keyringPackages : []), ...(browser ? browserPackages : [])])
  }
  if (keyring) ensureKeytar()
}

function ensurePackages(wanted: readonly string[]): void {
  const missing = wanted.filter((name) => !isInstalled(name))
  if (missing.length === 0) return
  const install = `apt-get install -y --no-install-recommends ${missing.join(' ')}`
  if (!canRun('apt-get') || process.getuid?.() !== 0) {
    const advice = `Run these and start again (or install the same by your system's own means):\n  sudo apt-get update\n  sudo ${install}`
    throw new Error(`The tests need packages that are not installed: ${missing.join(', ')}.\n${advice}`)
  }
  // Another run may be installing too: wait for its lock.
  const lock = ['-o', 'DPkg::Lock::Timeout=300']
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  run('apt-get', [...lock, 'update'], env)
  run('apt-get', [...lock, 'install', '-y', '--no-install-recommends', ...missing], env)
}

/** Where there is no dpkg, the programs themselves are looked for. */
function isInstalled(name: string): boolean {
  const status = spawnSync('dpkg-query', ['-W', '-f=${db:Status-Status}', name], { encoding: 'utf8' })
  if (status.error === undefined) return status.stdout === 'installed'
  const programs: Readonly<Record<string, string>> = {
    'dbus-x11': 'dbus-run-session',
    'gnome-keyring': 'gnome-keyring-daemon',
    'pkg-config': 'pkg-config',
    chromium: 'chromium',
  }
  const program = programs[name]
  // Libraries and fonts show themselves when keytar loads and the browser draws.
  return program === undefined || canRun(program)
}

function ensureKeytar(): void {
  if (keytarFailure() === null) return
  const version = lockedVersion('keytar')
  const before = readFileSync(join(root, 'package-lock.json'), 'utf8')
  const npm = process.env['npm_execpath']
  const args = ['install', '--no-save', '--no-package-lock', '--no-audit', '--no-fund', `keytar@${version}`]
  if (npm === undefined) run('npm', args, buildEnvironment())
  else run(process.execPath, [npm, ...args], buildEnvironment())
  if (readFileSync(join(root, 'package-lock.json'), 'utf8') !== before) {
    throw new Error('Installing keytar changed package-lock.json, which it must not. Restore the file.')
  }
  const failure = keytarFailure()
  if (failure !== null) {
    throw new Error(
      `keytar was installed but does not load: ${failure}\nRun \`npm rebuild keytar\` and read its output.`,
    )
  }
}

/** Asked in a process of its own: a failed load is remembered by the process it failed in. */
function keytarFailure(): string | null {
  const tried = spawnSync(process.execPath, ['-e', "require('keytar')"], { cwd: root, encoding: 'utf8' })
  return tried.status === 0 ? null : (/^\w*Error: .*$/m.exec(tried.stderr)?.[0] ?? tried.stderr)
}

function lockedVersion(name: string): string {
  const lock: { packages?: Record<string, { version?: string }> } = JSON.parse(
    readFileSync(join(root, 'package-lock.json'), 'utf8'),
  )
  const version = lock.packages?.[`node_modules/${name}`]?.version
  if (version === undefined) throw new Error(`package-lock.json does not name ${name}.`)
  return version
}

/** Building needs Node's headers. Those already on the machine save the download: keytar's binary fits any Node. */
function buildEnvironment(): NodeJS.ProcessEnv {
  if (process.env['npm_config_nodedir'] !== undefined) return process.env
  const prefixes = [dirname(dirname(realpathSync(process.execPath))), '/usr/local', '/usr']
  const prefix = prefixes.find((path) => existsSync(join(path, 'include/node/node_api.h')))
  return prefix === undefined ? process.env : { ...process.env, npm_config_nodedir: prefix }
}

function canRun(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined
}

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv): void {
  const done = spawnSync(program, args, { cwd: root, env, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  if (done.status === 0) return
  const output = `${done.stdout ?? ''}${done.stderr ?? ''}`.trimEnd().split('\n').slice(-20).join('\n')
  const why = done.error?.message ?? `exit status ${done.status}`
  throw new Error(`\`${program} ${args.join(' ')}\` failed (${why}):\n${output}`)
}
