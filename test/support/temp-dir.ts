/**
 * Directories for tests: below the system's temporary directory, removed by the test, else after its file, else when
 * the process ends, so that a failing test leaves nothing behind.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const made = new Set<string>()

function remove(path: string): void {
  // A process that was just killed may still be letting go of its files on Windows.
  rmSync(path, { recursive: true, force: true, maxRetries: 5 })
  made.delete(path)
}

function removeAll(): void {
  for (const path of made) remove(path)
}

process.once('exit', removeAll)
// vitest ends its workers without an exit event. Hooks run last in, first out: whoever imports this cleans up before.
if ('__vitest_worker__' in globalThis) (await import('vitest')).afterAll(removeAll)

/** A new empty directory; its path. */
export function makeTempDir(name: string): string {
  const path = mkdtempSync(join(tmpdir(), `weir-${name}-`))
  made.add(path)
  return path
}

/** The same, for a test that wants it gone sooner. */
export function tempDir(prefix: string): { readonly path: string; remove(): void } {
  const path = makeTempDir(prefix)
  return { path, remove: () => remove(path) }
}
