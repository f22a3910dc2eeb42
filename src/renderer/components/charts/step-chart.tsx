/**
 * Figures over time, drawn. Whoever shows one offers the same as a table too (`StepTable`): a picture can't be read by
 * everybody, and exact figures can't be read off it by anybody.
 */
import { Skeleton } from '@mantine/core'
import { lazy, Suspense } from 'react'
import type { StepChartProps } from './step-chart-body.tsx'

const Body = lazy(async () => ({ default: (await import('./step-chart-body.tsx')).StepChartBody }))

export function StepChart(props: StepChartProps) {
  return (
    <Suspense fallback={<Skeleton height={props.height} />}>
      <Body {...props} />
    </Suspense>
  )
}
