/**
 * Whether the desktop app can run here. Electron's package is never required to find out: that alone would start its
 * download. Its binary is in `dist`, named by `path.txt`, or in ELECTRON_OVERRIDE_DIST_PATH.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The built entry of the desktop host, or null where it or Electron's binary is missing. */
export function desktopEntry(root: string): string | null {
  const entry = join(root, 'out', 'main', 'index.js')
  return existsSync(entry) && electronBinary(root) !== null ? entry : null
}

export function electronBinary(root: string): string | null {
  const folder = join(root, 'node_modules', 'electron')
  const named = join(folder, 'path.txt')
  const dist = process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(folder, 'dist')
  const binary = join(dist, existsSync(named) ? readFileSync(named, 'utf8').trim() : usualName())
  return existsSync(binary) ? binary : null
}

function usualName(): string {
  if (process.platform === 'darwin') return join('Electron.app', 'Contents', 'MacOS', 'Electron')
  return process.platform === 'win32' ? 'electron.exe' : 'electron'
}
