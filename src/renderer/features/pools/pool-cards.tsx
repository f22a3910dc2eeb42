import { Link } from 'react-router'
import { CardFigure, CardFigures, ListCard, ListCards } from '../../components/list-cards.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { formatCompact, formatCount, formatNoun, formatShare, formatUsd } from '../../lib/format.ts'
import { strategyName } from '../../lib/strategy-words.ts'
import { withParams } from '../../lib/url-state.ts'
import { HourBars } from './hour-bars.tsx'
import { PoolMenu } from './pool-menu.tsx'
import { formatRate, type PoolCounts, type PoolRow } from './pool-rows.ts'
import classes from './pools.module.css'

export function PoolCards({ rows }: { readonly rows: readonly PoolRow[] }) {
  return (
    <ListCards label="Pools">
      {rows.map((row) => (
        <Card key={row.pool.id} row={row} />
      ))}
    </ListCards>
  )
}

function Card({ row }: { readonly row: PoolRow }) {
  const { pool, figures, blockedBy } = row
  return (
    <ListCard
      name={pool.name}
      to={`/pools/${pool.id}`}
      badges={
        blockedBy === null ? (
          <StatusBadge status={pool.status} />
        ) : (
          <StatusBadge status="cannot_serve" reason={blockedBy} />
        )
      }
      menu={<PoolMenu row={row} />}
    >
      <div className={classes['sub']}>
        <span className={classes['first']}>
          <RoutingLine row={row} />
          <Failed row={row} />
        </span>
        <DayWords row={row} />
      </div>
      <HourBars hours={figures?.hours ?? []} />
      <Figures row={row} />
    </ListCard>
  )
}

/** The strategy, and where it falls back to. */
function RoutingLine({ row: { pool, fallback, isOnFallback } }: { readonly row: PoolRow }) {
  const strategy = strategyName(pool.strategy)
  if (fallback === null) return <span className={classes['line']}>{strategy}</span>
  const words = `${strategy} · ${isOnFallback ? 'now on' : 'falls back to'} ${fallback.name}`
  return (
    <span className={`${classes['line']} ${isOnFallback ? classes['warn'] : ''}`} title={words}>
      {words}
    </span>
  )
}

function Failed({ row: { figures } }: { readonly row: PoolRow }) {
  if (figures === null || figures.day.failed === 0) return null
  return <span className={classes['bad']}>{`${formatShare(figures.failureShare)} failed in 24 h`}</span>
}

/** `24 h: 1,234 requests · 2.1M tokens`, and the cost where there is one. */
function DayWords({ row: { figures } }: { readonly row: PoolRow }) {
  const day = figures?.day
  if (day === undefined) return <span>24 h: …</span>
  if (day.requests === 0) return <span>24 h: no requests</span>
  const cost = day.costNanos === 0 ? '' : ` · ${formatUsd(day.costNanos)}`
  const words = `24 h: ${formatNoun(day.requests, 'request')} · ${formatCompact(day.input + day.output)} tokens${cost}`
  return <span className={classes['line']}>{words}</span>
}

/** `2`, or `1 / 2` where not all can be used. */
function keyWords({ keys }: PoolCounts): string {
  return keys.usable === keys.total
    ? formatCount(keys.total)
    : `${formatCount(keys.usable)} / ${formatCount(keys.total)}`
}

function Figures({ row: { pool, counts, figures, recent, blockedBy } }: { readonly row: PoolRow }) {
  const requests = figures === null ? '–' : formatCompact(recent.requests)
  const isDry = blockedBy !== null && counts?.upstreams.ready === 0
  return (
    <CardFigures>
      <CardFigure
        label="Upstreams ready"
        hint="Ready now, of those assigned. A switched-off or waiting upstream is not ready."
      >
        {counts === null ? (
          '–'
        ) : (
          <span className={isDry ? classes['bad'] : undefined}>
            {`${formatCount(counts.upstreams.ready)} / ${formatCount(counts.upstreams.total)}`}
          </span>
        )}
      </CardFigure>
      <CardFigure label="Keys" hint="Keys that can be used now, of all its keys.">
        {counts === null ? (
          '–'
        ) : (
          <Link to={withParams('/keys', { pool: pool.id })} aria-label={`${keyWords(counts)} keys of ${pool.name}`}>
            {keyWords(counts)}
          </Link>
        )}
      </CardFigure>
      <CardFigure label="Requests 5 h" hint="Requests of the last five hours.">
        <Link to={withParams('/requests', { pool: pool.id })} aria-label={`${requests} requests of ${pool.name}`}>
          {requests}
        </Link>
      </CardFigure>
      <CardFigure
        label="Tokens/s 5 h"
        hint={`Input and output tokens per second, on average over the last five hours; at most ${formatRate(recent.peak)} in a quarter of an hour.`}
      >
        {figures === null ? '–' : formatRate(recent.tokensPerSecond)}
      </CardFigure>
    </CardFigures>
  )
}
