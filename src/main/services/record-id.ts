/** Ids of records: the kind and 16 random base62 characters, so that a log line or a command shows what it names. */
import { AppError } from '../../shared/errors.ts'
import { randomBase62 } from '../gateway/pool-key.ts'

const KINDS = { pool: 'Pool', ups: 'upstream', key: 'key', tok: 'token', lim: 'limit override' } as const
type IdKind = keyof typeof KINDS

export function newRecordId(kind: IdKind): string {
  return `${kind}_${randomBase62(16)}`
}

export function isRecordId(text: string): boolean {
  return /^(?:pool|ups|key|tok|lim)_[0-9A-Za-z]{16}$/.test(text)
}

/** The record, or `not_found`. The id is not repeated: what was pasted there may be a secret. */
export function found<T>(record: T | undefined, kind: IdKind): T {
  if (record !== undefined) return record
  throw new AppError('not_found', `There is no ${KINDS[kind]} with this id. List them and use an id from there.`)
}

/** `invalid_input` in the form the router gives it: `field: what is wrong`. */
export function invalidField(field: string, problem: string): AppError {
  return new AppError('invalid_input', `${field}: ${problem}.`, { details: { fields: [`${field}: ${problem}`] } })
}

/** Ids in a message: only those that Weir could have made, and not endlessly many. */
export function shownIds(ids: readonly string[]): string {
  const shown = ids.slice(0, 10).map((id) => (isRecordId(id) ? id : '(not an id)'))
  return ids.length > 10 ? `${shown.join(', ')} and ${String(ids.length - 10)} more` : shown.join(', ')
}
