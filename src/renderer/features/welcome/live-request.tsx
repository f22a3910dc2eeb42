/** The answer to the page's question: has a client come through, and how did it go. Comes by itself, with the core's events. */
import { Anchor, Button, List, Stack, Text } from '@mantine/core'
import { Link } from 'react-router'
import type { RouteOutput } from '../../../shared/contract.ts'
import { CodeText } from '../../components/code-text.tsx'
import { CopyText } from '../../components/copy.tsx'
import { FactList } from '../../components/facts.tsx'
import { SecretTest } from '../../components/secret/secret-test.tsx'
import type { FreshSecret } from '../../components/secret/fresh-secret.ts'
import { ErrorState } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { Time } from '../../components/time.tsx'
import { useRoute } from '../../lib/api.ts'
import { clientName } from '../../lib/client-names.ts'
import { formatCount, formatMs, formatTokens, formatUsd } from '../../lib/format.ts'
import { nextStepOf } from '../../lib/operator-error.ts'
import { withParams } from '../../lib/url-state.ts'
import type { PoolKey, Progress } from './use-first-run.ts'
import classes from './welcome.module.css'

type Page = RouteOutput<'request.list'>
type Row = Page['rows'][number]

export interface LiveRequestProps {
  readonly progress: Progress
  readonly secret: FreshSecret | null
}

export function LiveRequest({ progress, secret }: LiveRequestProps) {
  const { key } = progress
  return (
    <section className={classes['panel']} aria-labelledby="welcome-live">
      <Stack gap="sm">
        <h2 id="welcome-live">The client’s requests</h2>
        {key === null ? (
          <Text c="dimmed">They appear here as soon as a client calls with the key of step 3.</Text>
        ) : (
          <OfKey pool={progress.pool?.name ?? ''} apiKey={key} secret={secret} progress={progress} />
        )}
      </Stack>
    </section>
  )
}

interface OfKeyProps extends LiveRequestProps {
  readonly apiKey: PoolKey
  readonly pool: string
}

function OfKey({ apiKey, secret, progress }: OfKeyProps) {
  const query = useRoute('request.list', { keyId: apiKey.id, limit: 5 })
  const page = query.data
  const latest = page?.rows[0]
  return (
    <>
      <div aria-live="polite">
        {query.isError && page === undefined ? (
          <ErrorState
            title="The requests could not be loaded"
            error={query.error}
            onRetry={() => void query.refetch()}
          />
        ) : page === undefined || latest === undefined ? (
          <Waiting apiKey={apiKey} />
        ) : (
          <Arrived page={page} latest={latest} />
        )}
      </div>
      {secret !== null && <SecretTest secret={secret} />}
      {latest?.state === 'completed' && <WhatNext progress={progress} apiKey={apiKey} />}
    </>
  )
}

function Waiting({ apiKey }: { readonly apiKey: PoolKey }) {
  const status = useRoute('system.status', {}).data
  return (
    <Stack gap="xs">
      <div className={classes['waiting']}>
        <span className={classes['pulse']} aria-hidden />
        <Text fw={550}>{`Waiting for the first request of ${apiKey.name}`}</Text>
      </div>
      {status !== undefined && !status.gateway.listening && (
        <Text c="var(--tone-bad)">The gateway does not listen: no client can reach it. See Settings.</Text>
      )}
      <Text c="dimmed" component="div">
        Nothing comes?
        <List size="sm" spacing={2} withPadding={false}>
          <List.Item>
            The client must call{' '}
            {status === undefined ? 'the gateway' : <CopyText text={`${status.gateway.url}/v1`} what="base URL" />}
          </List.Item>
          <List.Item>A wrong key is answered with 401 and belongs to nobody’s log.</List.Item>
          <List.Item>A variable set in one terminal is not known in another.</List.Item>
        </List>
      </Text>
    </Stack>
  )
}

