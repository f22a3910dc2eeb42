/** Which Pools it is to serve, and at which place. */
import { Anchor, Text } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'react-router'
import { SearchInput } from '../../components/filters.tsx'
import { firstPlace, SEARCH_FROM, type Place } from '../../components/member-place.ts'
import { MemberRow, MemberTable, NoMemberFits } from '../../components/member-table.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { EditorSection } from './editor-section.tsx'
import type { EditorPartProps } from './editor-part-props.ts'
import { fieldIds, type Member, type Pool } from './upstream-form.ts'

const heads = ['Pool', 'Priority', 'Weight', 'In use']

export function PoolsFields({ form, change, pools }: EditorPartProps & { readonly pools: readonly Pool[] }) {
  const [text, setText] = useState('')
  // Kept while the form is open, so that rows do not jump while one chooses.
  const [first] = useState(() => new Set(form.members.map(({ poolId }) => poolId)))
  if (pools.length === 0) {
    return (
      <EditorSection title="Pools" id="pools">
        <Text c="dimmed">
          There is no Pool yet. Save the upstream, then{' '}
          <Anchor component={Link} to="/pools/new" inherit underline="always">
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
  const edit = (poolId: string, patch: Partial<Place>) =>
    change({ members: form.members.map((member) => (member.poolId === poolId ? { ...member, ...patch } : member)) })
  return (
    <EditorSection title="Pools" id="pools">
      <Text size="xs" c="dimmed">
        {form.members.length === 0
          ? 'In no Pool it serves nobody.'
          : 'In each Pool the lowest priority number is tried first; among equal ones its strategy decides.'}
      </Text>
      {pools.length >= SEARCH_FROM && <SearchInput value={text} onChange={setText} label="Search Pools" width={220} />}
      <MemberTable label="Pools to choose from" heads={heads}>
        {shown.map((pool) => (
          <PoolRow
            key={pool.id}
            pool={pool}
            member={form.members.find(({ poolId }) => poolId === pool.id) ?? null}
            onToggle={(isMember) =>
              change({
                members: isMember
                  ? [...form.members, { poolId: pool.id, ...firstPlace }]
                  : form.members.filter(({ poolId }) => poolId !== pool.id),
              })
            }
            onEdit={(patch) => edit(pool.id, patch)}
          />
        ))}
      </MemberTable>
      {shown.length === 0 && <NoMemberFits what="Pool" text={text} onClear={() => setText('')} />}
    </EditorSection>
  )
}

interface PoolRowProps {
  readonly pool: Pool
  readonly member: Member | null
  readonly onToggle: (isMember: boolean) => void
  readonly onEdit: (patch: Partial<Place>) => void
}

function PoolRow({ pool: { id, name, status }, member, onToggle, onEdit }: PoolRowProps) {
  return (
    <MemberRow
      place={member}
      label={
        <>
          {name} {status !== 'active' && <StatusBadge status={status} />}
        </>
      }
      absent={{ text: 'Not in this Pool', isSeen: false }}
      ids={{ priority: fieldIds.priority(id), weight: fieldIds.weight(id) }}
      names={{ priority: `Priority in ${name}`, weight: `Weight in ${name}`, enabled: `Use it in ${name}` }}
      onToggle={onToggle}
      onEdit={onEdit}
    />
  )
}
