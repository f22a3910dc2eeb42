/** Every upstream of the Pool and what routing made of it. */
import { Text } from '@mantine/core'
import type { Candidate, RequestDetail } from '../../../shared/models/request.ts'
import { Tag } from '../../components/status-badge.tsx'
import { Time } from '../../components/time.tsx'
import { RecordLink } from './record-link.tsx'
import classes from './request-details.module.css'
import { reasonWord } from './words.ts'

export function CandidateTable({ detail }: { readonly detail: RequestDetail }) {
  const { candidates, isPoolChangedSince, names, state } = detail
  if (candidates.length === 0) {
    return (
      <Text c="dimmed">
        {state === 'open'
          ? 'The choice is recorded when the request ends.'
          : 'No upstream was looked at: the request was refused before.'}
      </Text>
    )
  }
  return (
    <>
      <table className={classes['table']} aria-label="Candidates">
        <thead>
          <tr>
            <th scope="col">Upstream</th>
            <th scope="col">Place</th>
            <th scope="col">Why</th>
            <th scope="col" data-align="right" title="As the Pool has it now">
              Priority
            </th>
            <th scope="col" data-align="right" title="As the Pool has it now">
              Weight
            </th>
          </tr>
        </thead>
        <tbody>
          {candidates.map((each) => (
            <tr key={each.upstreamId}>
              <td>
                <RecordLink
                  kind="upstreams"
                  id={each.upstreamId}
                  name={names[each.upstreamId] ?? { name: null, prefix: null, isDeleted: true }}
                />
              </td>
              <td>
                <Place candidate={each} />
              </td>
              <td>
                <Why candidate={each} detail={detail} />
              </td>
              <td data-align="right">{each.priority ?? '–'}</td>
              <td data-align="right">{each.weight ?? '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {isPoolChangedSince && (
        <Text size="xs" c="dimmed" mt={4}>
          The Pool was edited after this request: who stood behind, priority and weight are of the Pool as it is now.
        </Text>
      )}
    </>
  )
}

function Place({ candidate: { outcome, place } }: { readonly candidate: Candidate }) {
  if (outcome === 'excluded') return <Tag tone="warn">Left out</Tag>
  if (outcome === 'not_needed') return <Tag>Not needed</Tag>
  return <Tag tone="info">{place === null ? 'Tried' : `Tried ${ordinal(place)}`}</Tag>
}

function ordinal(place: number): string {
  return ['first', 'second', 'third'][place - 1] ?? `${place}th`
}

function Why({ candidate, detail }: { readonly candidate: Candidate; readonly detail: RequestDetail }) {
  const { outcome, place, reason, until } = candidate
  if (outcome === 'not_needed') return 'It stood behind those that were tried'
  if (outcome === 'excluded') {
    return (
      <>
        {reason === null ? 'It could not be used' : reasonWord(reason)}
        {until !== null && (
          <>
            , until <Time at={until} absolute />
          </>
        )}
      </>
    )
  }
  const attempt = detail.tries.find((each) => each.number === place)
  if (attempt === undefined || attempt.errorCode !== null)
    return place === 1 ? 'It was first in order, and failed' : 'It was next in order, and failed'
  return place === 1
    ? 'It was first in order, and served the request'
    : 'The ones before it failed; it served the request'
}
