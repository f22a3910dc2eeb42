/** The tokens of one key, newest first, and what is said where there are none. */
import { Button, Group, SegmentedControl, Text } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { Link, useLocation } from 'react-router'
import { withoutKeySecret } from '../../../shared/key-text.ts'
import type { EphemeralToken } from '../../../shared/models/ephemeral-token.ts'
import type { PoolKey } from '../../../shared/models/key.ts'
import { CodeSnippet } from '../../components/copy.tsx'
import { ConfirmDialog } from '../../components/dialogs.tsx'
import { SearchInput } from '../../components/filters.tsx'
import { EmptyState, FilteredToNothing, LoadingState, QueryState } from '../../components/states.tsx'
import { useRoute } from '../../lib/api.ts'
import { useNow } from '../../lib/clock.ts'
import { formatCount } from '../../lib/format.ts'
import { useUrlState } from '../../lib/url-state.ts'
import { useAction } from '../../lib/use-action.tsx'
import { TokenItem } from './token-item.tsx'
import { fitsToken, isLive, madeNoMore, tokenParams, tokenRequestLine } from './token-words.ts'
import classes from './tokens.module.css'

/** More are asked for: a key may have lent a thousand. */
const PAGE = 50

export function TokenList({ poolKey: key }: { readonly poolKey: PoolKey }) {
  const query = useRoute('token.list', { keyId: key.id })
  return (
    <QueryState query={query} what="The tokens" loading={<LoadingState rows={6} />}>
      {(tokens) => (tokens.length === 0 ? <NoTokens poolKey={key} /> : <Ready poolKey={key} tokens={tokens} />)}
    </QueryState>
  )
}

function NewToken({ poolKey: key }: { readonly poolKey: PoolKey }) {
  const { search } = useLocation()
  const button = useRef<HTMLAnchorElement>(null)
  const blockedBy = madeNoMore(key, useNow())
  useEffect(() => {
    // Back from the form, whose fields had the focus and are gone.
    if (document.activeElement === document.body) button.current?.focus()
  }, [])
  if (blockedBy !== null) return <Text c="dimmed">{blockedBy}</Text>
  return (
    <Button ref={button} component={Link} to={{ pathname: `/keys/${key.id}/tokens/new`, search }}>
      New token
    </Button>
  )
}

interface ReadyProps {
  readonly poolKey: PoolKey
  readonly tokens: readonly EphemeralToken[]
}

function Ready({ poolKey: key, tokens }: ReadyProps) {
  const [filters, setFilters] = useUrlState(tokenParams)
  const [revoking, setRevoking] = useState<EphemeralToken | null>(null)
  const now = useNow()
  const live = tokens.filter((token) => isLive(token, key, now))
  const shown = (filters.ended ? tokens : live).filter((token) => fitsToken(token, filters.token))
  return (
    <>
      <Group gap="xs">
        <SegmentedControl
          aria-label="Which tokens"
          value={filters.ended ? 'all' : 'active'}
          onChange={(next) => setFilters({ ended: next === 'all' })}
          data={[
            { value: 'active', label: `Active ${formatCount(live.length)}` },
            { value: 'all', label: `All ${formatCount(tokens.length)}` },
          ]}
        />
        <SearchInput
          label="Search by name or prefix"
          width={210}
          isPageSearch={false}
          value={filters.token}
          onChange={(text) => setFilters({ token: withoutKeySecret(text) }, { replace: true })}
        />
        <div className={classes['end']}>
          <NewToken poolKey={key} />
        </div>
      </Group>
      {shown.length === 0 ? (
        <FilteredToNothing what="tokens" onReset={() => setFilters({ ended: true, token: '' })} />
      ) : (
        <Rows key={`${String(filters.ended)} ${filters.token}`} poolKey={key} tokens={shown} onRevoke={setRevoking} />
      )}
      <RevokeDialog token={revoking} onClose={() => setRevoking(null)} />
    </>
  )
}

interface RowsProps extends ReadyProps {
  readonly onRevoke: (token: EphemeralToken) => void
}

function Rows({ poolKey: key, tokens, onRevoke }: RowsProps) {
  const [most, setMost] = useState(PAGE)
  const rest = tokens.length - most
  return (
    <>
      <ul className={classes['list']} aria-label="Tokens">
        {tokens.slice(0, most).map((token) => (
          <TokenItem key={token.id} token={token} poolKey={key} onRevoke={() => onRevoke(token)} />
        ))}
      </ul>
      {rest > 0 && (
        <Button variant="default" onClick={() => setMost(most + PAGE)}>
          {`Show ${formatCount(Math.min(rest, PAGE))} more of ${formatCount(tokens.length)}`}
        </Button>
      )}
    </>
  )
}

function RevokeDialog({ token, onClose }: { readonly token: EphemeralToken | null; readonly onClose: () => void }) {
  const revoke = useAction('token.revoke', { success: ({ name }) => `Revoked the token ${name}`, errorToast: false })
  return (
    <ConfirmDialog
      opened={token !== null}
      onClose={onClose}
      title={`Revoke the token ${token?.name ?? ''}?`}
      confirm="Revoke"
      danger
      onConfirm={async () => {
        if (token !== null) await revoke.run({ id: token.id })
      }}
    >
      Whoever holds it is refused from the next request on. This is final and cannot be undone: who needs one again gets
      a new token. What it used stays counted, and its key goes on working.
    </ConfirmDialog>
  )
}

function NoTokens({ poolKey: key }: { readonly poolKey: PoolKey }) {
  return (
    <>
      <EmptyState title="No tokens yet" action={<NewToken poolKey={key} />}>
        A token lends a part of what this key may do, for 1 minute to 7 days: to a script, an agent, a guest. It can do
        less than the key and never more, what it uses counts for the key too, and it ends with the key.
      </EmptyState>
      <ByItself poolKey={key} />
    </>
  )
}

/** How the key makes one without the operator, or where to allow it. */
function ByItself({ poolKey: key }: { readonly poolKey: PoolKey }) {
  const status = useRoute('system.status', {}).data
  const now = useNow()
  if (madeNoMore(key, now) !== null) return null
  if (!key.canMakeTokens) {
    return (
      <Group justify="space-between" gap="xs">
        <Text c="dimmed">Only you can make tokens of this key; it cannot make them itself.</Text>
        <Button component={Link} to={`/keys/${key.id}/edit`} variant="default" size="compact-xs">
          Let it make them
        </Button>
      </Group>
    )
  }
  if (status === undefined) return null
  return (
    <div>
      <Text c="dimmed" mb={6}>
        Whoever holds the key can make one as well, here for 1 h:
      </Text>
      <CodeSnippet code={tokenRequestLine(status.gateway.url)} what="curl command" />
    </div>
  )
}
