/** The entries by day, newest first. Older ones come as one scrolls. */
import { Button, Loader } from '@mantine/core'
import { useCallback, useEffect, useRef } from 'react'
import { actorName } from '../../../shared/audit-sentence.ts'
import type { AuditEntry } from '../../../shared/models/audit.ts'
import { DataTable } from '../../components/data-table.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import type { Column, TableGroup } from '../../components/table-model.ts'
import { Time } from '../../components/time.tsx'
import { useNow } from '../../lib/clock.ts'
import { formatNoun, formatTime } from '../../lib/format.ts'
import classes from './audit.module.css'
import { Sentence } from './sentence.tsx'

/** Beyond this many rows more are loaded only when asked for: nobody reads that far, and each change reads them again. */
const BY_SCROLLING = 3_000
/** Before the end is in sight: rows that were not shown yet are of a guessed height, and it moves away as one gets near. */
const AHEAD = '0px 0px 300px'

const columns: readonly Column<AuditEntry>[] = [
  { id: 'at', header: 'Time', width: '5rem', cell: (row) => <Time at={row.at} absolute="clock" /> },
  { id: 'what', header: 'What', cell: (row) => <Sentence entry={row} /> },
  { id: 'actor', header: 'Actor', width: '7rem', cell: (row) => actorName(row.actor) },
  { id: 'outcome', header: 'Outcome', width: '6.75rem', cell: (row) => <StatusBadge status={row.outcome} /> },
]

export interface EntryListProps {
  readonly rows: readonly AuditEntry[]
  readonly openId: string | null
  readonly onOpen: (entry: AuditEntry) => void
  readonly hasMore: boolean
  readonly isLoadingMore: boolean
  readonly onMore: () => void
}

export function EntryList({ rows, openId, onOpen, hasMore, isLoadingMore, onMore }: EntryListProps) {
  const today = formatTime(useNow()).slice(0, 10)
  const groupOf = useCallback(
    (row: AuditEntry): TableGroup => {
      const day = formatTime(row.at).slice(0, 10)
      return { id: day, label: day === today ? `Today, ${day}` : day }
    },
    [today],
  )
  return (
    <DataTable
      label="Audit log"
      columns={columns}
      rows={rows}
      rowKey={(row) => row.id}
      rowLabel={(row) => `Entry ${row.id}`}
      onOpen={onOpen}
      openKey={openId}
      groupOf={groupOf}
      footer={
        <div className={classes['more']}>
          <span aria-live="polite">
            {hasMore
              ? `${formatNoun(rows.length, 'entry', 'entries')} so far`
              : formatNoun(rows.length, 'entry', 'entries')}
          </span>
          {hasMore && <More isLoading={isLoadingMore} isAuto={rows.length < BY_SCROLLING} onMore={onMore} />}
        </div>
      }
    />
  )
}

interface MoreProps {
  readonly isLoading: boolean
  readonly isAuto: boolean
  readonly onMore: () => void
}

function More({ isLoading, isAuto, onMore }: MoreProps) {
  const end = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (!isAuto || isLoading || end.current === null) return
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting === true) onMore()
      },
      { root: end.current.closest('[data-rest]'), rootMargin: AHEAD },
    )
    observer.observe(end.current)
    return () => observer.disconnect()
  }, [isAuto, isLoading, onMore])
  return (
    <Button ref={end} variant="subtle" size="compact-xs" onClick={onMore} disabled={isLoading}>
      {isLoading ? <Loader size={12} aria-label="Loading older entries" /> : 'Load older entries'}
    </Button>
  )
}
