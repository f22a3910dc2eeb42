/** Every error Weir can answer with: one closed list of codes, one table, documented in docs/errors.md. */
import { accountErrors } from './errors/accounts.ts'
import { gatewayErrors } from './errors/gateway.ts'
import { limitErrors } from './errors/limits.ts'
import { operatorErrors } from './errors/operator.ts'
import { resetErrors } from './errors/resets.ts'
import type { ErrorSpec } from './errors/spec.ts'
import { tokenErrors } from './errors/tokens.ts'

export const errorTable = {
  ...gatewayErrors,
  ...tokenErrors,
  ...limitErrors,
  ...operatorErrors,
  ...accountErrors,
  ...resetErrors,
}

export type ErrorCode = keyof typeof errorTable

export const errorCodes = Object.keys(errorTable) as ErrorCode[]

/** The row of one code, with its optional columns visible to the type. */
export function errorSpec(code: ErrorCode): ErrorSpec {
  return errorTable[code]
}

/** Non-secret facts that travel with an error: the rule, the field, the file. Never a credential, header or body. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null | readonly string[]>>

/** The only error that crosses a module border. `message` is public: it is shown to clients and operators as it stands. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly details: ErrorDetails | undefined

  constructor(code: ErrorCode, message: string, options: { details?: ErrorDetails; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.details = options.details
  }

  /** Wraps anything else as `internal`: its own words may hold secrets, so they stay in `cause` and never leave main. */
  static from(error: unknown): AppError {
    if (error instanceof AppError) return error
    return new AppError('internal', 'Something in Weir went wrong; its log has the details.', { cause: error })
  }
}

/** For the branch of an exhaustive switch that cannot be reached. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${String(value)}`)
}
