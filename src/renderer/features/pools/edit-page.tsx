/** Create and edit a Pool: Details → Routing → Upstreams → API keys → Models. */
import { Anchor } from '@mantine/core'
import { Link, useParams } from 'react-router'
import { PageHeader } from '../../components/page-header.tsx'
import { LoadingState, QueryState } from '../../components/states.tsx'
import { useRoute } from '../../lib/api.ts'
import { emptyForm, formOf } from './pool-form.ts'
import { PoolWizard } from './pool-wizard.tsx'

const question = 'Which upstreams may serve, in which order, and what may they be asked for?'

export function PoolEditPage() {
  const { id } = useParams()
  return id === undefined ? <NewPool /> : <EditPool key={id} id={id} />
}

function NewPool() {
  const upstreams = useRoute('upstream.list', {})
  return (
    <>
      <PageHeader
        title="New Pool"
        question={question}
        above={
          <Anchor component={Link} to="/pools" size="xs">
            Pools
          </Anchor>
        }
      />
      <QueryState query={upstreams} what="The upstreams" loading={<LoadingState />}>
        {(list) => <PoolWizard pool={null} initial={emptyForm} upstreams={list} />}
      </QueryState>
    </>
  )
}

function EditPool({ id }: { readonly id: string }) {
  const pool = useRoute('pool.get', { id })
  const upstreams = useRoute('upstream.list', {})
  return (
    <>
      <PageHeader
        title={pool.data === undefined ? 'Edit Pool' : `Edit ${pool.data.name}`}
        question={question}
        above={
          <Anchor component={Link} to={`/pools/${id}`} size="xs">
            {pool.data?.name ?? 'Pool'}
          </Anchor>
        }
      />
      <QueryState query={pool} what="The Pool" loading={<LoadingState />}>
        {(record) => (
          <QueryState query={upstreams} what="The upstreams" loading={<LoadingState />}>
            {(list) => <PoolWizard pool={record} initial={formOf(record)} upstreams={list} />}
          </QueryState>
        )}
      </QueryState>
    </>
  )
}
