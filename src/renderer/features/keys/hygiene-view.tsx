/** What of the keys should be cleaned up, by what it is, each key with the act that settles it. */
import { Button, Text } from '@mantine/core'
import { IconSparkles } from '@tabler/icons-react'
import { useCallback, useMemo } from 'react'
import { Link, useNavigate } from 'react-router'
import type { Finding, FindingKind } from '../../../shared/key-hygiene.ts'
import type { Pool } from '../../../shared/models/pool.ts'
import { DataTable } from '../../components/data-table.tsx'
import { EmptyState } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import type { Column, TableGroup } from '../../components/table-model.ts'
import { useNow } from '../../lib/clock.ts'
import { formatNoun } from '../../lib/format.ts'
import { useLiveSearch } from '../../lib/live-address.ts'
import { actWords, findingFacts, findingWords } from './hygiene-words.ts'
import { useKeyActs } from './key-acts.tsx'
import { KeyName } from './key-columns.tsx'
import classes from './keys.module.css'

export interface HygieneViewProps {
  readonly findings: readonly Finding[]
  readonly pools: readonly Pool[]
  readonly openId: string | null
}

export function HygieneView({ findings, pools, openId }: HygieneViewProps) {
  const navigate = useNavigate()
  const search = useLiveSearch()
  const columns = useMemo(() => columnsOf(new Map(pools.map(({ id, name }) => [id, name]))), [pools])
  const groupOf = useGroups(findings)
  const open = useCallback(
    ({ key }: Finding) => void navigate({ pathname: `/keys/${key.id}`, search: search() }),
    [navigate, search],
  )
  if (findings.length === 0) {
    return (
      <EmptyState title="Nothing to clean up" icon={<IconSparkles aria-hidden size={22} />}>
        No key is unused, unrotated, open to everything, close to its expiry or left behind after it, and no old secret
        is in use.
      </EmptyState>
    )
  }
  return (
    <div className={classes['findings']} data-rest>
      <DataTable
        label="Key hygiene"
        columns={columns}
        rows={findings}
        rowKey={({ kind, key }) => `${kind} ${key.id}`}
        rowLabel={({ kind, key }) => `${key.name}: ${findingWords[kind].title}`}
        groupOf={groupOf}
        openKey={openId}
        onOpen={open}
      />
    </div>
  )
}

function columnsOf(poolNames: ReadonlyMap<string, string>): readonly Column<Finding>[] {
  return [
    { id: 'name', header: 'Key', cell: ({ key }) => <KeyName poolKey={key} /> },
    { id: 'pool', header: 'Pool', cell: ({ key }) => poolNames.get(key.poolId) ?? key.poolId },
    { id: 'owner', header: 'Owner', cell: ({ key }) => key.owner ?? '–' },
    { id: 'status', header: 'Status', cell: ({ key }) => <StatusBadge status={key.status} /> },
    { id: 'why', header: 'Why', cell: (finding) => <Facts finding={finding} /> },
    { id: 'act', header: 'Action', align: 'right', cell: (finding) => <ActButton finding={finding} /> },
  ]
}

function Facts({ finding }: { readonly finding: Finding }) {
  return findingFacts(finding, useNow())
}

function ActButton({ finding: { kind, key } }: { readonly finding: Finding }) {
  const acts = useKeyActs()
  const { act } = findingWords[kind]
  const look = { size: 'compact-xs', variant: 'default', 'aria-label': `${actWords[act]}: ${key.name}` } as const
  if (act === 'editLimits' || act === 'editExpiry') {
    const to = `/keys/${key.id}/edit${act === 'editLimits' ? '?step=limits' : ''}`
    return (
      <Button component={Link} to={to} {...look}>
        {actWords[act]}
      </Button>
    )
  }
  return (
    <Button onClick={() => acts[act](key)} {...look}>
      {actWords[act]}
    </Button>
  )
}

function useGroups(findings: readonly Finding[]): (finding: Finding) => TableGroup {
  return useMemo(() => {
    const counts = new Map<FindingKind, number>()
    for (const { kind } of findings) counts.set(kind, (counts.get(kind) ?? 0) + 1)
    return ({ kind }: Finding) => ({
      id: kind,
      label: (
        <span className={classes['group']}>
          {findingWords[kind].title}
          <Text size="xs" c="dimmed" component="span">
            {`${formatNoun(counts.get(kind) ?? 0, 'key')}. ${findingWords[kind].reason}`}
          </Text>
        </span>
      ),
    })
  }, [findings])
}
