/**
 * Who has used the gateway of late, by client address and key. In memory and bounded; told of each settled request, so
 * it does no more than count.
 */
import type { ClientKind } from '../../shared/models/request.ts'
import type { SharingClient } from '../../shared/models/sharing.ts'

const MINUTE_MS = 60_000
const MINUTES = 10
const MAX_CLIENTS = 200

interface Seen {
  readonly address: string
  readonly keyId: string
  client: ClientKind
  lastMinute: number
  lastSeenAt: number
  /** Requests per minute; the place is the minute modulo ten. */
  readonly counts: Uint32Array
}

export interface ClientRoster {
  note(request: { readonly clientIp: string; readonly keyId: string; readonly client: ClientKind }): void
  /** The most recent first. */
  list(): Omit<SharingClient, 'keyName'>[]
}

export function createClientRoster(now: () => number): ClientRoster {
  const byKey = new Map<string, Map<string, Seen>>()
  let size = 0

  function find(keyId: string, address: string, client: ClientKind): Seen {
    let addresses = byKey.get(keyId)
    if (addresses === undefined) byKey.set(keyId, (addresses = new Map()))
    const known = addresses.get(address)
    if (known !== undefined) return known
    if (size >= MAX_CLIENTS) forgetOldest()
    const seen: Seen = { address, keyId, client, lastMinute: 0, lastSeenAt: 0, counts: new Uint32Array(MINUTES) }
    addresses.set(address, seen)
    if (!byKey.has(keyId)) byKey.set(keyId, addresses)
    size += 1
    return seen
  }

  function forgetOldest(): void {
    const oldest = all().toSorted((a, b) => a.lastSeenAt - b.lastSeenAt)[0]
    if (oldest === undefined) return
    const addresses = byKey.get(oldest.keyId)
    addresses?.delete(oldest.address)
    if (addresses?.size === 0) byKey.delete(oldest.keyId)
    size -= 1
  }

  function all(): Seen[] {
    return [...byKey.values()].flatMap((addresses) => [...addresses.values()])
  }

  return {
    note({ clientIp, keyId, client }) {
      const at = now()
      const minute = Math.floor(at / MINUTE_MS)
      const seen = find(keyId, clientIp, client)
      clearSince(seen, minute)
      const place = minute % MINUTES
      seen.counts[place] = (seen.counts[place] ?? 0) + 1
      seen.client = client
      seen.lastSeenAt = at
    },
    list() {
      const minute = Math.floor(now() / MINUTE_MS)
      return all()
        .toSorted((a, b) => b.lastSeenAt - a.lastSeenAt)
        .map((seen) => {
          clearSince(seen, minute)
          const { address, keyId, client, lastSeenAt, counts } = seen
          return { address, keyId, client, lastSeenAt, recentRequests: counts.reduce((sum, count) => sum + count, 0) }
        })
    },
  }
}

/** Minutes that passed without a request count nothing. */
function clearSince(seen: Seen, minute: number): void {
  const passed = Math.min(MINUTES, minute - seen.lastMinute)
  for (let step = 0; step < passed; step += 1) seen.counts[(minute - step) % MINUTES] = 0
  if (passed > 0) seen.lastMinute = minute
}
