/** A request that passes as it is, as it goes to one upstream. */
import { plainPath } from '../providers/provider.ts'
import type { Settings } from '../../shared/settings.ts'
import type { PlainAnswer } from './answer.ts'
import type { Connection } from './connections.ts'
import { modelAt } from './model-at.ts'
import { fileReader, type FileOwners } from './own-files.ts'
import { plainBody, type PlainAsk } from './plain.ts'
import type { UpstreamRecord } from './ports.ts'
import { upstreamHeaders } from './request-headers.ts'
import type { Reserved } from './stages.ts'

/** Routing lets only those upstreams serve it that have a place for it. */
export function plainRequest(
  routed: Reserved & { readonly plain: PlainAsk },
  { record, connection }: { readonly record: UpstreamRecord; readonly connection: Connection },
  settings: Settings,
) {
  const { grant, facts, plain, headers } = routed
  const { backend, accountHeaders, isThirdParty, basePath } = connection
  const model = modelAt(grant, record.id)
  const isModelChanged = model !== facts.model
  const dropWorkspaceMetadata = settings['privacy.dropWorkspaceMetadata'] && isThirdParty
  const asker = { isCodex: routed.client === 'codex', userAgent: headers.userAgent, isPlain: true }
  const { effort, serviceTier } = grant
  const place = connection.plain[plain.spec.name] ?? { path: '' }
  return {
    method: plain.method,
    path: plainPath(basePath, place) + plain.rest,
    body: plainBody(plain, routed, { model, effort, serviceTier, dropWorkspaceMetadata }),
    headers: upstreamHeaders(headers, {
      account: backend === null ? accountHeaders : [...accountHeaders, ...backend.identity(asker)],
      dropWorkspaceMetadata,
      isModelChanged,
      passesUp: backend?.passesUp ?? null,
    }),
    hideUsage: false,
    isModelChanged,
  }
}

/** What its answer may be; null for the answer of a dialect. */
export function plainAnswer(owners: FileOwners, routed: Reserved, upstreamId: string): PlainAnswer | null {
  const { plain } = routed
  if (plain === undefined) return null
  const { isContent, spec } = plain
  return { isContent, takesAny: spec.takesAny, reader: fileReader(owners, routed, upstreamId) }
}
