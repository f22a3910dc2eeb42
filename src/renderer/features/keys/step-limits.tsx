import { Text } from '@mantine/core'

/** The place of what a key may use up. Nothing is offered here that the gateway would not hold a client to. */
export function LimitsStep() {
  return (
    <Text c="dimmed">
      Keys have no limits yet: this key may send as much as its Pool’s upstreams take, so there is nothing to fill in
      here.
    </Text>
  )
}
