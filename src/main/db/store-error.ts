/**
 * SQLite's errors as the codes operators know. The driver's message is kept as `cause` only: it is not for people, and
 * drizzle's wrapper repeats the parameters of the statement.
 */
import { AppError } from '../../shared/errors.ts'
import { databaseError } from './connection.ts'

function sqliteErrorOf(error: unknown): (Error & { readonly code: string }) | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string' && at.code.startsWith('SQLITE_')) {
      return at as Error & { readonly code: string }
    }
  }
  return null
}

/** Runs a write; a violated unique name becomes `name_taken`. `index` is the name of the unique index. */
export function withUniqueName<T>(index: string, what: string, name: string, write: () => T): T {
  try {
    return write()
  } catch (error) {
    const found = sqliteErrorOf(error)
    if (found?.code === 'SQLITE_CONSTRAINT_UNIQUE' && found.message.includes(index)) throw nameTaken(what, name)
    throw error
  }
}

export function nameTaken(what: string, name: string): AppError {
  return new AppError('name_taken', `Another ${what} is already called “${name}”. Names are compared without case.`, {
    details: { name },
  })
}

/** Any error of a write, as an AppError. SQLite's own error is taken out of drizzle's, which repeats the parameters. */
export function writeError(error: unknown, file: string): AppError {
  return databaseError(sqliteErrorOf(error) ?? error, file)
}
