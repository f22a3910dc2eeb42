/**
 * The app as an installer would bring it, made by `npm run dist`, where Electron is not there with the stand-in for it; and the
 * same code taken out of its archive, so that plain Node can run it: only Electron can run code inside of an archive.
 */
import { extractAll, getRawHeader, listPackage } from '@electron/asar'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { electronBinary } from '../../scripts/desktop.ts'
import { makeTempDir } from './temp-dir.ts'
import { type Finished, run } from './weir-process.ts'

/** Then the package is the real one, and the stand-in is refused. */
export const hasElectron = electronBinary(join(import.meta.dirname, '../..')) !== null

export interface PackagedApp {
  /** What an installer puts on the disk. */
  readonly folder: string
  readonly archive: string
  /** What lies beside the archive because the system has to load it from a file. */
  readonly unpacked: string
  /** What the archive holds, taken out of it: far from the repository, so no package of its can be found by chance. */
  readonly appDir: string
}

export function dist(args: readonly string[]): Promise<Finished> {
  return run(process.execPath, ['scripts/dist.ts', ...args]).ended
}

/** Linux only, as the stand-in is. */
export async function packApp(): Promise<PackagedApp> {
  const out = makeTempDir('dist')
  const packed = await dist(['--linux', 'dir', ...(hasElectron ? [] : ['--stand-in']), '--out', out])
  if (packed.code !== 0) throw new Error(`The app could not be packed:\n${packed.stdout}${packed.stderr}`)
  const name = readdirSync(out).find((entry) => entry.endsWith('-unpacked')) ?? ''
  const folder = join(out, name)
  const archive = join(folder, 'resources', 'app.asar')
  const appDir = makeTempDir('packaged')
  extractAll(archive, appDir)
  return { folder, archive, unpacked: `${archive}.unpacked`, appDir }
}

/** The files that the archive names, with slashes; those that lie beside it too. */
export function packedFiles(archive: string): string[] {
  const folders = new Set<string>()
  const names = listPackage(archive, { isPack: false }).map((name) => name.replaceAll('\\', '/').slice(1))
  for (const name of names) folders.add(name.slice(0, Math.max(0, name.lastIndexOf('/'))))
  return names.filter((name) => !folders.has(name))
}

interface Entry {
  readonly files?: Readonly<Record<string, Entry>>
  readonly unpacked?: boolean
  readonly integrity?: { readonly algorithm: string; readonly hash: string }
}

/** The files for which the archive has no hash to check them by. */
export function uncheckedFiles(archive: string): string[] {
  const found: string[] = []
  const walk = (entry: Entry, path: string) => {
    for (const [name, child] of Object.entries(entry.files ?? {})) walk(child, path === '' ? name : `${path}/${name}`)
    if (entry.files === undefined && entry.integrity?.algorithm !== 'SHA256') found.push(path)
  }
  walk(getRawHeader(archive).header as Entry, '')
  return found
}

/** Every file below a folder, relative to it, with slashes. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .toSorted()
}

const FUSE_MARK = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'
const FUSE_NAMES = [
  'runAsNode',
  'cookieEncryption',
  'nodeOptions',
  'nodeCliInspect',
  'embeddedAsarIntegrityValidation',
  'onlyLoadAppFromAsar',
  'loadBrowserProcessSpecificV8Snapshot',
  'grantFileProtocolExtraPrivileges',
]

/** The switches in Electron's binary, or in what stands in for it: true is on. */
export function readFuses(program: string): Record<string, boolean> {
  const bytes = readFileSync(program)
  const at = bytes.indexOf(FUSE_MARK)
  if (at === -1) throw new Error(`${program} has no switches`)
  const states = at + FUSE_MARK.length + 2
  return Object.fromEntries(FUSE_NAMES.map((name, index) => [name, bytes[states + index] === '1'.charCodeAt(0)]))
}
