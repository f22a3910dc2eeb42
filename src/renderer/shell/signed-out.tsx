import { Code, Text } from '@mantine/core'
import { IconLock } from '@tabler/icons-react'
import { EmptyState } from '../components/states.tsx'

/** The session ended while the page was open. Nothing that was typed can be saved without a new one. */
export function SignedOut() {
  return (
    <EmptyState title="You are signed out" icon={<IconLock size={24} aria-hidden />}>
      <Text>The session has ended. Open a new sign-in link to go on; it is printed by</Text>
      <Code block mt="xs">
        npx weir status
      </Code>
    </EmptyState>
  )
}
