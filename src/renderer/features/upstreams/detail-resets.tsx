/** Resets that the provider keeps for this account: used by hand, one at a time, and never a second on a doubt. */
import { Button, Text } from '@mantine/core'
import { useState } from 'react'
import { RESET_SETTLE_AFTER_MS } from '../../../shared/reset-settling.ts'
import { ConfirmDialog } from '../../components/dialogs.tsx'
import { DetailPart } from '../../components/detail-part.tsx'
import { Notice } from '../../components/notice.tsx'
import { SmallTable } from '../../components/small-table.tsx'
import { Time } from '../../components/time.tsx'
import { useNow } from '../../lib/clock.ts'
import { formatMs } from '../../lib/format.ts'
import { useAction } from '../../lib/use-action.tsx'
import { ResetDialog } from './reset-dialog.tsx'
import { SoonTag } from './saved-resets.tsx'
import type { Upstream } from './upstream-rows.ts'
import classes from './account-quota.module.css'

type Quota = NonNullable<Upstream['accountQuota']>
type Reset = NonNullable<Quota['savedResets']>[number]
type Use = NonNullable<Quota['resetUse']>

export function DetailResets({ upstream }: { readonly upstream: Upstream }) {
  const quota = upstream.accountQuota
  const [asked, setAsked] = useState<Reset | null>(null)
  const use = quota?.resetUse ?? null
  const isPending = use?.state === 'pending'
  return (
    <DetailPart title="Saved resets">
      {use !== null && <LastUse id={upstream.id} use={use} />}
      <ResetTable resets={quota?.savedResets ?? null} isHeld={isPending} onUse={setAsked} />
      <ResetDialog upstream={upstream} reset={asked} onClose={() => setAsked(null)} />
    </DetailPart>
  )
}

interface ResetTableProps {
  readonly resets: readonly Reset[] | null
  /** Another was sent, of which nobody knows whether it took. */
  readonly isHeld: boolean
  readonly onUse: (reset: Reset) => void
}

function ResetTable({ resets, isHeld, onUse }: ResetTableProps) {
  if (resets === null) return <Text c="dimmed">The provider has told of none.</Text>
  if (resets.length === 0) return <Text c="dimmed">None is left. The provider grants one now and then.</Text>
  return (
    <div className={classes['resets']}>
      <SmallTable label="Saved resets" heads={['Reset', 'Expires', { text: 'Act', align: 'right' }]}>
        {resets.map((reset) => (
          <tr key={reset.id}>
            <td>{titleOf(reset)}</td>
            <td>
              <Time at={reset.expiresAt} none="not said" /> <SoonTag at={reset.expiresAt} />
            </td>
            <td>
              <Button size="compact-xs" variant="default" disabled={isHeld} onClick={() => onUse(reset)}>
                Use
              </Button>
            </td>
          </tr>
        ))}
      </SmallTable>
    </div>
  )
}

function titleOf({ title }: Reset): string {
  return title ?? 'Reset of the limits'
}

function LastUse({ id, use }: { readonly id: string; readonly use: Use }) {
  if (use.state === 'pending') return <PendingUse id={id} use={use} />
  const words = { confirmed: 'It took.', failed: 'It was not used.', set_aside: 'It was set aside.' }[use.state]
  return (
    <Text size="xs" mb={6} component="div" c={use.state === 'failed' ? 'var(--tone-bad)' : 'dimmed'}>
      {'Last sent '}
      <Time at={use.at} />
      {`. ${words} ${use.reason ?? ''}`}
    </Text>
  )
}

function PendingUse({ id, use }: { readonly id: string; readonly use: Use }) {
  const [isAsking, setAsking] = useState(false)
  const settle = useAction('account.settleReset', { success: () => 'Set aside', errorToast: false })
  const now = useNow()
  const wait = use.at + RESET_SETTLE_AFTER_MS - now
  return (
    <div className={classes['pending']}>
      <Notice
        tone="warn"
        title="A saved reset is on its way"
        actions={
          wait <= 0 && (
            <Button size="compact-sm" variant="default" onClick={() => setAsking(true)}>
              Set aside
            </Button>
          )
        }
      >
        <Text>
          {'Sent '}
          <Time at={use.at} />
          {`. ${use.reason ?? ''}`}
        </Text>
        <Text size="xs" c="dimmed">
          No other is sent before this is known.
          {wait > 0 && ` If nobody can tell, it can be set aside in ${formatMs(Math.ceil(wait / 60_000) * 60_000)}.`}
        </Text>
      </Notice>
      <ConfirmDialog
        opened={isAsking}
        onClose={() => setAsking(false)}
        title="Set this reset aside?"
        confirm="Set aside"
        danger
        onConfirm={() => settle.run({ id, useId: use.id })}
      >
        <Text>
          Nobody learned whether it took. It may have: look at the figures first. Once it is set aside, another saved
          reset can be used.
        </Text>
      </ConfirmDialog>
    </div>
  )
}
