/** Second step: a Pool with the upstreams in it; or one that is there and has none yet. */
import { Anchor, Button, Checkbox, Group, Select, Stack, Text, TextInput } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { Link } from 'react-router'
import { CodeText } from '../../components/code-text.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { nextStepOf } from '../../lib/operator-error.ts'
import { useAction } from '../../lib/use-action.tsx'
import { freeName } from './account-form.ts'
import { isServed, type Pool, type Progress, type Upstream } from './use-first-run.ts'

export interface PoolStepProps {
  readonly progress: Progress
  readonly onChosen: (poolId: string) => void
}

export function PoolStep({ progress, onChosen }: PoolStepProps) {
  const { pools, pool } = progress
  const served = pools.filter(isServed)
  const [isNew, setNew] = useState(served.length === 0)
  if (isNew || pool === null) {
    return (
      <NewPool progress={progress} onChosen={onChosen} onCancel={served.length === 0 ? null : () => setNew(false)} />
    )
  }
  return (
    <Stack gap="sm" maw={520}>
      <Select
        label="Pool"
        description="The key and the client will belong to it."
        allowDeselect={false}
        searchable
        data={served.map(({ id, name }) => ({ value: id, label: name }))}
        value={pool.id}
        onChange={(next) => {
          if (next !== null) onChosen(next)
        }}
      />
      <Unassigned progress={progress} pool={pool} />
      <Group gap="xs">
        <Button onClick={() => onChosen(pool.id)}>{`Go on with ${pool.name}`}</Button>
        <Button variant="default" onClick={() => setNew(true)}>
          Another Pool
        </Button>
        <Anchor component={Link} size="xs" to={`/pools/${pool.id}/edit`}>
          Routing, models and the rest
        </Anchor>
      </Group>
    </Stack>
  )
}

/** An upstream that was added after the Pool was made would be forgotten otherwise. */
function Unassigned({ progress, pool }: { readonly progress: Progress; readonly pool: Pool }) {
  const update = useAction('pool.update', { success: (after) => `Saved ${after.name}` })
  const outside = progress.upstreams.filter(({ id }) => pool.assignments.every((member) => member.upstreamId !== id))
  if (outside.length === 0) return null
  return (
    <Group gap="xs">
      <Text>{`Not in it: ${outside.map(({ name }) => name).join(', ')}.`}</Text>
      <Button
        size="compact-xs"
        variant="default"
        loading={update.isPending}
        onClick={() =>
          update.fire({ id: pool.id, patch: { assignments: [...pool.assignments, ...outside.map(memberOf)] } })
        }
      >
        {outside.length === 1 ? 'Add it' : 'Add them'}
      </Button>
    </Group>
  )
}

function memberOf({ id }: Pick<Upstream, 'id'>) {
  return { upstreamId: id, priority: 1, weight: 1, enabled: true }
}

interface NewPoolProps extends PoolStepProps {
  readonly onCancel: (() => void) | null
}

function NewPool({ progress: { pools, upstreams }, onChosen, onCancel }: NewPoolProps) {
  const taken = new Set(pools.map(({ name }) => name.toLowerCase()))
  const waiting = pools.filter((pool) => pool.status === 'active' && !isServed(pool))
  const [into, setInto] = useState<string | null>(waiting[0]?.id ?? null)
  const [name, setName] = useState(() => freeName('Main', taken))
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set())
  const chosen = upstreams.filter(({ id }) => !left.has(id))
  const options = { errorToast: false, onDone: ({ id }: Pool) => onChosen(id) }
  const create = useAction('pool.create', { ...options, success: (made) => `Created ${made.name}` })
  const update = useAction('pool.update', { ...options, success: (after) => `Saved ${after.name}` })
  const target = waiting.find(({ id }) => id === into)
  const nameProblem =
    target !== undefined
      ? null
      : name.trim() === ''
        ? 'Give the Pool a name.'
        : taken.has(name.trim().toLowerCase())
          ? `Another Pool is already called “${name.trim()}”.`
          : null
  const reason = nameProblem ?? (chosen.length === 0 ? 'Choose at least one upstream.' : null)
  const error = create.error ?? update.error

  function onSubmit(event: FormEvent): void {
    event.preventDefault()
    if (reason !== null) return
    const assignments = chosen.map(memberOf)
    if (target === undefined) create.fire({ name: name.trim(), assignments })
    else update.fire({ id: target.id, patch: { assignments } })
  }

  return (
    <form onSubmit={onSubmit} noValidate>
      <Stack gap="sm" maw={520}>
        <Text c="dimmed">Clients hold a key of a Pool. The Pool decides which of its upstreams serves a request.</Text>
        {waiting.length > 0 && (
          <Select
            label="Pool"
            allowDeselect={false}
            data={[
              ...waiting.map(({ id, name: label }) => ({ value: id, label })),
              { value: 'new', label: 'A new Pool' },
            ]}
            value={into ?? 'new'}
            onChange={(next) => setInto(next === 'new' ? null : next)}
          />
        )}
        {target === undefined && (
          <TextInput
            label="Name of the Pool"
            withAsterisk
            maxLength={80}
            value={name}
            error={nameProblem}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        )}
        <Checkbox.Group
          label="Upstreams in it"
          value={chosen.map(({ id }) => id)}
          onChange={(ids) => setLeft(new Set(upstreams.map(({ id }) => id).filter((id) => !ids.includes(id))))}
        >
          <Stack gap={6} mt={4}>
            {upstreams.map(({ id, name: label, health }) => (
              <Group key={id} gap="xs">
                <Checkbox value={id} label={label} />
                {health.state !== 'ready' && <StatusBadge status={health.state} reason={health.reason} />}
              </Group>
            ))}
          </Stack>
        </Checkbox.Group>
        {error !== null && (
          <Text role="alert" c="var(--tone-bad)">
            <CodeText text={`${error.message} ${nextStepOf(error.code)} (${error.code})`} />
          </Text>
        )}
        <Group gap="xs">
          <Button
            type="submit"
            loading={create.isPending || update.isPending}
            disabled={reason !== null}
            aria-describedby="pool-reason"
          >
            {target === undefined ? 'Create Pool' : `Use ${target.name}`}
          </Button>
          {onCancel !== null && (
            <Button variant="default" onClick={onCancel}>
              Cancel
            </Button>
          )}
          <Text size="xs" c="dimmed" id="pool-reason">
            {reason}
          </Text>
        </Group>
      </Stack>
    </form>
  )
}
