/** One cell of the request log per column. Hover texts are plain titles: a hundred tooltips would slow the scrolling. */
import type { ReactNode } from 'react'
import type { RequestSummary } from '../../../shared/models/request.ts'
import { StatusBadge } from '../../components/status-badge.tsx'
import { formatCompact, formatCount, formatMs, formatTime, formatUsd, zoneOf } from '../../lib/format.ts'
import { clientWord, errorMeaning, modelWords, routeWord } from './words.ts'
import type { ColumnId } from './column-fit.ts'
import type { Names } from './log-snapshot.ts'
import classes from './log-table.module.css'
import { TokenBar, tokenWords } from './token-bar.tsx'

type Cell = (row: RequestSummary, names: Names) => ReactNode

export const cells: Readonly<Record<ColumnId, Cell>> = {
  time: (row) => (
    <time dateTime={new Date(row.at).toISOString()} title={`${formatTime(row.at)} ${zoneOf(row.at)}`}>
      {formatTime(row.at).slice(5)}
    </time>
  ),
  status: (row) => (
    <StatusBadge status={row.state}>
      {row.status !== null && row.status !== 200 && <span className={classes['code']}>{row.status}</span>}
    </StatusBadge>
  ),
  model: (row) => <ModelCell row={row} />,
  key: (row, names) => <Named id={row.keyId} names={names} />,
  pool: (row, names) => <Named id={row.poolId} names={names} />,
  upstream: (row, names) =>
    row.upstreamId === null ? (
      <None why="It was not sent to any upstream" />
    ) : (
      <>
        <Named id={row.upstreamId} names={names} />
        {row.attempts > 1 && (
          <span className={classes['dim']} title={`${row.attempts} attempts`}>{` ×${row.attempts}`}</span>
        )}
      </>
    ),
  route: (row) => (
    <span title={`${row.route}, ${row.stream ? 'streamed' : 'answered whole'}`}>
      {routeWord(row.route)}
      {row.stream && <span className={classes['dim']}> stream</span>}
    </span>
  ),
  tokens: (row) => <TokensCell row={row} />,
  cost: (row) =>
    row.costNanos === null ? <None why="No price is known for it" /> : <span>{formatUsd(row.costNanos)}</span>,
  latency: (row) =>
    row.state === 'open' ? (
      <span className={classes['dim']}>running</span>
    ) : (
      <span title={`First byte after ${formatMs(row.firstByteMs)}, whole answer after ${formatMs(row.durationMs)}`}>
        <span className={classes['dim']}>{`${formatMs(row.firstByteMs)} / `}</span>
        {formatMs(row.durationMs)}
      </span>
    ),
  error: (row) =>
    row.errorCode === null ? null : (
      <span className={classes['mono']} title={errorMeaning(row.errorCode)}>
        {row.errorCode}
      </span>
    ),
  client: (row) => clientWord(row.client),
  ip: (row) => <span className={classes['mono']}>{row.clientIp}</span>,
  attempts: (row) => formatCount(row.attempts),
  id: (row) => <span className={classes['mono']}>{row.id}</span>,
}

export const rightAligned: ReadonlySet<ColumnId> = new Set(['cost', 'latency', 'attempts'])

function None({ why }: { readonly why: string }) {
  return (
    <span className={classes['dim']} title={why}>
      –
    </span>
  )
}

function ModelCell({ row }: { readonly row: RequestSummary }) {
  if (row.model === null) return <None why="The request named no model" />
  const extras = [row.effort, row.serviceTier].filter((word) => word !== null).join(' · ')
  return (
    <span title={modelWords(row)}>
      {row.model}
      {row.sentModel !== null && <span className={classes['dim']}>{` → ${row.sentModel}`}</span>}
      {extras !== '' && <span className={classes['dim']}>{` ${extras}`}</span>}
    </span>
  )
}

function TokensCell({ row }: { readonly row: RequestSummary }) {
  const total = row.usage.input + row.usage.output
  if (total === 0) return <None why={row.state === 'open' ? 'Not known before the end' : 'No tokens were used'} />
  return (
    <span className={classes['tokens']} title={tokenWords(row.usage, row.usageSource)}>
      <TokenBar usage={row.usage} />
      <span className={classes['total']}>{`${row.usageSource === 'estimated' ? '~' : ''}${formatCompact(total)}`}</span>
    </span>
  )
}

function Named({ id, names }: { readonly id: string; readonly names: Names }) {
  const known = names[id]
  if (known === undefined || known.name === null) return <span title={`${id}, deleted`}>{id}</span>
  if (!known.isDeleted) return <span title={known.name}>{known.name}</span>
  return (
    <s className={classes['dim']} title={`${known.name}, deleted`}>
      {known.name}
    </s>
  )
}
