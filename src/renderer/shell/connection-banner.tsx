import { Button, Group, Text } from '@mantine/core'
import { IconUnlink } from '@tabler/icons-react'
import { api, useConnectionState } from '../lib/api.ts'
import classes from './connection-banner.module.css'

/** Says that what is on screen may be old. Goes by itself when the core answers again. */
export function ConnectionBanner() {
  const state = useConnectionState()
  return (
    <div role="status" aria-live="polite">
      {state === 'lost' && (
        <Group className={classes['banner']} gap="xs">
          <IconUnlink size={15} aria-hidden />
          <Text flex={1}>Weir cannot be reached. What is shown may be old. Reconnecting…</Text>
          <Button size="compact-xs" variant="default" onClick={() => api().connection.retryNow()}>
            Try now
          </Button>
        </Group>
      )}
    </div>
  )
}
