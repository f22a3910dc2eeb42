import type { Services } from '../../services/services.ts'
import type { HandlersOf } from '../router.ts'

/** What was recorded: requests, their sums, and what is made of both. */
export function recordHandlers({
  requests,
  stats,
  figures,
  exports,
  savedFilters,
  audit,
}: Services): HandlersOf<'request' | 'stats' | 'overview' | 'model' | 'export' | 'filter' | 'audit'> {
  return {
    'request.list': (filter) => requests.list(filter),
    'request.get': ({ id }) => requests.get(id),
    'request.count': (filter) => requests.count(filter),
    'stats.query': (query) => stats.query(query),
    'stats.series': (query) => figures.series(query),
    'overview.get': ({ zone }) => figures.overview(zone),
    'model.catalog': () => figures.models(),
    'audit.list': (filter) => audit.list(filter),
    'audit.get': ({ id }) => audit.get(id),
    'audit.verify': () => audit.verify(),
    'export.start': (input) => exports.start(input),
    'export.list': () => exports.list(),
    'export.get': ({ id }) => exports.get(id),
    'export.cancel': ({ id }) => exports.cancel(id),
    'filter.list': ({ page }) => savedFilters.list(page),
    'filter.save': (draft) => savedFilters.save(draft),
    'filter.delete': ({ id }) => savedFilters.delete(id),
  }
}
