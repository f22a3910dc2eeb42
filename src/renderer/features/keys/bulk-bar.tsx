/** What can be done to the selected keys. Each button says how many it would change; one that changes none says why. */
import { Button, CloseButton, List, Text, Tooltip } from '@mantine/core'
import { useState } from 'react'
import type { KeyBulkAction, KeyBulkResult, PoolKey } from '../../../shared/models/key.ts'
import { ConfirmDialog } from '../../components/dialogs.tsx'
import { invoke } from '../../lib/api.ts'
import { formatCount, formatNoun } from '../../lib/format.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import { toastError } from '../../lib/toast.tsx'
import { useAction } from '../../lib/use-action.tsx'
import classes from './keys.module.css'

export interface BulkBarProps {
  readonly keys: readonly PoolKey[]
  readonly onClear: () => void
}

const done: Readonly<Record<KeyBulkAction, string>> = { pause: 'Paused', resume: 'Resumed', revoke: 'Revoked' }
const SHOWN_NAMES = 8

/** The keys that the act would change: a revoked one cannot be changed at all. */
function concerned(keys: readonly PoolKey[], action: KeyBulkAction): readonly PoolKey[] {
  return keys.filter(({ status }) => {
    if (action === 'revoke') return status !== 'revoked'
    return action === 'pause' ? status === 'active' : status === 'paused'
  })
}

export function BulkBar({ keys, onClear }: BulkBarProps) {
  const [isAsking, setAsking] = useState(false)
  const bulk = useAction('key.bulk', {
    success: ({ results }, { action }) => sentence(results, action),
    undo: async ({ undo }) => (undo === null ? undefined : invoke('key.bulk', undo)),
    onDone: ({ results }) => reportFailures(results),
  })
  const final = useAction('key.bulk', {
    errorToast: false,
    success: ({ results }, { action }) => sentence(results, action),
    onDone: ({ results }) => reportFailures(results),
  })
  const revocable = concerned(keys, 'revoke')
  const ids = (action: KeyBulkAction) => concerned(keys, action).map((key) => key.id)
  return (
    <div className={classes['bulk']} role="toolbar" aria-label="Selected keys">
      <Text fw={600} aria-live="polite">
        {`${formatCount(keys.length)} selected`}
      </Text>
      <BulkButton
        label="Pause"
        count={ids('pause').length}
        none="None of the selected keys is active."
        isPending={bulk.isPending}
        onClick={() => bulk.fire({ ids: ids('pause'), action: 'pause' })}
      />
      <BulkButton
        label="Resume"
        count={ids('resume').length}
        none="None of the selected keys is paused."
        isPending={bulk.isPending}
        onClick={() => bulk.fire({ ids: ids('resume'), action: 'resume' })}
      />
      <BulkButton
        label="Revoke"
        isDangerous
        count={revocable.length}
        none="All of the selected keys are revoked already."
        isPending={final.isPending}
        onClick={() => setAsking(true)}
      />
      <CloseButton size="sm" ml="auto" aria-label="Clear the selection" onClick={onClear} />
      <ConfirmDialog
        opened={isAsking}
        onClose={() => setAsking(false)}
        title={`Revoke ${formatNoun(revocable.length, 'key')}?`}
        confirm="Revoke"
        danger
        onConfirm={() => final.run({ ids: ids('revoke'), action: 'revoke' })}
      >
        <Text>
          Their clients are refused from the next request on. This is final and cannot be undone. The log stays.
        </Text>
        <Names keys={revocable} />
      </ConfirmDialog>
    </div>
  )
}

function Names({ keys }: { readonly keys: readonly PoolKey[] }) {
  const rest = keys.length - SHOWN_NAMES
  return (
    <List size="sm">
      {keys.slice(0, SHOWN_NAMES).map((key) => (
        <List.Item key={key.id}>{key.name}</List.Item>
      ))}
      {rest > 0 && <List.Item>{`and ${formatCount(rest)} more`}</List.Item>}
    </List>
  )
}

interface BulkButtonProps {
  readonly label: string
  readonly count: number
  readonly none: string
  readonly isPending: boolean
  readonly isDangerous?: boolean
  readonly onClick: () => void
}

function BulkButton({ label, count, none, isPending, isDangerous = false, onClick }: BulkButtonProps) {
  const isOff = count === 0
  return (
    <Tooltip label={none} disabled={!isOff}>
      <Button
        size="compact-xs"
        variant="default"
        {...(isDangerous && !isOff ? { c: 'var(--tone-bad)' } : {})}
        loading={isPending}
        // Not `disabled`: the reason has to be reachable.
        {...(isOff ? { 'data-disabled': true, 'aria-description': none } : {})}
        aria-disabled={isOff}
        onClick={() => {
          if (!isOff) onClick()
        }}
      >
        {isOff ? label : `${label} ${formatCount(count)}`}
      </Button>
    </Tooltip>
  )
}

function sentence(results: KeyBulkResult['results'], action: KeyBulkAction): string {
  return `${done[action]} ${formatNoun(results.filter(({ outcome }) => outcome === 'changed').length, 'key')}`
}

/** A key that somebody else deleted or revoked meanwhile. The others were changed all the same. */
function reportFailures(results: KeyBulkResult['results']): void {
  const failed = results.filter(({ outcome }) => outcome === 'failed')
  const error = failed[0]?.error ?? null
  if (error === null) return
  const more = failed.length === 1 ? '' : ` And ${formatNoun(failed.length - 1, 'key')} more could not be changed.`
  toastError(new OperatorError({ code: error.code, message: `${error.message}${more}` }))
}
