import type { PriceRow } from '../../../shared/models/price.ts'
import { invoke } from '../../lib/api.ts'

/** What makes this price count again; null for an imported one, which would come back as one of the operator's own. */
export function putBack({ model, upstreamId, source, rates, note }: PriceRow): (() => Promise<unknown>) | null {
  if (source === 'import') return null
  if (source === 'bundled') return () => invoke('price.remove', { model, upstreamId })
  if (rates === null) return () => invoke('price.remove', { model, upstreamId, to: 'unpriced' })
  return () => invoke('price.set', { model, upstreamId, rates, note })
}
