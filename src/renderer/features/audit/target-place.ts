/** Where on the page the target of an audit entry is. Pure. */
import type { AuditEntry } from '../../../shared/models/audit.ts'
import { withParams } from '../../lib/url-state.ts'

const places: Readonly<Record<string, string>> = { pool: '/pools', upstream: '/upstreams', key: '/keys' }

type Target = Pick<AuditEntry, 'action' | 'outcome' | 'targetKind' | 'targetId' | 'targetName'>

/** Whether this entry is the one of its end. */
export function isDeletion({ action, outcome, targetKind }: Target): boolean {
  return places[targetKind] !== undefined && action.endsWith('.delete') && outcome === 'success'
}

/** Null where it has no page, or none any more. `upstreams`: those of today. */
export function targetPlace(
  entry: Target,
  upstreams: readonly { readonly id: string; readonly name: string }[],
): string | null {
  const { action, targetKind, targetId, targetName } = entry
  if (action === 'price.import') return withParams('/prices', { source: 'import' })
  if (targetKind === 'price') return targetName === null ? null : pricePlace(targetName, upstreams)
  const place = places[targetKind]
  return place === undefined || targetId === null || isDeletion(entry) ? null : `${place}/${targetId}`
}

/** A price is named by its place: `gpt-5`, `gpt-5 at Azure`. No id of a model has a space in it. */
function pricePlace(name: string, upstreams: readonly { readonly id: string; readonly name: string }[]): string {
  const [model = name, upstreamName] = /^(\S+) at (.+)$/.exec(name)?.slice(1) ?? [name]
  if (upstreamName === undefined) return withParams('/prices', { model })
  const upstream = upstreams.find((each) => each.name === upstreamName)
  return withParams('/prices', upstream === undefined ? { q: model } : { model, upstream: upstream.id })
}
