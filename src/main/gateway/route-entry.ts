/** One row of the gateway's table of routes. */
import type { RouteFamily } from '../dialects/dialect.ts'

export type RouteName =
  | RouteFamily
  | 'models'
  | 'model'
  | 'usage'
  | 'codexUsage'
  | 'codexAccounts'
  | 'tokens'
  | 'healthz'
  | 'readyz'

export interface GatewayRoute {
  readonly name: RouteName
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly help: string
}

/** An upgrade to a WebSocket. */
export interface SocketRoute extends Omit<GatewayRoute, 'method'> {
  readonly method: 'WS'
}
