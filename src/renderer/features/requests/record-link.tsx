import { Anchor } from '@mantine/core'
import { Link } from 'react-router'
import type { RecordName } from '../../../shared/models/request.ts'

export interface RecordLinkProps {
  readonly kind: 'keys' | 'pools' | 'upstreams'
  readonly id: string
  readonly name: RecordName
}

/** A record that a request names; one that is gone is named and leads nowhere. */
export function RecordLink({ kind, id, name }: RecordLinkProps) {
  if (name.isDeleted) return <span>{`${name.name ?? id} (deleted)`}</span>
  return (
    <Anchor component={Link} to={`/${kind}/${id}`} size="sm">
      {name.name ?? id}
    </Anchor>
  )
}
