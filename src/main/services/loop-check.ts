/**
 * Refuses addresses that lead back to Weir: a request would go round until every slot is taken. A host name is resolved
 * first, because any name can point at this machine. A name that does not resolve is let through; it will fail by itself.
 */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { AppError } from '../../shared/errors.ts'

export type IsOwnAddress = (url: URL) => Promise<boolean> | boolean

const LOOKUP_TIMEOUT_MS = 3_000

async function addressesOf(host: string): Promise<readonly string[]> {
  const timeout = Promise.withResolvers<readonly string[]>()
  const timer = setTimeout(() => timeout.resolve([]), LOOKUP_TIMEOUT_MS)
  const found = lookup(host, { all: true }).then(
    (entries) => entries.map((entry) => entry.address),
    // Not resolvable now: no address, so not ours.
    () => [],
  )
  return Promise.race([found, timeout.promise]).finally(() => clearTimeout(timer))
}

function at(url: URL, address: string): URL {
  const copy = new URL(url)
  copy.hostname = isIP(address) === 6 ? `[${address}]` : address
  return copy
}

/** Every way to write where `url` leads: as given, and each address of its host as an IP literal. */
async function candidates(url: URL): Promise<URL[]> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const addresses = isIP(host) === 0 ? await addressesOf(host) : [host]
  const mapped = addresses.flatMap((address) => {
    const hextets = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address)
    if (hextets) {
      const [high, low] = [Number.parseInt(hextets[1] ?? '', 16), Number.parseInt(hextets[2] ?? '', 16)]
      return [`${String(high >> 8)}.${String(high & 255)}.${String(low >> 8)}.${String(low & 255)}`]
    }
    return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? [address.slice(7)] : []
  })
  return [url, ...[...addresses, ...mapped].map((address) => at(url, address))]
}

/** Throws `upstream_loops_back`. `field` names the input that holds the address. */
export async function refuseOwnAddress(isOwn: IsOwnAddress, address: string, field: string): Promise<void> {
  for (const url of await candidates(new URL(address))) {
    if (await isOwn(url)) {
      throw new AppError(
        'upstream_loops_back',
        `${field}: ${new URL(address).origin} leads back to Weir itself. Use the provider's own address.`,
        { details: { field } },
      )
    }
  }
}
