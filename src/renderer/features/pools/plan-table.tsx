/** Every upstream of a plan in its order, with what put it there, beside its place without the draft. */
import { Anchor, Switch } from '@mantine/core'
import { Link } from 'react-router'
import { BelowCell, SmallTable, type SmallTableHead } from '../../components/small-table.tsx'
import { Tag } from '../../components/status-badge.tsx'
import { Time } from '../../components/time.tsx'
import { figureWords } from '../../lib/figure-words.ts'
import { formatCount, formatShare } from '../../lib/format.ts'
import { circuitWords, placeWords, whyWords, type PlannedPlace, type PlanView } from './plan-words.ts'

interface PlanTableProps {
  /** The draft's where there is one. */
  readonly view: PlanView
  /** As it is now; null where nothing is drafted. */
  readonly saved: PlanView | null
  readonly without: readonly string[]
  readonly onWithout: (upstreamId: string, isOut: boolean) => void
}

const own: ReadonlySet<string> = new Set(['Quota left', 'Running'])

export function PlanTable({ view, saved, without, onWithout }: PlanTableProps) {
  const words = figureWords(view.strategy)
  // Two of them stand in a column of every strategy.
  const figure = words === null || own.has(words.head) ? null : words
  const heads: (string | SmallTableHead)[] = [
    { text: 'Place', hint: 'In which it would be tried' },
    ...(saved === null ? [] : [{ text: 'Now', hint: 'Its place as things are' }]),
    'Upstream',
    'Why',
    ...(figure === null ? [] : [{ text: figure.head, align: 'right' as const, hint: figure.hint }]),
    { text: 'Quota left', align: 'right', hint: 'Of the limit of which the least is left, by the provider’s word' },
    { text: 'Running', align: 'right', hint: 'Now, in all Pools, and where it has a bound how many may' },
    { text: 'Leave out', align: 'right', hint: 'As if it were paused: nothing is changed' },
  ]
  const nowOf = (id: string) => saved?.places.find(({ upstreamId }) => upstreamId === id)
  return (
    <SmallTable label={saved === null ? 'The plan now' : 'The plan of the draft'} heads={heads}>
      {view.places.map((place) => {
        const { upstreamId, name } = place
        const now = nowOf(upstreamId)
        return (
          <tr key={upstreamId}>
            <td>{placeWords(place)}</td>
            {saved !== null && <td>{now === undefined ? '–' : placeWords(now)}</td>}
            <td>
              <Anchor component={Link} to={`/upstreams/${upstreamId}`}>
                {name}
              </Anchor>
              <Marks place={place} asked={view.model} />
            </td>
            <td>
              <Why place={place} />
            </td>
            {figure !== null && (
              <td data-align="right">{place.figure === null ? figure.none : figure.format(place.figure)}</td>
            )}
            <td data-align="right">
              <Quota place={place} />
            </td>
            <td data-align="right">{runningWords(place)}</td>
            <td data-align="right">
              <Switch
                size="xs"
                aria-label={`Without ${name}`}
                checked={without.includes(upstreamId)}
                onChange={(event) => onWithout(upstreamId, event.currentTarget.checked)}
                display="inline-flex"
              />
            </td>
          </tr>
        )
      })}
    </SmallTable>
  )
}

function Marks({ place: { isFallback, isResting, model }, asked }: { place: PlannedPlace; asked: string | null }) {
  return (
    <>
      {isFallback && <Tag tone="info">Fallback Pool</Tag>}
      {isResting && <Tag tone="warn">Resting</Tag>}
      {model !== null && model !== asked && <BelowCell>{`asked for ${model}`}</BelowCell>}
    </>
  )
}

function Why({ place }: { readonly place: PlannedPlace }) {
  const { until, circuit, priority, weight } = place
  return (
    <>
      {whyWords(place)}
      {until !== null && (
        <>
          {' '}
          Until <Time at={until} absolute />.
        </>
      )}
      <BelowCell>
        {`priority ${priority}, weight ${weight}`}
        {circuit === null ? '' : `, ${circuitWords[circuit]}`}
      </BelowCell>
    </>
  )
}

function Quota({ place: { quotaLeft, quotaResetsAt } }: { readonly place: PlannedPlace }) {
  if (quotaLeft === null) return '–'
  return (
    <>
      {formatShare(quotaLeft / 100)}
      {quotaResetsAt !== null && (
        <BelowCell isOneLine>
          full again <Time at={quotaResetsAt} />
        </BelowCell>
      )}
    </>
  )
}

function runningWords({ inFlight, maxConcurrent }: PlannedPlace): string {
  return maxConcurrent === null ? formatCount(inFlight) : `${formatCount(inFlight)} / ${formatCount(maxConcurrent)}`
}
