/** One request as it goes to one upstream: what of it is changed, and the attempt that it becomes. */
import { AppError } from '../../shared/errors.ts'
import { LITE_HEADER } from '../dialects/codex-lite.ts'
import { cappedBound } from '../dialects/output-cap.ts'
import { editsFor } from '../dialects/request.ts'
import { editFields } from '../dialects/json-fields.ts'
import { providerError } from '../providers/provider-error.ts'
import type { QuotaEvidence } from '../providers/quota-evidence.ts'
import { formatRequestId } from '../../shared/request-id.ts'
import type { AnswerCap } from './answer.ts'
import { Attempt } from './attempt.ts'
import type { AttemptResult } from './attempt-result.ts'
import type { ClientStream } from './client-stream.ts'
import type { CodexUsage } from './codex-usage.ts'
import type { Connection, Connections } from './connections.ts'
import type { Directory } from './directory.ts'
import { isLimited } from './limited-request.ts'
import type { Limiter } from './limiter.ts'
import { modelAt } from './model-at.ts'
import type { FileOwners } from './own-files.ts'
import { plainAnswer, plainRequest } from './plain-send.ts'
import type { UpstreamRecord } from './ports.ts'
import { upstreamHeaders } from './request-headers.ts'
import { servingAt, writeForm } from './serving-form.ts'
import type { Reserved } from './stages.ts'
import type { Watchdog } from './watchdog.ts'
import type { UpstreamSockets } from './ws/socket-dispatcher.ts'

export interface SendDeps {
  readonly directory: Pick<Directory, 'settings'>
  readonly connections: Connections
  readonly sockets: Pick<UpstreamSockets, 'carrierOf'>
  readonly watchdog: Watchdog
  readonly quota: QuotaEvidence
  readonly codexUsage: Pick<CodexUsage, 'headers'>
  readonly limiter: Pick<Limiter, 'headers'>
  readonly affinity: FileOwners
  /** Monotonic ms. */
  readonly now: () => number
}

const PATHS = { chat: '/chat/completions', responses: '/responses', embeddings: '/embeddings' } as const

/** @throws AppError `tool_choice_not_lite`: it cannot be said in the form in which this upstream is asked. */
function request(routed: Reserved, record: UpstreamRecord, connection: Connection, settings: Directory['settings']) {
  const { grant, facts, dialect, fields, claim } = routed
  const model = modelAt(grant, record.id)
  const dropWorkspaceMetadata = settings['privacy.dropWorkspaceMetadata'] && connection.isThirdParty
  const addUsage = dialect === 'chat' && facts.stream && !facts.asksUsage
  const edits = editsFor(dialect, fields, facts, {
    ...grant,
    model,
    dropWorkspaceMetadata,
    addUsage,
    outputCap: claim.outputCap,
    upstreamKind: record.kind,
  })
  const isModelChanged = model !== facts.model
  const { backend, accountHeaders } = connection
  const asker = { isCodex: routed.client === 'codex', userAgent: routed.headers.userAgent }
  if (backend !== null) {
    // What policy wants goes before what the backend would rather have.
    for (const [name, value] of backend.edits(fields, asker.isCodex)) if (!edits.has(name)) edits.set(name, value)
  }
  const serving = backend === null || dialect !== 'responses' ? null : servingAt(routed.pool, record, model)
  const liteHeader = serving === null ? null : writeForm(serving, routed, edits)
  return {
    body: editFields(fields, edits),
    headers: upstreamHeaders(routed.headers, {
      account:
        backend === null ? accountHeaders : [...accountHeaders, ...backend.identity(asker), ...added(liteHeader)],
      dropWorkspaceMetadata,
      isModelChanged,
      passesUp: liteHeader === 'drop' ? withoutLite(backend) : (backend?.passesUp ?? null),
    }),
    hideUsage: addUsage,
    isModelChanged,
  }
}

const LITE = [LITE_HEADER, 'true'] as const

function added(header: 'add' | 'drop' | null): readonly string[] {
  return header === 'add' ? LITE : []
}

function withoutLite(backend: Connection['backend']): (lowerName: string) => boolean {
  return (lowerName) => lowerName !== LITE_HEADER && backend?.passesUp(lowerName) !== false
}

interface Outgoing {
  readonly hideUsage: boolean
  readonly isModelChanged: boolean
  go(attempt: Attempt): void
}

function outgoing(deps: SendDeps, routed: Reserved, record: UpstreamRecord, connection: Connection): Outgoing {
  const { settings } = deps.directory
  const { origin, dispatcher, basePath } = connection
  const { plain, dialect } = routed
  if (plain !== undefined) {
    const { hideUsage, isModelChanged, ...sent } = plainRequest({ ...routed, plain }, { record, connection }, settings)
    return { hideUsage, isModelChanged, go: (attempt) => void dispatcher.dispatch({ origin, ...sent }, attempt) }
  }
  const { body, headers, hideUsage, isModelChanged } = request(routed, record, connection, settings)
  const carrier = deps.sockets.carrierOf({ routed, record, connection }) ?? dispatcher
  const sent = { origin, path: basePath + PATHS[dialect], method: 'POST', headers, body } as const
  return { hideUsage, isModelChanged, go: (attempt) => void carrier.dispatch(sent, attempt) }
}

/** The error where the request cannot be said in the form in which this upstream is asked: nothing was sent then. */
export function trySend(...sent: Parameters<typeof send>): ReturnType<typeof send> | AppError {
  try {
    return send(...sent)
  } catch (error) {
    return AppError.from(error)
  }
}

/** Sends it. The result comes when the attempt is over. @throws as `request`. */
function send(deps: SendDeps, routed: Reserved, record: UpstreamRecord, client: ClientStream) {
  const connection = deps.connections.to(record)
  const { settings } = deps.directory
  const { hideUsage, isModelChanged, go } = outgoing(deps, routed, record, connection)
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
      quota: deps.quota.of(record.id, record.kind),
      cap: capOf(routed),
      limitHeaders: isLimited(routed) ? () => deps.limiter.headers(routed, record.id) : null,
      collects: routed.plain === undefined && connection.backend !== null && !routed.facts.stream,
      plain: plainAnswer(deps.affinity, routed, record.id),
      hidesQuota: connection.backend !== null,
      quotaHeaders:
        connection.backend !== null && routed.client === 'codex' ? () => deps.codexUsage.headers(routed) : null,
      passesDown: connection.backend?.passesDown ?? null,
    },
    resolve,
  )
  try {
    go(attempt)
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
