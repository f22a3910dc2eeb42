/**
 * Fetches a provider's model list: one GET on a connection of its own, with a bounded body, whatever shape it has, and
 * what it says of the models.
 */
import { AppError } from '../../shared/errors.ts'
import { modelId } from '../../shared/models/common.ts'
import type { ModelFacts } from '../../shared/models/model-facts.ts'
import { readBounded } from './bounded-body.ts'
import { openDispatcher } from './connection.ts'
import { readFacts } from './model-facts.ts'
import { providerError } from './provider-error.ts'
import type { Provider, ProviderAccount } from './provider.ts'

const MAX_BODY_BYTES = 8 * 1024 * 1024
const MAX_MODELS = 5_000
/** Facts are kept with the upstream's row, so of very long lists only a part. */
const MAX_FACTS = 2_000
/** Of one list, in characters of JSON: Codex takes no list that is longer than this in bytes. */
const MAX_ENTRIES = 1024 * 1024
const LABEL = 'The upstream'

export interface ModelList {
  /** Without duplicates, sorted. */
  readonly models: string[]
  /** Of those that the list says more of than their ids, in the order of the list. */
  readonly facts: ModelFacts[]
  /** Of Codex's own list, by id: each entry as it came, as JSON. Empty for other providers. */
  readonly entries: ReadonlyMap<string, string>
  readonly latencyMs: number
}

export interface ListOptions {
  readonly signal: AbortSignal
  /** For the whole call. */
  readonly timeoutMs: number
}

export async function listModels(
  provider: Provider,
  account: ProviderAccount,
  options: ListOptions,
): Promise<ModelList> {
  const startedAt = performance.now()
  const base = new URL(provider.apiBase(account.baseUrl))
  const dispatcher = openDispatcher(account, { connectTimeoutMs: options.timeoutMs, connections: 1 })
  try {
    const response = await dispatcher.request({
      origin: base.origin,
      path: `${base.pathname}/models${provider.modelQuery ?? ''}`,
      method: 'GET',
      headers: ['accept', 'application/json', ...provider.headers(account.secret)],
      signal: AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]),
    })
    const body = await readBounded(response.body, MAX_BODY_BYTES, tooLong)
    checkStatus(response.statusCode)
    const rows = readRows(body, response.headers['content-type'])
    const keepsEntries = provider.backend !== undefined
    return { ...readModels(rows, keepsEntries), latencyMs: performance.now() - startedAt }
  } catch (error) {
    throw providerError(error, LABEL)
  } finally {
    await dispatcher.destroy()
  }
}

function tooLong(): AppError {
  return new AppError('upstream_bad_response', 'The model list is larger than 8 MB; add the model ids by hand.')
}

function checkStatus(status: number): void {
  if (status >= 200 && status < 300) return
  const details = { status }
  if (status === 401 || status === 403) {
    throw new AppError('upstream_auth_failed', `${LABEL} refused the credential with status ${status}.`, { details })
  }
  if (status === 404 || status === 405 || status === 501) {
    throw new AppError('upstream_rejected', `This address has no model list (status ${status}).`, {
      details: { ...details, hasModelList: false },
    })
  }
  if (status === 429) {
    throw new AppError('upstream_rate_limited', `${LABEL} is over its rate limit (status 429).`, {
      details,
    })
  }
  if (status >= 500) {
    throw new AppError('upstream_error', `${LABEL} answered with status ${status}.`, { details })
  }
  if (status >= 300 && status < 400) {
    throw new AppError('upstream_bad_response', `This address redirects elsewhere (status ${status}).`, { details })
  }
  throw new AppError('upstream_rejected', `${LABEL} refused to list its models with status ${status}.`, { details })
}

function readRows(body: string, contentType: string | string[] | undefined): readonly unknown[] {
  if (String(contentType ?? '').includes('html') || body.trimStart().startsWith('<')) {
    throw new AppError(
      'upstream_bad_response',
      'The address answered with HTML instead of a model list: it is a web page.',
    )
  }
  const rows = rowsOf(parse(body))
  if (rows === undefined) {
    throw new AppError('upstream_bad_response', 'The answer of this address is JSON, but not a model list.')
  }
  return rows
}

function readModels(rows: readonly unknown[], keepsEntries: boolean): Omit<ModelList, 'latencyMs'> {
  const ids = new Set<string>()
  const facts: ModelFacts[] = []
  const entries = new Map<string, string>()
  let kept = 0
  for (const row of rows) {
    const id = modelId.safeParse(idOf(row)).data
    if (id === undefined || ids.has(id)) continue
    ids.add(id)
    const said = facts.length < MAX_FACTS ? readFacts(id, row) : null
    if (said !== null) facts.push(said)
    const entry = keepsEntries ? JSON.stringify(row) : ''
    if (entry !== '' && kept + entry.length <= MAX_ENTRIES) {
      kept += entry.length
      entries.set(id, entry)
    }
    if (ids.size === MAX_MODELS) break
  }
  return { models: [...ids].sort(), facts, entries }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    // The parser's message quotes the body, so it is left behind.
    throw new AppError('upstream_bad_response', 'The answer of this address is not JSON, so it is no model list.')
  }
}

function rowsOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value
  if (typeof value !== 'object' || value === null) return undefined
  if ('data' in value && Array.isArray(value.data)) return value.data
  if ('models' in value && Array.isArray(value.models)) return value.models
  return undefined
}

function idOf(row: unknown): unknown {
  if (typeof row !== 'object' || row === null) return row
  const fields = row as { id?: unknown; slug?: unknown; name?: unknown }
  return fields.id ?? fields.slug ?? fields.name
}
