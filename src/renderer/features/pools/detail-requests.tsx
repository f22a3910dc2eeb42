/** The last requests of the Pool; the log has the rest. */
import { Anchor, Text } from '@mantine/core'
import { Link } from 'react-router'
import { QueryState } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { Time } from '../../components/time.tsx'
import { useRoute } from '../../lib/api.ts'
import { formatCompact, formatMs } from '../../lib/format.ts'
import { withParams } from '../../lib/url-state.ts'
import classes from './detail.module.css'

export function DetailRequests({ poolId }: { readonly poolId: string }) {
  const query = useRoute('request.list', { poolId, limit: 8 })
  return (
    <section aria-label="Recent requests" className={`${classes['part']} ${classes['wide']}`}>
      <div className={classes['partHead']}>
        <h2 className={classes['heading']}>Recent requests</h2>
        <Anchor component={Link} size="xs" to={withParams('/requests', { pool: poolId })}>
          All requests of this Pool
        </Anchor>
      </div>
      <QueryState query={query} what="The requests">
        {({ rows, names }) =>
          rows.length === 0 ? (
            <Text c="dimmed">None yet.</Text>
          ) : (
            <div className={classes['scroll']}>
              <table className={classes['table']} aria-label="Recent requests of this Pool">
                <thead>
                  <tr>
                    <th scope="col">Time</th>
                    <th scope="col">Status</th>
                    <th scope="col">Model</th>
                    <th scope="col">Key</th>
                    <th scope="col">Upstream</th>
                    <th scope="col" data-align="right">
                      Tokens in / out
                    </th>
                    <th scope="col" data-align="right">
                      Latency
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map((row) => (
                    <tr key={row.id}>
                      <td>
                        <Anchor component={Link} to={withParams(`/requests/${row.id}`, { pool: poolId })}>
                          <Time at={row.at} />
                        </Anchor>
                      </td>
                      <td>
                        <StatusBadge status={row.state} reason={row.errorCode} />
                      </td>
                      <td>{row.model ?? '–'}</td>
                      <td>{names[row.keyId]?.name ?? row.keyId}</td>
                      <td>{row.upstreamId === null ? '–' : (names[row.upstreamId]?.name ?? row.upstreamId)}</td>
                      <td data-align="right">{`${formatCompact(row.usage.input)} / ${formatCompact(row.usage.output)}`}</td>
                      <td data-align="right">{formatMs(row.durationMs)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </QueryState>
    </section>
  )
}
