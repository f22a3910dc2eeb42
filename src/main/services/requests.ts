/** The request log and its sums for their readers. Every query runs on a reader's thread, never on this one. */
import { AppError } from '../../shared/errors.ts'
import type {
  RequestCost,
  RequestCount,
  RequestDetail,
  RequestFilter,
  RequestPage,
  StoredRequest,
} from '../../shared/models/request.ts'
import type { StatsPoint, StatsQuery } from '../../shared/models/stats.ts'
import { parseRequestId } from '../../shared/request-id.ts'
import type { Reader } from '../db/reader.ts'
import type { PriceBook } from '../prices/price-book.ts'
import { invalidField } from './record-id.ts'
import { costOfThen } from './request-cost.ts'

/** What is asked of the reader here and by the figures and exports. */
export type RequestReader = Pick<
  Reader,
  'requestPage' | 'request' | 'matchCount' | 'upstreamAttempts' | 'exportSlice' | 'figures' | 'stats'
>

export interface RequestService {
  list(filter: RequestFilter): Promise<RequestPage>
  get(id: string): Promise<RequestDetail>
  count(filter: RequestFilter): Promise<RequestCount>
}

export interface StatsService {
  query(query: StatsQuery): Promise<StatsPoint[]>
}

export interface RequestServiceDeps {
  readonly reader: RequestReader
  /** Commits what the journal still holds: what a client was answered must be in the list. */
  readonly flushJournal: () => void
}

/**
 * Best effort: when the disk refuses, an operator must still see what is there. The status says what is wrong. Returns
 * whether everything is in the database.
 */
export function tryFlush(flushJournal: () => void): boolean {
  try {
    flushJournal()
    return true
  } catch {
    // The journal keeps its rows, repeats the write and reports the failure itself.
    return false
  }
}

export function createRequestService(
  deps: RequestServiceDeps & { readonly prices: Pick<PriceBook, 'find'> },
): RequestService {
  const { reader, flushJournal } = deps

  function checked(filter: RequestFilter): RequestFilter {
    if (filter.before !== undefined && filter.after !== undefined) {
      throw invalidField('after', 'cannot be given together with `before`')
    }
    tryFlush(flushJournal)
    return filter
  }
  return {
    list: async (filter) => reader.requestPage(checked(filter)),
    count: async (filter) => reader.matchCount(checked(filter)),
    async get(id) {
      tryFlush(flushJournal)
      const request = parseRequestId(id) === null ? null : await reader.request(id)
      if (request !== null) return withCost(request, costOfThen(deps.prices, request))
      throw new AppError('not_found', 'There is no request with this id. List the requests and use an id from there.')
    },
  }
}

/** What was written into a cache stands in the cost alone. */
function withCost(request: StoredRequest, cost: RequestCost | null): RequestDetail {
  const cacheWrite = cost?.parts.find(({ component }) => component === 'cacheWrite')?.tokens
  return cacheWrite === undefined ? { ...request, cost } : { ...request, usage: { ...request.usage, cacheWrite }, cost }
}

export function createStatsService({ reader, flushJournal }: RequestServiceDeps): StatsService {
  return {
    async query(query) {
      if (query.to <= query.from) throw invalidField('to', 'must be after `from`')
      tryFlush(flushJournal)
      return reader.stats(query)
    },
  }
}
