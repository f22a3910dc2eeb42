/**
 * Figures over time, drawn. Whoever shows one offers the same as a table too (`StepTable`): a picture can't be read by
 * everybody, and exact figures can't be read off it by anybody.
 */
import { createLateChart } from './late-chart.tsx'
import type { StepChartProps } from './step-chart-body.tsx'

export const { Chart: StepChart, useSoon: useStepChartSoon } = createLateChart<StepChartProps>(
  async () => (await import('./step-chart-body.tsx')).StepChartBody,
)
