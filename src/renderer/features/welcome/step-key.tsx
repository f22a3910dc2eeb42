/** Third step: a key, with its secret shown once, right here. */
import { Anchor, Button, Group, Select, Stack, Text, TextInput } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { Link } from 'react-router'
import { CodeText } from '../../components/code-text.tsx'
import { holdSecret, type FreshSecret } from '../../components/secret/fresh-secret.ts'
import { SecretText } from '../../components/secret/secret-text.tsx'
import { Time } from '../../components/time.tsx'
import { nextStepOf } from '../../lib/operator-error.ts'
import { useAction } from '../../lib/use-action.tsx'
import { freeName } from './account-form.ts'
import type { Pool, PoolKey, Progress } from './use-first-run.ts'
import classes from './welcome.module.css'

export interface KeyStepProps {
  readonly progress: Progress
  readonly pool: Pool
  readonly onChosen: (keyId: string) => void
  readonly onFresh: (secret: FreshSecret) => void
}

export function KeyStep({ progress, pool, onChosen, onFresh }: KeyStepProps) {
  const own = progress.keys.filter(({ poolId, status }) => poolId === pool.id && status === 'active')
  const [isNew, setNew] = useState(own.length === 0)
  const { key } = progress
  if (isNew || key === null) {
    return (
      <NewKey
        pool={pool}
        keys={progress.keys}
        onFresh={onFresh}
        onCancel={own.length === 0 ? null : () => setNew(false)}
      />
    )
  }
  return (
    <Stack gap="sm" maw={520}>
      <Select
        label="Key"
        description="Its secret was shown when it was made. Whoever saved it can use it; nobody can see it again."
        allowDeselect={false}
        searchable
        data={own.map(({ id, name, prefix }) => ({ value: id, label: `${name} (${prefix})` }))}
        value={key.id}
        onChange={(next) => {
          if (next !== null) onChosen(next)
        }}
      />
      <Text c="dimmed">
        Made <Time at={key.createdAt} />, used <Time at={key.lastUsedAt} />.
      </Text>
      <Group gap="xs">
        <Button onClick={() => onChosen(key.id)}>{`Go on with ${key.name}`}</Button>
        <Button variant="default" onClick={() => setNew(true)}>
          Another key
        </Button>
        <Anchor component={Link} size="xs" to={`/keys/${key.id}`}>
          Rotate it for a new secret
        </Anchor>
      </Group>
    </Stack>
  )
}

interface NewKeyProps extends Pick<KeyStepProps, 'pool' | 'onFresh'> {
  readonly keys: readonly PoolKey[]
  readonly onCancel: (() => void) | null
}

function NewKey({ pool, keys, onFresh, onCancel }: NewKeyProps) {
  const taken = new Set(keys.map(({ name }) => name.toLowerCase()))
  const [name, setName] = useState(() => freeName('laptop', taken))
  const create = useAction('key.create', { errorToast: false })
  const problem =
    name.trim() === ''
      ? 'Give the key a name.'
      : taken.has(name.trim().toLowerCase())
        ? `Another key is already called “${name.trim()}”.`
        : null

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault()
    if (problem !== null) return
    try {
      onFresh(holdSecret(await create.run({ poolId: pool.id, name: name.trim() }), 'created'))
    } catch {
      // `create.error` is shown below.
    }
  }

  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack gap="sm" maw={520}>
        <TextInput
          label="Name of the key"
          description="Whoever or whatever will use it. One key per client can be told apart in the log, and paused alone."
          withAsterisk
          maxLength={80}
          value={name}
          error={problem}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {create.error !== null && (
          <Text role="alert" c="var(--tone-bad)">
            <CodeText text={`${create.error.message} ${nextStepOf(create.error.code)} (${create.error.code})`} />
          </Text>
        )}
        <Group gap="xs">
          <Button type="submit" loading={create.isPending} disabled={problem !== null}>
            Create key
          </Button>
          {onCancel !== null && (
            <Button variant="default" onClick={onCancel}>
              Cancel
            </Button>
          )}
          <Text size="xs" c="dimmed">
            {problem ?? `It may ask for every model of ${pool.name} and does not expire; that can be narrowed later.`}
          </Text>
        </Group>
      </Stack>
    </form>
  )
}

export interface FreshKeyProps {
  readonly secret: FreshSecret
  readonly onSaved: () => void
}

/** Stands until the operator says that it is saved, whatever else is done on the page meanwhile. */
export function FreshKey({ secret, onSaved }: FreshKeyProps) {
  return (
    <div className={classes['secret']} role="region" aria-label="The secret of the new key">
      <Stack gap="xs">
        <Text>
          {`This is the only time that the secret of ${secret.key.name} is shown. Weir keeps a hash of it and cannot show it again.`}
        </Text>
        <SecretText secret={secret} autoFocus={false} />
        <Group gap="xs">
          <Button variant="default" onClick={onSaved}>
            I have saved it: hide it
          </Button>
          <Text size="xs" c="dimmed">
            The snippets below contain it for as long as it is shown.
          </Text>
        </Group>
      </Stack>
    </div>
  )
}
