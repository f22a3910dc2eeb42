/** How the work on backups stands and how it ended. */
import type { JobResult } from '../../../shared/models/job.ts'
import { JobNotice } from '../../components/job-notice.tsx'
import type { NoticeProps } from '../../components/notice.tsx'
import type { JobView } from '../../lib/use-job.ts'
import { CheckWords } from './backup-check.tsx'

type End = Pick<NoticeProps, 'tone' | 'title' | 'children'>

export interface BackupJobsProps {
  readonly making: JobView<'backup.create'>
  readonly checking: JobView<'backup.check'>
  readonly restoring: JobView<'backup.restore'>
}

export function BackupJobs({ making, checking, restoring }: BackupJobsProps) {
  return (
    <>
      <JobNotice
        view={making}
        label="Backup"
        running="Making a backup"
        failed="The backup could not be made"
        cancelled="The backup was cancelled"
        afterCancel="Nothing of it was kept."
        done={endOfMaking}
      />
      <JobNotice
        view={checking}
        label="Check"
        running="Checking a backup"
        failed="The file could not be checked"
        cancelled="The check was cancelled"
        afterCancel="It says nothing about the file. Start it again to know."
        done={endOfCheck}
      />
      <JobNotice
        view={restoring}
        label="Restore"
        running="Checking the backup before it is planned"
        failed="The restore was not planned"
        cancelled="The restore was cancelled"
        afterCancel="Nothing was planned: the next start leaves the database as it is."
        done={endOfPlanning}
      />
    </>
  )
}

function endOfMaking({ backup, check }: JobResult<'backup.create'>): End {
  return { tone: 'ok', title: `Made ${backup.id}`, children: <CheckWords check={check} /> }
}

function endOfCheck(check: JobResult<'backup.check'>): End {
  const name = check.id ?? check.path
  const children = <CheckWords check={check} />
  if (!check.ok) return { tone: 'bad', title: `${name} is not usable`, children }
  if (check.version === 'newer') return { tone: 'bad', title: `${name} is whole, but newer than this Weir`, children }
  return { tone: 'ok', title: `${name} is whole`, children }
}

function endOfPlanning({ id, check }: JobResult<'backup.restore'>): End {
  return { tone: 'ok', title: `The next start restores ${id}`, children: <CheckWords check={check} /> }
}
