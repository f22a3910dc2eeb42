/** Which Pools it is to serve, and at which place. */
import { Anchor, Checkbox, NumberInput, Switch, Text } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'react-router'
import { SearchInput } from '../../components/filters.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { EditorSection } from './editor-section.tsx'
import type { EditorPartProps } from './editor-part-props.ts'
import { fieldIds, memberProblem, type Member, type Pool } from './upstream-form.ts'
import classes from './editor.module.css'

const SEARCH_FROM = 8

export function PoolsFields({ form, change, pools }: EditorPartProps & { readonly pools: readonly Pool[] }) {
  const [text, setText] = useState('')
  // Kept while the form is open, so that rows do not jump while one chooses.
  const [first] = useState(() => new Set(form.members.map(({ poolId }) => poolId)))
  if (pools.length === 0) {
    return (
      <EditorSection title="Pools" id="pools">
        <Text c="dimmed">
          There is no Pool yet. Save the upstream, then{' '}
          <Anchor component={Link} to="/pools/new" inherit>
            create a Pool
          </Anchor>{' '}
          with it.
        </Text>
      </EditorSection>
    )
  }
  const wanted = text.trim().toLowerCase()
  const shown = [...pools]
    .sort((a, b) => Number(first.has(b.id)) - Number(first.has(a.id)) || a.name.localeCompare(b.name))
    .filter(({ name }) => name.toLowerCase().includes(wanted))
  const edit = (poolId: string, patch: Partial<Member>) =>
    change({ members: form.members.map((member) => (member.poolId === poolId ? { ...member, ...patch } : member)) })
  return (
    <EditorSection title="Pools" id="pools">
      <Text size="xs" c="dimmed">
        {form.members.length === 0
          ? 'In no Pool it serves nobody.'
          : 'In each Pool the lowest priority number is tried first; equal ones share by weight.'}
      </Text>
      {pools.length >= SEARCH_FROM && <SearchInput value={text} onChange={setText} label="Search Pools" width={220} />}
      <div className={classes['scroll']} tabIndex={0} role="region" aria-label="Pools to choose from">
        <table className={classes['table']}>
          <thead>
            <tr>
              <th scope="col">Pool</th>
              <th scope="col">Priority</th>
              <th scope="col">Weight</th>
              <th scope="col">In use</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((pool) => (
              <PoolFields
                key={pool.id}
                pool={pool}
                member={form.members.find(({ poolId }) => poolId === pool.id)}
                onToggle={(isMember) =>
                  change({
                    members: isMember
                      ? [...form.members, { poolId: pool.id, priority: 1, weight: 1, enabled: true }]
                      : form.members.filter(({ poolId }) => poolId !== pool.id),
                  })
                }
                onEdit={(patch) => edit(pool.id, patch)}
              />
            ))}
          </tbody>
        </table>
      </div>
      {shown.length === 0 && (
        <Text c="dimmed">
          No Pool fits “{text}”.{' '}
          <Anchor component="button" type="button" inherit onClick={() => setText('')}>
            Clear search
          </Anchor>
        </Text>
      )}
    </EditorSection>
  )
}

interface PoolFieldsProps {
  readonly pool: Pool
  readonly member: Member | undefined
  readonly onToggle: (isMember: boolean) => void
  readonly onEdit: (patch: Partial<Member>) => void
}

function PoolFields({ pool, member, onToggle, onEdit }: PoolFieldsProps) {
  return (
    <tr data-member={member !== undefined}>
      <td>
        <Checkbox
          checked={member !== undefined}
          onChange={(event) => onToggle(event.currentTarget.checked)}
          label={
            <>
              {pool.name} {pool.status !== 'active' && <StatusBadge status={pool.status} />}
            </>
          }
        />
      </td>
      {member === undefined ? (
        <td colSpan={3} aria-label="Not in this Pool" />
      ) : (
        <>
          {(['priority', 'weight'] as const).map((field) => (
            <td key={field}>
              <NumberInput
                id={fieldIds[field](pool.id)}
                aria-label={`${field === 'priority' ? 'Priority' : 'Weight'} in ${pool.name}`}
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
            </td>
          ))}
          <td>
            <Switch
              aria-label={`Use it in ${pool.name}`}
              checked={member.enabled}
              onChange={(event) => onEdit({ enabled: event.currentTarget.checked })}
            />
          </td>
        </>
      )}
    </tr>
  )
}
