/** The first run: how far it has come, the simulator to begin with, and the addresses of this machine. */
import { networkInterfaces } from 'node:os'
import type { Actor } from '../../shared/models/audit.ts'
import type { ClientAddresses, SetupState } from '../../shared/models/setup.ts'
import { upstreamDraft, type Upstream } from '../../shared/models/upstream.ts'
import { countKeys } from '../db/api-key-store.ts'
import type { Db } from '../db/database.ts'
import { newestRequest } from '../db/newest-request.ts'
import type { PoolService } from './pools.ts'
import type { UpstreamService } from './upstreams.ts'

export interface SetupService {
  state(): SetupState
  /** The simulator there is, or a new one under a name that is free. */
  simulator(actor: Actor): Promise<{ upstream: Upstream; created: boolean }>
  clientAddresses(): ClientAddresses
}

const NAME = 'Simulator'

function freeName(upstreams: readonly Upstream[]): string {
  const taken = new Set(upstreams.map((upstream) => upstream.name.toLowerCase()))
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? NAME : `${NAME} ${String(number)}`
    if (!taken.has(name.toLowerCase())) return name
  }
}

export function createSetupService(deps: {
  readonly db: Db
  /** Best effort. */
  readonly flushJournal: () => void
  readonly pools: Pick<PoolService, 'list'>
  readonly upstreams: Pick<UpstreamService, 'list' | 'create'>
  readonly now: () => number
}): SetupService {
  const { db, pools, upstreams } = deps
  return {
    state() {
      deps.flushJournal()
      const active = pools.list().filter((pool) => pool.status === 'active')
      const all = upstreams.list()
      return {
        upstreams: all.length,
        simulators: all.filter((upstream) => upstream.kind === 'simulator').length,
        pools: active.length,
        servedPools: active.filter((pool) => pool.assignments.some((member) => member.enabled)).length,
        keys: [...countKeys(db, deps.now()).values()].reduce((sum, { usable }) => sum + usable, 0),
        lastRequest: newestRequest(db),
      }
    },
    async simulator(actor) {
      const all = upstreams.list()
      const there = all.find((upstream) => upstream.kind === 'simulator')
      if (there !== undefined) return { upstream: there, created: false }
      const draft = upstreamDraft.parse({ kind: 'simulator', name: freeName(all) })
      return { upstream: await upstreams.create(actor, draft), created: true }
    },
    clientAddresses() {
      const rows = Object.entries(networkInterfaces()).flatMap(([name, entries = []]) =>
        entries.map(({ address, family, internal }) => ({
          address,
          family: family === 'IPv6' ? ('ipv6' as const) : ('ipv4' as const),
          interface: name,
          isLoopback: internal,
        })),
      )
      // Link-local addresses are of one link and carry its name; no client is told one.
      return { addresses: rows.filter((row) => !row.address.startsWith('fe80:')) }
    },
  }
}
