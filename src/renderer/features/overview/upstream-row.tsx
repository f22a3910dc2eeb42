/** The upstreams side by side: which are ready, what they carried, those that need somebody first. */
import { Link } from 'react-router'
import type { Overview } from '../../../shared/models/overview.ts'
import type { AccountWindow } from '../../../shared/models/quota.ts'
import { StatusBadge } from '../../components/status-badge.tsx'
import { Time } from '../../components/time.tsx'
import { useRoute } from '../../lib/api.ts'
import { formatCompact, formatCount, formatMs, formatTokens } from '../../lib/format.ts'
import { leastLeft, leftWord, LITTLE_LEFT, percentLeft, windowTitle } from '../../lib/quota-words.ts'
import { byTrouble, tokensOf } from './comparison.ts'
import { logLink } from './log-links.ts'
import figures from './figures.module.css'
import classes from './overview.module.css'

const MOST = 8

export function UpstreamRow({ upstreams }: { readonly upstreams: Overview['upstreams'] }) {
  const accounts = useRoute('upstream.list', {}).data
  if (upstreams.length === 0) return null
  const windows = new Map(accounts?.map(({ id, accountQuota }) => [id, leastLeft(accountQuota)]))
  const shown = byTrouble(upstreams).slice(0, upstreams.length > MOST ? MOST - 1 : MOST)
  const rest = upstreams.length - shown.length
  return (
    <section aria-label="Upstreams">
      <h2 className={figures['heading']}>
        Upstreams
        <span className={figures['against']}>the last 24 hours</span>
      </h2>
      <ul className={classes['upstreams']}>
        {shown.map((upstream) => (
          <UpstreamCell key={upstream.id} upstream={upstream} window={windows.get(upstream.id) ?? null} />
        ))}
        {rest > 0 && (
          <li className={classes['more']}>
            <Link to="/upstreams">{`${formatCount(rest)} more upstreams`}</Link>
          </li>
        )}
      </ul>
    </section>
  )
}

interface UpstreamCellProps {
  readonly upstream: Overview['upstreams'][number]
  /** Of a signed-in account, the window that ends first. */
  readonly window: AccountWindow | null
}

function UpstreamCell({ upstream, window }: UpstreamCellProps) {
  const { id, name, health, day, recent, latency } = upstream
  return (
    <li className={classes['upstream']} data-state={health.state}>
      <div className={classes['upstreamHead']}>
        <Link className={classes['name']} to={`/upstreams/${id}`} title={name}>
          {name}
        </Link>
        <StatusBadge status={health.state} reason={health.reason} />
      </div>
      <div className={classes['small']}>
        {health.until !== null && (
          <span>
            again <Time at={health.until} />
          </span>
        )}
        {window !== null && <QuotaLeft id={id} window={window} />}
        <Link to={logLink({ last: '24h', upstream: id })}>{`${formatCompact(day.requests)} requests`}</Link>
        {day.failed > 0 && (
          <Link to={logLink({ last: '24h', upstream: id, state: 'failed' })} data-tone="bad">
            {`${formatCompact(day.failed)} failed`}
          </Link>
        )}
        {latency !== null && (
          <Link to={logLink({ last: '24h', upstream: id, state: 'completed', minMs: Math.floor(latency.p95) })}>
            {`${formatMs(latency.p95)} p95`}
          </Link>
        )}
        {health.inFlight > 0 && (
          <Link to={logLink({ state: 'open' })}>{`${formatCount(health.inFlight)} running`}</Link>
        )}
        {tokensOf(recent) > 0 && (
          <Link to={logLink({ last: '15m', upstream: id })}>{`${formatTokens(tokensOf(recent))} in 5 min`}</Link>
        )}
      </div>
    </li>
  )
}

/** `62 % of Week left`, and when that is full again where it matters. */
function QuotaLeft({ id, window }: { readonly id: string; readonly window: AccountWindow }) {
  const isLittle = percentLeft(window) < LITTLE_LEFT
  const old = window.state === 'stale' ? ', an old figure' : ''
  return (
    <Link to={`/upstreams/${id}`} data-tone={isLittle ? 'bad' : undefined}>
      {`${leftWord(window)} of ${windowTitle(window)} left${old}`}
      {isLittle && window.resetsAt !== null && (
        <>
          {', resets '}
          <Time at={window.resetsAt} />
        </>
      )}
    </Link>
  )
}
