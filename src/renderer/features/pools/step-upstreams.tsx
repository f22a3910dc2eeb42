import { Anchor, Button, Checkbox, Group, NumberInput, Stack, Switch, Text } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'react-router'
import { SearchInput } from '../../components/filters.tsx'
import { EmptyState } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { formatNoun, formatShare } from '../../lib/format.ts'
import { useAction } from '../../lib/use-action.tsx'
import { fieldIds, memberProblem, type Member, type Upstream } from './pool-form.ts'
import { routingOrder } from './routing-order.ts'
import type { StepProps } from './step-props.ts'
import { upstreamKindWords } from './words.ts'
import classes from './wizard.module.css'

const SEARCH_FROM = 8

export function UpstreamsStep({ form, change, upstreams, refusals }: StepProps) {
  const [text, setText] = useState('')
  const [order] = useState(() => firstOrder(form.members, upstreams))
  const simulator = useAction('setup.simulator', {
    success: ({ upstream, created }) => (created ? `Added ${upstream.name}` : `${upstream.name} was there already`),
    onDone: ({ upstream }) => add(upstream.id),
  })

  function add(upstreamId: string): void {
    if (form.members.some((member) => member.upstreamId === upstreamId)) return
    change({ members: [...form.members, { upstreamId, priority: 1, weight: 1, enabled: true }] })
  }

  function edit(upstreamId: string, patch: Partial<Member>): void {
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
            : `${formatNoun(chosen, 'upstream')} chosen. Lower priority numbers are tried first; equal ones share by weight.`}
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
      <MemberTable shown={shown} form={form} add={add} edit={edit} change={change} />
      {shown.length === 0 && (
        <Text c="dimmed">
          No upstream fits “{text}”.{' '}
          <Anchor component="button" type="button" inherit underline="always" onClick={() => setText('')}>
            Clear search
          </Anchor>
        </Text>
      )}
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

interface MemberTableProps extends Pick<StepProps, 'form' | 'change'> {
  readonly shown: readonly Upstream[]
  readonly add: (upstreamId: string) => void
  readonly edit: (upstreamId: string, patch: Partial<Member>) => void
}

function MemberTable({ shown, form, change, add, edit }: MemberTableProps) {
  const shares = new Map(
    routingOrder(form.members).flatMap(({ members }) => members.map((each) => [each.upstreamId, each.share] as const)),
  )
  return (
    <div className={classes['scroll']} tabIndex={0} role="region" aria-label="Upstreams to choose from">
      <table className={classes['table']}>
        <thead>
          <tr>
            <th scope="col">Upstream</th>
            <th scope="col">State</th>
            <th scope="col">Priority</th>
            <th scope="col">Weight</th>
            <th scope="col">Share</th>
            <th scope="col">In use</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((upstream) => (
            <MemberRow
              key={upstream.id}
              upstream={upstream}
              member={form.members.find((each) => each.upstreamId === upstream.id)}
              share={shares.get(upstream.id)}
              onToggle={(isMember) =>
                isMember
                  ? add(upstream.id)
                  : change({ members: form.members.filter((each) => each.upstreamId !== upstream.id) })
              }
              onEdit={(patch) => edit(upstream.id, patch)}
            />
          ))}
        </tbody>
      </table>
    </div>
  )
}

interface MemberRowProps {
  readonly upstream: Upstream
  readonly member: Member | undefined
  readonly share: number | undefined
  readonly onToggle: (isMember: boolean) => void
  readonly onEdit: (patch: Partial<Member>) => void
}

function MemberRow({ upstream, member, share, onToggle, onEdit }: MemberRowProps) {
  const { id, name, kind, health } = upstream
  return (
    <tr data-member={member !== undefined}>
      <td>
        <Checkbox
          checked={member !== undefined}
          onChange={(event) => onToggle(event.currentTarget.checked)}
          label={name}
          description={upstreamKindWords[kind]}
        />
      </td>
      <td>
        <StatusBadge status={health.state} reason={health.reason} />
      </td>
      {member === undefined ? (
        <td colSpan={4} className={classes['dimmed']}>
          not in this Pool
        </td>
      ) : (
        <>
          <td>
            <MemberNumber
              id={fieldIds.priority(id)}
              label={`Priority of ${name}`}
              member={member}
              field="priority"
              onEdit={onEdit}
            />
          </td>
          <td>
            <MemberNumber
              id={fieldIds.weight(id)}
              label={`Weight of ${name}`}
              member={member}
              field="weight"
              onEdit={onEdit}
            />
          </td>
          <td>{share === undefined ? '–' : member.weight === 0 && share === 0 ? 'last resort' : formatShare(share)}</td>
          <td>
            <Switch
              aria-label={`Use ${name}`}
              checked={member.enabled}
              onChange={(event) => onEdit({ enabled: event.currentTarget.checked })}
            />
          </td>
        </>
      )}
    </tr>
  )
}

interface MemberNumberProps {
  readonly id: string
  readonly label: string
  readonly member: Member
  readonly field: 'priority' | 'weight'
  readonly onEdit: (patch: Partial<Member>) => void
}

function MemberNumber({ id, label, member, field, onEdit }: MemberNumberProps) {
  return (
    <NumberInput
      id={id}
      aria-label={label}
      className={classes['number'] ?? ''}
      allowDecimal={false}
      allowNegative={false}
      clampBehavior="none"
      min={field === 'priority' ? 1 : 0}
      max={1_000}
      value={member[field]}
      error={memberProblem(member, field)}
      onChange={(value) => onEdit({ [field]: value })}
    />
  )
}
