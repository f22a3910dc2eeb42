/** Typed calls of the contract over any transport: a result's value, or its error thrown as an AppError. */
import {
  type Route,
  type RouteInput,
  type RouteOutput,
  type RpcError,
  type RpcResult,
} from '../../../shared/contract.ts'
import { AppError, type ErrorCode, type ErrorDetails, errorTable } from '../../../shared/errors.ts'
import type { Actor } from '../../../shared/models/audit.ts'
import type { Dispatch } from './core.ts'

export type Call = <R extends Route>(route: R, input: RouteInput<R>) => Promise<RouteOutput<R>>

export function createCall(send: (route: string, input: unknown) => Promise<RpcResult<unknown>>): Call {
  return async (route, input) => {
    const result = await send(route, input)
    if (!result.ok) throw errorOf(result.error)
    return result.value as RouteOutput<typeof route>
  }
}

export function localCall(dispatch: Dispatch, actor: Actor): Call {
  return createCall((route, input) => dispatch(route, input, { actor }))
}

function errorOf(error: RpcError): AppError {
  const details = error.details as ErrorDetails | undefined
  // A code this version does not know comes from a newer one that runs: keep its words.
  const code = Object.hasOwn(errorTable, error.code) ? (error.code as ErrorCode) : 'internal'
  return new AppError(code, error.message, details === undefined ? {} : { details })
}
