/** What a browser is sent back with: from the listener or pasted by the operator. Each way of being wrong has its code. */
import { AppError, type ErrorCode } from '../../../shared/errors.ts'

export const CALLBACK_PATH = '/auth/callback'
const LONGEST = 4_000

export type Callback =
  | { readonly state: string; readonly code: string }
  | { readonly state: string; readonly denied: string }

function refused(code: ErrorCode, message: string): AppError {
  return new AppError(code, message)
}

function only(query: URLSearchParams, name: string): string | null {
  const values = query.getAll(name)
  if (values.length > 1) throw refused('callback_param_duplicate', `The address gives "${name}" twice.`)
  const value = values[0] ?? ''
  return value === '' || value.length > LONGEST ? null : value
}

/** @throws AppError `callback_…` */
export function readCallback(query: URLSearchParams): Callback {
  const [state, code, error] = [only(query, 'state'), only(query, 'code'), only(query, 'error')]
  if (state === null) throw refused('callback_state_missing', 'The address has no "state" in it.')
  if (error !== null) return { state, denied: /^[\w.-]{1,80}$/.test(error) ? error : 'refused' }
  if (code === null) throw refused('callback_result_missing', 'The address has neither a code nor an error in it.')
  return { state, code }
}

/** @throws AppError `callback_…`. Nothing of the address is repeated. */
export function readPastedCallback(text: string, redirectUri: string): Callback {
  const url = URL.parse(text.trim())
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw refused('callback_url_invalid', 'This is not an address: it begins with http://localhost.')
  }
  const wanted = new URL(redirectUri)
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  if (!isHere || url.protocol !== wanted.protocol || url.port !== wanted.port || url.pathname !== wanted.pathname) {
    throw refused('callback_origin_invalid', `The address must begin with ${wanted.origin}${wanted.pathname}.`)
  }
  return readCallback(url.searchParams)
}
