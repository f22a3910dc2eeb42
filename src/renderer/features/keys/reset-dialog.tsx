/** Before what was used of a limit counts no more: what that does, and what it does not. */
import { Text } from '@mantine/core'
import type { PoolKey } from '../../../shared/models/key.ts'
import type { LimitState, ResettableField } from '../../../shared/models/limit.ts'
import { ConfirmDialog } from '../../components/dialogs.tsx'
import { useAction } from '../../lib/use-action.tsx'
import { formatAmount, limitPhrase, limitWords } from './limit-words.ts'

export interface ResetTarget {
  readonly key: PoolKey
  readonly state: LimitState & { readonly field: ResettableField }
}

export interface ResetDialogProps {
  readonly target: ResetTarget | null
  readonly onClose: () => void
}

export function ResetDialog({ target, onClose }: ResetDialogProps) {
  const phrase = target === null ? '' : limitPhrase(target.state)
  const reset = useAction('key.resetLimit', {
    errorToast: false,
    success: ({ name }) => `Set the ${phrase} of ${name} back to 0`,
  })
  return (
    <ConfirmDialog
      opened={target !== null}
      onClose={onClose}
      title={`Set the ${phrase} of ${target?.key.name ?? ''} back to 0?`}
      confirm="Set back to 0"
      onConfirm={async () => {
        if (target === null) return
        const { key, state } = target
        await reset.run({ id: key.id, overrideId: state.overrideId, field: state.field })
      }}
    >
      {target !== null && <Meaning state={target.state} />}
    </ConfirmDialog>
  )
}

function Meaning({ state: { field, limit, used } }: Pick<ResetTarget, 'state'>) {
  const since = field === 'budgetTotal' ? 'until now' : 'in this period'
  return (
    <>
      <Text>
        {`${formatAmount(field, used)} of ${limitWords(field, limit)} is used. What was used ${since} counts no more, so that the key has all of it again.`}
      </Text>
      <Text>
        The log, its costs and the charts keep everything. Requests that run now go on counting. This cannot be undone,
        and it is written to the audit log.
      </Text>
    </>
  )
}
