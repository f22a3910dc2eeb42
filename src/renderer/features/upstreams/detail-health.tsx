/** How it fared since the start: a strip of its states over time, and each change with its reason. */
import { Anchor, Text } from '@mantine/core'
import { useState } from 'react'
import type { RouteOutput } from '../../../shared/contract.ts'
import { DetailPart } from '../../components/detail-part.tsx'
import { QueryState } from '../../components/states.tsx'
import { StatusBadge, statusTone, statusWord } from '../../components/status-badge.tsx'
import { Time } from '../../components/time.tsx'
import { useRoute } from '../../lib/api.ts'
import { useNow } from '../../lib/clock.ts'
import { formatMs, formatShare } from '../../lib/format.ts'
import { healthSpans, readyShare, type HealthSpan } from './health-spans.ts'
import classes from './detail.module.css'

const FIRST = 6

export function DetailHealth({ id }: { readonly id: string }) {
  const query = useRoute('upstream.health', { id })
  return (
    <DetailPart title="Health">
      <QueryState query={query} what="The health history">
        {(data) => <History data={data} />}
      </QueryState>
    </DetailPart>
  )
}

function History({ data: { history, since } }: { readonly data: RouteOutput<'upstream.health'> }) {
  const now = useNow()
  const [isWhole, setWhole] = useState(false)
  const spans = healthSpans(history, Math.max(now, history[0]?.at ?? 0))
  const ready = readyShare(spans)
  return (
    <>
      <Text size="xs" c="dimmed" mb={4}>
        {ready === null ? 'Watched' : `Ready ${formatShare(ready)} of the time`} since <Time at={since} absolute />
      </Text>
      <HealthStrip spans={spans} />
      <ol className={classes['history']} aria-label="Changes of state, newest first">
        {(isWhole ? history : history.slice(0, FIRST)).map((entry, index) => {
          const span = spans[spans.length - 1 - index]
          return (
            <li key={`${entry.at} ${entry.state}`}>
              <StatusBadge status={entry.state} />
              <span className={classes['when']}>
                {index > 0 && (
                  <>
                    <Time at={entry.at} />,{' '}
                  </>
                )}
                {span !== undefined && `for ${wholeSeconds(span)}`}
              </span>
              {entry.reason !== null && <span className={classes['why']}>{entry.reason}</span>}
            </li>
          )
        })}
      </ol>
      {history.length > FIRST && (
        <Anchor component="button" type="button" size="xs" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {isWhole ? 'Show the latest only' : `Show all ${history.length}`}
        </Anchor>
      )}
    </>
  )
}

/** A part of a second says nothing here, and runs while one reads. */
function wholeSeconds({ from, to }: HealthSpan): string {
  return formatMs(to - from < 1_000 ? to - from : Math.round((to - from) / 1_000) * 1_000)
}

function HealthStrip({ spans }: { readonly spans: readonly HealthSpan[] }) {
  const from = spans[0]?.from ?? 0
  const total = Math.max(1, (spans.at(-1)?.to ?? 0) - from)
  return (
    <svg className={classes['strip']} viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden>
      {spans.map((span) => (
        <rect
          key={`${span.from} ${span.state}`}
          x={((span.from - from) / total) * 1_000}
          width={Math.max(2, ((span.to - span.from) / total) * 1_000)}
          height={10}
          data-tone={statusTone(span.state)}
        >
          <title>{`${statusWord(span.state)}, ${wholeSeconds(span)}`}</title>
        </rect>
      ))}
    </svg>
  )
}
