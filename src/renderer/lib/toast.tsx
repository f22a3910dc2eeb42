/** Short notices in the corner. Errors and alerts stay until they are closed; an undo stays ten seconds. */
import { Button, Group, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { nextStepOf, type OperatorError } from './operator-error.ts'

const UNDO_MS = 10_000
const USUAL_MS = 4_000

export interface ToastOptions {
  readonly undo?: () => void
}

export function toastSuccess(text: string, { undo }: ToastOptions = {}): void {
  if (undo === undefined) {
    notifications.show({ message: text, autoClose: USUAL_MS, withBorder: true })
    return
  }
  const id = notifications.show({
    autoClose: UNDO_MS,
    withBorder: true,
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{text}</Text>
        <Button
          size="compact-xs"
          variant="default"
          onClick={() => {
            notifications.hide(id)
            undo()
          }}
        >
          Undo
        </Button>
      </Group>
    ),
  })
}

/** Something that the operator should know now. Stays until it is closed or followed. */
export function toastAlert(text: string, act: { readonly label: string; readonly run: () => void }): void {
  const id = notifications.show({
    color: 'red',
    autoClose: false,
    withBorder: true,
    role: 'alert',
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{text}</Text>
        <Button
          size="compact-xs"
          variant="default"
          flex="none"
          onClick={() => {
            notifications.hide(id)
            act.run()
          }}
        >
          {act.label}
        </Button>
      </Group>
    ),
  })
}

export function toastError(error: OperatorError): void {
  // The banner and the signed-out page say these once for all.
  if (error.code === 'connection_lost' || error.code === 'unauthorized') return
  const next = nextStepOf(error)
  notifications.show({
    color: 'red',
    autoClose: false,
    withBorder: true,
    role: 'alert',
    message: (
      <>
        <Text size="sm">{error.message}</Text>
        {next !== '' && (
          <Text size="xs" c="dimmed">
            {next}
          </Text>
        )}
        <Text size="xs" c="dimmed" ff="monospace">
          {error.code}
        </Text>
      </>
    ),
  })
}
