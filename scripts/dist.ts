/**
 * `npm run dist`: builds `out/` when needed, then packs it for the system this runs on. build/electron-builder.yml says
 * what goes in. Nothing is packed for another system: keytar's binary is made for the one it was installed on.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { build, type Configuration, createTargets, Platform } from 'electron-builder'
import { buildIfStale } from './build-if-stale.ts'
import { electronBinary } from './desktop.ts'
import { writeElectronStandIn } from './electron-stand-in.ts'
import { licenceTexts } from './licences.ts'

const USAGE = `npm run dist -- [--linux | --mac | --win] [TARGET...] [options]

  TARGET           what to make: dir, deb, AppImage, dmg, zip, nsis; by default all of the system's installers
  --out FOLDER     where to put it; dist/ by default
  --homepage URL   the address that a deb names; in a GitHub workflow that of the repository
  --stand-in       pack without Electron, to look into the package; Linux and dir only, where Electron is not there
`

const PLATFORMS = { linux: Platform.LINUX, darwin: Platform.MAC, win32: Platform.WINDOWS } as const
const SYSTEM_NAMES = { linux: 'Linux', darwin: 'macOS', win32: 'Windows' } as const
type System = keyof typeof PLATFORMS

const root = join(import.meta.dirname, '..')
/** What the package cannot do without. A missing one would only be noticed by whoever installs it. */
const NEEDED = [
  ['out/main/index.js', 'The desktop entry was not built'],
  ['out/preload/index.cjs', 'The preload script was not built'],
  ['out/renderer/index.html', 'The interface was not built'],
  ['node_modules/better-sqlite3/package.json', 'better-sqlite3 is not installed'],
  ['node_modules/keytar/build/Release/keytar.node', 'keytar was not built, so the app would have no keychain'],
] as const

interface Order {
  readonly system: System
  readonly targets: readonly string[]
  readonly out: string
  readonly homepage: string | null
  readonly standIn: boolean
}

function readOrder(argv: readonly string[]): Order {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      linux: { type: 'boolean' },
      mac: { type: 'boolean' },
      win: { type: 'boolean' },
      out: { type: 'string' },
      homepage: { type: 'string' },
      'stand-in': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help === true) {
    process.stdout.write(USAGE)
    process.exit(0)
  }
  const here = process.platform as System
  const asked = { linux: values.linux, darwin: values.mac, win32: values.win }
  const other = (Object.keys(asked) as System[]).find((system) => asked[system] === true && system !== here)
  if (other !== undefined)
    throw new Error(`This is ${SYSTEM_NAMES[here]}; installers for ${SYSTEM_NAMES[other]} are built there.`)
  const standIn = values['stand-in'] === true
  if (standIn) refuseToShip(here, positionals)
  return {
    system: here,
    targets: positionals,
    out: resolve(values.out ?? join(root, 'dist', standIn ? 'stand-in' : '')),
    homepage: values.homepage ?? repositoryAddress(),
    standIn,
  }
}

/** A stand-in may never end up in something that can be handed on. */
function refuseToShip(system: System, targets: readonly string[]): void {
  if (system !== 'linux') throw new Error('The stand-in for Electron exists on Linux only.')
  if (targets.length !== 1 || targets[0] !== 'dir')
    throw new Error('--stand-in packs a folder to look into, never an installer: name the target "dir" and no other.')
  if (electronBinary(root) !== null)
    throw new Error('Electron itself is installed here: pack with it, without --stand-in.')
}

/** In a GitHub workflow. */
function repositoryAddress(): string | null {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = process.env
  return server === undefined || repository === undefined ? null : `${server}/${repository}`
}

function checkParts(): void {
  const missing = NEEDED.find(([file]) => !existsSync(join(root, file)))
  if (missing !== undefined)
    throw new Error(`${missing[1]} (${missing[0]} is missing). Run \`npm ci\`, then try again.`)
}

const SIGNING_SECRETS = /^((WIN_)?CSC_(LINK|NAME|KEY_PASSWORD)|APPLE_(ID|APP_SPECIFIC_PASSWORD|TEAM_ID))$/

/**
 * Without a certificate macOS on ARM still wants a signature, so the app gets one that names nobody. The hardened runtime
 * would then refuse Electron's own libraries, because they carry no common team.
 */
function signing(): Configuration {
  // A workflow sets a secret that does not exist to nothing, which is not the same as not setting it.
  for (const [name, value] of Object.entries(process.env))
    if (value === '' && SIGNING_SECRETS.test(name)) delete process.env[name]
  if (process.platform !== 'darwin' || process.env['CSC_LINK'] !== undefined || process.env['CSC_NAME'] !== undefined)
    return {}
  return { mac: { identity: '-', hardenedRuntime: false, notarize: false } }
}

async function pack(order: Order): Promise<readonly string[]> {
  const scratch = mkdtempSync(join(tmpdir(), 'weir-dist-'))
  const licences = join(scratch, 'licences.txt')
  try {
    writeFileSync(licences, licenceTexts(root))
    return await build({
      projectDir: root,
      publish: 'never',
      targets: targetsOf(order),
      config: {
        extends: join(root, 'build', 'electron-builder.yml'),
        directories: { output: order.out },
        extraResources: [{ from: licences, to: 'licences.txt' }],
        ...(order.standIn ? { electronDist: standIn(scratch) } : {}),
        ...(order.homepage === null ? {} : { extraMetadata: { homepage: order.homepage } }),
        ...signing(),
      },
    })
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

function standIn(scratch: string): string {
  const folder = join(scratch, 'electron')
  mkdirSync(folder)
  const manifest = readFileSync(join(root, 'node_modules', 'electron', 'package.json'), 'utf8')
  writeElectronStandIn(folder, (JSON.parse(manifest) as { version: string }).version)
  return folder
}

function targetsOf({ system, targets }: Order): ReturnType<typeof createTargets> {
  const platform = PLATFORMS[system]
  const all = createTargets([platform], null, process.arch)
  for (const types of all.get(platform)?.values() ?? []) types.splice(0, types.length, ...targets)
  return all
}

function report(order: Order, files: readonly string[]): void {
  for (const file of files) {
    process.stdout.write(`${relative(root, file)}  ${(statSync(file).size / 1_048_576).toFixed(1)} MiB\n`)
  }
  if (order.standIn)
    process.stdout.write(`${order.out} holds a STAND-IN for Electron. It shows what is packed; it cannot run.\n`)
}

/** The packager downloads Electron and its own tools when it needs them, and reports a failed download in few words. */
function explain(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error)
  if (!/ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|ENETUNREACH/.test(words)) return words
  return `Electron, or a tool that writes the installer, could not be downloaded: ${words}. Try again with a connection to it; to only look into the package, on Linux, use the target "dir" with --stand-in.`
}

try {
  const order = readOrder(process.argv.slice(2))
  if (await buildIfStale(root)) process.stdout.write('Built out/.\n')
  checkParts()
  report(order, await pack(order))
} catch (error) {
  process.stderr.write(`${explain(error)}\n`)
  process.exit(1)
}
