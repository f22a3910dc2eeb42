/** The walk along the chain of the audit log: how far it is, and what it found, as plainly as it can be said. */
import { Anchor, Button, Text } from '@mantine/core'
import { Link } from 'react-router'
import type { AuditProblem, AuditVerdict } from '../../../shared/models/audit.ts'
import { CopyText } from '../../components/copy.tsx'
import { JobNotice } from '../../components/job-notice.tsx'
import type { NoticeProps } from '../../components/notice.tsx'
import { Time } from '../../components/time.tsx'
import { formatNoun } from '../../lib/format.ts'
import type { Action } from '../../lib/use-action.tsx'
import type { JobView } from '../../lib/use-job.ts'

const problems: Readonly<Record<AuditProblem, string>> = {
  altered: 'Its content was changed after it was written.',
  missing: 'Entries before it are gone.',
  reordered: 'It does not follow the entry before it: entries were moved or taken out.',
  truncated: 'Entries that were there are gone from the end.',
}

const anchors: Readonly<Record<AuditVerdict['anchor'], string>> = {
  matches: 'The end matches the copy that is kept in the secret store.',
  differs: 'The end differs from the copy that is kept in the secret store.',
  absent: 'The secret store holds no copy of the end to compare with yet.',
  none: 'There is no secret store that could keep a copy of the end, so a log whose end was cut off together with the record of it would not show.',
}

export function VerifyButton({
  view,
  start,
}: {
  readonly view: JobView<'audit.verify'>
  readonly start: Action<'audit.verify'>
}) {
  return (
    <Button
      variant="default"
      disabled={view.isRunning}
      loading={start.isPending}
      title={view.isRunning ? 'It runs now' : undefined}
      onClick={() => start.fire({})}
    >
      Verify
    </Button>
  )
}

export function VerifyNotice({ view }: { readonly view: JobView<'audit.verify'> }) {
  return (
    <JobNotice
      view={view}
      label="Verification"
      running="Verifying the audit log"
      failed="The check failed"
      cancelled="The check was cancelled"
      afterCancel="It says nothing about the log. Start it again to know."
      done={verdictOf}
      isLasting
    />
  )
}

function verdictOf(verdict: AuditVerdict): Pick<NoticeProps, 'tone' | 'title' | 'children'> {
  const { intact, anchor } = verdict
  if (!intact) return { tone: 'bad', title: 'The audit log does not hold', children: <Breach verdict={verdict} /> }
  const tone = anchor === 'none' ? 'warn' : 'ok'
  return { tone, title: 'The audit log is whole', children: <Whole verdict={verdict} /> }
}

function Whole({ verdict }: { readonly verdict: AuditVerdict }) {
  const { head } = verdict
  return (
    <Text component="div">
      Every entry holds and follows the one before it
      {head.id !== null && (
        <>
          ; the last is <EntryLink id={head.id} /> with the hash{' '}
          <CopyText text={head.hash} what="hash of the last entry" />
        </>
      )}
      .<Checked verdict={verdict} />
    </Text>
  )
}

function Breach({ verdict }: { readonly verdict: AuditVerdict }) {
  return (
    <Text component="div">
      {verdict.broken !== null && <Broken broken={verdict.broken} />}
      <Checked verdict={verdict} />
      <Text size="xs" c="dimmed">
        Something wrote to the database past Weir. Keep a copy of the file, see who can write to the data directory, and
        compare with an older backup.
      </Text>
    </Text>
  )
}

function Checked({ verdict: { entries, checkedAt, anchor } }: { readonly verdict: AuditVerdict }) {
  return (
    <Text size="xs" c="dimmed" component="div">
      {formatNoun(entries, 'entry', 'entries')} checked <Time at={checkedAt} />. {anchors[anchor]}
    </Text>
  )
}

function Broken({ broken: { id, at, problem } }: { readonly broken: NonNullable<AuditVerdict['broken']> }) {
  if (id === null) return <>No entry is left. {problems[problem]}</>
  return (
    <>
      {problem === 'truncated' ? 'The last entry that is still there is ' : 'The first that does not hold is '}
      <EntryLink id={id} />
      {at !== null && (
        <>
          {' '}
          of <Time at={at} absolute />
        </>
      )}
      . {problems[problem]}
    </>
  )
}

function EntryLink({ id }: { readonly id: string }) {
  return <Anchor component={Link} to={`/audit/${id}`} inherit underline="always">{`entry ${id}`}</Anchor>
}
