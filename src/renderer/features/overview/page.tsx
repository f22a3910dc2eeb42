/** Is everything well, and what is today like? Every figure leads to the requests that it is made of. */
import { Button, Skeleton, Stack } from '@mantine/core'
import { Link } from 'react-router'
import type { Overview } from '../../../shared/models/overview.ts'
import type { SetupState } from '../../../shared/models/setup.ts'
import { useStepChartSoon } from '../../components/charts/step-chart.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { EmptyState, QueryState } from '../../components/states.tsx'
import { Tag } from '../../components/status-badge.tsx'
import { formatNoun } from '../../lib/format.ts'
import { useUrlState } from '../../lib/url-state.ts'
import { failureVerdict, isQuiet, upstreamVerdict, type Verdict } from './comparison.ts'
import { FailureTable } from './failure-table.tsx'
import { logLink } from './log-links.ts'
import classes from './overview.module.css'
import { useOverview, useSetup, useTraffic } from './queries.ts'
import { FigureSkeletons, TodayFigures } from './today-figures.tsx'
import { TopTable } from './top-table.tsx'
import { TrafficPanel } from './traffic-panel.tsx'
import { trafficParams } from './traffic-state.ts'
import { UpstreamRow } from './upstream-row.tsx'

export function OverviewPage() {
  const overview = useOverview()
  const setup = useSetup()
  // What the panel shows once the figures of the day are here is asked for at the same time.
  useTraffic(useUrlState(trafficParams)[0])
  useStepChartSoon()
  return (
    <>
      <PageHeader
        title="Overview"
        question="Is everything well, and what is today like against yesterday?"
        actions={overview.data === undefined ? undefined : <Verdicts overview={overview.data} />}
      />
      <QueryState query={overview} what="The overview" loading={<Skeletons />}>
        {(data) => {
          if (!isQuiet(data)) return <Figures overview={data} />
          // Nothing for two days is no news on a machine that has served before.
          if (setup.data === undefined && !setup.isError) return <Skeletons />
          return setup.data?.lastRequest === null ? (
            <NothingYet setup={setup.data} overview={data} />
          ) : (
            <Figures overview={data} />
          )
        }}
      </QueryState>
    </>
  )
}

function Skeletons() {
  return (
    <div className={classes['page']} role="status" aria-label="Loading the overview" data-state="loading">
      <FigureSkeletons />
      <Skeleton height={64} radius="sm" />
      <Skeleton height={300} radius="sm" />
      <div className={classes['columns']}>
        {Array.from({ length: 2 }, (_, index) => (
          <Skeleton key={index} height={180} radius="sm" />
        ))}
      </div>
    </div>
  )
}

function Verdicts({ overview }: { readonly overview: Overview }) {
  return (
    <>
      <VerdictLink verdict={upstreamVerdict(overview.upstreams)} to="/upstreams" />
      <VerdictLink verdict={failureVerdict(overview)} to={logLink({ last: '24h', state: 'failed' })} />
    </>
  )
}

function VerdictLink({ verdict, to }: { readonly verdict: Verdict | null; readonly to: string }) {
  if (verdict === null) return null
  return (
    <Link className={classes['verdict']} to={to}>
      <Tag tone={verdict.tone}>{verdict.text}</Tag>
    </Link>
  )
}

function Figures({ overview }: { readonly overview: Overview }) {
  const { today, yesterday, upstreams, failures, topKeys, topModels } = overview
  return (
    <div className={classes['page']}>
      <TodayFigures today={today} yesterday={yesterday} />
      <UpstreamRow upstreams={upstreams} />
      <TrafficPanel />
      <div className={classes['columns']}>
        <FailureTable groups={failures.groups} />
        <TopTable title="Top keys" kind="key" entries={topKeys} from={today.from} />
        <TopTable title="Top models" kind="model" entries={topModels} from={today.from} />
      </div>
    </div>
  )
}

/** No request has ever come: what is there already, and the one way on. */
function NothingYet({ setup, overview }: { readonly setup: SetupState; readonly overview: Overview }) {
  const { upstreams, servedPools, keys } = setup
  const there = [
    formatNoun(upstreams, 'upstream'),
    `${formatNoun(servedPools, 'Pool')} with an upstream`,
    formatNoun(keys, 'API key'),
  ]
  const isStarted = upstreams + setup.pools + keys > 0
  return (
    <Stack>
      <EmptyState
        title="No request has come yet"
        action={
          <Button component={Link} to="/welcome">
            {isStarted ? 'Go on with the first steps' : 'Begin with the first steps'}
          </Button>
        }
      >
        {isStarted
          ? `There are ${there.join(', ')}. The first steps lead from here to a client whose requests this page adds up.`
          : 'The figures of the day appear here once a client sends requests. That takes an upstream, a Pool and a key; the built-in simulator will do for a first try.'}
      </EmptyState>
      <UpstreamRow upstreams={overview.upstreams} />
    </Stack>
  )
}
