import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../shared/errors.ts'

/**
 * The file of a thread whose code is beside `dir`: there when run from source, in the bundle an entry of its own, with the
 * caller beside it or in `chunks/`.
 */
export function entryFile(dir: string, name: string): string {
  const names = [`${name}.ts`, `${name}.js`, join('..', `${name}.js`)]
  const found = names.map((file) => join(dir, file)).find((candidate) => existsSync(candidate))
  if (found !== undefined) return found
  throw new AppError('internal', `${name}.js is missing from this installation (near ${dir}). Install Weir again.`)
}
