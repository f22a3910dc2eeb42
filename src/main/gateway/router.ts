/** Path and method → route. Exact look-ups; queries are accepted and ignored, as clients add their own. */
import { AppError } from '../../shared/errors.ts'
import { isPlainName } from './plain-routes.ts'
import type { GatewayRoute } from './route-entry.ts'
import { routeTable } from './routes.ts'

export interface RouteMatch {
  readonly route: GatewayRoute
  /** The `{id}` of the path, decoded. */
  readonly id: string | null
}

type Methods = Map<string, GatewayRoute>

const ID = '{id}'
const byPath = new Map<string, Methods>()
/** Paths with an id in them; those that go on behind it first, as an id may hold a slash. */
const withId: { prefix: string; suffix: string; methods: Methods }[] = []
/** Paths that take an upgrade. They are asked with GET, which for them is another route, or none. */
const sockets = new Set<string>()
for (const entry of routeTable) {
  if (entry.method === 'WS') {
    sockets.add(entry.path)
    continue
  }
  const at = entry.path.indexOf(ID)
  if (at < 0)
    byPath.set(entry.path, (byPath.get(entry.path) ?? new Map<string, GatewayRoute>()).set(entry.method, entry))
  else put(entry.path.slice(0, at), entry.path.slice(at + ID.length), entry)
}
withId.sort((a, b) => b.suffix.length - a.suffix.length)

function put(prefix: string, suffix: string, entry: GatewayRoute): void {
  const known = withId.find((each) => each.prefix === prefix && each.suffix === suffix)
  if (known === undefined) withId.push({ prefix, suffix, methods: new Map([[entry.method, entry]]) })
  else known.methods.set(entry.method, entry)
}

export function pathOf(url: string): string {
  const query = url.indexOf('?')
  const path = query < 0 ? url : url.slice(0, query)
  // A doubled or trailing slash comes from joining a base URL by hand.
  const joined = path.includes('//') ? path.replace(/\/{2,}/g, '/') : path
  return joined.length > 1 && joined.endsWith('/') ? joined.slice(0, -1) : joined
}

/** The path of a route that takes an upgrade to a WebSocket; null where it is none. */
export function socketPathOf(url: string): string | null {
  const path = pathOf(url)
  return sockets.has(path) ? path : null
}

/** @throws AppError `route_not_found` or `method_not_allowed` (its details name the allowed methods). */
export function matchRoute(method: string, url: string): RouteMatch {
  const path = pathOf(url)
  const methods = byPath.get(path)
  if (methods !== undefined) return { route: routeOf(methods, method), id: null }
  const found = withId.find(
    ({ prefix, suffix }) =>
      path.length > prefix.length + suffix.length && path.startsWith(prefix) && path.endsWith(suffix),
  )
  if (found !== undefined) {
    const id = path.slice(found.prefix.length, path.length - found.suffix.length)
    return { route: routeOf(found.methods, method), id: decode(id) }
  }
  throw new AppError('route_not_found', 'The gateway has no such path. Most clients want a base URL that ends in /v1.')
}

function routeOf(methods: Methods, method: string): GatewayRoute {
  const route = methods.get(method === 'HEAD' ? 'GET' : method)
  // What an upstream answers is not asked for its head alone.
  if (route === undefined || (method === 'HEAD' && isPlainName(route.name)))
    throw wrongMethod([...methods.keys()].join(', '))
  return route
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
