/** What the page of alerts asks the core, and what it tells it. Keys of queries begin with their route. */
import {
  keepPreviousData,
  useInfiniteQuery,
  useQueryClient,
  type QueryClient,
  type UseInfiniteQueryResult,
} from '@tanstack/react-query'
import { useState } from 'react'
import type { RouteInput } from '../../../shared/contract.ts'
import type { Notice, NoticePage } from '../../../shared/models/notice.ts'
import { invoke } from '../../lib/api.ts'
import { formatNoun } from '../../lib/format.ts'
import { invalidateRoutes } from '../../lib/live.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import { toastError, toastSuccess } from '../../lib/toast.tsx'
import type { AlertFilters } from './filter-state.ts'

const ROWS = 50
const MOST_ROWS = 200
/** Of one call. */
const MOST_IDS = 500

type NoticeQuery = Omit<RouteInput<'notice.list'>, 'before' | 'limit'>

export interface AlertList {
  readonly rows: readonly Notice[]
  /** Of all that there are, whatever the filters. */
  readonly unread: number
}

function toQuery({ show, about }: AlertFilters): NoticeQuery {
  return { unreadOnly: show === 'unread', ...(about === '' ? {} : { subjectId: about }) }
}

/** Newest first, page by page. */
export function useAlerts(filters: AlertFilters): UseInfiniteQueryResult<AlertList, OperatorError> {
  return useInfiniteQuery<NoticePage, OperatorError, AlertList, readonly [string, string, AlertFilters], string | null>(
    {
      queryKey: ['notice.list', 'pages', filters],
      queryFn: ({ pageParam }) =>
        invoke('notice.list', {
          ...toQuery(filters),
          limit: ROWS,
          ...(pageParam === null ? {} : { before: pageParam }),
        }),
      initialPageParam: null,
      getNextPageParam: ({ next }) => next ?? undefined,
      select: ({ pages }) => ({ rows: pages.flatMap((page) => page.rows), unread: pages[0]?.unread ?? 0 }),
      placeholderData: keepPreviousData,
    },
  )
}

/** The unread ones that the filters match, on later pages too: so that the act can be taken back to exactly these. */
async function unreadIds(filters: AlertFilters): Promise<string[]> {
  const ids: string[] = []
  let before: string | null = null
  do {
    const page: NoticePage = await invoke('notice.list', {
      ...toQuery(filters),
      unreadOnly: true,
      limit: MOST_ROWS,
      ...(before === null ? {} : { before }),
    })
    ids.push(...page.rows.map(({ id }) => id))
    before = page.next
  } while (before !== null)
  return ids
}

async function markEach(client: QueryClient, ids: readonly string[], read: boolean): Promise<void> {
  for (let from = 0; from < ids.length; from += MOST_IDS) {
    await invoke('notice.mark', { ids: ids.slice(from, from + MOST_IDS), read })
  }
  invalidateRoutes(client, ['notice.'])
}

export interface MarkAlerts {
  readonly mark: (ids: readonly string[], read: boolean) => void
  readonly markAll: () => void
  readonly isPending: boolean
}

/** Says how many were marked, and takes it back where that is asked. */
export function useMarkAlerts(filters: AlertFilters): MarkAlerts {
  const client = useQueryClient()
  const [isPending, setPending] = useState(false)

  async function undo(ids: readonly string[], read: boolean): Promise<void> {
    try {
      await markEach(client, ids, read)
      toastSuccess('Undone')
    } catch (thrown) {
      toastError(OperatorError.from(thrown))
    }
  }

  async function run(idsOf: () => Promise<readonly string[]>, read: boolean): Promise<void> {
    setPending(true)
    try {
      const ids = await idsOf()
      await markEach(client, ids, read)
      const text = `Marked ${formatNoun(ids.length, 'alert')} as ${read ? 'read' : 'unread'}`
      toastSuccess(text, { undo: () => void undo(ids, !read) })
    } catch (thrown) {
      toastError(OperatorError.from(thrown))
    } finally {
      setPending(false)
    }
  }

  return {
    mark: (ids, read) => void run(async () => ids, read),
    markAll: () => void run(() => unreadIds(filters), true),
    isPending,
  }
}
