/** Why a WebSocket to an upstream ended. Words of the provider's in a close frame go no further. */
import { AppError } from '../../../shared/errors.ts'
import { providerError } from '../../providers/provider-error.ts'
import { THE_UPSTREAM } from '../upstream-fault.ts'

const ABNORMAL = 1_006
/** Something went wrong there, it starts anew, or it is overloaded. */
const OF_A_FAULT: ReadonlySet<number> = new Set([1_011, 1_012, 1_013])

/** It ended a connection that had something to say. `cause` is for the log. */
export function brokeOff(what: string, cause: string): AppError {
  return new AppError('upstream_reset', `${THE_UPSTREAM} ${what} (${cause}).`, { details: { cause } })
}

/** By the code of its `close` event, and the error before that if there was one. */
export function lossOf(code: number, failure: Error | null): AppError {
  if (failure instanceof AppError) return failure
  if (failure !== null && 'code' in failure && typeof failure.code === 'string') {
    if (!failure.code.startsWith('WS_ERR_')) return providerError(failure, THE_UPSTREAM)
    const message = `${THE_UPSTREAM} sent something that is no WebSocket frame (${failure.code}).`
    return new AppError('upstream_bad_response', message, { details: { cause: failure.code } })
  }
  if (code === ABNORMAL) return brokeOff('broke the connection before its answer was complete', 'websocket dropped')
  const error = brokeOff('closed the connection before its answer was complete', `websocket closed ${code}`)
  if (!OF_A_FAULT.has(code)) return error
  return new AppError('upstream_error', error.message, { details: { cause: `websocket closed ${code}` } })
}
