/** A running job as a bar with its figures and its Cancel. */
import type { Job } from '../../shared/models/job.ts'
import { formatCount } from '../lib/format.ts'
import type { JobView } from '../lib/use-job.ts'
import { ProgressAction } from './progress-action.tsx'

export interface JobProgressProps {
  /** "Making a backup". */
  readonly label: string
  readonly job: Job
  readonly cancel: JobView<Job['kind']>['cancel']
}

export function JobProgress({ label, job, cancel }: JobProgressProps) {
  const { done, total, unit } = job.progress
  return (
    <ProgressAction
      label={label}
      share={total === null || total === 0 ? null : Math.min(1, done / total)}
      detail={total === null ? `${formatCount(done)} ${unit}` : `${formatCount(done)} of ${formatCount(total)} ${unit}`}
      onCancel={() => cancel.fire({ id: job.id })}
      isCancelling={cancel.isPending}
    />
  )
}
