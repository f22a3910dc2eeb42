/** The `auth.json` of the operator's own Codex. Read when the operator asks, and never written. */
import { open } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { AppError } from '../../../shared/errors.ts'
import { MAX_AUTH_FILE_BYTES } from '../../../shared/models/account.ts'

export interface CodexHome {
  readonly path: string
  /** Null where there is none. @throws AppError `auth_file_missing` for one that cannot be read, `auth_file_invalid`. */
  read(): Promise<string | null>
}

export function createCodexHome(env: Readonly<Record<string, string | undefined>>): CodexHome {
  const given = env['CODEX_HOME']
  const path = join(given === undefined || given === '' ? join(homedir(), '.codex') : given, 'auth.json')
  return {
    path,
    async read() {
      try {
        return await readBounded(path)
      } catch (error) {
        if (error instanceof AppError) throw error
        const errno = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
        if (errno === 'ENOENT' || errno === 'ENOTDIR') return null
        throw new AppError('auth_file_missing', `${path} cannot be read (${errno}).`)
      }
    },
  }
}

async function readBounded(path: string): Promise<string> {
  const file = await open(path, 'r')
  try {
    const buffer = Buffer.alloc(MAX_AUTH_FILE_BYTES + 1)
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
    if (bytesRead > MAX_AUTH_FILE_BYTES) throw new AppError('auth_file_invalid', `${path} is larger than 64 KB.`)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}
