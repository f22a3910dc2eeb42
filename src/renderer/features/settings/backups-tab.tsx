/** Copies of the database: made while requests run, checked, put back at the next start, deleted. */
import { Button, Menu, ActionIcon, Stack, Text } from '@mantine/core'
import { IconDots } from '@tabler/icons-react'
import { useState } from 'react'
import type { Backup, BackupKind } from '../../../shared/models/data-care.ts'
import { CopyText } from '../../components/copy.tsx'
import { DataTable } from '../../components/data-table.tsx'
import { ConfirmDialog } from '../../components/dialogs.tsx'
import { EmptyState, LoadingState, QueryState } from '../../components/states.tsx'
import { Tag } from '../../components/status-badge.tsx'
import type { Column } from '../../components/table-model.ts'
import { Time } from '../../components/time.tsx'
import { useRoute } from '../../lib/api.ts'
import { formatBytes } from '../../lib/format.ts'
import { useAction } from '../../lib/use-action.tsx'
import { useJob } from '../../lib/use-job.ts'
import { CheckFile } from './backup-check.tsx'
import { BackupJobs } from './backup-jobs.tsx'
import { RestoreDialog } from './restore-dialog.tsx'

const kindWords: Readonly<Record<BackupKind, string>> = {
  manual: 'Made by you',
  migration: 'Before an update',
  replaced: 'Set aside by a restore',
  other: 'Put there by hand',
}

type Asking = { readonly act: 'restore' | 'delete'; readonly backup: Backup } | null

export function BackupsTab() {
  const list = useRoute('backup.list', {})
  const make = useAction('backup.create')
  const making = useJob('backup.create')
  const checking = useJob('backup.check')
  const restoring = useJob('backup.restore')
  const check = useAction('backup.check')
  const [asking, setAsking] = useState<Asking>(null)
  const button = (
    <Button loading={make.isPending} disabled={making.isRunning} onClick={() => make.fire({})}>
      Back up now
    </Button>
  )
  return (
    <Stack gap="sm">
      <Text c="dimmed">
        A backup is a checked copy of the database: Pools, upstreams, keys as hashes, settings, logs. Secrets of
        upstreams are not in it; they stay in the secret store. Restoring one happens at the next start.
      </Text>
      <BackupJobs making={making} checking={checking} restoring={restoring} />
      <QueryState query={list} what="The backups" loading={<LoadingState rows={4} />}>
        {(backups) =>
          backups.length === 0 ? (
            <EmptyState title="No backups yet" action={button}>
              A backup takes seconds, and requests go on meanwhile. Weir also makes one by itself before an update
              changes the database.
            </EmptyState>
          ) : (
            <>
              <div>{button}</div>
              <DataTable
                label="Backups"
                columns={columnsOf({
                  onCheck: ({ id }) => check.fire({ id }),
                  onAsk: setAsking,
                  isChecking: checking.isRunning,
                })}
                rows={backups}
                rowKey={(row) => row.id}
                rowLabel={(row) => row.id}
                maxHeight="24rem"
              />
            </>
          )
        }
      </QueryState>
      <CheckFile isBusy={checking.isRunning} />
      <Dialogs asking={asking} onClose={() => setAsking(null)} />
    </Stack>
  )
}

interface RowActs {
  readonly onCheck: (backup: Backup) => void
  readonly onAsk: (asking: Asking) => void
  readonly isChecking: boolean
}

function columnsOf(acts: RowActs): readonly Column<Backup>[] {
  return [
    { id: 'made', header: 'Made', width: '11rem', cell: (row) => <Time at={row.createdAt} absolute /> },
    {
      id: 'kind',
      header: 'Kind',
      cell: (row) => <Tag tone={row.kind === 'manual' ? 'info' : 'muted'}>{kindWords[row.kind]}</Tag>,
    },
    { id: 'size', header: 'Size', align: 'right', cell: (row) => formatBytes(row.bytes) },
    { id: 'file', header: 'File', cell: (row) => <CopyText text={row.path} what={`path of ${row.id}`} /> },
    { id: 'acts', header: 'Actions', align: 'right', cell: (row) => <RowMenu backup={row} acts={acts} /> },
  ]
}

function RowMenu({ backup, acts }: { readonly backup: Backup; readonly acts: RowActs }) {
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon aria-label={`Actions for ${backup.id}`}>
          <IconDots size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item disabled={acts.isChecking} onClick={() => acts.onCheck(backup)}>
          Check
        </Menu.Item>
        <Menu.Item onClick={() => acts.onAsk({ act: 'restore', backup })}>Restore at the next start</Menu.Item>
        <Menu.Divider />
        <Menu.Item c="var(--tone-bad)" onClick={() => acts.onAsk({ act: 'delete', backup })}>
          Delete
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

function Dialogs({ asking, onClose }: { readonly asking: Asking; readonly onClose: () => void }) {
  const remove = useAction('backup.delete', { errorToast: false, success: (_, { id }) => `Deleted ${id}` })
  const backup = asking?.backup
  return (
    <>
      <RestoreDialog backup={asking?.act === 'restore' ? asking.backup : null} onClose={onClose} />
      <ConfirmDialog
        opened={asking?.act === 'delete'}
        onClose={onClose}
        title="Delete this backup?"
        confirm="Delete"
        danger
        onConfirm={() => remove.run({ id: backup?.id ?? '' })}
      >
        <Text>
          <b>{backup?.id}</b>, {formatBytes(backup?.bytes ?? 0)}, made <Time at={backup?.createdAt ?? null} absolute />.
          The file is removed from the disk; this cannot be undone.
        </Text>
      </ConfirmDialog>
    </>
  )
}
