/** A new key with the policy of another one. Its expiry is asked for where the original's is past. */
import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { KeyWithSecret, PoolKey } from '../../../shared/models/key.ts'
import { useNow } from '../../lib/clock.ts'
import { errorLine, OperatorError } from '../../lib/operator-error.ts'
import { useAction } from '../../lib/use-action.tsx'
import { ExpiryField } from './expiry-field.tsx'
import { expiryProblem, neverExpires, type Expiry } from './expiry.ts'
import { copyName } from './key-rows.ts'

export interface DuplicateDialogProps {
  readonly source: PoolKey | null
  readonly keys: readonly PoolKey[]
  readonly onClose: () => void
  readonly onMade: (made: KeyWithSecret) => void
}

export function DuplicateDialog({ source, keys, onClose, onMade }: DuplicateDialogProps) {
  return (
    <Modal opened={source !== null} onClose={onClose} title={`Duplicate ${source?.name ?? ''}`}>
      {source !== null && <Body source={source} keys={keys} onClose={onClose} onMade={onMade} />}
    </Modal>
  )
}

function Body({ source, keys, onClose, onMade }: DuplicateDialogProps & { readonly source: PoolKey }) {
  const siblings = keys.filter((key) => key.poolId === source.poolId).map((key) => key.name)
  const [name, setName] = useState(() => copyName(source.name, siblings))
  const [expiry, setExpiry] = useState<Expiry>(() => firstExpiry(source, Date.now()))
  const [error, setError] = useState<OperatorError | null>(null)
  const duplicate = useAction('key.duplicate', { errorToast: false })
  const now = useNow()
  const nameProblem = nameFault(name, siblings)
  const reason = nameProblem ?? expiryProblem(expiry, now)

  async function make(): Promise<void> {
    if (reason !== null) return
    setError(null)
    try {
      const made = await duplicate.run({ id: source.id, name: name.trim(), expiresAt: expiry.at })
      onClose()
      onMade(made)
    } catch (thrown) {
      setError(OperatorError.from(thrown))
    }
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void make()
      }}
      noValidate
    >
      <Stack gap="sm">
        <Text>
          A new key with its own secret and the same Pool, owner, notes, metadata and policy. The copy begins active.
        </Text>
        <TextInput
          data-autofocus
          label="Name"
          value={name}
          maxLength={80}
          error={nameProblem}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <ExpiryField id="copy-expiry" value={expiry} onChange={setExpiry} kept={keptExpiry(source, now)} />
        {error !== null && (
          <Text role="alert" c="var(--tone-bad)">
            {errorLine(error)}
          </Text>
        )}
        <Group justify="flex-end" gap="xs">
          <Text size="xs" c="dimmed" flex={1} id="copy-reason">
            {reason}
          </Text>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" disabled={reason !== null} loading={duplicate.isPending} aria-describedby="copy-reason">
            Duplicate
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function nameFault(name: string, siblings: readonly string[]): string | null {
  const wanted = name.trim().toLowerCase()
  if (wanted === '') return 'Give the copy a name.'
  return siblings.some((each) => each.toLowerCase() === wanted) ? 'The Pool has a key of this name already.' : null
}

function keptExpiry({ expiresAt }: PoolKey, now: number): number | null {
  return expiresAt !== null && expiresAt > now ? expiresAt : null
}

function firstExpiry(source: PoolKey, now: number): Expiry {
  const kept = keptExpiry(source, now)
  if (kept !== null) return { choice: 'keep', at: kept, typed: '' }
  // An original that has expired says nothing of when its copy should.
  return source.expiresAt === null ? neverExpires : { choice: 'custom', at: null, typed: '' }
}
