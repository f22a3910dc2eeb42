/** What an attempt failed with. */
import type { AppError } from '../../shared/errors.ts'
import type { UpstreamAnswer } from './attempt-result.ts'
import type { UpstreamRecord } from './ports.ts'

export interface Failure {
  readonly record: UpstreamRecord
  /** As it was sent. */
  readonly model: string
  readonly error: AppError
  /** Null where there was none. */
  readonly answer: UpstreamAnswer | null
}
