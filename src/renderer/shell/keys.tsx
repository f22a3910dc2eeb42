import { Group, Kbd } from '@mantine/core'
import { Fragment } from 'react'

/** `g p` as two keys. */
export function Keys({ keys }: { readonly keys: string }) {
  return (
    <Group component="span" gap={4} wrap="nowrap">
      {keys.split(' ').map((key) => (
        <Fragment key={key}>
          <Kbd size="xs">{key}</Kbd>{' '}
        </Fragment>
      ))}
    </Group>
  )
}
