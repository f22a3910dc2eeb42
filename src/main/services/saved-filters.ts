/**
 * Filters that the operator gave a name. They are a view and no part of what Weir does, so they are not audited. A Pool
 * API key that was pasted into one as a whole is kept without its secret.
 */
import { auditFilter } from '../../shared/models/audit.ts'
import { withoutKeySecret } from '../../shared/key-text.ts'
import {
  savedRequestFilter,
  type FilterPage,
  type FilterValues,
  type SavedFilter,
  type SavedFilterDraft,
} from '../../shared/models/saved-filter.ts'
import type { Db } from '../db/database.ts'
import {
  countSavedFilters,
  deleteSavedFilter,
  findSavedFilter,
  listSavedFilters,
  putSavedFilter,
} from '../db/saved-filter-store.ts'
import { writeError } from '../db/store-error.ts'
import { AppError } from '../../shared/errors.ts'
import { randomBase62 } from '../gateway/pool-key.ts'
import { invalidField } from './record-id.ts'

export interface SavedFilterService {
  list(page: FilterPage): SavedFilter[]
  save(draft: SavedFilterDraft): SavedFilter
  delete(id: string): { id: string }
}

const MAX_PER_PAGE = 100

/** Pages whose filter the core itself understands; the others filter what they have. */
const SCHEMAS = { requests: savedRequestFilter, audit: auditFilter } as const

export function createSavedFilterService(deps: { readonly db: Db; readonly now: () => number }): SavedFilterService {
  const { db, now } = deps

  function known(id: string): SavedFilter {
    const filter = findSavedFilter(db, id)
    if (filter !== undefined) return filter
    throw new AppError('not_found', 'There is no saved filter with this id. List them and use an id from there.')
  }

  function write<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw writeError(error, db.$client.name)
    }
  }

  return {
    list: (page) => listSavedFilters(db, page),
    save(draft) {
      const before = draft.id === undefined ? null : known(draft.id)
      if (before === null && countSavedFilters(db, draft.page) >= MAX_PER_PAGE) {
        throw invalidField('name', `there are ${MAX_PER_PAGE} saved filters for this page already; delete one first`)
      }
      if (before !== null && before.page !== draft.page) throw invalidField('page', 'cannot be changed')
      const filter = sanitised(draft.filter)
      checkFilter(draft.page, filter)
      const at = now()
      const saved: SavedFilter = {
        id: before?.id ?? `flt_${randomBase62(16)}`,
        page: draft.page,
        name: draft.name,
        filter,
        createdAt: before?.createdAt ?? at,
        updatedAt: at,
      }
      write(() => putSavedFilter(db, saved))
      return saved
    },
    delete(id) {
      known(id)
      write(() => deleteSavedFilter(db, id))
      return { id }
    },
  }
}

function sanitised(filter: FilterValues): FilterValues {
  const clean = <T>(value: T) => (typeof value === 'string' ? withoutKeySecret(value) : value)
  return Object.fromEntries(
    Object.entries(filter).map(([name, value]) => [name, Array.isArray(value) ? value.map(clean) : clean(value)]),
  )
}

/** What the core would refuse when it is used is refused when it is saved. Values are not repeated. */
function checkFilter(page: FilterPage, filter: FilterValues): void {
  if (page !== 'requests' && page !== 'audit') return
  const unknown = Object.keys(filter).filter((name) => !Object.hasOwn(SCHEMAS[page].shape, name))
  if (unknown.length > 0) throw invalidField(`filter.${unknown[0] ?? ''}`, 'is no filter of this page')
  const result = SCHEMAS[page].safeParse(filter)
  if (result.success) return
  const [issue] = result.error.issues
  throw invalidField(`filter.${issue?.path.join('.') ?? ''}`, issue?.message ?? 'cannot be used')
}
