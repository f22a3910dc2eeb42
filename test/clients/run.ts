/**
 * `npm run test:clients`: real clients, each with a home of its own, through the built Weir. They are checked apart from
 * the rest because their types come from packages of their own. Arguments go to vitest: `npm run test:clients -- codex`.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { installClients } from './support/global-setup.ts'
import { clientsDir, repoDir } from './support/paths.ts'

function run(script: string, args: readonly string[]): void {
  const done = spawnSync(process.execPath, [join(repoDir, 'node_modules', script), ...args], { stdio: 'inherit' })
  if (done.status !== 0) process.exit(done.status ?? 1)
}

installClients()
run(join('typescript', 'bin', 'tsc'), ['-p', clientsDir])
const config = join(clientsDir, 'vitest.config.ts')
run(join('vitest', 'vitest.mjs'), ['run', '--config', config, ...process.argv.slice(2)])
