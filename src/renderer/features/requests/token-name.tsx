import { Anchor, Text } from '@mantine/core'
import { Link } from 'react-router'
import type { RequestDetail } from '../../../shared/models/request.ts'
import { withParams } from '../../lib/url-state.ts'

export interface TokenNameProps {
  readonly keyId: string
  readonly token: NonNullable<RequestDetail['token']>
  /** Its key is still there, and so is the list of its tokens. */
  readonly isListed: boolean
}

/** The ephemeral token that a request came with, and the way to it among those of its key. */
export function TokenName({ keyId, token: { id, name, prefix }, isListed }: TokenNameProps) {
  const words = name ?? id
  return (
    <>
      {isListed ? (
        <Anchor component={Link} to={withParams(`/keys/${keyId}/tokens`, { ended: 1, token: prefix })} size="sm">
          {words}
        </Anchor>
      ) : (
        <span>{words}</span>
      )}
      {prefix !== null && (
        <Text span size="xs" c="dimmed" ff="monospace">
          {prefix}
        </Text>
      )}
    </>
  )
}
