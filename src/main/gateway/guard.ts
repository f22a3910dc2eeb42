/**
 * The gateway serves programs, not web pages. A page on any site can make a browser send requests to localhost, and with
 * DNS rebinding even read the answers, so a foreign Host or any Origin is refused before anything else is looked at.
 */
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { AppError } from '../../shared/errors.ts'
import type { RequestHeaders } from './request-headers.ts'
import type { Settings } from '../../shared/settings.ts'

const OWN_NAMES: ReadonlySet<string> = new Set([
  'localhost',
  hostname().toLowerCase(),
  `${hostname().toLowerCase()}.local`,
])

/** The host part of a Host header, lower case, without port and brackets. */
export function hostOf(header: string): string {
  const host = header.startsWith('[') ? header.slice(1, header.indexOf(']')) : header.replace(/:\d*$/, '')
  return host.toLowerCase().replace(/\.$/, '')
}

/**
 * An IP address can't be rebound: a page served under a name sends that name. On loopback only loopback addresses make
 * sense; on the network a client may use any address of this machine.
 */
export function isHostAllowed(header: string | null, settings: Settings): boolean {
  if (header === null) return false
  const host = hostOf(header)
  return (
    OWN_NAMES.has(host) ||
    isIP(host) !== 0 ||
    settings['gateway.allowedHosts'].some((name) => name.toLowerCase() === host)
  )
}

/** @throws AppError `host_not_allowed` or `origin_not_allowed`. */
export function createGuard(): (headers: RequestHeaders, settings: Settings) => void {
  // One client sends one Host: the last verdict is nearly always the next one.
  let lastHost: string | null = null
  let lastSettings: Settings | undefined

  return (headers, settings) => {
    if (headers.host !== lastHost || settings !== lastSettings) {
      if (!isHostAllowed(headers.host, settings)) {
        throw new AppError('host_not_allowed', 'This host name is not one the gateway answers for.')
      }
      lastHost = headers.host
      lastSettings = settings
    }
    const { origin, fetchSite: site } = headers
    if (origin === null && (site === null || site === 'none' || site === 'same-origin')) return
    if (origin !== null && settings['gateway.allowedOrigins'].includes(origin)) return
    throw new AppError('origin_not_allowed', 'Web pages may not call the gateway.')
  }
}
