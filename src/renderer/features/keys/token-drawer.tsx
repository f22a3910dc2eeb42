/** The ephemeral tokens of a key, and the form of a new one. Over the list of keys, by its address. */
import { Stack } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useNavigate } from 'react-router'
import type { PoolKey } from '../../../shared/models/key.ts'
import { holdTokenSecret, type FreshSecret } from '../../components/secret/fresh-secret.ts'
import { SecretDialog } from '../../components/secret/secret-dialog.tsx'
import { LoadingState, QueryState } from '../../components/states.tsx'
import { UrlDrawer } from '../../components/url-drawer.tsx'
import { useRoute } from '../../lib/api.ts'
import { useLiveSearch } from '../../lib/live-address.ts'
import { useKeyCommands } from './key-commands.ts'
import { TokenCreate } from './token-create.tsx'
import { TokenList } from './token-list.tsx'
import { tokenParamNames } from './token-words.ts'

export interface TokenDrawerProps {
  /** Of the key. */
  readonly id: string | null
  /** The form of a new token, which closes to the list. */
  readonly isNew: boolean
}

export function TokenDrawer({ id, isNew }: TokenDrawerProps) {
  const query = useRoute('key.get', { id: id ?? '' }, { enabled: id !== null })
  const name = query.data?.name
  const title = isNew ? 'New token' : 'Tokens'
  return (
    <UrlDrawer
      opened={id !== null}
      closeTo={id === null ? '/keys' : `/keys/${id}${isNew ? '/tokens' : ''}`}
      closeParams={isNew ? [] : tokenParamNames}
      size={680}
      title={name === undefined ? title : `${title} of ${name}`}
    >
      {id !== null && (
        <QueryState query={query} what="The key" loading={<LoadingState rows={6} />}>
          {(key) => <Body poolKey={key} isNew={isNew} />}
        </QueryState>
      )}
    </UrlDrawer>
  )
}

function Body({ poolKey: key, isNew }: { readonly poolKey: PoolKey; readonly isNew: boolean }) {
  useKeyCommands(key)
  return <Stack gap="md">{isNew ? <NewToken poolKey={key} /> : <TokenList poolKey={key} />}</Stack>
}

/** The form, then the secret of what it made, then back to the list. */
function NewToken({ poolKey: key }: { readonly poolKey: PoolKey }) {
  const [fresh, setFresh] = useState<FreshSecret | null>(null)
  const [isDone, setDone] = useState(false)
  const navigate = useNavigate()
  const search = useLiveSearch()
  const list = `/keys/${key.id}/tokens`

  // The dialog holds every navigation off until it is gone, so this one waits for the next render.
  useEffect(() => {
    if (isDone) void navigate({ pathname: list, search: search() }, { replace: true })
  }, [isDone, navigate, list, search])

  return (
    <>
      <SecretDialog
        secret={fresh}
        onDone={() => {
          setFresh(null)
          setDone(true)
        }}
      />
      <TokenCreate
        poolKey={key}
        // One guard at a time: the dialog of a fresh secret has its own.
        isMade={fresh !== null || isDone}
        onMade={(made) => setFresh(holdTokenSecret(made, key))}
        onCancel={() => void navigate({ pathname: list, search: search() })}
      />
    </>
  )
}
