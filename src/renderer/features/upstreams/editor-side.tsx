/** Beside the form: what the check found, and the way to save. */
import { Button, Paper, Stack, Text } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { formatNoun } from '../../lib/format.ts'
import { errorLine, type OperatorError } from '../../lib/operator-error.ts'
import { CheckView } from './check-view.tsx'
import type { Upstream } from './upstream-rows.ts'
import type { Check } from './use-check.ts'
import classes from './editor.module.css'

export interface EditorSideProps {
  readonly kind: Upstream['kind']
  readonly isNew: boolean
  readonly memberCount: number
  readonly check: Check
  readonly checkBlockedBy: string | null
  readonly onCheck: () => void
  /** Saving checks first. */
  readonly wantsCheck: boolean
  readonly blockedBy: string | null
  readonly error: OperatorError | null
  readonly isSaving: boolean
  readonly onSaveAnyway: () => void
  readonly onCancel: () => void
}

export function EditorSide(props: EditorSideProps) {
  const { kind, isNew, memberCount, check, wantsCheck, blockedBy, error, isSaving, onSaveAnyway, onCancel } = props
  const said = useRef<HTMLParagraphElement>(null)
  useEffect(() => said.current?.focus(), [error])
  const hasFailed = check.error !== null || check.result?.ok === false
  const isUnchecked = wantsCheck && check.result?.ok !== true
  return (
    <aside className={classes['side']} aria-label="Check and save">
      <Paper p="sm">
        <Stack gap="xs">
          {kind === 'simulator' ? (
            <Text c="dimmed">The simulator is part of Weir and always answers: there is nothing to check.</Text>
          ) : (
            <CheckPart {...props} />
          )}
        </Stack>
      </Paper>
      <Paper p="sm">
        <Stack gap="xs">
          <Text size="xs" c="dimmed">
            {memberCount === 0
              ? 'It will be in no Pool and serve nobody yet.'
              : `It will serve ${formatNoun(memberCount, 'Pool')}.`}
          </Text>
          {error !== null && (
            <Text role="alert" c="var(--tone-bad)" ref={said} tabIndex={-1}>
              {errorLine(error)}
            </Text>
          )}
          <Text size="xs" c="dimmed" id="editor-reason" aria-live="polite">
            {blockedBy ?? ''}
          </Text>
          <Button
            type="submit"
            disabled={blockedBy !== null}
            loading={isSaving || check.isRunning}
            aria-describedby="editor-reason"
          >
            {saveLabel(isNew, isUnchecked, hasFailed)}
          </Button>
          {hasFailed && isUnchecked && (
            <Button variant="default" disabled={blockedBy !== null} loading={isSaving} onClick={onSaveAnyway}>
              {isNew ? 'Add anyway' : 'Save anyway'}
            </Button>
          )}
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
        </Stack>
      </Paper>
    </aside>
  )
}

function saveLabel(isNew: boolean, isUnchecked: boolean, hasFailed: boolean): string {
  if (hasFailed && isUnchecked) return isNew ? 'Check again and add' : 'Check again and save'
  if (isUnchecked) return isNew ? 'Check and add' : 'Check and save'
  return isNew ? 'Add upstream' : 'Save changes'
}

function CheckPart({ check, checkBlockedBy, blockedBy, onCheck }: EditorSideProps) {
  const isIdle = !check.isRunning && check.result === null && check.error === null
  return (
    <>
      <Button variant="default" loading={check.isRunning} disabled={checkBlockedBy !== null} onClick={onCheck}>
        Check connection
      </Button>
      {isIdle && (
        <Text size="xs" c="dimmed">
          {checkBlockedBy === null || checkBlockedBy === blockedBy
            ? 'Asks for the list of models with this address and credential. Nothing is saved by it.'
            : checkBlockedBy}
        </Text>
      )}
      <CheckView check={check} />
    </>
  )
}
