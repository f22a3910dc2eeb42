/** Every upstream that routing looked at: its place in the order, what put it there, and what came of it. */
import { Text } from '@mantine/core'
import type { PlanNote, RequestDetail } from '../../../shared/models/request.ts'
import type { AffinityNote } from '../../../shared/models/session.ts'
import { Tag } from '../../components/status-badge.tsx'
import { Time } from '../../components/time.tsx'
import { formatMs, formatOrdinal } from '../../lib/format.ts'
import { affinityWords } from './affinity-words.ts'
import { choiceRows, figureColumn, planSentence, type ChoiceRow } from './choice-rows.ts'
import { RecordLink } from './record-link.tsx'
import classes from './request-details.module.css'
import { reasonWord } from './words.ts'

export function CandidateTable({ detail }: { readonly detail: RequestDetail }) {
  const { isPoolChangedSince, plan, state } = detail
  const rows = choiceRows(detail)
  if (rows.length === 0) {
    return (
      <>
        <PlanWords detail={detail} />
        <Text c="dimmed">
          {state === 'open'
            ? 'The choice is recorded when the request ends.'
            : 'No upstream was looked at: the request was refused before.'}
        </Text>
      </>
    )
  }
  return (
    <>
      <PlanWords detail={detail} />
      <table className={classes['table']} aria-label="Candidates">
        <Heads plan={plan} />
        <tbody>
          {rows.map((row) => (
            <Row key={row.upstreamId} row={row} detail={detail} />
          ))}
        </tbody>
      </table>
      {isPoolChangedSince && (
        <Text size="xs" c="dimmed" mt={4}>
          {plan === null
            ? 'The Pool was edited after this request: who stood behind, priority and weight are of the Pool as it is now.'
            : 'The Pool was edited after this request. Rank is of then; priority, weight and who had no rank are of the Pool as it is now.'}
        </Text>
      )}
    </>
  )
}

/** By which strategy, whether it waited, and what its session had to do with it. */
function PlanWords({ detail: { plan, names } }: { readonly detail: RequestDetail }) {
  if (plan === null) return null
  return (
    <>
      <Text mb={4}>
        {planSentence(plan)}
        {plan.waitedMs > 0 && ` The request waited ${formatMs(plan.waitedMs)} for a place first.`}
      </Text>
      {plan.affinity !== undefined && <Affinity note={plan.affinity} names={names} />}
      {plan.session !== undefined && (
        <Text size="xs" c="dimmed" mb={4}>
          Session <code>{plan.session}</code>
        </Text>
      )}
    </>
  )
}

function Affinity({ note, names }: { readonly note: AffinityNote; readonly names: RequestDetail['names'] }) {
  const { before, after } = affinityWords(note)
  const name = names[note.upstreamId] ?? { name: null, prefix: null, isDeleted: true }
  return (
    <Text mb={4}>
      {before} <RecordLink kind="upstreams" id={note.upstreamId} name={name} />
      {after}
    </Text>
  )
}

function Heads({ plan }: { readonly plan: PlanNote | null }) {
  const figure = figureColumn(plan)
  return (
    <thead>
      <tr>
        {plan !== null && (
          <th scope="col" title="In the order that routing came to">
            Rank
          </th>
        )}
        <th scope="col">Upstream</th>
        <th scope="col">Place</th>
        <th scope="col">Why</th>
        <th scope="col" data-align="right" title="As the Pool has it now">
          Priority
        </th>
        <th scope="col" data-align="right" title={figure === null ? 'As the Pool has it now' : figure.hint}>
          {figure === null ? 'Weight' : figure.head}
        </th>
      </tr>
    </thead>
  )
}

function Row({ row, detail }: { readonly row: ChoiceRow; readonly detail: RequestDetail }) {
  const { upstreamId, rank, isFallback, isResting, priority, weight } = row
  const { plan, names } = detail
  return (
    <tr>
      {plan !== null && <td>{rank ?? '–'}</td>}
      <td className={classes['upstream']}>
        <RecordLink
          kind="upstreams"
          id={upstreamId}
          name={names[upstreamId] ?? { name: null, prefix: null, isDeleted: true }}
        />
        {(isFallback || isResting) && (
          <div className={classes['marks']}>
            {isFallback && <Tag tone="info">Fallback Pool</Tag>}
            {isResting && <Tag tone="warn">Resting</Tag>}
          </div>
        )}
      </td>
      <td>
        <Place row={row} />
      </td>
      <td>
        <Why row={row} detail={detail} />
      </td>
      <td data-align="right">{priority ?? '–'}</td>
      <td data-align="right">{figureColumn(plan) === null ? (weight ?? '–') : <Figure row={row} plan={plan} />}</td>
    </tr>
  )
}

function Figure({ row: { rank, figure }, plan }: { readonly row: ChoiceRow; readonly plan: PlanNote | null }) {
  const words = figureColumn(plan)
  if (words === null || rank === null) return '–'
  return figure === null ? <span className={classes['none']}>{words.none}</span> : words.format(figure)
}

function Place({ row: { outcome, place } }: { readonly row: ChoiceRow }) {
  if (outcome === 'excluded') return <Tag tone="warn">Left out</Tag>
  if (outcome === 'not_needed') return <Tag>Not needed</Tag>
  return <Tag tone="info">{place === null ? 'Tried' : `Tried ${formatOrdinal(place)}`}</Tag>
}

function Why({ row, detail }: { readonly row: ChoiceRow; readonly detail: RequestDetail }) {
  const { outcome, place, reason, until, rank, isResting } = row
  if (outcome === 'not_needed') {
    if (isResting) return 'It had failed a moment before, so it stood behind all others'
    return detail.plan !== null && rank === null
      ? 'It stood behind those that could be tried'
      : 'It stood behind those that were tried'
  }
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
