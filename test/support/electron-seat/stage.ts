/** An installation of the built app in a folder of its own, with the page that a spec wants. */
import { cpSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { makeTempDir } from '../temp-dir.ts'
import { root } from './desktop-app.ts'

const fixture = join(import.meta.dirname, 'fixture-renderer')

/** @returns its folder: package.json, migrations and out/, as they are installed. */
export function stageApp(renderer: string = fixture): string {
  const folder = makeTempDir('app')
  for (const part of ['package.json', 'migrations', 'out/main', 'out/preload']) {
    cpSync(join(root, part), join(folder, part), { recursive: true })
  }
  cpSync(renderer, join(folder, 'out/renderer'), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
  return folder
}
