/** Where a job stands and how it ended: a bar while it runs, then a notice until it is dismissed. */
import { Text } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import type { JobKind, JobOf, JobResult } from '../../shared/models/job.ts'
import type { JobView } from '../lib/use-job.ts'
import { JobProgress } from './job-progress.tsx'
import { Notice, type NoticeProps } from './notice.tsx'

export interface JobNoticeProps<K extends JobKind> {
  readonly view: JobView<K>
  /** Names the region: "Backup". */
  readonly label: string
  /** "Making a backup". */
  readonly running: string
  readonly failed: string
  readonly cancelled: string
  /** What a cancelled one leaves behind. */
  readonly afterCancel: string
  readonly done: (result: JobResult<K>) => Pick<NoticeProps, 'tone' | 'title' | 'children'>
  /** Also the end of a job that ended before this page was opened. */
  readonly isLasting?: boolean
}

export function JobNotice<K extends JobKind>(props: JobNoticeProps<K>) {
  const { view, label, running, isLasting = false } = props
  const { job, isRunning, cancel } = view
  const [openedAt] = useState(() => Date.now())
  const [closed, setClosed] = useState<string | null>(null)
  if (job === null || closed === job.id) return null
  if (isRunning) return <JobProgress label={running} job={job} cancel={cancel} />
  if (!isLasting && (job.endedAt ?? 0) < openedAt) return null
  const { tone, title, children } = endOf(job, props)
  return (
    <Notice tone={tone} title={title} label={label} onClose={() => setClosed(job.id)}>
      {typeof children === 'string' ? <Text>{children}</Text> : children}
    </Notice>
  )
}

function endOf<K extends JobKind>(
  job: JobOf<K>,
  { done, failed, cancelled, afterCancel }: JobNoticeProps<K>,
): { tone: NoticeProps['tone']; title: string; children?: ReactNode } {
  if (job.state === 'cancelled') return { tone: 'warn', title: cancelled, children: afterCancel }
  if (job.result !== null) return done(job.result as JobResult<K>)
  return { tone: 'bad', title: failed, children: job.error === null ? '' : `${job.error.message} (${job.error.code})` }
}
