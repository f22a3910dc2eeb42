import { DataTable } from '../../components/data-table.tsx'
import type { Column } from '../../components/table-model.ts'
import { Time } from '../../components/time.tsx'
import type { Series, SeriesGroup } from '../../../shared/models/stats.ts'

export interface UsageTableProps {
  readonly series: Series
  readonly label: string
  readonly format: (value: number) => string
}

interface Step {
  readonly at: number
  readonly values: readonly number[]
}

const from: Column<Step> = { id: 'at', header: 'From', cell: (step) => <Time at={step.at} absolute /> }

/** The steps in which there was something, newest first. */
export function UsageTable({ series, label, format }: UsageTableProps) {
  const steps = series.steps
    .map((at, index): Step => ({ at, values: series.groups.map((group) => group.values[index] ?? 0) }))
    .filter(({ values }) => values.some((value) => value > 0))
    .toReversed()
  const columns: readonly Column<Step>[] = [
    from,
    ...series.groups.map((group, index): Column<Step> => ({
      id: String(index),
      header: groupName(group),
      align: 'right',
      cell: (step) => format(step.values[index] ?? 0),
    })),
  ]
  return (
    <DataTable
      label={`${label} over time by model`}
      columns={columns}
      rows={steps}
      rowKey={(step) => String(step.at)}
      maxHeight="14rem"
    />
  )
}

export function groupName({ id, name }: SeriesGroup): string {
  if (id === null) return 'Others'
  return name ?? (id === '' ? 'No model' : id)
}
