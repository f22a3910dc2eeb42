/** The table in each of its states, and what stands under its last row. */
import { Button, Skeleton, Stack } from '@mantine/core'
import { Link } from 'react-router'
import { EmptyState, ErrorState, FilteredToNothing } from '../../components/states.tsx'
import { useNow } from '../../lib/clock.ts'
import { formatRelative, formatTime, zoneOf } from '../../lib/format.ts'
import classes from './log-table.module.css'
import { LogTable, type LogTableProps } from './log-table.tsx'
import type { LogSnapshot } from './log-snapshot.ts'
import type { RequestLog } from './request-log.ts'

export interface LogBodyProps {
  readonly log: RequestLog
  readonly snapshot: LogSnapshot
  readonly isFiltered: boolean
  readonly onResetFilters: () => void
  readonly table: Omit<LogTableProps, 'log' | 'snapshot' | 'foot'>
}

export function LogBody({ log, snapshot, isFiltered, onResetFilters, table }: LogBodyProps) {
  const { phase, ids, error } = snapshot
  if (phase === 'loading') return <LogSkeleton />
  if (phase === 'failed') {
    return <ErrorState title="The request log could not be loaded" error={error} onRetry={() => void log.start()} />
  }
  if (ids.length === 0 && snapshot.isAtOldest && snapshot.isAtNewest) {
    return snapshot.isLogEmpty || !isFiltered ? (
      <NoRequests />
    ) : (
      <FilteredToNothing what="requests" onReset={onResetFilters} />
    )
  }
  const foot = <Foot log={log} snapshot={snapshot} />
  return <LogTable {...table} log={log} snapshot={snapshot} foot={foot} />
}

function NoRequests() {
  return (
    <EmptyState
      title="No request has arrived yet"
      action={
        <Button component={Link} to="/welcome">
          Connect a client
        </Button>
      }
    >
      Every request that a client makes with a Pool API key appears here as it happens: who asked, which upstream served
      it, what it used and what went wrong. Its content is never kept.
    </EmptyState>
  )
}

function LogSkeleton() {
  return (
    <Stack
      gap={1}
      role="status"
      aria-label="Loading requests"
      data-state="loading"
      className={classes['loading'] ?? ''}
    >
      {Array.from({ length: 16 }, (_, index) => (
        <Skeleton key={index} height={27} radius={2} />
      ))}
    </Stack>
  )
}

function Foot({ log, snapshot }: { readonly log: RequestLog; readonly snapshot: LogSnapshot }) {
  const { error, searchedTo, isSearching, isAtOldest, ids } = snapshot
  const now = useNow()
  if (error !== null) {
    return (
      <span role="alert">
        {`${error.message} (${error.code}) `}
        <Button size="compact-xs" variant="default" onClick={() => void log.continueSearch()}>
          Try again
        </Button>
      </span>
    )
  }
  if (searchedTo !== null) {
    return (
      <>
        <span title={`${formatTime(searchedTo)} ${zoneOf(searchedTo)}`} aria-live="polite">
          {isSearching ? 'Searching, so far back to ' : 'Searched back to '}
          {`${formatTime(searchedTo)}, ${formatRelative(searchedTo, now)}`}
        </span>
        <Button
          size="compact-xs"
          variant="default"
          onClick={() => (isSearching ? log.stopSearch() : void log.continueSearch())}
        >
          {isSearching ? 'Stop' : 'Continue'}
        </Button>
      </>
    )
  }
  if (isAtOldest) return ids.length > 20 ? 'This is the oldest one that fits.' : ''
  return 'Loading older requests'
}
