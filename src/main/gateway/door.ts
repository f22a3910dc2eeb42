/** What refuses a request before its credential is looked at. Pure. */
import { AppError } from '../../shared/errors.ts'
import type { Settings } from '../../shared/settings.ts'

/** Null while there is room for one more. */
export function busyRefusal(inFlight: number, settings: Settings): AppError | null {
  const limit = settings['gateway.maxConcurrentRequests']
  if (inFlight < limit) return null
  return new AppError('gateway_busy', `The gateway already serves ${limit} requests.`, { details: { limit } })
}

export function shuttingDown(): AppError {
  return new AppError('shutting_down', 'Weir is shutting down.')
}

/** The reason names a file of the operator's and is for Weir's own log, not for whoever calls. */
export function accountingRefusal(failure: string | null): AppError | null {
  if (failure === null) return null
  const message =
    'The request log cannot be written, so nothing new is admitted. The operator finds the reason in its log.'
  return new AppError('accounting_unavailable', message)
}
