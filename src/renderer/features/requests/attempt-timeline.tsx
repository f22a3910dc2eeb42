/** The attempts of a request on one scale of time, in their order. */
import { Text } from '@mantine/core'
import type { Attempt, RequestDetail } from '../../../shared/models/request.ts'
import { CodeText } from '../../components/code-text.tsx'
import { formatMs } from '../../lib/format.ts'
import { RecordLink } from './record-link.tsx'
import classes from './request-details.module.css'
import { errorMeaning } from './words.ts'

export function AttemptTimeline({ detail }: { readonly detail: RequestDetail }) {
  const { tries, at, durationMs, state } = detail
  if (tries.length === 0) {
    return (
      <Text c="dimmed">
        {state === 'open' ? 'What it does is recorded when it ends.' : 'It was sent to no upstream.'}
      </Text>
    )
  }
  const end = Math.max(durationMs ?? 0, ...tries.map((each) => each.at - at + each.durationMs), 1)
  return (
    <ol className={classes['attempts']} aria-label="Attempts">
      {tries.map((each) => (
        <AttemptRow key={each.number} attempt={each} detail={detail} end={end} />
      ))}
    </ol>
  )
}

interface AttemptRowProps {
  readonly attempt: Attempt
  readonly detail: RequestDetail
  readonly end: number
}

function AttemptRow({ attempt, detail, end }: AttemptRowProps) {
  const { number, upstreamId, durationMs, firstByteMs, status, errorCode, cause } = attempt
  const startMs = Math.max(0, attempt.at - detail.at)
  const percent = (ms: number) => `${Math.min(100, (ms / end) * 100)}%`
  const isGood = errorCode === null
  const meaning = errorCode === null ? '' : errorMeaning(errorCode)
  return (
    <li className={classes['attempt']}>
      <div className={classes['attemptHead']}>
        <span className={classes['number']}>{number}</span>
        <RecordLink
          kind="upstreams"
          id={upstreamId}
          name={detail.names[upstreamId] ?? { name: null, prefix: null, isDeleted: true }}
        />
        <span className={classes['result']} data-good={isGood}>
          {[status === null ? null : `HTTP ${status}`, errorCode].filter((part) => part !== null).join(' · ')}
        </span>
        <span className={classes['took']}>{`${formatMs(startMs)} → ${formatMs(startMs + durationMs)}`}</span>
      </div>
      <div className={classes['track']} aria-hidden>
        <div
          className={classes['span']}
          data-good={isGood}
          style={{ left: percent(startMs), width: `max(2px, ${percent(durationMs)})` }}
        />
        {firstByteMs !== null && <div className={classes['tick']} style={{ left: percent(startMs + firstByteMs) }} />}
      </div>
      <Text size="xs" c="dimmed">
        {[
          `took ${formatMs(durationMs)}`,
          firstByteMs === null ? 'no answer came' : `first byte after ${formatMs(firstByteMs)}`,
          cause,
        ]
          .filter((part) => part !== null && part !== '')
          .join(' · ')}
        {meaning !== '' && (
          <>
            {' · '}
            <CodeText text={meaning} />
          </>
        )}
      </Text>
    </li>
  )
}
