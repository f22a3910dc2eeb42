/** Both plans of a replay side by side: per upstream a bar each with its figures, then the sums, then what is not known. */
import { Text } from '@mantine/core'
import { BelowCell, SmallTable } from '../../components/small-table.tsx'
import { Time } from '../../components/time.tsx'
import { formatCompact, formatCount, formatMs, formatNoun, formatShare, formatUsd } from '../../lib/format.ts'
import { isSame, replayFacts, sessionWords, spanWords, type ReplayReport } from './replay-words.ts'
import classes from './plan.module.css'

interface ReplayResultProps {
  readonly report: ReplayReport
  readonly hours: number
  /** "Without A", "The draft". */
  readonly draftName: string
}

export function ReplayResult({ report, hours, draftName }: ReplayResultProps) {
  const { requests, isCut, from, tookMs, sessions, notes } = report
  if (requests === 0) {
    return <Text c="dimmed">{`No requests in the ${spanWords(hours)}, so there is nothing to replay.`}</Text>
  }
  const sessionsMoved = sessionWords(sessions)
  return (
    <section aria-label="Replay">
      <Text mb={4}>
        {isCut ? (
          <>
            {`The newest ${formatNoun(requests, 'request')}, from `}
            <Time at={from} absolute /> on
          </>
        ) : (
          `${formatNoun(requests, 'request')} of the ${spanWords(hours)}`
        )}
        {`, through both plans in ${formatMs(tookMs)}.`}
        {isSame(report) && ' Both come to the same.'}
        {sessionsMoved !== null && ` ${sessionsMoved}`}
      </Text>
      <Shares report={report} draftName={draftName} />
      <div className={classes['sums']}>
        <Sums report={report} draftName={draftName} />
      </div>
      {notes.length > 0 && (
        <ul className={classes['notes']} aria-label="What a replay does not know">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </section>
  )
}

type Upstream = ReplayReport['upstreams'][number]

function Shares({ report, draftName }: Omit<ReplayResultProps, 'hours'>) {
  return (
    <SmallTable
      label="Requests by upstream"
      heads={[
        'Upstream',
        { text: 'As saved', hint: 'Requests that ended there, and their share' },
        { text: draftName, hint: 'Requests that ended there, and their share' },
        { text: 'Tokens', align: 'right', hint: 'Input and output, as saved and in the draft' },
        { text: 'Cost', align: 'right', hint: 'By the prices of now, as saved and in the draft' },
        { text: 'Failures', align: 'right', hint: 'Attempts that failed there, as saved and in the draft' },
      ]}
    >
      {report.upstreams.map((each) => (
        <tr key={each.upstreamId}>
          <td>
            {each.name}
            <BelowCell isOneLine>{`${formatCount(each.recorded)} in the log`}</BelowCell>
          </td>
          <td className={classes['measured']}>
            <Bar share={each.saved} side="saved" />
          </td>
          <td className={classes['measured']}>
            <Bar share={each.draft} side="draft" />
          </td>
          <td data-align="right">
            <Pair of={(share) => formatCompact(share.inputTokens + share.outputTokens)} upstream={each} />
          </td>
          <td data-align="right">
            <Pair of={costWords} upstream={each} />
          </td>
          <td data-align="right">
            <Pair of={(share) => formatCount(share.failures)} upstream={each} />
          </td>
        </tr>
      ))}
    </SmallTable>
  )
}

function Bar({ share: { requests, share }, side }: { share: Upstream['saved']; side: 'saved' | 'draft' }) {
  return (
    <>
      {`${formatCount(requests)} · ${formatShare(share)}`}
      <div className={classes['bar']} aria-hidden>
        <div className={classes['part']} data-side={side} style={{ width: `${share * 100}%` }} />
      </div>
    </>
  )
}

/** `1.2k → 0`, or once where both are the same. */
function Pair({ of, upstream }: { readonly of: (share: Upstream['saved']) => string; readonly upstream: Upstream }) {
  const [before, after] = [of(upstream.saved), of(upstream.draft)]
  return before === after ? before : `${before} → ${after}`
}

function costWords({ requests, unpriced, costNanos }: Upstream['saved']): string {
  if (requests > 0 && unpriced === requests) return formatUsd(null)
  return unpriced === 0 ? formatUsd(costNanos) : `${formatUsd(costNanos)} + ${formatCount(unpriced)} unpriced`
}

function Sums({ report, draftName }: Omit<ReplayResultProps, 'hours'>) {
  return (
    <SmallTable
      label="Both plans in sum"
      heads={[
        'In sum',
        { text: 'As saved', align: 'right' },
        { text: draftName, align: 'right' },
        { text: 'Change', align: 'right' },
      ]}
    >
      {replayFacts(report).map(({ label, hint, saved, draft, change, isGood }) => (
        <tr key={label}>
          <td title={hint}>{label}</td>
          <td data-align="right">{saved}</td>
          <td data-align="right">{draft}</td>
          <td data-align="right">
            <span className={classes['change']} data-good={String(isGood)}>
              {change === '' ? 'same' : change}
            </span>
          </td>
        </tr>
      ))}
    </SmallTable>
  )
}
