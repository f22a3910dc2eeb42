/** What the strip says about the gateway, worked out from what the core tells. Pure. */
import type { RouteOutput } from '../../shared/contract.ts'
import type { StatsPoint } from '../../shared/models/stats.ts'
import type { Upstream } from '../../shared/models/upstream.ts'
import type { ConnectionState } from '../lib/connection.ts'

type SystemStatus = RouteOutput<'system.status'>

export interface GatewayHealth {
  readonly state: 'running' | 'degraded' | 'stopped' | 'unreachable'
  readonly reason: string | null
}

/** Null while nothing is known yet. */
export function healthOf(
  connection: ConnectionState,
  status: SystemStatus | undefined,
  upstreams: readonly Upstream[] | undefined,
): GatewayHealth | null {
  if (connection === 'lost') return { state: 'unreachable', reason: null }
  if (status === undefined) return null
  const { gateway, secretStore } = status
  if (!gateway.listening) return { state: 'stopped', reason: 'The gateway does not listen.' }
  if (gateway.accountingError !== null) return degraded(`The request log cannot be written: ${gateway.accountingError}`)
  // Without an account nothing needs a secret yet: whoever adds one is told there.
  const needsSecrets = upstreams?.some(({ kind }) => kind !== 'simulator') === true
  if (!secretStore.usable && needsSecrets) return degraded(secretStore.reason ?? 'The secret store cannot be used.')
  if (upstreams !== undefined && upstreams.length > 0) {
    const ready = upstreams.filter((upstream) => upstream.health.state === 'ready').length
    if (ready === 0) return degraded(`No upstream is ready. ${whyNot(upstreams)}`)
    const away = upstreams.filter(({ health }) => health.state !== 'ready' && health.state !== 'paused')
    if (away.length > 0) return degraded(whyNot(away))
  }
  return { state: 'running', reason: gateway.exposed ? 'Other machines of the network can reach the gateway.' : null }
}

/** More would not fit on the strip; the page of upstreams has them all. */
const NAMED = 3

/** `Home: No secret is set or readable. Team: Paused by the operator. And 2 more.` */
function whyNot(away: readonly Upstream[]): string {
  const rest = away.length - NAMED
  return [
    ...away.slice(0, NAMED).map(({ name, health }) => `${name}: ${health.reason ?? 'not ready.'}`),
    ...(rest > 0 ? [`And ${rest} more.`] : []),
  ].join(' ')
}

function degraded(reason: string): GatewayHealth {
  return { state: 'degraded', reason }
}

export interface Rates {
  readonly requests: number
  readonly tokens: number
}

/** The last 60 seconds out of minute buckets: the running one whole, of the one before the part that still counts. */
export function ratesOf(points: readonly StatsPoint[], now: number): Rates {
  const minute = 60_000
  const current = now - (now % minute)
  const share = 1 - (now % minute) / minute
  const sum = { requests: 0, tokens: 0 }
  for (const point of points) {
    const weight = point.at >= current ? 1 : point.at >= current - minute ? share : 0
    sum.requests += point.requests * weight
    sum.tokens += (point.input + point.output) * weight
  }
  return { requests: Math.round(sum.requests), tokens: Math.round(sum.tokens) }
}
