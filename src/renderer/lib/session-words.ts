/** What the pages say of a session. Pure. */
import type { LiveSession } from '../../shared/models/session.ts'
import { formatShare } from './format.ts'

/** The start of its hash: the log has as much of it. */
export function sessionName({ id }: Pick<LiveSession, 'id'>): string {
  return id.slice(0, 8)
}

/** How much of its input its upstream had in its cache; `–` where it sent none. */
export function cachedWords({ inputTokens, cachedTokens }: Pick<LiveSession, 'inputTokens' | 'cachedTokens'>): string {
  return formatShare(inputTokens === 0 ? null : cachedTokens / inputTokens)
}
