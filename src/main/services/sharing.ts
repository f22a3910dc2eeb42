/** Who may reach the gateway: where it listens, what that exposes, which addresses to give out, and who uses them. */
import { AppError } from '../../shared/errors.ts'
import type { Actor } from '../../shared/models/audit.ts'
import type { SharingChange, SharingFactCode, SharingStatus } from '../../shared/models/sharing.ts'
import { exposureOf, sharingFacts } from '../../shared/sharing-facts.ts'
import { findKey } from '../db/api-key-store.ts'
import type { Db } from '../db/database.ts'
import type { WritableDirectory } from '../gateway/directory.ts'
import type { Changes, Intent } from './change.ts'
import type { ClientRoster } from './client-roster.ts'
import type { EventHub } from './events.ts'
import { invalidField } from './record-id.ts'
import { moveAddress, type Address, type AddressSettings, type GatewayAddress } from './sharing-move.ts'
import { addressesOf, baseUrlsOf, hostFor, scopeOf, type Interfaces } from './sharing-addresses.ts'
import type { SettingOverrides, SettingService } from './settings.ts'

export interface SharingService {
  status(): SharingStatus
  set(actor: Actor, change: SharingChange): Promise<SharingStatus>
}

export interface SharingDeps {
  readonly db: Db
  readonly directory: WritableDirectory
  readonly gateway: GatewayAddress
  readonly settings: Pick<SettingService, 'moveGateway'>
  readonly changes: Changes
  readonly events: EventHub
  readonly overrides: SettingOverrides
  readonly clients: Pick<ClientRoster, 'list'>
  readonly interfaces: () => Interfaces
}

export function createSharingService(deps: SharingDeps): SharingService {
  const { db, directory, gateway, overrides, clients, interfaces } = deps
  const fixedHost = overrides['gateway.host']?.by ?? null
  const fixedPort = overrides['gateway.port']?.by ?? null

  function address(): Address {
    const { settings } = directory
    return gateway.bound ?? { host: settings['gateway.host'], port: settings['gateway.port'] }
  }

  function status(): SharingStatus {
    const { host, port } = address()
    const scope = scopeOf(host)
    const addresses = addressesOf(interfaces(), host)
    const isPublic = addresses.some((entry) => entry.served && entry.kind === 'public')
    const codes: SharingFactCode[] = [
      ...exposureOf(scope, isPublic),
      ...(fixedHost !== null || fixedPort !== null ? (['fixed_by_start'] as const) : []),
    ]
    return {
      scope,
      exposed: scope !== 'machine',
      listening: gateway.bound !== null,
      host,
      port,
      fixedBy: { host: fixedHost, port: fixedPort },
      facts: codes.map((code) => ({ code, text: sharingFacts[code] })),
      baseUrls: baseUrlsOf(addresses, port),
      interfaces: addresses,
      clients: clients.list().map((seen) => ({ ...seen, keyName: findKey(db, seen.keyId)?.name ?? '' })),
    }
  }

  function wantedAddress(change: SharingChange): Address {
    const now = address()
    const host = hostFor(change.address, interfaces())
    if (host === null) throw invalidField('address', 'this machine has no such address or interface')
    const port = change.port ?? now.port
    if (host !== now.host && fixedHost !== null) throw fixed('address', fixedHost)
    if (port !== now.port && fixedPort !== null) throw fixed('port', fixedPort)
    if (port !== 0 && port === directory.settings['admin.port']) {
      throw invalidField('port', 'is the port of the operator surface')
    }
    return { host, port }
  }

  async function set(actor: Actor, change: SharingChange): Promise<SharingStatus> {
    const intent: Intent = { actor, action: 'sharing.set', target: { kind: 'gateway', id: null, name: null } }
    await deps.changes.runAsync(intent, async (commit) => {
      const from = gateway.bound
      if (from === null) {
        throw new AppError(
          'state_conflict',
          'The gateway does not listen now, so it cannot be moved. Start Weir first.',
        )
      }
      const to = wantedAddress(change)
      const save = (moved: AddressSettings) => deps.settings.moveGateway(commit, intent, moved)
      if (to.host !== from.host || to.port !== from.port) return moveAddress(gateway, { from, to }, save)
      // It is there already, but another address may be saved and waiting for a restart.
      if (fixedHost === null) save({ 'gateway.host': to.host })
    })
    deps.events.emit({ type: 'system.changed' })
    return status()
  }

  return { status, set }
}

function fixed(what: string, by: string): AppError {
  const message = `The ${what} is fixed by ${by} for this run. Start Weir without it to change the ${what} here.`
  return new AppError('state_conflict', message, { details: { by } })
}
