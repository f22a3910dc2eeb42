/** What was left of a signed-in account's windows over time. The chart comes with the first one that is shown. */
import { Group, SegmentedControl, Skeleton, Switch, Text } from '@mantine/core'
import type { QuotaCourse } from '../../../shared/models/quota.ts'
import { createLateChart } from '../../components/charts/late-chart.tsx'
import { DetailPart } from '../../components/detail-part.tsx'
import { SmallTable, type SmallTableHead } from '../../components/small-table.tsx'
import { QueryState } from '../../components/states.tsx'
import { useRoute } from '../../lib/api.ts'
import { formatShare, formatTime, zoneOf } from '../../lib/format.ts'
import { inOrder, windowTitle } from '../../lib/quota-words.ts'
import { oneOfParam, switchParam, useUrlState } from '../../lib/url-state.ts'
import { courseByMinute } from './quota-course-rows.ts'
import type { Upstream } from './upstream-rows.ts'
import classes from './account-quota.module.css'

const ranges = ['24h', '7d', '30d'] as const
const rangeWords = { '24h': '24 h', '7d': '7 d', '30d': '30 d' } as const
const rangeHours = { '24h': 24, '7d': 168, '30d': 720 } as const
/** `course`: as a table. */
const params = { course: switchParam(), quota: oneOfParam(ranges) }
const HEIGHT = 190
/** Events bring news; this moves the end on where there are none. */
const QUIET_MS = 60_000
const { Chart, useSoon } = createLateChart(async () => (await import('./quota-course-chart.tsx')).QuotaCourseChart)

export function DetailQuotaCourse({ upstream: { id } }: { readonly upstream: Upstream }) {
  const [{ course: isTable, quota: chosen }, setState] = useUrlState(params)
  const range = chosen ?? '24h'
  useSoon()
  const query = useRoute('account.quotaCourse', { id, hours: rangeHours[range] }, { refetchInterval: QUIET_MS })
  return (
    <DetailPart
      title="Course of the quota"
      end={
        <Group gap="sm">
          <SegmentedControl
            size="xs"
            aria-label="Time"
            data={ranges.map((value) => ({ value, label: rangeWords[value] }))}
            value={range}
            onChange={(value) => setState({ quota: ranges.find((each) => each === value) ?? null })}
          />
          <Switch
            label="As table"
            checked={isTable}
            onChange={(event) => setState({ course: event.currentTarget.checked })}
          />
        </Group>
      }
    >
      <QueryState query={query} what="The course of the quota" loading={<Skeleton height={HEIGHT} />}>
        {(courses) => {
          const known = inOrder(courses.filter(({ points }) => points.length > 0))
          if (known.length === 0) return <Text c="dimmed">Nothing was heard of its quota yet.</Text>
          if (isTable) return <CourseTable courses={known} />
          // A single moment makes no line.
          const lines = known.filter(({ points }) => points.length > 1)
          if (lines.length === 0) return <Text c="dimmed">One figure so far. The second one begins the course.</Text>
          return <Chart courses={lines} height={HEIGHT} />
        }}
      </QueryState>
    </DetailPart>
  )
}

function CourseTable({ courses }: { readonly courses: readonly QuotaCourse[] }) {
  const rows = courseByMinute(courses)
  const heads: readonly SmallTableHead[] = [
    { text: 'Time', hint: zoneOf(rows[0]?.at ?? 0) },
    ...courses.map((course) => ({ text: windowTitle(course), align: 'right' as const, hint: 'What was left of it' })),
  ]
  return (
    <SmallTable label="What was left of each window" heads={heads} region="Course of the quota as a table" isTall>
      {rows.map(({ at, left }) => (
        <tr key={at}>
          <td className={classes['moment']}>{formatTime(at, { seconds: false })}</td>
          {left.map((share, index) => (
            <td key={windowTitle(courses[index] ?? { meter: '', minutes: index })} data-align="right">
              {formatShare(share)}
            </td>
          ))}
        </tr>
      ))}
    </SmallTable>
  )
}
