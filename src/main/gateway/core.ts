/** The gateway's parts, put together. What they need from outside comes in as ports. */
import { performance } from 'node:perf_hooks'
import { providerOf } from '../providers/registry.ts'
import { createQuotaEvidence, type QuotaEvidence } from '../providers/quota-evidence.ts'
import { createAffinity, type Affinity } from './affinity.ts'
import { createCodexUsage } from './codex-usage.ts'
import { createConnections } from './connections.ts'
import { createHealth, type HealthView } from './health.ts'
import { createLimiter, type Limiter } from './limiter.ts'
import { createTraffic, type Traffic } from './traffic.ts'
import type { Ledger } from './limits/ledger.ts'
import type { AccountKeeper, PriceSource, TokenSource } from './ports.ts'
import { createGateway, type Gateway, type GatewayDeps } from './server.ts'
import { createWatchdog } from './watchdog.ts'
import type { WritableDirectory } from './directory.ts'
import { createUpstreamSockets } from './ws/socket-dispatcher.ts'

export interface GatewayCore {
  readonly gateway: Gateway
  readonly health: HealthView
  readonly quota: QuotaEvidence
  readonly limiter: Limiter
  readonly traffic: Traffic
  readonly affinity: Affinity
  /** After the gateway is closed: ends the connections to the upstreams. */
  close(): Promise<void>
}

type GivenDeps = Pick<GatewayDeps, 'events' | 'journal' | 'log' | 'lastRequestId' | 'usageOf' | 'mintToken'>

export interface GatewayCoreDeps extends GivenDeps {
  readonly directory: WritableDirectory
  readonly clock: () => number
  readonly ledger: Ledger
  readonly prices: PriceSource
  readonly tokens: TokenSource
  readonly accounts?: AccountKeeper
}

export function createGatewayCore(deps: GatewayCoreDeps): GatewayCore {
  const now = (): number => performance.now()
  const { directory, clock } = deps
  const health = createHealth(directory, (record) => providerOf(record.kind).needsSecret, clock)
  directory.onUpstreamChange(health.changed)
  const traffic = createTraffic({ health, directory, now })
  const quota = createQuotaEvidence(clock)
  const codexUsage = createCodexUsage({ directory, quota, clock })
  const connections = createConnections(directory)
  const sockets = createUpstreamSockets({ directory, log: deps.log, now })
  const watchdog = createWatchdog(now)
  const affinity = createAffinity({ directory, clock })
  const limiter = createLimiter({ ...deps, affinity })
  const parts = {
    limiter,
    health,
    traffic,
    affinity,
    quota,
    codexUsage,
    connections,
    sockets,
    watchdog,
    now,
    random: Math.random,
  }
  const gateway = createGateway({ ...deps, ...parts })
  return {
    gateway,
    health,
    quota,
    limiter,
    traffic,
    affinity,
    async close() {
      watchdog.close()
      sockets.close()
      await connections.close()
    },
  }
}
