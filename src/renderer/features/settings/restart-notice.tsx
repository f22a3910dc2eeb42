/** What waits for the next start of Weir: saved settings, a restore, a compaction. Offers the restart where it can. */
import { Button, Text } from '@mantine/core'
import { useState } from 'react'
import type { RouteOutput } from '../../../shared/contract.ts'
import type { NextStart } from '../../../shared/models/data-care.ts'
import { ConfirmDialog } from '../../components/dialogs.tsx'
import { Notice } from '../../components/notice.tsx'
import { formatNoun } from '../../lib/format.ts'
import { useAction } from '../../lib/use-action.tsx'
import classes from './settings.module.css'
import { valueText, waitsFor, type SettingRow } from './value-text.ts'

type Status = RouteOutput<'system.status'>

const KEPT = 'A restart from this page keeps the port it has: stop Weir and start it again.'

export interface RestartNoticeProps {
  readonly status: Status
  readonly rows: readonly SettingRow[]
  /** Undefined until it is known. */
  readonly nextStart: NextStart | undefined
}

export function RestartNotice({ status, rows, nextStart }: RestartNoticeProps) {
  const waiting = status.pendingRestart.flatMap(({ key, active, next }) => {
    const row = rows.find((each) => each.key === key)
    if (row === undefined) return []
    const needsStart = waitsFor(row) !== 'restart'
    const words = `${row.title}: ${valueText(row, active)} becomes ${valueText(row, next)}`
    return [{ text: `${words}${needsStart ? ` when the program is started again. ${KEPT}` : '.'}`, needsStart }]
  })
  const planned = nextStart === undefined ? [] : plannedWords(nextStart)
  if (waiting.length + planned.length === 0) return null
  const isOnlyStart = planned.length === 0 && waiting.every(({ needsStart }) => needsStart)
  return (
    <Notice
      tone="warn"
      title={
        planned.length === 0
          ? `${formatNoun(waiting.length, 'saved setting')} ${waiting.length === 1 ? 'waits' : 'wait'} for a ${isOnlyStart ? 'start of the program' : 'restart'}`
          : 'At the next start'
      }
      label="Waiting for a restart"
      actions={
        <>
          {planned.length > 0 && <TakeBack />}
          {!isOnlyStart && <RestartButton status={status} />}
        </>
      }
    >
      <ul className={classes['points']}>
        {[...planned, ...waiting.map(({ text }) => text)].map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
      {!status.canRestart && !isOnlyStart && (
        <Text size="xs" c="dimmed">
          This Weir cannot restart itself: stop it and start it again.
        </Text>
      )}
    </Notice>
  )
}

function plannedWords({ restore, compact }: NextStart): string[] {
  return [
    ...(restore === null
      ? []
      : [`Backup ${restore.id} takes the place of the database, which is kept as a backup of its own.`]),
    ...(compact ? ['The database is compacted.'] : []),
  ]
}

function TakeBack() {
  const cancel = useAction('data.cancelNextStart', { success: () => 'The next start leaves the database as it is' })
  return (
    <Button variant="default" loading={cancel.isPending} onClick={() => cancel.fire({})}>
      Take back
    </Button>
  )
}

export function RestartButton({ status }: { readonly status: Status }) {
  const [isAsking, setAsking] = useState(false)
  const restart = useAction('system.restart', {
    errorToast: false,
    success: () => 'Weir restarts; the page stays',
  })
  const running = status.gateway.requestsInFlight
  return (
    <>
      <Button
        variant="default"
        disabled={!status.canRestart}
        title={status.canRestart ? undefined : 'This Weir cannot restart itself'}
        onClick={() => setAsking(true)}
      >
        Restart now
      </Button>
      <ConfirmDialog
        opened={isAsking}
        onClose={() => setAsking(false)}
        title="Restart Weir?"
        confirm="Restart"
        onConfirm={() => restart.run({})}
      >
        <Text>
          {running === 0
            ? 'No request runs now.'
            : `${formatNoun(running, 'request')} ${running === 1 ? 'runs' : 'run'} now and may finish first.`}{' '}
          New requests are refused until Weir is back, usually within seconds. You stay signed in.
        </Text>
      </ConfirmDialog>
    </>
  )
}
