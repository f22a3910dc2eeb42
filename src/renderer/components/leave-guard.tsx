/**
 * Asks before typed work is left behind: by a link, "back", the palette or a shortcut. Steps and filters of the same page
 * are no leaving. Closing the window is asked by the browser itself.
 */
import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useCallback, useEffect, useRef } from 'react'
import { useBlocker } from 'react-router'

export interface LeaveGuardProps {
  /** Whether there is something to lose, asked at the moment of leaving: what was saved a moment ago no longer is. */
  readonly isDirty: () => boolean
  readonly title?: string
  readonly children?: string
  /** The act as a verb: "Discard". */
  readonly leave?: string
}

export function LeaveGuard({
  isDirty,
  title = 'Leave without saving?',
  children = 'What you typed here is not saved and will be gone.',
  leave = 'Discard changes',
}: LeaveGuardProps) {
  const latest = useRef(isDirty)
  useEffect(() => {
    latest.current = isDirty
  })
  const blocker = useBlocker(
    useCallback(
      ({
        currentLocation,
        nextLocation,
      }: {
        currentLocation: { pathname: string }
        nextLocation: { pathname: string }
      }) => currentLocation.pathname !== nextLocation.pathname && latest.current(),
      [],
    ),
  )
  useEffect(() => {
    const onUnload = (event: BeforeUnloadEvent) => {
      if (latest.current()) event.preventDefault()
    }
    addEventListener('beforeunload', onUnload)
    return () => removeEventListener('beforeunload', onUnload)
  }, [])
  return (
    <Modal opened={blocker.state === 'blocked'} onClose={() => blocker.reset?.()} title={title}>
      <Stack gap="sm">
        <Text>{children}</Text>
        <Group justify="flex-end" gap="xs">
          <Button data-autofocus onClick={() => blocker.reset?.()}>
            Stay
          </Button>
          <Button variant="default" onClick={() => blocker.proceed?.()}>
            {leave}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
