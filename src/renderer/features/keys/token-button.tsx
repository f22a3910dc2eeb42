import { Button } from '@mantine/core'
import { Link, useLocation } from 'react-router'
import type { PoolKey } from '../../../shared/models/key.ts'
import { useRoute } from '../../lib/api.ts'
import { useNow } from '../../lib/clock.ts'
import { formatCount } from '../../lib/format.ts'
import { statusOfToken } from './token-words.ts'

/** To the tokens of a key, with how many of them open now. */
export function TokenButton({ poolKey: key }: { readonly poolKey: PoolKey }) {
  const { search } = useLocation()
  const tokens = useRoute('token.list', { keyId: key.id }).data
  const now = useNow()
  const active = tokens?.filter((token) => statusOfToken(token, key, now) === 'active').length ?? 0
  return (
    <Button component={Link} to={{ pathname: `/keys/${key.id}/tokens`, search }} variant="default" size="compact-xs">
      {active === 0 ? 'Tokens' : `Tokens: ${formatCount(active)} active`}
    </Button>
  )
}
