import { Button, Group, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'react-router'
import { SearchInput } from '../../components/filters.tsx'
import { firstPlace, SEARCH_FROM, type Place } from '../../components/member-place.ts'
import { MemberRow, MemberTable, NoMemberFits } from '../../components/member-table.tsx'
import { EmptyState } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { formatNoun, formatShare } from '../../lib/format.ts'
import { useAction } from '../../lib/use-action.tsx'
import { fieldIds, type Member, type Upstream } from './pool-form.ts'
import { placeMeaning, sharesOf } from './routing-order.ts'
import type { StepProps } from './step-props.ts'
import { upstreamKindWords } from './words.ts'

export function UpstreamsStep({ form, change, upstreams, refusals }: StepProps) {
  const [text, setText] = useState('')
  const [order] = useState(() => firstOrder(form.members, upstreams))
  const simulator = useAction('setup.simulator', {
    success: ({ upstream, created }) => (created ? `Added ${upstream.name}` : `${upstream.name} was there already`),
    onDone: ({ upstream }) => add(upstream.id),
  })

  function add(upstreamId: string): void {
    if (form.members.some((member) => member.upstreamId === upstreamId)) return
    change({ members: [...form.members, { upstreamId, ...firstPlace }] })
  }

  function edit(upstreamId: string, patch: Partial<Place>): void {
    change({
      members: form.members.map((member) => (member.upstreamId === upstreamId ? { ...member, ...patch } : member)),
    })
  }

  if (upstreams.length === 0) {
    return (
      <EmptyState
        title="No upstreams yet"
        action={
          <Group gap="xs">
            <Button variant="default" loading={simulator.isPending} onClick={() => simulator.fire({})}>
              Add the simulator
            </Button>
            <Button component={Link} to="/upstreams/new" variant="default">
              Add an upstream
            </Button>
          </Group>
        }
      >
        A Pool can be made without one and serves nothing until it has one. The simulator is built in and works offline.
      </EmptyState>
    )
  }

  const shown = [...upstreams]
    .sort((a, b) => (order.get(a.id) ?? order.size) - (order.get(b.id) ?? order.size))
    .filter(({ name, kind }) => `${name} ${kind}`.toLowerCase().includes(text.trim().toLowerCase()))
  const chosen = form.members.length
  return (
    <Stack gap="xs">
      <Group justify="space-between" gap="xs">
        <Text c="dimmed">
          {chosen === 0
            ? 'None chosen: the Pool serves nothing until it has an upstream.'
            : `${formatNoun(chosen, 'upstream')} chosen. ${placeMeaning(form.strategy)}`}
        </Text>
        {upstreams.length >= SEARCH_FROM && (
          <SearchInput value={text} onChange={setText} label="Search upstreams" width={220} />
        )}
      </Group>
      {refusals.map(({ message }) => (
        <Text key={message} c="var(--tone-bad)">
          {message}
        </Text>
      ))}
      <Table shown={shown} form={form} add={add} edit={edit} change={change} />
      {shown.length === 0 && <NoMemberFits what="upstream" text={text} onClear={() => setText('')} />}
    </Stack>
  )
}

/** Members by priority, then the others by name; kept while the step is open, so that rows do not jump while one types. */
function firstOrder(members: readonly Member[], upstreams: readonly Upstream[]): ReadonlyMap<string, number> {
  const priorityOf = new Map(members.map((member) => [member.upstreamId, Number(member.priority)]))
  const sorted = [...upstreams].sort(
    (a, b) => (priorityOf.get(a.id) ?? Infinity) - (priorityOf.get(b.id) ?? Infinity) || a.name.localeCompare(b.name),
  )
  return new Map(sorted.map(({ id }, index) => [id, index]))
}

interface TableProps extends Pick<StepProps, 'form' | 'change'> {
  readonly shown: readonly Upstream[]
  readonly add: (upstreamId: string) => void
  readonly edit: (upstreamId: string, patch: Partial<Place>) => void
}

function Table({ shown, form, change, add, edit }: TableProps) {
  const shares = sharesOf(form.strategy, form.members)
  const heads = ['Upstream', 'State', 'Priority', 'Weight', ...(shares === null ? [] : ['Share']), 'In use']
  return (
    <MemberTable label="Upstreams to choose from" heads={heads} fills>
      {shown.map((upstream) => (
        <Row
          key={upstream.id}
          upstream={upstream}
          member={form.members.find((each) => each.upstreamId === upstream.id) ?? null}
          share={shares === null ? null : (shares.get(upstream.id) ?? Number.NaN)}
          onToggle={(isMember) =>
            isMember
              ? add(upstream.id)
              : change({ members: form.members.filter((each) => each.upstreamId !== upstream.id) })
          }
          onEdit={(patch) => edit(upstream.id, patch)}
        />
      ))}
    </MemberTable>
  )
}

interface RowProps {
  readonly upstream: Upstream
  readonly member: Member | null
  /** NaN for what has none, such as one that is switched off; null where the strategy knows no shares. */
  readonly share: number | null
  readonly onToggle: (isMember: boolean) => void
  readonly onEdit: (patch: Partial<Place>) => void
}

function Row({ upstream: { id, name, kind, health }, member, share, onToggle, onEdit }: RowProps) {
  return (
    <MemberRow
      place={member}
      label={name}
      description={upstreamKindWords[kind]}
      state={<StatusBadge status={health.state} reason={health.reason} />}
      share={share === null ? undefined : member?.weight === 0 && share === 0 ? 'last resort' : formatShare(share)}
      absent={{ text: 'not in this Pool', isSeen: true }}
      ids={{ priority: fieldIds.priority(id), weight: fieldIds.weight(id) }}
      names={{ priority: `Priority of ${name}`, weight: `Weight of ${name}`, enabled: `Use ${name}` }}
      onToggle={onToggle}
      onEdit={onEdit}
    />
  )
}
