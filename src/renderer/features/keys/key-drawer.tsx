/** One key: what it used, what it may do, what it did last. Over the list, by its address. */
import { Anchor, Button, Group, Stack, Text, Title } from '@mantine/core'
import { Link, useLocation } from 'react-router'
import type { PoolKey } from '../../../shared/models/key.ts'
import type { Pool } from '../../../shared/models/pool.ts'
import { CopyText } from '../../components/copy.tsx'
import { FactList, Stat, StatRow } from '../../components/facts.tsx'
import { LoadingState, QueryState } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { Time } from '../../components/time.tsx'
import { UrlDrawer } from '../../components/url-drawer.tsx'
import { useRoute } from '../../lib/api.ts'
import { cachedShare } from '../../lib/cached-share.ts'
import { formatCompact, formatCount, formatShare } from '../../lib/format.ts'
import { useUrlState, withParams } from '../../lib/url-state.ts'
import { BudgetChart } from './budget-chart.tsx'
import { CachedModels } from './cached-models.tsx'
import { costOf, tokensOf } from './key-columns.tsx'
import { useKeyCommands } from './key-commands.ts'
import { RangeSwitch } from './key-filters.tsx'
import { KeyLimits } from './key-limits.tsx'
import { KeyMenu } from './key-menu.tsx'
import { rangeWords, usageOf, viewParams, type Range } from './key-rows.ts'
import { KeyUsageChart } from './key-usage-chart.tsx'
import { OldSecretNotice } from './old-secret.tsx'
import { PolicyView } from './policy-view.tsx'
import { useKeyFigures, useReview } from './queries.ts'
import { RecentRequests } from './recent-requests.tsx'
import { TokenButton } from './token-button.tsx'

export interface KeyDrawerProps {
  readonly id: string | null
  readonly pools: readonly Pool[]
}

export function KeyDrawer({ id, pools }: KeyDrawerProps) {
  const query = useRoute('key.get', { id: id ?? '' }, { enabled: id !== null })
  const key = query.data
  return (
    <UrlDrawer
      opened={id !== null}
      closeTo="/keys"
      size={620}
      title={key === undefined ? 'API key' : <DrawerTitle poolKey={key} />}
    >
      {id !== null && (
        <QueryState query={query} what="The key" loading={<LoadingState rows={10} />}>
          {(data) => <Body poolKey={data} pool={pools.find((pool) => pool.id === data.poolId)} />}
        </QueryState>
      )}
    </UrlDrawer>
  )
}

function DrawerTitle({ poolKey: key }: { readonly poolKey: PoolKey }) {
  return (
    <Group gap="xs" wrap="nowrap">
      <span>{key.name}</span>
      <StatusBadge status={key.status} />
      <KeyMenu poolKey={key} />
    </Group>
  )
}

function Body({ poolKey: key, pool }: { readonly poolKey: PoolKey; readonly pool: Pool | undefined }) {
  const [{ range }, setView] = useUrlState(viewParams)
  useKeyCommands(key)
  const { search } = useLocation()
  return (
    <Stack gap="lg">
      <OldSecretNotice poolKey={key} />
      <Stack gap="xs">
        <Group justify="space-between">
          <Title order={2}>Usage</Title>
          <RangeSwitch range={range} onRange={(next) => setView({ range: next })} />
        </Group>
        <Usage id={key.id} range={range} />
        <KeyUsageChart id={key.id} range={range} />
        <CachedModels id={key.id} range={range} />
      </Stack>
      <KeyLimits poolKey={key} />
      <BudgetChart poolKey={key} />
      <Stack gap="xs">
        <Group justify="space-between">
          <Title order={2}>What it may do</Title>
          <Group gap="xs">
            <TokenButton poolKey={key} />
            <Button
              component={Link}
              to={{ pathname: `/keys/${key.id}/doctor`, search }}
              variant="default"
              size="compact-xs"
            >
              Explain a request
            </Button>
          </Group>
        </Group>
        <Policy id={key.id} />
      </Stack>
      <Stack gap="xs">
        <Title order={2}>Recent requests</Title>
        <RecentRequests keyId={key.id} />
      </Stack>
      <Stack gap="xs">
        <Title order={2}>About the key</Title>
        <About poolKey={key} pool={pool} />
      </Stack>
    </Stack>
  )
}

