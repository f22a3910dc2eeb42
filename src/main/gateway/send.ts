/** One request as it goes to one upstream: what of it is changed, and the attempt that it becomes. */
import { cappedBound } from '../dialects/output-cap.ts'
import { editsFor } from '../dialects/request.ts'
import { editFields } from '../dialects/json-fields.ts'
import { providerError } from '../providers/provider-error.ts'
import type { QuotaEvidence } from '../providers/quota-evidence.ts'
import { formatRequestId } from '../../shared/request-id.ts'
import type { AnswerCap } from './answer.ts'
import { Attempt, type AttemptResult } from './attempt.ts'
import type { ClientStream } from './client-stream.ts'
import type { Connection, Connections } from './connections.ts'
import type { Directory } from './directory.ts'
import { isLimited } from './limited-request.ts'
import type { Limiter } from './limiter.ts'
import type { UpstreamRecord } from './ports.ts'
import { upstreamHeaders } from './request-headers.ts'
import type { Reserved } from './stages.ts'
import type { Watchdog } from './watchdog.ts'

export interface SendDeps {
  readonly directory: Pick<Directory, 'settings'>
  readonly connections: Connections
  readonly watchdog: Watchdog
  readonly quota: QuotaEvidence
  readonly limiter: Pick<Limiter, 'headers'>
  /** Monotonic ms. */
  readonly now: () => number
}

const PATHS = { chat: '/chat/completions', responses: '/responses', embeddings: '/embeddings' } as const

function request(routed: Reserved, { kind }: UpstreamRecord, connection: Connection, settings: Directory['settings']) {
  const { grant, facts, dialect, fields, claim } = routed
  const dropWorkspaceMetadata = settings['privacy.dropWorkspaceMetadata'] && connection.isThirdParty
  const addUsage = dialect === 'chat' && facts.stream && !facts.asksUsage
  const edits = editsFor(dialect, fields, facts, {
    ...grant,
    dropWorkspaceMetadata,
    addUsage,
    outputCap: claim.outputCap,
    upstreamKind: kind,
  })
  const isModelChanged = grant.model !== facts.model
  const { backend, accountHeaders } = connection
  const asker = { isCodex: routed.client === 'codex', userAgent: routed.headers.userAgent }
  if (backend !== null) {
    // What policy wants goes before what the backend would rather have.
    for (const [name, value] of backend.edits(fields, asker.isCodex)) if (!edits.has(name)) edits.set(name, value)
  }
  return {
    body: editFields(fields, edits),
    headers: upstreamHeaders(routed.headers, {
      account: backend === null ? accountHeaders : [...accountHeaders, ...backend.identity(asker)],
      dropWorkspaceMetadata,
      isModelChanged,
      passesUp: backend?.passesUp ?? null,
    }),
    hideUsage: addUsage,
    isModelChanged,
  }
}

/** Sends it. The result comes when the attempt is over. */
export function send(deps: SendDeps, routed: Reserved, record: UpstreamRecord, client: ClientStream) {
  const connection = deps.connections.to(record)
  const { settings } = deps.directory
  const { body, headers, hideUsage, isModelChanged } = request(routed, record, connection, settings)
  const { promise, resolve } = Promise.withResolvers<AttemptResult>()
  const attempt = new Attempt(
    {
      dialect: routed.dialect,
      isCodex: routed.client === 'codex',
      hideUsage,
      isModelChanged,
      requestId: formatRequestId(routed.id),
      settings,
      client,
      now: deps.now,
      quota: deps.quota.of(record.id),
      cap: capOf(routed),
      limitHeaders: isLimited(routed) ? () => deps.limiter.headers(routed, record.id) : null,
      collects: connection.backend !== null && !routed.facts.stream,
      passesDown: connection.backend?.passesDown ?? null,
    },
    resolve,
  )
  const { origin } = connection
  const path = connection.basePath + PATHS[routed.dialect]
  try {
    connection.dispatcher.dispatch({ origin, path, method: 'POST', headers, body }, attempt)
  } catch (error) {
    resolve({ kind: 'failed', error: providerError(error, 'The upstream'), answer: null })
  }
  // Everything that can wait does, until the request is on its way.
  deps.watchdog.watch(attempt)
  client.onGone(() => attempt.abort())
  if (routed.facts.stream) attempt.expectEvents()
  return { attempt, result: promise }
}

function capOf({ claim, grant, dialect, fields }: Reserved): AnswerCap | null {
  const { outputCap } = claim
  return outputCap === null ? null : { tokens: cappedBound(dialect, fields, outputCap), input: grant.reservedInput }
}
