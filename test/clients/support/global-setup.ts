/** Before any test: the pinned clients are installed, and Weir is built from the sources as they are now. */
import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { buildIfStale } from '../../../scripts/build-if-stale.ts'
import { clientsDir, repoDir } from './paths.ts'

function changedAt(name: string): number {
  return statSync(join(clientsDir, name), { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/** Does nothing when what is installed is at least as new as the lock file. */
export function installClients(): void {
  // npm writes this file last, so an installation that broke off does not pass for a complete one.
  const installed = changedAt(join('node_modules', '.package-lock.json'))
  if (installed >= Math.max(changedAt('package-lock.json'), changedAt('package.json'))) return
  console.log('Installing the clients of the tests; this takes a minute, once.')
  const options = { cwd: clientsDir, encoding: 'utf8', shell: process.platform === 'win32' } as const
  const done = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], options)
  if (done.status === 0) return
  const words = [done.error?.message, done.stdout, done.stderr].filter(Boolean).join('\n')
  throw new Error(`The clients could not be installed. Run \`npm ci\` in test/clients to see why.\n${words}`)
}

export async function setup(): Promise<void> {
  installClients()
  await buildIfStale(repoDir, console.log)
}
