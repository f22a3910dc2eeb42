import { Stack, Text } from '@mantine/core'
import type { PoolKey } from '../../../shared/models/key.ts'
import { TypedConfirmDialog } from '../../components/dialogs.tsx'
import { ErrorState } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { Time } from '../../components/time.tsx'
import { useRoute } from '../../lib/api.ts'
import { formatNoun } from '../../lib/format.ts'
import { useAction } from '../../lib/use-action.tsx'

export interface DeleteDialogProps {
  readonly target: PoolKey | null
  readonly onClose: () => void
  readonly onDeleted: (key: PoolKey) => void
}

/** The prefix is typed; what goes with the key is counted when the dialog opens. */
export function DeleteDialog({ target, onClose, onDeleted }: DeleteDialogProps) {
  const remove = useAction('key.delete', {
    errorToast: false,
    success: ({ deletedRequests }) => `Deleted the key with ${formatNoun(deletedRequests, 'request')}`,
  })
  return (
    <TypedConfirmDialog
      opened={target !== null}
      onClose={onClose}
      title={`Delete ${target?.name ?? ''}?`}
      confirm="Delete"
      expected={target?.prefix ?? ''}
      noun="prefix"
      onConfirm={async () => {
        if (target === null) return
        await remove.run({ id: target.id, prefix: target.prefix })
        onDeleted(target)
      }}
    >
      {target !== null && <Loss id={target.id} />}
    </TypedConfirmDialog>
  )
}

function Loss({ id }: { readonly id: string }) {
  const preview = useRoute('key.deletePreview', { id })
  if (preview.isError) {
    return (
      <ErrorState
        title="What goes with it could not be counted"
        error={preview.error}
        onRetry={() => void preview.refetch()}
      />
    )
  }
  if (preview.data === undefined) return <Text c="dimmed">Counting what goes with it…</Text>
  const { requests: count, status, lastUsedAt } = preview.data
  return (
    <Stack gap={4}>
      <Text>
        {count === 0
          ? 'The key goes for good. It has no requests in the log.'
          : `The key goes for good, and ${formatNoun(count, 'request')} with it: log and usage figures.`}
      </Text>
      <Text c="dimmed" component="div">
        <StatusBadge status={status} />{' '}
        {lastUsedAt === null ? (
          'Never used.'
        ) : (
          <>
            Last used <Time at={lastUsedAt} />.
          </>
        )}{' '}
        The audit log keeps that it was deleted.
      </Text>
    </Stack>
  )
}
