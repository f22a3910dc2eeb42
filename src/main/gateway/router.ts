/** Path and method → route. Exact look-ups; queries are accepted and ignored, as clients add their own. */
import { AppError } from '../../shared/errors.ts'
import { routeTable, type GatewayRoute } from './routes.ts'

export interface RouteMatch {
  readonly route: GatewayRoute
  /** The `{id}` of the path, decoded. */
  readonly id: string | null
}

const byPath = new Map<string, Map<string, GatewayRoute>>()
const withId: { prefix: string; route: GatewayRoute }[] = []
for (const entry of routeTable) {
  if (entry.path.endsWith('/{id}')) withId.push({ prefix: entry.path.slice(0, -'{id}'.length), route: entry })
  else byPath.set(entry.path, (byPath.get(entry.path) ?? new Map<string, GatewayRoute>()).set(entry.method, entry))
}

export function pathOf(url: string): string {
  const query = url.indexOf('?')
  const path = query < 0 ? url : url.slice(0, query)
  // A doubled or trailing slash comes from joining a base URL by hand.
  const joined = path.includes('//') ? path.replace(/\/{2,}/g, '/') : path
  return joined.length > 1 && joined.endsWith('/') ? joined.slice(0, -1) : joined
}

/** @throws AppError `route_not_found` or `method_not_allowed` (its details name the allowed methods). */
export function matchRoute(method: string, url: string): RouteMatch {
  const path = pathOf(url)
  const methods = byPath.get(path)
  const asked = method === 'HEAD' ? 'GET' : method
  const route = methods?.get(asked)
  if (route !== undefined) return { route, id: null }
  if (methods !== undefined) throw wrongMethod([...methods.keys()].join(', '))
  const found = withId.find(({ prefix }) => path.startsWith(prefix))
  if (found !== undefined) {
    if (found.route.method !== asked) throw wrongMethod(found.route.method)
    return { route: found.route, id: decode(path.slice(found.prefix.length)) }
  }
  throw new AppError('route_not_found', 'The gateway has no such path. Most clients want a base URL that ends in /v1.')
}

function wrongMethod(allow: string): AppError {
  return new AppError('method_not_allowed', `This path takes ${allow} only.`, { details: { allow } })
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part // Not valid percent-encoding: no model has such an id, so the answer is the same.
  }
}
