/** Questions before an act that cannot simply be undone. Focus starts on the way out. */
import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { errorLine, OperatorError } from '../lib/operator-error.ts'

export interface ConfirmDialogProps {
  readonly opened: boolean
  readonly onClose: () => void
  /** "Revoke laptop?" */
  readonly title: string
  /** What happens then, and what stays. */
  readonly children: ReactNode
  /** The act as a verb: "Revoke". */
  readonly confirm: string
  readonly danger?: boolean
  /** Why it cannot be done as it stands; null where it can. */
  readonly blockedBy?: string | null
  /** Rejections are shown in the dialog, which stays open. */
  readonly onConfirm: () => Promise<unknown>
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={props.title}>
      <ConfirmBody {...props} blockedBy={props.blockedBy ?? null} />
    </Modal>
  )
}

export interface TypedConfirmDialogProps extends Omit<ConfirmDialogProps, 'danger' | 'blockedBy'> {
  /** What has to be typed: the name of the Pool, the prefix of the key. */
  readonly expected: string
  /** What `expected` is: "name", "prefix". */
  readonly noun: string
}

/** For acts that destroy: the operator types what is about to go. */
export function TypedConfirmDialog(props: TypedConfirmDialogProps) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={props.title}>
      <TypedBody {...props} />
    </Modal>
  )
}

function TypedBody(props: TypedConfirmDialogProps) {
  const { expected, noun } = props
  const [typed, setTyped] = useState('')
  const blockedBy = typed.trim() === expected ? null : `Type the ${noun} to go on.`
  return (
    <ConfirmBody {...props} danger blockedBy={blockedBy}>
      {props.children}
      <TextInput
        data-autofocus
        label={`Type the ${noun} to confirm`}
        placeholder={expected}
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
    </ConfirmBody>
  )
}

interface BodyProps extends ConfirmDialogProps {
  readonly blockedBy: string | null
}

function ConfirmBody({ onClose, children, confirm, danger = false, onConfirm, blockedBy }: BodyProps) {
  const [isPending, setPending] = useState(false)
  const [error, setError] = useState<OperatorError | null>(null)
  const said = useRef<HTMLParagraphElement>(null)
  // The button was out of reach meanwhile, which takes the focus from it.
  useEffect(() => said.current?.focus(), [error])

  async function go(): Promise<void> {
    if (blockedBy !== null) return
    setPending(true)
    setError(null)
    try {
      await onConfirm()
      onClose()
    } catch (thrown) {
      setError(OperatorError.from(thrown))
    } finally {
      setPending(false)
    }
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void go()
      }}
    >
      <Stack gap="sm">
        {typeof children === 'string' ? <Text>{children}</Text> : children}
        {error !== null && (
          <Text role="alert" c="var(--tone-bad)" ref={said} tabIndex={-1}>
            {errorLine(error)}
          </Text>
        )}
        <Group justify="flex-end" gap="xs" align="center">
          {blockedBy !== null && (
            <Text size="xs" c="dimmed" flex={1} id="confirm-reason">
              {blockedBy}
            </Text>
          )}
          <Button variant="default" onClick={onClose} {...(blockedBy === null ? { 'data-autofocus': true } : {})}>
            Cancel
          </Button>
          <Button
            type="submit"
            color={danger ? 'red.9' : 'water'}
            loading={isPending}
            disabled={blockedBy !== null}
            {...(blockedBy === null ? {} : { 'aria-describedby': 'confirm-reason' })}
          >
            {confirm}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
