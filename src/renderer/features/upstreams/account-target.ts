/** What an account is to become, as it is typed: its name, and addresses that hardly anybody needs. Pure. */
import type { RouteInput } from '../../../shared/contract.ts'
import { proxyUrlProblem } from './address-rules.ts'
import type { Upstream } from './upstream-rows.ts'

export interface AccountAddresses {
  /** Who signs in; blank for that of the settings. */
  readonly issuer: string
  /** Of the Codex backend; blank for ChatGPT's own. */
  readonly baseUrl: string
  readonly proxyUrl: string
}

export type AccountTarget = Omit<RouteInput<'account.begin'>, 'method'>

export const noAddresses: AccountAddresses = { issuer: '', baseUrl: '', proxyUrl: '' }

export const issuerFieldId = 'account-issuer'

/** Where tokens are sent: https, or this machine itself. */
export function accountAddressProblem(text: string): string | null {
  const address = text.trim()
  if (address === '') return null
  if (address.length > 2_000) return 'An address has at most 2,000 characters.'
  const url = URL.parse(address)
  if (url === null || /\s/.test(address)) return 'This is not an address: it begins with https://.'
  if (url.username !== '' || url.password !== '' || /[?#]/.test(address)) {
    return 'Leave credentials, query and fragment out of the address.'
  }
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  return url.protocol === 'https:' || (url.protocol === 'http:' && isHere)
    ? null
    : 'Tokens are sent there, so it must be https. Only on this machine it may be http.'
}

/** A blank name is that of the account itself. */
export function accountNameProblem(name: string, others: readonly Pick<Upstream, 'name'>[]): string | null {
  const wanted = name.trim()
  if (wanted.length > 80) return 'The name has at most 80 characters.'
  const isTaken = others.some((other) => other.name.toLowerCase() === wanted.toLowerCase())
  return isTaken ? `An upstream is already called “${wanted}”.` : null
}

export function addressesProblem({ issuer, baseUrl, proxyUrl }: AccountAddresses): string | null {
  return accountAddressProblem(issuer) ?? accountAddressProblem(baseUrl) ?? proxyUrlProblem(proxyUrl)
}

/** Only of what has no problem. */
export function targetOf(name: string, { issuer, baseUrl, proxyUrl }: AccountAddresses): AccountTarget {
  return {
    ...(name.trim() === '' ? {} : { name: name.trim() }),
    ...(issuer.trim() === '' ? {} : { issuer: issuer.trim() }),
    ...(baseUrl.trim() === '' ? {} : { baseUrl: baseUrl.trim() }),
    proxyUrl: proxyUrl.trim() || null,
  }
}

/** What Codex writes is a tenth of it. */
export const MAX_AUTH_FILE_BYTES = 64 * 1_024

export function authTextProblem(text: string): string | null {
  return new TextEncoder().encode(text).length > MAX_AUTH_FILE_BYTES ? 'An auth.json has at most 64 KB.' : null
}

export function businessTokenProblem(text: string): string | null {
  const token = text.trim()
  if (token.length > 16_000) return 'A token has at most 16,000 characters.'
  return /^at-[\x21-\x7e]+$/.test(token) ? null : 'A business access token begins with at- and has no blanks.'
}
