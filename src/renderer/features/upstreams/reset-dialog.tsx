/** The question before a saved reset is used: what it does, what is left without it, and that there is no way back. */
import { List, Text } from '@mantine/core'
import { ConfirmDialog } from '../../components/dialogs.tsx'
import { Time } from '../../components/time.tsx'
import { toastSuccess } from '../../lib/toast.tsx'
import { inOrder, leftWord, LITTLE_LEFT, percentLeft, windowTitle } from '../../lib/quota-words.ts'
import { useAction } from '../../lib/use-action.tsx'
import type { Upstream } from './upstream-rows.ts'

type Quota = NonNullable<Upstream['accountQuota']>
type Reset = NonNullable<Quota['savedResets']>[number]

export interface ResetDialogProps {
  readonly upstream: Upstream
  readonly reset: Reset | null
  readonly onClose: () => void
}

export function ResetDialog({ upstream, reset, onClose }: ResetDialogProps) {
  const redeem = useAction('account.redeemReset', { errorToast: false })
  const windows = inOrder(upstream.accountQuota?.windows ?? [])
  const title = reset?.title ?? null
  const what = title === null ? 'It' : `“${title}”`
  const isWorth = windows.some((window) => percentLeft(window) < LITTLE_LEFT)
  return (
    <ConfirmDialog
      opened={reset !== null}
      onClose={onClose}
      title={`Use a saved reset of ${upstream.name}?`}
      confirm="Use it up"
      danger
      onConfirm={async () => {
        if (reset === null) return
        const { state } = await redeem.run({ id: upstream.id, resetId: reset.id })
        if (state === 'confirmed') toastSuccess('The saved reset took')
      }}
    >
      <Text>
        {`${what} fills the limits of this account again, at once. The saved reset is used up by that, whatever was left before. This cannot be undone.`}
      </Text>
      {windows.length > 0 && <Text>Left now:</Text>}
      {windows.length > 0 && (
        <List size="sm" withPadding={false} aria-label="Left now">
          {windows.map((window) => (
            <List.Item key={`${window.meter} ${window.minutes}`}>
              {`${windowTitle(window)}: ${leftWord(window)} left`}
              {window.resetsAt !== null && window.state !== 'reset' && (
                <>
                  {', resets by itself '}
                  <Time at={window.resetsAt} />
                </>
              )}
            </List.Item>
          ))}
        </List>
      )}
      {windows.length > 0 && !isWorth && (
        <Text c="var(--tone-warn)">Much is left of every limit: now it would be wasted.</Text>
      )}
    </ConfirmDialog>
  )
}
