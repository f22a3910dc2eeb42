/** The secret as it is typed: what is wrong with it, and what it comes to. Pure. It lives no longer than its form. */
import type { RouteInput } from '../../../shared/contract.ts'
import type { Problem } from '../../components/wizard-model.ts'
import type { Upstream } from './upstream-rows.ts'

export interface HeaderRow {
  /** For React; a name may be typed anew, so it is no key. */
  readonly row: number
  readonly name: string
  readonly value: string
}

export interface SecretForm {
  readonly apiKey: string
  readonly headers: readonly HeaderRow[]
  readonly proxyCredentials: string
}

export type Secret = NonNullable<RouteInput<'upstream.create'>['secret']>

export const emptySecret: SecretForm = { apiKey: '', headers: [], proxyCredentials: '' }

export const secretIds = {
  apiKey: 'upstream-api-key',
  proxyCredentials: 'upstream-proxy-credentials',
  headerName: (row: number) => `header-name-${row}`,
  headerValue: (row: number) => `header-value-${row}`,
} as const

/** The names of stored headers to start with: their values cannot be read back. */
export function secretFormFor(stored: Upstream['secret']): SecretForm {
  return {
    ...emptySecret,
    headers: (stored?.headerNames ?? []).map((name, row) => ({ row, name, value: '' })),
  }
}

export function isBlank({ apiKey, headers, proxyCredentials }: SecretForm): boolean {
  return apiKey.trim() === '' && headers.length === 0 && proxyCredentials === ''
}

export function apiKeyProblem(kind: Upstream['kind'], apiKey: string): string | null {
  const text = apiKey.trim()
  if (text === '') return kind === 'openai' ? 'Enter the API key.' : null
  if (text.length > 8_000) return 'An API key has at most 8,000 characters.'
  return /^[\x21-\x7e]+$/.test(text) ? null : 'An API key has no blanks and only plain ASCII characters.'
}

export function proxyCredentialsProblem(text: string): string | null {
  if (text === '') return null
  if (text.length > 1_000) return 'Proxy credentials have at most 1,000 characters.'
  return /^[^:]+:/.test(text) ? null : 'Write them as user:password.'
}

export function headerProblems(
  rows: readonly HeaderRow[],
  at: HeaderRow,
): { name: string | null; value: string | null } {
  const name = at.name.trim()
  const isTwice = rows.some((other) => other.row !== at.row && other.name.trim().toLowerCase() === name.toLowerCase())
  return {
    name: headerNameProblem(name) ?? (isTwice ? `“${name}” is given twice.` : null),
    value: valueProblem(at.value),
  }
}

function headerNameProblem(name: string): string | null {
  if (name === '') return 'Give the header a name, or remove it.'
  if (name.length > 100) return 'A header name has at most 100 characters.'
  return /^[A-Za-z0-9_-]+$/.test(name) ? null : 'A header name has only letters, digits, - and _.'
}

function valueProblem(value: string): string | null {
  if (value === '') return 'Enter the value.'
  if (value.length > 4_000) return 'A header value has at most 4,000 characters.'
  return /^[\x20-\x7e]*$/.test(value) ? null : 'A header value has only plain ASCII characters.'
}

export function secretProblems(kind: Upstream['kind'], form: SecretForm): readonly Problem[] {
  const apiKey = apiKeyProblem(kind, form.apiKey)
  const proxy = proxyCredentialsProblem(form.proxyCredentials)
  const headers = form.headers.flatMap((at) => {
    const { name, value } = headerProblems(form.headers, at)
    const label = at.name.trim() === '' ? 'A header' : `Header ${at.name.trim()}`
    return [
      ...(name === null ? [] : [{ message: `${label}: ${name}`, fieldId: secretIds.headerName(at.row) }]),
      ...(value === null ? [] : [{ message: `${label}: ${value}`, fieldId: secretIds.headerValue(at.row) }]),
    ]
  })
  return [
    ...(apiKey === null ? [] : [{ message: apiKey, fieldId: secretIds.apiKey }]),
    ...(proxy === null ? [] : [{ message: `Proxy credentials: ${proxy}`, fieldId: secretIds.proxyCredentials }]),
    ...headers,
  ]
}

/** Only of a form without problems. */
export function secretOf({ apiKey, headers, proxyCredentials }: SecretForm): Secret {
  return {
    ...(apiKey.trim() === '' ? {} : { apiKey: apiKey.trim() }),
    ...(headers.length === 0
      ? {}
      : { headers: Object.fromEntries(headers.map(({ name, value }) => [name.trim(), value])) }),
    ...(proxyCredentials === '' ? {} : { proxyCredentials }),
  }
}
