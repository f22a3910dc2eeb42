/** Who used most today: keys, or models. */
import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import type { TopEntry } from '../../../shared/models/overview.ts'
import type { UsageSums } from '../../../shared/models/stats.ts'
import { cachedShare } from '../../lib/cached-share.ts'
import { costOf } from '../../lib/cost.ts'
import { formatCompact, formatCount, formatShare, formatUsd } from '../../lib/format.ts'
import { tokensOf } from './comparison.ts'
import figures from './figures.module.css'
import { listed, logLink } from './log-links.ts'
import classes from './overview.module.css'

interface TopTableProps {
  readonly title: string
  readonly kind: 'key' | 'model'
  readonly entries: readonly TopEntry[]
  /** Midnight. */
  readonly from: number
}

export function TopTable({ title, kind, entries, from }: TopTableProps) {
  const isPriced = entries.some(({ sums }) => sums.costNanos > 0)
  return (
    <section aria-label={title} className={classes['panel']}>
      <h2 className={figures['heading']}>
        {title}
        <span className={figures['against']}>today, by tokens</span>
      </h2>
      {entries.length === 0 ? (
        <Text c="dimmed">No request yet today.</Text>
      ) : (
        <table className={`${classes['rows']} ${classes['top']}`} aria-label={title}>
          <thead>
            <tr>
              <th scope="col">{kind === 'key' ? 'Key' : 'Model'}</th>
              <th scope="col">Tokens</th>
              <th scope="col">Share</th>
              <th scope="col" title="Of the input tokens, those that the provider had in its cache">
                Cached
              </th>
              <th scope="col">Requests</th>
              {isPriced && <th scope="col">Cost</th>}
            </tr>
          </thead>
          <tbody>
            {entries.map((entry) => {
              const params = { from, [kind]: listed(entry.id) }
              return (
                <tr key={entry.id}>
                  <th scope="row">
                    {kind === 'key' ? <KeyName entry={entry} /> : <ModelName id={entry.id} to={logLink(params)} />}
                    <span aria-hidden className={classes['shareTrack']}>
                      <span style={{ width: `${Math.max(1, entry.tokenShare * 100)}%` }} />
                    </span>
                  </th>
                  <td>
                    <Link to={logLink({ ...params, minTokens: 1 })}>{formatCompact(tokensOf(entry.sums))}</Link>
                  </td>
                  <td className={classes['dim']}>{formatShare(entry.tokenShare)}</td>
                  <td className={classes['dim']}>{formatShare(cachedShare(entry.sums))}</td>
                  <td>
                    <Link to={logLink(params)}>{formatCount(entry.sums.requests)}</Link>
                  </td>
                  {isPriced && (
                    <td>
                      <Link to={logLink({ ...params, minTokens: 1 })}>{costText(entry.sums)}</Link>
                    </td>
                  )}
                </tr>
              )
            })}
          </tbody>
        </table>
      )}
    </section>
  )
}

/** The column says what is known; that nothing is known needs no word in each row. */
function costText(sums: UsageSums): string {
  const nanos = costOf(sums)
  return nanos === null ? '–' : formatUsd(nanos)
}

function KeyName({ entry }: { readonly entry: TopEntry }): ReactNode {
  if (entry.name === null) return <span className={classes['dim']}>{`deleted key ${entry.id.slice(-6)}`}</span>
  return (
    <Link className={classes['name']} to={`/keys/${entry.id}`} title={entry.prefix ?? entry.name}>
      {entry.name}
    </Link>
  )
}

function ModelName({ id, to }: { readonly id: string; readonly to: string }) {
  return (
    <Link className={classes['name']} to={to} title={id}>
      {id}
    </Link>
  )
}
