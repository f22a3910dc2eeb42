/**
 * What an operator can do about a failed check of an upstream: which input to look at, and the next step. Made from the
 * error's code and low-level cause alone, so nothing of an answer or a credential can get into it.
 */
import { errorSpec, type AppError } from '../../shared/errors.ts'
import type { UpstreamTest } from '../../shared/models/upstream.ts'

export interface Advice {
  readonly cause: string | null
  readonly field: UpstreamTest['field']
  readonly next: string
}

type Hint = Pick<Advice, 'field' | 'next'>

const NAME: Hint = {
  field: 'baseUrl',
  next: 'Check the spelling of the host in the base URL, and that this machine can look up names.',
}
const REFUSED: Hint = {
  field: 'baseUrl',
  next: 'Nothing listens there: start the server, or correct host and port of the base URL.',
}
const NO_TLS: Hint = {
  field: 'baseUrl',
  next: 'The server does not answer in TLS: use http:// if it is meant to be plain, or correct the port.',
}
const CERTIFICATE: Hint = {
  field: 'baseUrl',
  next: 'Use the host name that the certificate is made for. For an authority of your own, start Weir with NODE_EXTRA_CA_CERTS set to its certificate.',
}
const NETWORK: Hint = { field: 'baseUrl', next: 'Check the network of this machine, a firewall, and the base URL.' }
const PROXY: Hint = { field: 'proxyUrl', next: 'Check the address of the proxy and its credentials.' }

const CERTIFICATE_CODE = /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|ERR_TLS_CERT)/
const TLS_CODE = /^(?:ERR_SSL_|ERR_TLS_|EPROTO)/

function unreachable(cause: string, hasProxy: boolean): Hint {
  if (cause.startsWith('proxy ') || cause.startsWith('UND_ERR_PRX')) return PROXY
  if (CERTIFICATE_CODE.test(cause)) return CERTIFICATE
  if (TLS_CODE.test(cause)) return NO_TLS
  // With a proxy, it is the proxy that this machine talks to.
  if (hasProxy) return PROXY
  if (cause === 'ENOTFOUND' || cause === 'EAI_AGAIN') return NAME
  return cause === 'ECONNREFUSED' ? REFUSED : NETWORK
}

function byStatus(status: number): Hint | null {
  if (status === 401)
    return { field: 'secret', next: 'Copy the API key again, whole, or make a new one at the provider.' }
  if (status === 403) {
    return {
      field: 'secret',
      next: 'The key is known but may not do this: look at its permissions, project and region at the provider.',
    }
  }
  if (status === 404 || status === 405 || status === 501) {
    return {
      field: 'baseUrl',
      next: 'Check the path of the base URL. If it is right, the provider has no model list: add the model ids by hand.',
    }
  }
  if (status >= 300 && status < 400) return { field: 'baseUrl', next: 'Use the address that it redirects to.' }
  return null
}

function hintOf(error: AppError, cause: string | null, hasProxy: boolean): Hint {
  const status = error.details?.['status']
  const hint = typeof status === 'number' ? byStatus(status) : null
  if (hint !== null) return hint
  if (error.code === 'upstream_unreachable') return unreachable(cause ?? '', hasProxy)
  const { next } = errorSpec(error.code)
  if (error.code === 'upstream_loops_back') {
    return { field: error.details?.['field'] === 'proxyUrl' ? 'proxyUrl' : 'baseUrl', next }
  }
  if (error.code === 'upstream_secret_missing') {
    return {
      field: 'secret',
      next: cause === 'new address' ? 'Enter the secret again to check it there, or save.' : next,
    }
  }
  if (error.code === 'upstream_bad_response') {
    return { field: 'baseUrl', next: 'Use the address of the API, not of a web page: most end in /v1.' }
  }
  if (error.code === 'upstream_timeout') return NETWORK
  return { field: null, next: status === undefined ? next : 'Try again later; the provider itself has a problem.' }
}

export function adviceFor(error: AppError, hasProxy: boolean): Advice {
  const { cause, status } = error.details ?? {}
  const known = typeof cause === 'string' ? cause : typeof status === 'number' ? `status ${String(status)}` : null
  return { cause: known, ...hintOf(error, known, hasProxy) }
}
