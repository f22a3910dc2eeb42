/**
 * Headers that carry an upstream's credential. Extra headers are the operator's, so they win over what is made here;
 * names that steer the connection or the framing of a message are refused when the secret is saved, because one of them
 * could smuggle a second request past the upstream.
 */
import { AppError } from '../../shared/errors.ts'
import type { UpstreamSecret } from '../../shared/models/upstream.ts'

const refused = new Set([
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

function isRefused(lowerName: string): boolean {
  return refused.has(lowerName) || lowerName.startsWith('proxy-')
}

/** Throws `invalid_input` for a header that must not be set by hand. Call it before a secret is saved. */
export function checkExtraHeaders(secret: UpstreamSecret): void {
  const seen = new Set<string>()
  for (const name of Object.keys(secret.headers ?? {})) {
    const lower = name.toLowerCase()
    if (isRefused(lower)) {
      throw new AppError('invalid_input', `The header "${name}" is set by the connection itself; leave it out.`, {
        details: { field: `headers.${name}` },
      })
    }
    if (seen.has(lower)) {
      throw new AppError('invalid_input', `The header "${name}" is given twice; header names ignore case.`, {
        details: { field: `headers.${name}` },
      })
    }
    seen.add(lower)
  }
}

/** Credential and extra headers as [name, value, …], names in lower case. */
export function accountHeaders(secret: UpstreamSecret | null): string[] {
  if (secret === null) return []
  const headers = new Map<string, string>()
  for (const [name, value] of Object.entries(secret.headers ?? {})) {
    const lower = name.toLowerCase()
    if (!isRefused(lower)) headers.set(lower, value)
  }
  const hasOwnCredential = headers.has('authorization') || headers.has('api-key')
  if (secret.apiKey !== undefined && !hasOwnCredential) headers.set('authorization', `Bearer ${secret.apiKey}`)
  return [...headers].flat()
}
