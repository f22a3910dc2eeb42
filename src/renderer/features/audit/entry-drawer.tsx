/** One entry: who, what, when, the fields before and after, and its place in the chain. Over the list, by its address. */
import { ActionIcon, Anchor, Group, Stack, Text, Title, Tooltip } from '@mantine/core'
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react'
import { Link, useNavigate } from 'react-router'
import { actorName, auditActions } from '../../../shared/audit-sentence.ts'
import type { AuditDetail, AuditEntry } from '../../../shared/models/audit.ts'
import { CopyText } from '../../components/copy.tsx'
import { FactList } from '../../components/facts.tsx'
import { LoadingState, QueryState } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { Time } from '../../components/time.tsx'
import { UrlDrawer } from '../../components/url-drawer.tsx'
import { useRoute } from '../../lib/api.ts'
import { useLiveSearch } from '../../lib/live-address.ts'
import { nextStepOf } from '../../lib/operator-error.ts'
import { withParams } from '../../lib/url-state.ts'
import { DiffView } from './diff-view.tsx'
import { useNames } from './queries.ts'
import { Sentence } from './sentence.tsx'
import { isDeletion, targetPlace } from './target-place.ts'

export interface EntryDrawerProps {
  readonly id: string | null
  /** The entries of the list beneath, newest first: for a step to the next. */
  readonly rows: readonly AuditEntry[]
}

export function EntryDrawer({ id, rows }: EntryDrawerProps) {
  const query = useRoute('audit.get', { id: id ?? '' }, { enabled: id !== null })
  const entry = query.data
  return (
    <UrlDrawer
      opened={id !== null}
      closeTo="/audit"
      size={600}
      title={
        <Group gap="xs" wrap="nowrap" justify="space-between">
          <span>{entry === undefined ? 'Audit entry' : <Sentence entry={entry} />}</span>
          {id !== null && <Steps id={id} rows={rows} />}
        </Group>
      }
    >
      {id !== null && (
        <QueryState query={query} what="The entry" loading={<LoadingState rows={10} />}>
          {(data) => <Body entry={data} />}
        </QueryState>
      )}
    </UrlDrawer>
  )
}

function Steps({ id, rows }: { readonly id: string; readonly rows: readonly AuditEntry[] }) {
  const navigate = useNavigate()
  const search = useLiveSearch()
  const at = rows.findIndex((row) => row.id === id)
  const step = (label: string, to: AuditEntry | undefined, Icon: typeof IconChevronUp) => (
    <Tooltip label={label}>
      <ActionIcon
        aria-label={label}
        disabled={to === undefined}
        onClick={() => {
          if (to !== undefined) void navigate({ pathname: `/audit/${to.id}`, search: search() }, { replace: true })
        }}
      >
        <Icon size={16} aria-hidden />
      </ActionIcon>
    </Tooltip>
  )
  if (at === -1) return null
  return (
    <Group gap={2} wrap="nowrap">
      {step('Newer entry', rows[at - 1], IconChevronUp)}
      {step('Older entry', rows[at + 1], IconChevronDown)}
    </Group>
  )
}

function Body({ entry }: { readonly entry: AuditDetail }) {
  const nameOf = useNames()
  return (
    <Stack gap="lg">
      <Facts entry={entry} />
      <Stack gap="xs">
        <Title order={2}>Fields</Title>
        <DiffView entry={entry} nameOf={nameOf} />
        <Text size="xs" c="dimmed">
          Secrets never stand in the audit log; a field whose name looks like one is shown as (hidden).
        </Text>
      </Stack>
      <Stack gap="xs">
        <Title order={2}>Place in the chain</Title>
        <FactList
          label="Place in the chain"
          facts={[
            { label: 'Entry', value: entry.id },
            { label: 'Hash', value: <CopyText text={entry.hash} what="hash of this entry" /> },
            {
              label: 'Hash before it',
              value: /^0+$/.test(entry.previousHash) ? (
                'none: this is the first entry'
              ) : (
                <CopyText text={entry.previousHash} what="hash of the entry before" />
              ),
            },
          ]}
        />
      </Stack>
    </Stack>
  )
}

function Facts({ entry }: { readonly entry: AuditDetail }) {
  const title = auditActions.find(({ action }) => action === entry.action)?.title
  return (
    <FactList
      label="About the entry"
      facts={[
        { label: 'Time', value: <Time at={entry.at} absolute /> },
        { label: 'Actor', value: actorName(entry.actor) },
        {
          label: 'Action',
          value: (
            <>
              {title !== undefined && `${title} `}
              <Text span size="xs" c="dimmed" ff="monospace">
                {entry.action}
              </Text>
            </>
          ),
        },
        { label: 'Target', value: <Target entry={entry} /> },
        entry.poolName === null ? null : { label: 'Pool', value: entry.poolName },
        { label: 'Outcome', value: <StatusBadge status={entry.outcome} /> },
        entry.errorCode === null ? null : { label: 'Error', value: <ErrorOf code={entry.errorCode} /> },
      ]}
    />
  )
}

function ErrorOf({ code }: { readonly code: string }) {
  return (
    <>
      <Text span size="xs" ff="monospace">
        {code}
      </Text>
      <Text c="dimmed">{nextStepOf(code)}</Text>
    </>
  )
}

function Target({ entry }: { readonly entry: AuditDetail }) {
  const { targetKind, targetId, targetName } = entry
  const upstreams = useRoute('upstream.list', {}).data ?? []
  const place = targetPlace(entry, upstreams)
  const name = targetName ?? targetId ?? targetKind
  if (place === null && !isDeletion(entry)) return <>{targetName ?? targetKind}</>
  return (
    <Group gap="sm">
      {place === null ? (
        <span>{`${name} (deleted)`}</span>
      ) : (
        <Anchor component={Link} to={place} inherit>
          {name}
        </Anchor>
      )}
      {targetId !== null && (
        <>
          <Anchor component={Link} to={withParams('/audit', { target: targetId })} size="xs">
            All entries about it
          </Anchor>
          <CopyText text={targetId} what="id" />
        </>
      )}
    </Group>
  )
}
