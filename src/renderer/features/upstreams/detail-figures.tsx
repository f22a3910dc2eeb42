import { Text } from '@mantine/core'
import { costOf } from '../../lib/cost.ts'
import { Stat, StatRow } from '../../components/facts.tsx'
import { formatCompact, formatCount, formatMs, formatNoun, formatShare, formatUsd } from '../../lib/format.ts'
import { withParams } from '../../lib/url-state.ts'
import { useUpstreamFigures } from './queries.ts'
import { failureShare, tokensOf, type Upstream } from './upstream-rows.ts'

/** Its vitals in one row; each leads to the requests behind it. */
export function DetailFigures({ upstream }: { readonly upstream: Upstream }) {
  const figures = useUpstreamFigures(upstream.id)
  const log = (more: Record<string, string> = {}) =>
    withParams('/requests', { upstream: upstream.id, last: '24h', ...more })
  const day = figures?.day
  const latency = figures?.latency ?? null
  const first = figures?.firstByte ?? null
  const cost = day === undefined ? null : costOf(day)
  const show = (value: (sums: NonNullable<typeof day>) => string) => (day === undefined ? '–' : value(day))
  return (
    <StatRow>
      <Stat
        label="Running now"
        value={`${formatCount(upstream.health.inFlight)}${upstream.maxConcurrent === null ? '' : ` / ${formatCount(upstream.maxConcurrent)}`}`}
        hint={
          upstream.maxConcurrent === null
            ? 'It takes any number of requests at the same time.'
            : `It takes at most ${formatNoun(upstream.maxConcurrent, 'request')} at the same time.`
        }
        to={withParams('/requests', { upstream: upstream.id, state: 'open' })}
      />
      <Stat
        label="Tokens, 5 min"
        value={figures === null ? '–' : formatCompact(tokensOf(figures.recent))}
        hint={
          figures === null
            ? ''
            : `${formatCount(figures.recent.input)} in and ${formatCount(figures.recent.output)} out, in ${formatCount(figures.recent.requests)} requests.`
        }
      />
      <Stat label="Requests, 24 h" value={show((sums) => formatCount(sums.requests))} to={log()} />
      <Stat
        label="Failed, 24 h"
        value={show((sums) => formatShare(failureShare(sums)))}
        hint={show(
          (sums) =>
            `${formatCount(sums.failed)} of ${formatCount(sums.requests)} requests that ended here failed. Attempts after which another upstream served are below, not here.`,
        )}
        to={log({ state: 'failed' })}
      />
      <Stat
        label="Tokens, 24 h"
        value={show((sums) => formatCompact(tokensOf(sums)))}
        hint={show(
          (sums) =>
            `${formatCount(sums.input)} in, of which ${formatCount(sums.cached)} cached, and ${formatCount(sums.output)} out.`,
        )}
        to={log()}
      />
      <Stat label="Cost, 24 h" value={cost === null ? '–' : formatUsd(cost)} to={log()}>
        {day !== undefined && cost === null && (
          <Text size="xs" c="dimmed">
            no price is known
          </Text>
        )}
      </Stat>
      <Stat
        label="Latency p50, 24 h"
        value={formatMs(latency?.p50 ?? null)}
        hint={
          latency === null
            ? 'Nothing was completed in 24 hours.'
            : `To the last byte. p95: ${formatMs(latency.p95)}, from ${formatCount(latency.count)} requests. To the first token, p95: ${formatMs(first?.p95 ?? null)}.`
        }
      >
        <Text size="xs" c="dimmed">{`first token ${formatMs(first?.p50 ?? null)}`}</Text>
      </Stat>
    </StatRow>
  )
}
