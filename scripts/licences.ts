/**
 * The licences of the packages whose code is part of the app. The bundler merges them into Weir's own files, where no
 * licence file follows them, so their texts go along in one file: of every package that the sources import, and of those
 * that these need in turn.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}

interface Installed {
  readonly manifest: Manifest
  readonly folder: string
}

/** Packed as packages of their own, with their licence; what they need only serves to build them. */
const PACKED_WHOLE = new Set(['better-sqlite3', 'keytar'])
/** Electron's licence and Chromium's lie beside its binary. */
const NOT_BUNDLED = new Set(['electron'])

export function licenceTexts(root: string): string {
  const found = new Map<string, Installed>()
  for (const name of importedPackages(join(root, 'src'))) collect(name, root, root, found)
  const parts = [...found.values()]
    .toSorted((a, b) => a.manifest.name.localeCompare(b.manifest.name))
    .map(({ manifest, folder }) => `${manifest.name} ${manifest.version}\n\n${textOf(manifest, folder)}`)
  return `Weir contains code of these packages.\n\n${parts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`
}

function importedPackages(sources: string): Set<string> {
  const names = new Set<string>()
  for (const file of readdirSync(sources, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(tsx?|css)$/.test(file) || /\.test\.tsx?$/.test(file)) continue
    const text = readFileSync(join(sources, file), 'utf8')
    for (const [, name] of text.matchAll(/(?:from|import|@import) ?\(?['"]((?:@[\w.-]+\/)?[\w.-]+)(?:\/[^'"]*)?['"]/g))
      if (name !== undefined && !/^\.|^node:/.test(name) && !NOT_BUNDLED.has(name)) names.add(name)
  }
  return names
}

function collect(name: string, from: string, root: string, found: Map<string, Installed>): void {
  const folder = folderOf(name, from, root)
  // Optional, and not for this system.
  if (folder === null || found.has(folder)) return
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  found.set(folder, { manifest, folder })
  if (PACKED_WHOLE.has(name)) return
  for (const needed of neededBy(manifest)) collect(needed, folder, root, found)
}

function neededBy({ dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} }: Manifest): string[] {
  const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true)
  return [...Object.keys(dependencies), ...peers]
}

/** As Node looks for a package: from the one that asks for it upwards. */
function folderOf(name: string, from: string, root: string): string | null {
  for (let dir = from; ; dir = dirname(dir)) {
    const candidate = join(dir, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return candidate
    if (dir === root || dir === dirname(dir)) return null
  }
}

function textOf(manifest: Manifest, folder: string): string {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)(\.(md|txt))?$/i.test(name))
  if (file !== undefined) return readFileSync(join(folder, file), 'utf8').trim()
  if (manifest.license === undefined) throw new Error(`${manifest.name} names no licence, so it can't be given on.`)
  return `Licence: ${manifest.license}`
}
