import { Text } from '@mantine/core'
import type { Backup } from '../../../shared/models/data-care.ts'
import { ConfirmDialog } from '../../components/dialogs.tsx'
import { Time } from '../../components/time.tsx'
import { useAction } from '../../lib/use-action.tsx'
import classes from './settings.module.css'

export interface RestoreDialogProps {
  /** Null: closed. */
  readonly backup: Backup | null
  readonly onClose: () => void
}

/** What a restore does, before it is planned: nothing until the next start, and then everything at once. */
export function RestoreDialog({ backup, onClose }: RestoreDialogProps) {
  const restore = useAction('backup.restore', { errorToast: false })
  return (
    <ConfirmDialog
      opened={backup !== null}
      onClose={onClose}
      title="Restore this backup at the next start?"
      confirm="Check and plan it"
      danger
      onConfirm={() => restore.run({ id: backup?.id ?? '' })}
    >
      <Text>
        <b>{backup?.id}</b>, made <Time at={backup?.createdAt ?? null} absolute />.
      </Text>
      <ul className={classes['points']}>
        <li>
          Weir checks the file now. Nothing else happens until it starts again, and you can take it back until then.
        </li>
        <li>
          The start puts the backup in the place of the database. The database of today is kept as a backup of its own.
        </li>
        <li>
          What was changed since then is as it was: requests, keys, Pools and settings of the time after are gone, and a
          key that was revoked or rotated since then works again with its old secret.
        </li>
        <li>Secrets of upstreams are not part of a backup. They stay as they are in the secret store.</li>
      </ul>
    </ConfirmDialog>
  )
}
