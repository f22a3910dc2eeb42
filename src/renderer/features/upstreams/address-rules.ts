/** Why an address cannot be used, said while it is typed. The core checks the same. Pure. */
import type { Upstream } from './upstream-rows.ts'

export const OPENAI_URL = 'https://api.openai.com/v1'

export function baseUrlProblem(kind: Upstream['kind'], text: string): string | null {
  const url = text.trim()
  if (kind === 'simulator' || (url === '' && kind === 'openai')) return null
  if (url === '') return 'Enter the base URL: where the API of the server begins.'
  return urlProblem(url) ?? (/[?#]/.test(url) ? 'The base URL has no query and no fragment.' : null)
}

export function proxyUrlProblem(text: string): string | null {
  const url = text.trim()
  if (url === '') return null
  const wrong = urlProblem(url)
  if (wrong !== null) return wrong
  return /^https?:\/\/[^/?#]+\/?$/i.test(url)
    ? null
    : 'The proxy is scheme, host and port only: http://proxy.example:3128.'
}

function urlProblem(url: string): string | null {
  if (url.length > 2_000) return 'An address has at most 2,000 characters.'
  if (!/^https?:\/\//i.test(url)) return 'Begin with https:// or http://.'
  if (!URL.canParse(url) || /\s/.test(url)) return 'This is not an address.'
  const { username, password } = new URL(url)
  return username === '' && password === ''
    ? null
    : 'Leave credentials out of the address: they have fields of their own.'
}

/** Where a credential would travel unprotected. A server on this machine or in its own network may be fine without TLS. */
export function isPlainRemote(text: string): boolean {
  const url = text.trim()
  if (!/^http:\/\//i.test(url) || !URL.canParse(url)) return false
  const { hostname } = new URL(url)
  return (
    !/^(localhost|127\.|\[::1\]|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(hostname) &&
    !hostname.endsWith('.local')
  )
}
