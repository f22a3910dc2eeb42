/** The two ways in which a price ends: back to what counts without it, or to none at all. */
import { Text } from '@mantine/core'
import type { PriceRow } from '../../../shared/models/price.ts'
import { ConfirmDialog } from '../../components/dialogs.tsx'
import { useAction, type ActionOptions } from '../../lib/use-action.tsx'
import { ratesWords, slotName } from './price-rows.ts'
import { putBack } from './put-back.ts'

export interface RemoveDialogProps {
  /** Null: closed. */
  readonly row: PriceRow | null
  readonly onClose: () => void
}

const KEPT = 'This applies from now on. Past requests keep their cost, and the history keeps this price.'

function useRemove(row: PriceRow | null, said: (name: string) => string) {
  const back = row === null ? null : putBack(row)
  const options: ActionOptions<'price.remove'> = {
    errorToast: false,
    success: () => said(row === null ? '' : slotName(row)),
    ...(back === null ? {} : { undo: back }),
  }
  return useAction('price.remove', options)
}

/** What the act is called depends on whether Weir has a price of this place. */
export function giveUpWords({ bundled }: PriceRow): string {
  return bundled === null ? 'Give this price up' : 'Back to Weir’s price'
}

export function GiveUpDialog({ row, onClose }: RemoveDialogProps) {
  const remove = useRemove(row, (name) => `Gave the price of ${name} up`)
  return (
    <ConfirmDialog
      opened={row !== null}
      onClose={onClose}
      title={row === null ? '' : `${giveUpWords(row)} for ${slotName(row)}?`}
      confirm={row === null ? '' : giveUpWords(row)}
      onConfirm={async () => {
        if (row !== null) await remove.run({ model: row.model, upstreamId: row.upstreamId, to: 'default' })
      }}
    >
      {row !== null && <AfterGivingUp row={row} />}
    </ConfirmDialog>
  )
}

function AfterGivingUp({ row }: { readonly row: PriceRow }) {
  return (
    <>
      <Text>
        Now: <b>{ratesWords(row.rates)}</b>
      </Text>
      <Text>
        {row.bundled !== null ? (
          <>
            Then: <b>{ratesWords(row.bundled)}</b>
          </>
        ) : row.upstreamId === null ? (
          'Then the longest beginning that fits the model counts; without one it is unpriced.'
        ) : (
          'Then the price for any upstream counts here too; without one the model is unpriced here.'
        )}
      </Text>
      <Text c="dimmed">{KEPT}</Text>
    </>
  )
}

export function UnpriceDialog({ row, onClose }: RemoveDialogProps) {
  const remove = useRemove(row, (name) => `${name} is unpriced`)
  return (
    <ConfirmDialog
      opened={row !== null}
      onClose={onClose}
      title={row === null ? '' : `Make ${slotName(row)} unpriced?`}
      confirm="Make unpriced"
      danger
      onConfirm={async () => {
        if (row !== null) await remove.run({ model: row.model, upstreamId: row.upstreamId, to: 'unpriced' })
      }}
    >
      <Text>
        Its requests are logged without a cost. A key with a budget refuses them, unless the key is set to warn or to
        let them pass free.
      </Text>
      <Text c="dimmed">{KEPT}</Text>
    </ConfirmDialog>
  )
}
