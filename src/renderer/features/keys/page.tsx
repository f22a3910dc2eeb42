import { Button, SegmentedControl } from '@mantine/core'
import { useMemo } from 'react'
import { Link, useMatch, useNavigate, useParams } from 'react-router'
import { findingsOf } from '../../../shared/key-hygiene.ts'
import type { PoolKey } from '../../../shared/models/key.ts'
import type { Pool } from '../../../shared/models/pool.ts'
import { PageHeader } from '../../components/page-header.tsx'
import { EmptyState, LoadingState, QueryState } from '../../components/states.tsx'
import { Tag } from '../../components/status-badge.tsx'
import { useRoute } from '../../lib/api.ts'
import { useNow } from '../../lib/clock.ts'
import { formatCount } from '../../lib/format.ts'
import { useLiveSearch } from '../../lib/live-address.ts'
import { useShortcut } from '../../lib/shortcuts.ts'
import { choiceParam, useUrlState } from '../../lib/url-state.ts'
import { DoctorDrawer } from './doctor-drawer.tsx'
import { HygieneView } from './hygiene-view.tsx'
import { KeyActsProvider } from './key-acts.tsx'
import { KeyDrawer } from './key-drawer.tsx'
import { KeyList } from './key-list.tsx'
import { TokenDrawer } from './token-drawer.tsx'

const views = ['list', 'hygiene'] as const
type View = (typeof views)[number]
const pageParams = { view: choiceParam(views, 'list') }

export function KeysPage() {
  const { id } = useParams()
  const isDoctor = useMatch('/keys/:id/doctor') !== null
  const isNewToken = useMatch('/keys/:id/tokens/new') !== null
  const isTokens = useMatch('/keys/:id/tokens') !== null || isNewToken
  const navigate = useNavigate()
  const search = useLiveSearch()
  const keys = useRoute('key.list', {})
  const pools = useRoute('pool.list', {})
  const [{ view }, setView] = useUrlState(pageParams)
  const now = useNow()
  // To the minute: no finding is in more of a hurry, and a long list is not looked through every few seconds.
  const minute = now - (now % 60_000)
  const findings = useMemo(() => findingsOf(keys.data ?? [], minute), [keys.data, minute])
  useShortcut('n', 'New key', () => void navigate('/keys/new'))
  return (
    <KeyActsProvider
      keys={keys.data ?? []}
      onDeleted={(key) => {
        if (id === key.id) void navigate({ pathname: '/keys', search: search() }, { replace: true })
      }}
    >
      <PageHeader
        title="API keys"
        question="Who may call, with what, and how much is used?"
        actions={
          <>
            {(keys.data ?? []).length > 0 && (
              <ViewSwitch view={view} findings={findings.length} onView={(next) => setView({ view: next })} />
            )}
            <Button component={Link} to="/keys/new">
              New key
            </Button>
          </>
        }
      />
      <QueryState query={keys} what="The keys" loading={<LoadingState rows={12} />}>
        {(list) => (
          <QueryState query={pools} what="The Pools" loading={<LoadingState rows={12} />}>
            {(all) =>
              view === 'hygiene' && list.length > 0 ? (
                <HygieneView findings={findings} pools={all} openId={id ?? null} />
              ) : (
                <Content keys={list} pools={all} openId={id ?? null} />
              )
            }
          </QueryState>
        )}
      </QueryState>
      <KeyDrawer id={isDoctor || isTokens ? null : (id ?? null)} pools={pools.data ?? []} />
      <DoctorDrawer id={isDoctor ? (id ?? null) : null} />
      <TokenDrawer id={isTokens ? (id ?? null) : null} isNew={isNewToken} />
    </KeyActsProvider>
  )
}

interface ViewSwitchProps {
  readonly view: View
  /** How many there are. */
  readonly findings: number
  readonly onView: (view: View) => void
}

function ViewSwitch({ view, findings, onView }: ViewSwitchProps) {
  return (
    <SegmentedControl
      aria-label="View"
      value={view}
      onChange={(next) => onView(next === 'hygiene' ? 'hygiene' : 'list')}
      data={[
        { value: 'list', label: 'Keys' },
        {
          value: 'hygiene',
          label: <span>Hygiene {findings > 0 && <Tag tone="warn">{formatCount(findings)}</Tag>}</span>,
        },
      ]}
    />
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
        : 'A key belongs to a Pool, and there is none to put it in. Create a Pool first.'}
    </EmptyState>
  )
}
