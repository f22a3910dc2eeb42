/** Fails when the schema says something that no migration does yet: a migration generated now must come out empty. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'

const root = join(import.meta.dirname, '..')
// Below node_modules, as drizzle-kit wants a relative path and the folder is ignored by everything else.
const copy = mkdtempSync(join(root, 'node_modules', '.weir-migrations-'))

try {
  cpSync(join(root, 'migrations'), copy, { recursive: true })
  const before = readdirSync(copy).length
  const flags = ['--dialect=sqlite', '--casing=snake_case', '--schema=./src/main/db/schema/*.ts']
  const builder = join(root, 'node_modules', 'drizzle-kit', 'bin.cjs')
  const run = spawnSync(process.execPath, [builder, 'generate', ...flags, `--out=${relative(root, copy)}`], {
    cwd: root,
    encoding: 'utf8',
  })
  const isFresh = run.status === 0 && readdirSync(copy).length === before
  if (!isFresh) {
    process.stderr.write(
      `${run.stdout}${run.stderr}\nThe schema has changes without a migration: npx drizzle-kit generate\n`,
    )
    process.exitCode = 1
  }
} finally {
  rmSync(copy, { recursive: true, force: true })
}
