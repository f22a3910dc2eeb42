/** Today's figures as tiles, each against yesterday to the same time; both lead to their requests in the log. */
import { costOf } from '../../lib/cost.ts'
import { Skeleton, Tooltip } from '@mantine/core'
import { Link } from 'react-router'
import type { Overview, PeriodFigures } from '../../../shared/models/overview.ts'
import type { Percentiles } from '../../../shared/models/stats.ts'
import {
  formatCompact,
  formatCount,
  formatMs,
  formatNoun,
  formatShare,
  formatTime,
  formatUsd,
  zoneOf,
} from '../../lib/format.ts'
import { relativeDelta, shareDelta, tokenParts, tokensOf } from './comparison.ts'
import { logLink } from './log-links.ts'
import { Detail, SmallDelta, Tile } from './figure-tile.tsx'
import classes from './figures.module.css'

type Days = Pick<Overview, 'today' | 'yesterday'>

export function TodayFigures({ today, yesterday }: Days) {
  const clock = (at: number) => formatTime(at, { seconds: false }).slice(11)
  return (
    <section aria-label="Today">
      <h2 className={classes['heading']}>
        Today
        <Tooltip
          label={`Today since ${formatTime(today.from, { seconds: false })}, yesterday from ${formatTime(yesterday.from, { seconds: false })} to ${formatTime(yesterday.to, { seconds: false })}, ${zoneOf(today.to)}`}
        >
          <span className={classes['against']}>{`against yesterday to ${clock(yesterday.to)}`}</span>
        </Tooltip>
      </h2>
      <div className={classes['tiles']}>
        <RequestsTile today={today} yesterday={yesterday} />
        <SuccessTile today={today} yesterday={yesterday} />
        <TokensTile today={today} yesterday={yesterday} />
        <CostTile today={today} yesterday={yesterday} />
        <LatencyTile
          label="Latency"
          hint="From the arrival of a request to the last byte of its answer, of completed requests"
          of={(period) => period.latency}
          param="minMs"
          days={{ today, yesterday }}
        />
        <LatencyTile
          label="Time to first token"
          hint="From the arrival of a request to the first byte of its answer, of completed requests"
          of={(period) => period.firstByte}
          param="minFirstMs"
          days={{ today, yesterday }}
        />
      </div>
    </section>
  )
}

export function FigureSkeletons() {
  return (
    <div className={classes['skeletons']}>
      {Array.from({ length: 6 }, (_, index) => (
        <Skeleton key={index} height={100} radius="sm" />
      ))}
    </div>
  )
}

/** Only what came since midnight; a closed range of yesterday. */
function since(period: PeriodFigures): { readonly from: number } {
  return { from: period.from }
}

function within({ from, to }: PeriodFigures): { readonly from: number; readonly to: number } {
  // Figures are of whole minutes, and the running one counts.
  return { from, to: Math.floor(to / 60_000) * 60_000 + 60_000 }
}

function countText(value: number): string {
  return value < 100_000 ? formatCount(value) : formatCompact(value)
}

function RequestsTile({ today, yesterday }: Days) {
  const before = yesterday.sums.requests
  return (
    <Tile
      label="Requests"
      hint="Everything that came with a known key. Refused are those that were sent to no upstream: a rule did not let them, none could serve, or the client went away before all of its request had come."
      value={countText(today.sums.requests)}
      to={logLink(since(today))}
      delta={relativeDelta(today.sums.requests, before, null)}
      before={before === 0 ? null : { text: countText(before), to: logLink(within(yesterday)) }}
    >
      <Detail>
        {today.sums.refused === 0 ? (
          'none refused'
        ) : (
          <Link to={logLink({ ...since(today), state: 'refused' })}>{`${countText(today.sums.refused)} refused`}</Link>
        )}
      </Detail>
    </Tile>
  )
}

function SuccessTile({ today, yesterday }: Days) {
  const before = yesterday.successRate
  return (
    <Tile
      label="Success"
      hint="Of the requests that were sent on. What was refused is not counted."
      value={formatShare(today.successRate)}
      to={logLink({ ...since(today), state: 'completed' })}
      delta={shareDelta(today.successRate, before)}
      before={
        before === null
          ? null
          : { text: formatShare(before), to: logLink({ ...within(yesterday), state: 'completed' }) }
      }
    >
      <Detail>
        {today.sums.failed === 0 ? (
          'none failed'
        ) : (
          <Link
            to={logLink({ ...since(today), state: 'failed' })}
            data-tone="bad"
          >{`${countText(today.sums.failed)} failed`}</Link>
        )}
      </Detail>
    </Tile>
  )
}

