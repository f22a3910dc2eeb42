/**
 * Every call of an operator passes here: known route → parsed input → handler → result envelope. Nothing is thrown out,
 * and nothing that came in is repeated: an input may hold a secret, so errors name fields and never values.
 */
import type { z } from 'zod'
import { contract, type ParsedInput, type Route, type RouteOutput, type RpcResult } from '../../shared/contract.ts'
import { AppError } from '../../shared/errors.ts'
import type { Actor } from '../../shared/models/audit.ts'

/** Who calls. The transport knows; the input cannot say. */
export interface Caller {
  readonly actor: Actor
}

/** One handler per route. A missing one, or one with another result, does not compile. */
export type Handlers = {
  readonly [R in Route]: (input: ParsedInput<R>, caller: Caller) => RouteOutput<R> | Promise<RouteOutput<R>>
}

/** The handlers of one area: `HandlersOf<'pool'>` has every `pool.…` route. */
export type HandlersOf<Area extends string> = Pick<Handlers, Extract<Route, `${Area}.${string}`>>

export type Dispatch = (route: string, input: unknown, caller: Caller) => Promise<RpcResult<unknown>>

export interface RouterLog {
  error(message: string, facts?: Readonly<Record<string, unknown>>): void
}

const MAX_FIELDS = 20

function isRoute(route: string): route is Route {
  return Object.hasOwn(contract, route)
}

/** A union's own message says nothing; what each branch wants does. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_union') return issue.message
  const wants = issue.errors.flatMap((branch) => branch[0]?.message ?? [])
  return wants.length === 0 ? issue.message : [...new Set(wants)].join(' or ')
}

/** Names typed by the caller may stand in a path; one that is long is no name. */
function pathOf(issue: z.core.$ZodIssue): string {
  const path = issue.path.map((part) => (String(part).length > 60 ? '(name)' : String(part))).join('.')
  return path === '' ? 'input' : path
}

function inputError(error: z.ZodError): AppError {
  const all = error.issues.map((issue) => `${pathOf(issue)}: ${messageOf(issue)}`)
  const fields = all.slice(0, MAX_FIELDS)
  const rest = all.length > MAX_FIELDS ? ` and ${String(all.length - MAX_FIELDS)} more` : ''
  return new AppError('invalid_input', `${fields.join('; ')}${rest}.`, { details: { fields } })
}

function envelope(error: AppError): RpcResult<never> {
  const { code, message, details } = error
  return { ok: false, error: details === undefined ? { code, message } : { code, message, details } }
}

export function createRouter(handlers: Handlers, log: RouterLog): Dispatch {
  return async (route, input, caller) => {
    try {
      if (!isRoute(route)) {
        return envelope(new AppError('unknown_route', 'This version of Weir has no such route. Update the caller.'))
      }
      const parsed = contract[route].input.safeParse(input ?? {})
      if (!parsed.success) return envelope(inputError(parsed.error))
      // The parse above gave exactly the type that this route's handler takes; the compiler cannot follow a union of both.
      const handler = handlers[route] as (input: unknown, caller: Caller) => unknown
      return { ok: true, value: await handler(parsed.data, caller) }
    } catch (thrown) {
      const error = AppError.from(thrown)
      if (error.code === 'internal') log.error('a call failed', { route, cause: error.cause ?? error })
      return envelope(error)
    }
  }
}
