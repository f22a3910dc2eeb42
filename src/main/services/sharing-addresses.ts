/** The machine's addresses as the gateway can be bound to them and as clients can use them. */
import { isIP } from 'node:net'
import type { NetworkInterfaceInfo } from 'node:os'
import { isLoopback } from '../../shared/loopback.ts'
import type { SharingScope, SharingStatus } from '../../shared/models/sharing.ts'

export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>
type Address = SharingStatus['interfaces'][number]

const PRIVATE_V4 =
  /^(?:10\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/

export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

export function scopeOf(host: string): SharingScope {
  if (isLoopback(host)) return 'machine'
  return isWildcard(host) ? 'all' : 'interface'
}

function kindOf({ address, family, internal }: NetworkInterfaceInfo): Address['kind'] {
  if (internal || isLoopback(address)) return 'loopback'
  if (family === 'IPv4') return PRIVATE_V4.test(address) ? 'private' : 'public'
  return /^(?:f[cd]|fe[89ab])/i.test(address) ? 'private' : 'public'
}

function isServed(entry: NetworkInterfaceInfo, host: string): boolean {
  if (host === '::') return true
  if (host === '0.0.0.0') return entry.family === 'IPv4'
  // Bound to one address, the gateway keeps loopback open as well.
  return entry.address === host || (entry.address === '127.0.0.1' && host !== '::1')
}

/** Link-local IPv6 needs the name of an interface to be reached, which no base URL can carry everywhere. */
function isUsable({ address, family }: NetworkInterfaceInfo): boolean {
  return family === 'IPv4' || !/^fe[89ab]/i.test(address)
}

export function addressesOf(interfaces: Interfaces, host: string): Address[] {
  const rank = { loopback: 0, private: 1, public: 2 }
  return Object.entries(interfaces)
    .flatMap(([name, list]) =>
      (list ?? []).filter(isUsable).map((entry) => ({
        name,
        address: entry.address,
        family: entry.family,
        kind: kindOf(entry),
        served: isServed(entry, host),
      })),
    )
    .sort((a, b) => rank[a.kind] - rank[b.kind] || (a.family === b.family ? 0 : a.family === 'IPv4' ? -1 : 1))
}

export function baseUrlsOf(addresses: readonly Address[], port: number): SharingStatus['baseUrls'] {
  return addresses
    .filter((entry) => entry.served)
    .map(({ name, address, kind }) => ({
      url: `http://${address.includes(':') ? `[${address}]` : address}:${port}/v1`,
      interface: name,
      reach: kind === 'loopback' ? 'machine' : 'network',
    }))
}

/** What an operator wrote, as an address to listen on. Null where this machine has no such address or interface. */
export function hostFor(wanted: string, interfaces: Interfaces): string | null {
  if (wanted === 'loopback') return '127.0.0.1'
  if (wanted === 'all') return '0.0.0.0'
  if (isLoopback(wanted) || isWildcard(wanted)) return wanted
  const addresses = addressesOf(interfaces, '')
  if (isIP(wanted) !== 0) return addresses.some((entry) => entry.address === wanted) ? wanted : null
  const named = addresses.filter((entry) => entry.name === wanted)
  return (named.find((entry) => entry.family === 'IPv4') ?? named[0])?.address ?? null
}
