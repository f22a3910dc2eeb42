/** The states of every list and page other than "ready": loading, empty, failed, filtered to nothing. */
import { Button, Group, Paper, Skeleton, Stack, Text, Title } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'
import { IconAlertTriangle, IconFilterOff } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { nextStepOf, OperatorError } from '../lib/operator-error.ts'

export function LoadingState({ rows = 6, label = 'Loading' }: { readonly rows?: number; readonly label?: string }) {
  return (
    <Stack gap="xs" role="status" aria-label={label} data-state="loading">
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} height={28} radius="sm" />
      ))}
    </Stack>
  )
}

export interface EmptyStateProps {
  readonly title: string
  /** What belongs here and how it gets here. */
  readonly children?: ReactNode
  readonly action?: ReactNode
  readonly icon?: ReactNode
}

export function EmptyState({ title, children, action, icon }: EmptyStateProps) {
  return (
    <Paper p="xl" data-state="empty">
      <Stack align="center" gap="xs" ta="center">
        {icon}
        <Title order={2}>{title}</Title>
        {children !== undefined && (
          <Text c="dimmed" component="div" maw={520} style={{ textWrap: 'balance' }}>
            {children}
          </Text>
        )}
        {action}
      </Stack>
    </Paper>
  )
}

/** There is something, but nothing fits the filters. `what`: "keys". */
export function FilteredToNothing({ what, onReset }: { readonly what: string; readonly onReset: () => void }) {
  return (
    <Paper p="lg" data-state="filtered">
      <Stack align="center" gap="xs" ta="center">
        <IconFilterOff aria-hidden size={22} />
        <Text fw={600}>{`No ${what} fit the filters`}</Text>
        <Button variant="default" onClick={onReset}>
          Clear filters
        </Button>
      </Stack>
    </Paper>
  )
}

export interface ErrorStateProps {
  readonly error: unknown
  /** What could not be done: "The Pools could not be loaded". */
  readonly title: string
  readonly onRetry?: () => void
}

export function ErrorState({ error, title, onRetry }: ErrorStateProps) {
  const known = OperatorError.from(error)
  const { code, message } = known
  const next = nextStepOf(known)
  return (
    <Paper p="lg" role="alert" data-state="error">
      <Group align="flex-start" wrap="nowrap">
        <IconAlertTriangle aria-hidden size={20} color="var(--tone-bad)" />
        <Stack gap={4}>
          <Title order={2}>{title}</Title>
          <Text>{message}</Text>
          {next !== '' && <Text c="dimmed">{next}</Text>}
          <Text c="dimmed" size="xs" ff="monospace">
            {code}
          </Text>
          {onRetry !== undefined && (
            <div>
              <Button variant="default" onClick={onRetry}>
                Try again
              </Button>
            </div>
          )}
        </Stack>
      </Group>
    </Paper>
  )
}

export interface QueryStateProps<T> {
  readonly query: UseQueryResult<T, unknown>
  /** In the error's title: "The Pools" → "The Pools could not be loaded". */
  readonly what: string
  readonly loading?: ReactNode
  readonly children: (data: T) => ReactNode
}

/**
 * Loading, error or ready of one query. Data that was there stays on screen while it is fetched again or that fails: an
 * operator would rather read something old than nothing, and the banner says that the connection is lost.
 */
export function QueryState<T>({ query, what, loading, children }: QueryStateProps<T>) {
  if (query.data !== undefined) return <>{children(query.data)}</>
  if (query.isError) {
    return <ErrorState title={`${what} could not be loaded`} error={query.error} onRetry={() => void query.refetch()} />
  }
  return <>{loading ?? <LoadingState />}</>
}