function Arrived({ page, latest }: { readonly page: Page; readonly latest: Row }) {
  const nameOf = (id: string) => page.names[id]?.name ?? id
  const isWell = latest.state === 'completed'
  return (
    <Stack gap="xs">
      <div className={classes['waiting']}>
        <StatusBadge status={latest.state} />
        <Text fw={550}>
          {isWell ? 'It works: ' : ''}
          <Time at={latest.at} />
        </Text>
      </div>
      {latest.errorCode !== null && (
        <Text c="var(--tone-bad)">
          <CodeText text={`${latest.errorCode}: ${nextStepOf(latest.errorCode)}`} />
        </Text>
      )}
      <FactList
        label="The request"
        facts={[
          { label: 'Model', value: modelWords(latest) },
          { label: 'Upstream', value: latest.upstreamId === null ? 'none was reached' : nameOf(latest.upstreamId) },
          { label: 'First byte', value: formatMs(latest.firstByteMs) },
          { label: 'In all', value: formatMs(latest.durationMs) },
          { label: 'Tokens', value: tokenWords(latest) },
          latest.costNanos === null ? null : { label: 'Cost', value: formatUsd(latest.costNanos) },
          { label: 'Client', value: `${clientName(latest.client)}, ${latest.clientIp}` },
          { label: 'Route', value: latest.route },
          { label: 'Answered', value: latest.status === null ? 'not yet' : `HTTP ${latest.status}` },
        ]}
      />
      <Anchor component={Link} size="sm" to={withParams(`/requests/${latest.id}`, { key: latest.keyId })}>
        Everything about this request
      </Anchor>
      {page.rows.length > 1 && <Earlier rows={page.rows.slice(1)} />}
    </Stack>
  )
}

function modelWords({ model, sentModel }: Row): string {
  if (model === null) return 'none was asked for'
  return sentModel === null ? model : `${model} → ${sentModel}`
}

function tokenWords({ usage, usageSource }: Row): string {
  if (usageSource === 'none') return 'none'
  const cached = usage.cached === 0 ? '' : ` (${formatCount(usage.cached)} cached)`
  const guess = usageSource === 'estimated' ? ', estimated' : ''
  return `${formatTokens(usage.input)} in${cached}, ${formatTokens(usage.output)} out${guess}`
}

function Earlier({ rows }: { readonly rows: readonly Row[] }) {
  return (
    <div>
      <Text size="xs" c="dimmed" mb={4}>
        Before that
      </Text>
      {rows.map((row) => (
        <div key={row.id} className={classes['earlier']}>
          <StatusBadge status={row.state} reason={row.errorCode} />
          <Anchor component={Link} size="xs" truncate to={withParams(`/requests/${row.id}`, { key: row.keyId })}>
            {row.model ?? row.route}
          </Anchor>
          <Text size="xs" c="dimmed" className={classes['ago'] ?? ''}>
            <Time at={row.at} />
          </Text>
        </div>
      ))}
    </div>
  )
}

function WhatNext({ progress, apiKey }: { readonly progress: Progress; readonly apiKey: PoolKey }) {
  const hasAccount = progress.upstreams.some(({ kind }) => kind !== 'simulator')
  return (
    <div role="group" aria-label="What next">
      <Text fw={550}>What next</Text>
      <ul className={classes['list']}>
        {!hasAccount && (
          <li>
            <Anchor component={Link} underline="always" to="/upstreams/new">
              Add a real account
            </Anchor>{' '}
            beside the simulator.
          </li>
        )}
        <li>
          <Anchor component={Link} underline="always" to={withParams('/keys/new', { pool: apiKey.poolId })}>
            Make a key for each further client
          </Anchor>
          , so that they can be told apart.
        </li>
        <li>
          <Anchor component={Link} underline="always" to={`/keys/${apiKey.id}/edit`}>
            {`Narrow what ${apiKey.name} may do`}
          </Anchor>
          : models, expiry, addresses.
        </li>
        <li>
          <Anchor component={Link} underline="always" to={`/pools/${apiKey.poolId}/edit?step=models`}>
            Name models your own way
          </Anchor>{' '}
          with aliases of the Pool.
        </li>
      </ul>
      <Button component={Link} to="/" mt="xs" variant="default">
        Go to the overview
      </Button>
    </div>
  )
}