function Usage({ id, range }: { readonly id: string; readonly range: Range }) {
  const figures = useKeyFigures(range)
  return (
    <QueryState query={figures} what="Usage" loading={<LoadingState rows={2} />}>
      {(data) => {
        const usage = usageOf(data, id)
        if (usage === null) return null
        const { sums, requestShare, tokenShare } = usage
        const of = rangeWords[range]
        return (
          <StatRow>
            <Stat
              label="Requests"
              value={formatCompact(sums.requests)}
              hint={`${formatCount(sums.requests)} in ${of}`}
              to={withParams('/requests', { key: id, range })}
            >
              <Below>{`${formatShare(requestShare)} of all`}</Below>
            </Stat>
            <Stat
              label="Failed or refused"
              value={formatCompact(sums.failed + sums.refused)}
              hint={`Of the requests in ${of}`}
              to={withParams('/requests', { key: id, range, state: 'failed,refused' })}
            >
              <Below>{`${formatCompact(sums.failed)} failed, ${formatCompact(sums.refused)} refused`}</Below>
            </Stat>
            <Stat
              label="Tokens"
              value={formatCompact(tokensOf(usage))}
              hint={`${formatCount(sums.input)} in, of which ${formatCount(sums.cached)} cached; ${formatCount(sums.output)} out`}
            >
              <Below>{`${formatShare(tokenShare)} of all`}</Below>
              {sums.input > 0 && <Below>{`${formatShare(cachedShare(sums))} cached`}</Below>}
            </Stat>
            <Stat label="Cost" value={costOf(usage)} hint={`What the tokens of ${of} cost, where the price is known`}>
              <Below>{of}</Below>
            </Stat>
          </StatRow>
        )
      }}
    </QueryState>
  )
}

function Below({ children }: { readonly children: string }) {
  return (
    <Text size="xs" c="dimmed">
      {children}
    </Text>
  )
}

function Policy({ id }: { readonly id: string }) {
  const review = useReview({ id, patch: {} })
  return (
    <QueryState query={review} what="The policy" loading={<LoadingState rows={4} />}>
      {(data) => <PolicyView policy={data.policy} />}
    </QueryState>
  )
}

function About({ poolKey: key, pool }: { readonly poolKey: PoolKey; readonly pool: Pool | undefined }) {
  const hasMetadata = Object.keys(key.metadata).length > 0
  return (
    <FactList
      label="About the key"
      facts={[
        { label: 'Prefix', value: <CopyText text={key.prefix} what="prefix" /> },
        {
          label: 'Pool',
          value: (
            <Anchor component={Link} to={`/pools/${key.poolId}`} inherit>
              {pool?.name ?? key.poolId}
            </Anchor>
          ),
        },
        { label: 'Owner', value: key.owner ?? 'nobody named' },
        { label: 'Last used', value: <Time at={key.lastUsedAt} /> },
        { label: 'Expires', value: <Time at={key.expiresAt} /> },
        { label: 'Created', value: <Time at={key.createdAt} /> },
        { label: 'Rotated', value: <Time at={key.rotatedAt} /> },
        { label: 'Changed', value: <Time at={key.updatedAt} /> },
        key.notes === '' ? null : { label: 'Notes', value: key.notes },
        hasMetadata ? { label: 'Metadata', value: <code>{JSON.stringify(key.metadata)}</code> } : null,
        { label: 'Id', value: <CopyText text={key.id} what="key id" /> },
      ]}
    />
  )
}
