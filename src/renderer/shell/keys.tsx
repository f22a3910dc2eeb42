import { Kbd } from '@mantine/core'
import { Fragment } from 'react'

/** `g p` as two keys. */
export function Keys({ keys }: { readonly keys: string }) {
  return (
    <span>
      {keys.split(' ').map((key) => (
        <Fragment key={key}>
          <Kbd size="xs">{key}</Kbd>{' '}
        </Fragment>
      ))}
    </span>
  )
}
