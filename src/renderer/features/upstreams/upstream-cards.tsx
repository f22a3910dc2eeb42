/** The list as cards: of each account how it is and why, who may use it now, what is left of it and what it carries. */
import { Skeleton } from '@mantine/core'
import { Link } from 'react-router'
import { CardFigure, CardFigures, ListCard, ListCards } from '../../components/list-cards.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { formatCompact, formatCount, formatMs, formatNoun, formatShare } from '../../lib/format.ts'
import { withParams } from '../../lib/url-state.ts'
import { WindowGlances } from './account-bars.tsx'
import { PlanTag } from './plan-tag.tsx'
import { PoolChips } from './pool-chips.tsx'
import { QuotaBars } from './quota-bars.tsx'
import { SavedResets } from './saved-resets.tsx'
import { StateReasons } from './state-cell.tsx'
import { UpstreamMenu } from './upstream-menu.tsx'
import { failureShare, placeOf, quotaUnknown, tokensOf, type UpstreamRow } from './upstream-rows.ts'
import { kindWords } from './words.ts'
import classes from './upstreams.module.css'

export function UpstreamCards({ rows }: { readonly rows: readonly UpstreamRow[] }) {
  return (
    <ListCards label="Upstreams">
      {rows.map((row) => (
        <Card key={row.upstream.id} row={row} />
      ))}
    </ListCards>
  )
}

function Card({ row }: { readonly row: UpstreamRow }) {
  const { upstream, pools } = row
  const place = `${kindWords[upstream.kind]} · ${placeOf(upstream)}`
  return (
    <ListCard
      name={upstream.name}
      to={`/upstreams/${upstream.id}`}
      badges={
        <>
          <PlanTag upstream={upstream} />
          <StatusBadge status={upstream.health.state} />
        </>
      }
      menu={<UpstreamMenu upstream={upstream} />}
    >
      <div>
        <div className={classes['under']}>
          <span title={place}>{place}</span>
          <Failed row={row} />
        </div>
        <StateReasons health={upstream.health} />
      </div>
      <div className={classes['cardPools']}>
        {pools === null ? (
          <Skeleton height={20} width={120} />
        ) : (
          <PoolChips pools={pools} to={`/upstreams/${upstream.id}`} most={6} />
        )}
      </div>
      <Quota row={row} />
      <SavedResets upstream={upstream} />
      <Figures row={row} />
    </ListCard>
  )
}

function Failed({ row: { figures } }: { readonly row: UpstreamRow }) {
  const share = figures === null ? null : failureShare(figures.day)
  if (share === null || share === 0) return null
  return <span className={classes['bad']}>{`${formatShare(share)} failed in 24 h`}</span>
}

function Quota({ row: { upstream } }: { readonly row: UpstreamRow }) {
  const { quota, accountQuota } = upstream
  if (accountQuota !== null && accountQuota.windows.length > 0) return <WindowGlances windows={accountQuota.windows} />
  if (quota.length === 0) return <div className={classes['unsaid']}>{`Quota ${quotaUnknown(upstream)}`}</div>
  return (
    <div className={classes['cardQuota']}>
      <QuotaBars quota={quota} isShort />
    </div>
  )
}

function Figures({ row: { upstream, figures } }: { readonly row: UpstreamRow }) {
  const { id, name, maxConcurrent, health } = upstream
  const requests = figures === null ? '–' : formatCount(figures.day.requests)
  const carried = figures === null ? 'Requests' : formatNoun(figures.day.requests, 'request')
  const running = formatCount(health.inFlight)
  return (
    <CardFigures>
      <CardFigure label="Tokens 5 min" hint="Input and output tokens of the last five minutes.">
        {figures === null ? '–' : formatCompact(tokensOf(figures.recent))}
      </CardFigure>
      <CardFigure
        label="Running"
        hint="Requests that run now, and how many may at the same time where that is bounded."
      >
        {maxConcurrent === null ? running : `${running} / ${formatCount(maxConcurrent)}`}
      </CardFigure>
      <CardFigure label="Requests 24 h" hint="Requests that ended here in the last 24 hours.">
        <Link
          to={withParams('/requests', { upstream: id, last: '24h' })}
          aria-label={`${carried} of ${name} in 24 hours`}
        >
          {requests}
        </Link>
      </CardFigure>
      <CardFigure label="p50 24 h" hint="Median time to the last byte, last 24 hours.">
        {formatMs(figures?.latency?.p50 ?? null)}
      </CardFigure>
    </CardFigures>
  )
}
