/** What went wrong in the last day, by its cause: what it means and what to do about it stand beside the count. */
import { Text } from '@mantine/core'
import { Link } from 'react-router'
import { errorTable } from '../../../shared/errors.ts'
import type { Overview } from '../../../shared/models/overview.ts'
import { CodeText } from '../../components/code-text.tsx'
import { Time } from '../../components/time.tsx'
import { formatCount, formatNoun } from '../../lib/format.ts'
import figures from './figures.module.css'
import { listed, logLink } from './log-links.ts'
import classes from './overview.module.css'

const FEW = 8

export function FailureTable({ groups }: { readonly groups: Overview['failures']['groups'] }) {
  const rest = groups.slice(FEW).reduce((sum, { count }) => sum + count, 0)
  return (
    <section aria-label="Recent failures" className={`${classes['panel']} ${classes['wide']}`}>
      <h2 className={figures['heading']}>
        Failures and refusals
        <span className={figures['against']}>the last 24 hours, by cause</span>
      </h2>
      {groups.length === 0 ? (
        <Text c="dimmed">Nothing failed, nothing was refused.</Text>
      ) : (
        <table className={`${classes['rows']} ${classes['failures']}`} aria-label="Recent failures">
          <thead>
            <tr>
              <th scope="col">Cause</th>
              <th scope="col">What it means, and what to do</th>
              <th scope="col">Requests</th>
              <th scope="col">Last</th>
            </tr>
          </thead>
          <tbody>
            {groups.slice(0, FEW).map((group) => (
              <FailureRow key={group.errorCode} group={group} />
            ))}
          </tbody>
          {rest > 0 && (
            <tfoot>
              <tr>
                <td colSpan={4}>
                  <Link
                    to={logLink({
                      last: '24h',
                      error: groups
                        .slice(FEW)
                        .map((each) => listed(each.errorCode))
                        .join(','),
                    })}
                  >
                    {`${formatNoun(rest, 'request')} of ${formatNoun(groups.length - FEW, 'further cause')}`}
                  </Link>
                </td>
              </tr>
            </tfoot>
          )}
        </table>
      )}
    </section>
  )
}

function FailureRow({ group }: { readonly group: Overview['failures']['groups'][number] }) {
  const { errorCode, count, lastAt, exampleId } = group
  const known = Object.hasOwn(errorTable, errorCode) ? errorTable[errorCode as keyof typeof errorTable] : null
  const params = { last: '24h', error: listed(errorCode) }
  return (
    <tr>
      <th scope="row">
        <Link className={classes['code']} to={logLink(params)}>
          {errorCode}
        </Link>
      </th>
      <td className={classes['meaning']}>{known !== null && <CodeText text={`${known.meaning} ${known.next}`} />}</td>
      <td>
        <Link to={logLink(params)}>{formatCount(count)}</Link>
      </td>
      <td>
        <Link to={logLink(params).replace('/requests', `/requests/${exampleId}`)}>
          <Time at={lastAt} />
        </Link>
      </td>
    </tr>
  )
}
