/** One upstream: can it serve, how does it fare, what is left of it, and everything that can be done to it. */
import { Anchor, Button, Text } from '@mantine/core'
import { useMemo } from 'react'
import { Link, useNavigate, useParams } from 'react-router'
import { CopyText } from '../../components/copy.tsx'
import { DetailColumns, DetailNotes, DetailPart } from '../../components/detail-part.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { ErrorState, LoadingState } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { Time } from '../../components/time.tsx'
import { useRoute } from '../../lib/api.ts'
import { useCommands } from '../../lib/commands.ts'
import { useShortcut } from '../../lib/shortcuts.ts'
import { withParams } from '../../lib/url-state.ts'
import { DetailAccount } from './detail-account.tsx'
import { DetailAttempts } from './detail-attempts.tsx'
import { DetailBreakers } from './detail-breakers.tsx'
import { DetailConnection } from './detail-connection.tsx'
import { DetailFigures } from './detail-figures.tsx'
import { DetailHealth } from './detail-health.tsx'
import { DetailLatency } from './detail-latency.tsx'
import { DetailModels } from './detail-models.tsx'
import { DetailNotice } from './detail-notice.tsx'
import { DetailPools } from './detail-pools.tsx'
import { DetailQuota } from './detail-quota.tsx'
import { DetailQuotaCourse } from './detail-quota-course.tsx'
import { DetailResets } from './detail-resets.tsx'
import { DetailSessions } from './detail-sessions.tsx'
import { DetailSimulator } from './detail-simulator.tsx'
import { QuotaBars } from './quota-bars.tsx'
import { UpstreamActsProvider, useUpstreamActs } from './upstream-acts.tsx'
import { PlanTag } from './plan-tag.tsx'
import { UpstreamMenu } from './upstream-menu.tsx'
import type { Upstream } from './upstream-rows.ts'
import { kindWords } from './words.ts'

export function UpstreamDetailPage() {
  const { id = '' } = useParams()
  const query = useRoute('upstream.get', { id })
  const navigate = useNavigate()
  // What was deleted elsewhere is not kept on screen like an answer that is merely old.
  const isGone = query.error?.code === 'not_found'
  if (query.data === undefined || isGone) {
    return (
      <>
        <PageHeader title="Upstream" above={<Up />} />
        {query.isError ? (
          <ErrorState
            title="The upstream could not be loaded"
            error={query.error}
            onRetry={() => void query.refetch()}
          />
        ) : (
          <LoadingState rows={10} label="Loading the upstream" />
        )}
      </>
    )
  }
  return (
    <UpstreamActsProvider key={id} onDeleted={() => void navigate('/upstreams', { replace: true })}>
      <Detail upstream={query.data} />
    </UpstreamActsProvider>
  )
}

function Up() {
  return (
    <Anchor component={Link} to="/upstreams" size="xs">
      Upstreams
    </Anchor>
  )
}

function Detail({ upstream }: { readonly upstream: Upstream }) {
  const { id, name, kind, health, quota, notes } = upstream
  const acts = useUpstreamActs()
  useActs(upstream)
  // Only a new sign-in helps: what has ended is refused again.
  const needsSignIn = kind === 'chatgpt' && upstream.status === 'auth_required'
  return (
    <>
      <PageHeader
        title={name}
        above={<Up />}
        badge={
          <>
            <StatusBadge status={health.state} reason={health.reason} />
            <PlanTag upstream={upstream} />
            <CopyText text={id} what="upstream id" />
          </>
        }
        question={
          <>
            {kindWords[kind]} · added <Time at={upstream.createdAt} /> · changed <Time at={upstream.updatedAt} />
          </>
        }
        actions={
          <>
            <UpstreamMenu upstream={upstream} />
            {!needsSignIn && (
              <Button
                variant="default"
                onClick={() => (upstream.status === 'active' ? acts.pause(upstream) : acts.resume(upstream))}
              >
                {upstream.status === 'active' ? 'Pause' : 'Resume'}
              </Button>
            )}
            <Button variant="default" onClick={() => acts.test(upstream)}>
              Test now
            </Button>
            <Button component={Link} to={`/upstreams/${id}/edit`}>
              Edit
            </Button>
          </>
        }
      />
      <DetailNotice upstream={upstream} />
      <DetailFigures upstream={upstream} />
      <DetailColumns>
        {kind === 'chatgpt' && (
          <>
            <DetailQuota upstream={upstream} />
            <DetailAccount upstream={upstream} />
            <DetailResets upstream={upstream} />
            <DetailQuotaCourse upstream={upstream} />
          </>
        )}
        {upstream.simulator !== null && <DetailSimulator upstream={upstream} behaviour={upstream.simulator} />}
        <DetailPools id={id} />
        <DetailLatency id={id} />
        <DetailBreakers upstream={upstream} />
        <DetailHealth id={id} />
        {kind !== 'chatgpt' && (
          <DetailPart title="Quota">
            {quota.length === 0 ? (
              <Text c="dimmed">
                The provider has said nothing of limits since the start of Weir. Many say it only with answers to
                requests.
              </Text>
            ) : (
              <QuotaBars quota={quota} />
            )}
          </DetailPart>
        )}
        {kind !== 'chatgpt' && <DetailConnection upstream={upstream} />}
        <DetailModels upstream={upstream} />
        <DetailSessions id={id} />
        <DetailAttempts id={id} />
        <DetailNotes notes={notes} />
      </DetailColumns>
    </>
  )
}

function useActs(upstream: Upstream): void {
  const { id, name, kind, status } = upstream
  const navigate = useNavigate()
  const acts = useUpstreamActs()
  const test = () => acts.test(upstream)
  useShortcut('e', 'Edit this upstream', () => void navigate(`/upstreams/${id}/edit`))
  useShortcut('t', 'Test this upstream', test)
  const commands = useMemo(
    () => [
      { id: 'upstream.test', label: `Test ${name}`, keywords: 'check ping', run: () => acts.test(upstream) },
      { id: 'upstream.edit', label: `Edit ${name}`, run: () => void navigate(`/upstreams/${id}/edit`) },
      status === 'active'
        ? { id: 'upstream.pause', label: `Pause ${name}`, run: () => acts.pause(upstream) }
        : { id: 'upstream.resume', label: `Resume ${name}`, run: () => acts.resume(upstream) },
      { id: 'upstream.refresh', label: `Refresh models of ${name}`, run: () => acts.refreshModels(upstream) },
      ...(kind === 'simulator'
        ? []
        : [
            {
              id: 'upstream.secret',
              label: kind === 'chatgpt' ? `Sign ${name} in again` : `Replace the secret of ${name}`,
              run: () => acts.replaceSecret(upstream),
            },
          ]),
      {
        id: 'upstream.requests',
        label: `Requests of ${name}`,
        run: () => void navigate(withParams('/requests', { upstream: id })),
      },
      { id: 'upstream.delete', label: `Delete ${name}`, run: () => acts.remove(upstream) },
    ],
    [acts, upstream, id, name, kind, status, navigate],
  )
  useCommands(commands)
}
