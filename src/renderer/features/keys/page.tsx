import { Button } from '@mantine/core'
import { useMemo } from 'react'
import { Link, useNavigate, useParams } from 'react-router'
import type { PoolKey } from '../../../shared/models/key.ts'
import type { Pool } from '../../../shared/models/pool.ts'
import { PageHeader } from '../../components/page-header.tsx'
import { EmptyState, LoadingState, QueryState } from '../../components/states.tsx'
import { useRoute } from '../../lib/api.ts'
import { useCommands, type Command } from '../../lib/commands.ts'
import { useShortcut } from '../../lib/shortcuts.ts'
import { KeyActsProvider } from './key-acts.tsx'
import { KeyDrawer } from './key-drawer.tsx'
import { KeyList } from './key-list.tsx'

export function KeysPage() {
  const { id } = useParams()
  const navigate = useNavigate()
  const keys = useRoute('key.list', {})
  const pools = useRoute('pool.list', {})
  useShortcut('n', 'New key', () => void navigate('/keys/new'))
  useListCommands()
  return (
    <KeyActsProvider
      keys={keys.data ?? []}
      onDeleted={(key) => {
        if (id === key.id) void navigate({ pathname: '/keys', search: location.search }, { replace: true })
      }}
    >
      <PageHeader
        title="API keys"
        question="Who may call, with what, and how much is used?"
        actions={
          <Button component={Link} to="/keys/new">
            New key
          </Button>
        }
      />
      <QueryState query={keys} what="The keys" loading={<LoadingState rows={12} />}>
        {(list) => (
          <QueryState query={pools} what="The Pools" loading={<LoadingState rows={12} />}>
            {(all) => <Content keys={list} pools={all} openId={id ?? null} />}
          </QueryState>
        )}
      </QueryState>
      <KeyDrawer id={id ?? null} pools={pools.data ?? []} />
    </KeyActsProvider>
  )
}

interface ContentProps {
  readonly keys: readonly PoolKey[]
  readonly pools: readonly Pool[]
  readonly openId: string | null
}

function Content({ keys, pools, openId }: ContentProps) {
  if (keys.length > 0) return <KeyList keys={keys} pools={pools} openId={openId} />
  const hasPool = pools.some((pool) => pool.status !== 'archived')
  return (
    <EmptyState
      title="No API keys yet"
      action={
        hasPool ? (
          <Button component={Link} to="/keys/new">
            Create the first key
          </Button>
        ) : (
          <Button component={Link} to="/pools/new">
            Create a Pool
          </Button>
        )
      }
    >
      {hasPool
        ? 'A key lets one client use one Pool, under the rules that you give it. The client never sees an account.'
        : 'A key belongs to a Pool, and there is none that could have one. Create a Pool first.'}
    </EmptyState>
  )
}

function useListCommands(): void {
  const navigate = useNavigate()
  const commands = useMemo<readonly Command[]>(() => {
    const show = (id: string, label: string, search: string) => ({
      id: `keys.${id}`,
      label,
      keywords: 'filter api keys',
      run: () => void navigate(`/keys?${search}`),
    })
    return [
      show('soon', 'Show keys that expire soon', 'soon=1'),
      show('unused', 'Show unused keys', 'unused=1'),
      show('unrotated', 'Show keys that were never rotated', 'unrotated=1'),
    ]
  }, [navigate])
  useCommands(commands)
}
