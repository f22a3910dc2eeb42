/** Alerts by day, newest first; those that nobody has read yet stand out. */
import { Button, Loader } from '@mantine/core'
import { useCallback } from 'react'
import { Link } from 'react-router'
import type { Notice } from '../../../shared/models/notice.ts'
import { DataTable } from '../../components/data-table.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import type { Column, TableGroup } from '../../components/table-model.ts'
import { Time } from '../../components/time.tsx'
import { useNow } from '../../lib/clock.ts'
import { formatNoun, formatTime } from '../../lib/format.ts'
import { noticeParts, noticeText } from '../../lib/notice-words.ts'
import classes from './alerts.module.css'
import type { MarkAlerts } from './queries.ts'

export interface AlertListProps {
  readonly rows: readonly Notice[]
  readonly marks: MarkAlerts
  readonly hasMore: boolean
  readonly isLoadingMore: boolean
  readonly onMore: () => void
}

export function AlertList({ rows, marks, hasMore, isLoadingMore, onMore }: AlertListProps) {
  const today = formatTime(useNow()).slice(0, 10)
  const groupOf = useCallback(
    (row: Notice): TableGroup => {
      const day = formatTime(row.at).slice(0, 10)
      return { id: day, label: day === today ? `Today, ${day}` : day }
    },
    [today],
  )
  return (
    <div className={classes['list']} data-rest>
      <DataTable
        label="Alerts"
        columns={columnsOf(marks)}
        rows={rows}
        rowKey={(row) => row.id}
        rowLabel={(row) => `${row.readAt === null ? 'Unread: ' : ''}${noticeText(row)}`}
        groupOf={groupOf}
        footer={
          <div className={classes['more']}>
            <span aria-live="polite">{`${formatNoun(rows.length, 'alert')}${hasMore ? ' so far' : ''}`}</span>
            {hasMore && (
              <Button variant="subtle" size="compact-xs" onClick={onMore} disabled={isLoadingMore}>
                {isLoadingMore ? <Loader size={12} aria-label="Loading older alerts" /> : 'Load older alerts'}
              </Button>
            )}
          </div>
        }
      />
    </div>
  )
}

function columnsOf(marks: MarkAlerts): readonly Column<Notice>[] {
  return [
    { id: 'at', header: 'Time', width: '5.5rem', cell: (row) => <Time at={row.at} absolute="clock" /> },
    { id: 'level', header: 'Level', width: '7.25rem', cell: (row) => <StatusBadge status={row.level} /> },
    { id: 'what', header: 'What', cell: (row) => <Sentence notice={row} /> },
    { id: 'read', header: 'Read', width: '7rem', align: 'right', cell: (row) => <Mark notice={row} marks={marks} /> },
  ]
}

const PLACES = { key: 'keys', upstream: 'upstreams', pool: 'pools' } as const

function Sentence({ notice }: { readonly notice: Notice }) {
  const { subject, readAt } = notice
  const to = `/${PLACES[subject.kind]}/${subject.id}`
  return (
    <span className={classes['sentence']} data-unread={readAt === null}>
      {readAt === null && <span className={classes['dot']} role="img" aria-label="Unread" />}
      {noticeParts(notice).map(({ text, kind }) => {
        if (kind === 'words') return text
        if (kind === 'name') {
          return (
            <Link key="name" to={to}>
              {text}
            </Link>
          )
        }
        return (
          <span key={text} className={classes['time']}>
            {text}
          </span>
        )
      })}
    </span>
  )
}

function Mark({ notice, marks }: { readonly notice: Notice; readonly marks: MarkAlerts }) {
  const isRead = notice.readAt !== null
  return (
    <Button
      variant={isRead ? 'subtle' : 'default'}
      size="compact-xs"
      aria-label={`${isRead ? 'Mark unread' : 'Mark read'}: ${noticeText(notice)}`}
      onClick={() => marks.mark([notice.id], !isRead)}
    >
      {isRead ? 'Mark unread' : 'Mark read'}
    </Button>
  )
}
