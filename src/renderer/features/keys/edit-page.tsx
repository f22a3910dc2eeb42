/** Create and edit a key: Basics → Models → Limits → Review. */
import { Anchor, Button } from '@mantine/core'
import { Link, useParams, useSearchParams } from 'react-router'
import type { PoolKey } from '../../../shared/models/key.ts'
import type { Pool } from '../../../shared/models/pool.ts'
import { PageHeader } from '../../components/page-header.tsx'
import { EmptyState, LoadingState, QueryState } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { useRoute } from '../../lib/api.ts'
import { emptyForm, formOf } from './key-form.ts'
import { KeyWizard } from './key-wizard.tsx'

const question = 'What may this client do, and for how long?'

export function KeyEditPage() {
  const { id } = useParams()
  return id === undefined ? <NewKey /> : <EditKey key={id} id={id} />
}

function NewKey() {
  const pools = useRoute('pool.list', {})
  const [search] = useSearchParams()
  return (
    <>
      <PageHeader title="New API key" question={question} above={<Up to="/keys" label="API keys" />} />
      <QueryState query={pools} what="The Pools" loading={<LoadingState />}>
        {(list) => <NewBody pools={list.filter(({ status }) => status !== 'archived')} wanted={search.get('pool')} />}
      </QueryState>
    </>
  )
}

function NewBody({ pools, wanted }: { readonly pools: readonly Pool[]; readonly wanted: string | null }) {
  if (pools.length === 0) {
    return (
      <EmptyState
        title="There is no Pool yet"
        action={
          <Button component={Link} to="/pools/new">
            Create a Pool
          </Button>
        }
      >
        A key belongs to one Pool, which decides the upstreams that serve it. Create a Pool first.
      </EmptyState>
    )
  }
  const only = pools.length === 1 ? pools[0]?.id : undefined
  const chosen = pools.some(({ id }) => id === wanted) ? wanted : only
  return <KeyWizard poolKey={null} initial={emptyForm(chosen ?? '')} pools={pools} />
}

function EditKey({ id }: { readonly id: string }) {
  const key = useRoute('key.get', { id })
  const pools = useRoute('pool.list', {})
  const name = key.data?.name
  return (
    <>
      <PageHeader
        title={name === undefined ? 'Edit API key' : `Edit ${name}`}
        question={question}
        badge={key.data === undefined ? null : <StatusBadge status={key.data.status} />}
        above={<Up to={`/keys/${id}`} label={name ?? 'API key'} />}
      />
      <QueryState query={key} what="The key" loading={<LoadingState />}>
        {(record) => (
          <QueryState query={pools} what="The Pools" loading={<LoadingState />}>
            {(list) => <EditBody poolKey={record} pools={list} />}
          </QueryState>
        )}
      </QueryState>
    </>
  )
}

function EditBody({ poolKey: key, pools }: { readonly poolKey: PoolKey; readonly pools: readonly Pool[] }) {
  if (key.status !== 'revoked') return <KeyWizard poolKey={key} initial={formOf(key)} pools={pools} />
  return (
    <EmptyState
      title="This key is revoked"
      action={
        <Button component={Link} to={`/keys/${key.id}`} variant="default">
          To the key
        </Button>
      }
    >
      A revoked key opens nothing and is not edited. Its menu can duplicate it into a new key with the same policy.
    </EmptyState>
  )
}

function Up({ to, label }: { readonly to: string; readonly label: string }) {
  return (
    <Anchor component={Link} to={to} size="xs">
      {label}
    </Anchor>
  )
}
