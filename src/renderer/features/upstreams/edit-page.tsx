/** Add an upstream, or edit one: which account is to serve, and does it answer? */
import { Anchor } from '@mantine/core'
import { Link, useParams } from 'react-router'
import { firstPlace } from '../../components/member-place.ts'
import { PageHeader } from '../../components/page-header.tsx'
import { LoadingState, QueryState } from '../../components/states.tsx'
import { useRoute } from '../../lib/api.ts'
import { choiceParam, textParam, useUrlState } from '../../lib/url-state.ts'
import { UpstreamEditor } from './upstream-editor.tsx'
import { formOf, newForm } from './upstream-form.ts'
import { kinds } from './upstream-rows.ts'

const question = 'Which account is to serve, and does it answer?'
const params = { kind: choiceParam(kinds, 'openai'), pool: textParam() }

export function UpstreamEditPage() {
  const { id } = useParams()
  return id === undefined ? <NewUpstream /> : <EditUpstream key={id} id={id} />
}

function NewUpstream() {
  const pools = useRoute('pool.list', {})
  const [{ kind, pool }, setParams] = useUrlState(params)
  return (
    <>
      <PageHeader
        title="Add upstream"
        question={question}
        above={
          <Anchor component={Link} to="/upstreams" size="xs">
            Upstreams
          </Anchor>
        }
      />
      <QueryState query={pools} what="The Pools" loading={<LoadingState label="Loading the form" />}>
        {(list) => (
          <UpstreamEditor
            upstream={null}
            initial={newForm(kind, list.some(({ id }) => id === pool) ? [{ poolId: pool, ...firstPlace }] : [])}
            pools={list}
            kind={kind}
            onKind={(next) => setParams({ kind: kinds.find((each) => each === next) ?? 'openai' }, { replace: true })}
          />
        )}
      </QueryState>
    </>
  )
}

function EditUpstream({ id }: { readonly id: string }) {
  const upstream = useRoute('upstream.get', { id })
  const pools = useRoute('pool.list', {})
  return (
    <>
      <PageHeader
        title={upstream.data === undefined ? 'Edit upstream' : `Edit ${upstream.data.name}`}
        question={question}
        above={
          <Anchor component={Link} to={`/upstreams/${id}`} size="xs">
            {upstream.data?.name ?? 'Upstream'}
          </Anchor>
        }
      />
      <QueryState query={upstream} what="The upstream" loading={<LoadingState label="Loading the upstream" />}>
        {(record) => (
          <QueryState query={pools} what="The Pools" loading={<LoadingState label="Loading the Pools" />}>
            {(list) => (
              <UpstreamEditor upstream={record} initial={formOf(record, list)} pools={list} kind={record.kind} />
            )}
          </QueryState>
        )}
      </QueryState>
    </>
  )
}
