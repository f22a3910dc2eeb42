/** One request, as it stands in the address. The list beneath stays, and j and k walk it while this is open. */
import { ActionIcon, Group, Kbd, Skeleton, Stack, Tooltip } from '@mantine/core'
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react'
import type { RequestDetail } from '../../../shared/models/request.ts'
import { CopyButton } from '../../components/copy.tsx'
import { QueryState } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { UrlDrawer } from '../../components/url-drawer.tsx'
import { useRoute } from '../../lib/api.ts'
import { RequestDetails } from './request-details.tsx'

export interface RequestDrawerProps {
  readonly id: string | null
  /** Null where the list has none. */
  readonly newerId: string | null
  readonly olderId: string | null
  readonly onStep: (id: string) => void
}

export function RequestDrawer({ id, newerId, olderId, onStep }: RequestDrawerProps) {
  const query = useRoute('request.get', { id: id ?? '' }, { enabled: id !== null })
  return (
    <UrlDrawer
      opened={id !== null}
      closeTo="/requests"
      size={680}
      allowsShortcuts
      title={id === null ? '' : `Request ${id}`}
    >
      {id !== null && (
        <>
          <Toolbar id={id} detail={query.data} steps={{ newerId, olderId, onStep }} />
          <QueryState query={query} what="The request" loading={<DetailSkeleton />}>
            {(detail) => <RequestDetails detail={detail} />}
          </QueryState>
        </>
      )}
    </UrlDrawer>
  )
}

interface ToolbarProps {
  readonly id: string
  readonly detail: RequestDetail | undefined
  readonly steps: Omit<RequestDrawerProps, 'id'>
}

function Toolbar({ id, detail, steps: { newerId, olderId, onStep } }: ToolbarProps) {
  return (
    <Group gap="xs" mb="md">
      {detail !== undefined && <StatusBadge status={detail.state} />}
      <Group gap={4} ml="auto">
        <CopyButton size="compact-xs" text={id} label="Copy id" />
        {detail !== undefined && (
          <CopyButton size="compact-xs" text={JSON.stringify(detail, null, 2)} label="Copy as JSON" />
        )}
        <Step label="Newer request" keys="k" to={newerId} onStep={onStep} icon={IconChevronUp} />
        <Step label="Older request" keys="j" to={olderId} onStep={onStep} icon={IconChevronDown} />
      </Group>
    </Group>
  )
}

interface StepProps {
  readonly label: string
  readonly keys: string
  readonly to: string | null
  readonly onStep: (id: string) => void
  readonly icon: typeof IconChevronUp
}

function Step({ label, keys, to, onStep, icon: Icon }: StepProps) {
  const hint = to === null ? `${label}: none in the list` : label
  return (
    <Tooltip
      label={
        <>
          {hint} <Kbd size="xs">{keys}</Kbd>
        </>
      }
    >
      <ActionIcon
        aria-label={label}
        {...(to === null ? { 'data-disabled': true } : {})}
        aria-disabled={to === null}
        onClick={() => to !== null && onStep(to)}
      >
        <Icon size={15} aria-hidden />
      </ActionIcon>
    </Tooltip>
  )
}

function DetailSkeleton() {
  return (
    <Stack gap="md" role="status" aria-label="Loading the request" data-state="loading">
      <Skeleton height={40} />
      <Skeleton height={90} />
      <Skeleton height={120} />
      <Skeleton height={180} />
    </Stack>
  )
}