function TokensTile({ today, yesterday }: Days) {
  const [now, before] = [tokensOf(today.sums), tokensOf(yesterday.sums)]
  const parts = tokenParts(today.sums)
  return (
    <Tile
      label="Tokens"
      hint="Input and output together, as providers reported them; estimated where one reported none"
      value={formatCompact(now)}
      to={logLink({ ...since(today), minTokens: 1 })}
      delta={relativeDelta(now, before, null)}
      before={
        before === 0 ? null : { text: formatCompact(before), to: logLink({ ...within(yesterday), minTokens: 1 }) }
      }
    >
      <div className={classes['bar']} aria-hidden>
        {parts.map(({ name, tokens }) =>
          tokens === 0 ? null : <span key={name} data-part={name} style={{ flexGrow: tokens }} />,
        )}
      </div>
      <div className={classes['parts']}>
        {parts.map(({ name, label, hint, tokens }) => (
          <Tooltip key={name} label={`${hint}: ${formatNoun(tokens, 'token')}`}>
            <Link to={logLink({ ...since(today), minTokens: 1 })}>
              <span className={classes['swatch']} data-part={name} />
              {`${formatCompact(tokens)} ${label}`}
            </Link>
          </Tooltip>
        ))}
      </div>
    </Tile>
  )
}

function CostTile({ today, yesterday }: Days) {
  const [now, before] = [costOf(today.sums), costOf(yesterday.sums)]
  const isIdle = yesterday.sums.requests === 0
  return (
    <Tile
      label="Cost"
      hint="By the prices known when the requests ran. Requests of models without a price count as nothing. Below it: for a million tokens of any kind."
      value={now === null ? '–' : formatUsd(now)}
      to={logLink({ ...since(today), minTokens: 1 })}
      delta={relativeDelta(now, before, null)}
      before={isIdle ? null : { text: formatUsd(before), to: logLink({ ...within(yesterday), minTokens: 1 }) }}
    >
      <Detail>{now === null ? 'no price is known' : perMillion(now, tokensOf(today.sums))}</Detail>
    </Tile>
  )
}

function perMillion(nanos: number, tokens: number): string {
  return tokens === 0 ? 'nothing used' : `${formatUsd((nanos / tokens) * 1e6)} / 1M tokens`
}

interface LatencyTileProps {
  readonly label: string
  readonly hint: string
  readonly of: (period: PeriodFigures) => Percentiles | null
  readonly param: 'minMs' | 'minFirstMs'
  readonly days: Days
}

function LatencyTile({ label, hint, of, param, days: { today, yesterday } }: LatencyTileProps) {
  const [now, before] = [of(today), of(yesterday)]
  const from = (ms: number) => ({ state: 'completed', [param]: Math.floor(ms) })
  return (
    <Tile
      label={label}
      hint={`${hint}${now === null ? '' : ` (${formatNoun(now.count, 'request')})`}. Half were quicker than p50, 95 % quicker than p95; the links show those that were slower.`}
      value={formatMs(now?.p50 ?? null)}
      {...(now === null ? {} : { unit: 'p50' })}
      to={logLink({ ...since(today), ...(now === null ? {} : from(now.p50)) })}
      delta={relativeDelta(now?.p50 ?? null, before?.p50 ?? null, 'less')}
      before={
        before === null
          ? null
          : { text: formatMs(before.p50), to: logLink({ ...within(yesterday), ...from(before.p50) }) }
      }
    >
      <Detail>
        {now === null ? (
          'nothing completed'
        ) : (
          <>
            <Link to={logLink({ ...since(today), ...from(now.p95) })}>{`${formatMs(now.p95)} p95`}</Link>
            <SmallDelta delta={relativeDelta(now.p95, before?.p95 ?? null, 'less')} />
          </>
        )}
      </Detail>
    </Tile>
  )
}
