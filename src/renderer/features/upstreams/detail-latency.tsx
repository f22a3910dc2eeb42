/** How long it took and how often it failed, by the hour. The chart comes with the first one that is shown. */
import { Skeleton, Switch, Text } from '@mantine/core'
import { createLateChart } from '../../components/charts/late-chart.tsx'
import { DetailPart } from '../../components/detail-part.tsx'
import { SmallTable, type SmallTableHead } from '../../components/small-table.tsx'
import { QueryState } from '../../components/states.tsx'
import { useRoute } from '../../lib/api.ts'
import { formatCount, formatMs, formatTime, zoneOf } from '../../lib/format.ts'
import { switchParam, useUrlState } from '../../lib/url-state.ts'
import type { Figures } from './upstream-rows.ts'

const params = { table: switchParam() }
const HEIGHT = 190
const { Chart, useSoon } = createLateChart(async () => (await import('./latency-chart.tsx')).LatencyChart)

export function DetailLatency({ id }: { readonly id: string }) {
  const [{ table }, setState] = useUrlState(params)
  useSoon()
  const query = useRoute('upstream.figures', { id })
  return (
    <DetailPart
      title="Latency, 24 h"
      end={
        <Switch
          label="As table"
          checked={table}
          onChange={(event) => setState({ table: event.currentTarget.checked })}
        />
      }
    >
      <QueryState query={query} what="The latency" loading={<Skeleton height={HEIGHT} />}>
        {([figures]) => {
          if (figures === undefined || figures.hours.every(({ requests }) => requests === 0)) {
            return <Text c="dimmed">No requests in the last 24 hours.</Text>
          }
          if (table) return <HourTable hours={figures.hours} />
          return <Chart hours={figures.hours} height={HEIGHT} />
        }}
      </QueryState>
    </DetailPart>
  )
}

function HourTable({ hours }: { readonly hours: Figures['hours'] }) {
  const heads: readonly SmallTableHead[] = [
    { text: 'Hour from', hint: zoneOf(hours[0]?.at ?? 0) },
    ...['Requests', 'Failed', 'p50', 'p95', 'First token p50'].map((text) => ({ text, align: 'right' as const })),
  ]
  const used = hours.filter(({ requests }) => requests > 0).toReversed()
  return (
    <SmallTable label="Latency by the hour" heads={heads} region="Latency by the hour" isTall>
      {used.map(({ at, requests, failed, latency, firstByte }) => (
        <tr key={at}>
          <td>{formatTime(at, { seconds: false })}</td>
          <td data-align="right">{formatCount(requests)}</td>
          <td data-align="right">{formatCount(failed)}</td>
          <td data-align="right">{formatMs(latency?.p50 ?? null)}</td>
          <td data-align="right">{formatMs(latency?.p95 ?? null)}</td>
          <td data-align="right">{formatMs(firstByte?.p50 ?? null)}</td>
        </tr>
      ))}
    </SmallTable>
  )
}
