/** What a check found in a copy of the database, and checking a file that lies elsewhere. */
import { Button, Group, Text, TextInput, Title } from '@mantine/core'
import { useState } from 'react'
import type { BackupCheck } from '../../../shared/models/data-care.ts'
import { Time } from '../../components/time.tsx'
import { formatBytes, formatNoun } from '../../lib/format.ts'
import { fieldErrors, OperatorError } from '../../lib/operator-error.ts'
import { toastError } from '../../lib/toast.tsx'
import { useAction } from '../../lib/use-action.tsx'
import classes from './settings.module.css'

const versions: Readonly<Record<BackupCheck['version'], string>> = {
  same: 'Made by this version.',
  older: 'Made by an earlier version: the start that restores it brings it up to date.',
  newer: 'Made by a newer version: this one cannot restore it. Update Weir first.',
  unknown: 'Its version is not known.',
}

export function CheckWords({ check }: { readonly check: BackupCheck }) {
  const { ok, finding, version, bytes, rows, newestRequestAt } = check
  return (
    <Text component="div">
      {finding !== null && <div>{finding}</div>}
      {ok && (
        <>
          {formatBytes(bytes)}
          {rows !== null &&
            `: ${formatNoun(rows.pools, 'Pool')}, ${formatNoun(rows.upstreams, 'upstream')}, ${formatNoun(rows.keys, 'key')}, ${formatNoun(rows.requests, 'request')}, ${formatNoun(rows.auditEntries, 'audit entry', 'audit entries')}`}
          {newestRequestAt !== null && (
            <>
              ; newest request <Time at={newestRequestAt} absolute />
            </>
          )}
          . {versions[version]}
        </>
      )}
    </Text>
  )
}

export function CheckFile({ isBusy }: { readonly isBusy: boolean }) {
  const [path, setPath] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const check = useAction('backup.check', { errorToast: false })
  const reason =
    path.trim() === '' ? 'Give the whole path of a file on this machine.' : isBusy ? 'A check runs now.' : null

  async function submit(): Promise<void> {
    try {
      await check.run({ path: path.trim() })
    } catch (thrown) {
      const named = fieldErrors(thrown)['path']
      setProblem(named ?? null)
      if (named === undefined) toastError(OperatorError.from(thrown))
    }
  }

  return (
    <form
      className={`${classes['section']} ${classes['apart']}`}
      onSubmit={(event) => {
        event.preventDefault()
        if (reason === null) void submit()
      }}
    >
      <Title order={2}>Check a copy that lies elsewhere</Title>
      <Group gap="xs" align="flex-start">
        <TextInput
          aria-label="Path of the file"
          placeholder="Path of the file"
          flex={1}
          maw={520}
          value={path}
          error={problem}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => {
            setPath(event.currentTarget.value)
            setProblem(null)
          }}
        />
        <Button
          type="submit"
          variant="default"
          loading={check.isPending}
          disabled={reason !== null}
          aria-describedby="check-reason"
        >
          Check
        </Button>
      </Group>
      <Text size="xs" c="dimmed" id="check-reason">
        {reason ?? 'The file is only read. To restore it, put it into the backups folder of the data directory.'}
      </Text>
    </form>
  )
}
