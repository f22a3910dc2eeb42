import { Anchor, Button, Text, Title } from '@mantine/core'
import { Link } from 'react-router'
import type { EphemeralToken, TokenStatus } from '../../../shared/models/ephemeral-token.ts'
import type { PoolKey } from '../../../shared/models/key.ts'
import { CopyText } from '../../components/copy.tsx'
import { FactList } from '../../components/facts.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { Time } from '../../components/time.tsx'
import { useNow } from '../../lib/clock.ts'
import { withParams } from '../../lib/url-state.ts'
import { endOfToken, isLive, scopeWords, statusOfToken, statusReason, usedWords } from './token-words.ts'
import classes from './tokens.module.css'

export interface TokenItemProps {
  readonly token: EphemeralToken
  /** That lends it. */
  readonly poolKey: PoolKey
  readonly onRevoke: () => void
}

/** One token: how long it still opens, what it may do and what it did. */
export function TokenItem({ token, poolKey: key, onRevoke }: TokenItemProps) {
  const now = useNow()
  const status = statusOfToken(token, key, now)
  return (
    <li className={classes['token']} data-token={token.id} data-status={status}>
      <div className={classes['head']}>
        <Title order={3} className={classes['name'] ?? ''}>
          {token.name}
        </Title>
        <StatusBadge status={status} reason={statusReason(status, key)} />
        <Text size="xs" c="dimmed" component="div">
          <End token={token} poolKey={key} status={status} />
        </Text>
        {isLive(token, key, now) && (
          <Button
            size="compact-xs"
            variant="default"
            className={classes['end'] ?? ''}
            aria-label={`Revoke ${token.name}`}
            onClick={onRevoke}
          >
            Revoke…
          </Button>
        )}
      </div>
      <div className={classes['origin']}>
        <CopyText text={token.prefix} what={`prefix of ${token.name}`} />
        <Text size="xs" c="dimmed" component="div">
          made <Time at={token.createdAt} />
          {token.madeBy === 'key' ? ' by the key itself' : ' by the operator'}
        </Text>
      </div>
      <FactList
        label={token.name}
        facts={[
          { label: 'Scope', value: scopeWords(token).join(' · ') },
          { label: 'Used', value: <Use token={token} /> },
        ]}
      />
    </li>
  )
}

interface EndProps extends Pick<TokenItemProps, 'token' | 'poolKey'> {
  readonly status: TokenStatus
}

/** When that state came, or when the token will end. */
function End({ token, poolKey: key, status }: EndProps) {
  const now = useNow()
  if (status === 'revoked') return <Time at={token.revokedAt} />
  const end = endOfToken(token, key)
  return (
    <>
      {end > now && 'ends '}
      <Time at={end} />
      {end < token.expiresAt && ', with its key'}
    </>
  )
}

function Use({ token }: { readonly token: EphemeralToken }) {
  if (token.lastUsedAt === null) return usedWords(token)
  return (
    <span className={classes['use']}>
      <span>
        {`${usedWords(token)} · last `}
        <Time at={token.lastUsedAt} />
      </span>
      <Anchor
        component={Link}
        size="xs"
        to={withParams('/requests', { key: token.keyId, token: token.id })}
        aria-label={`its requests: ${token.name}`}
      >
        its requests
      </Anchor>
    </span>
  )
}
