import { Checkbox, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { QueryState } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { useRoute } from '../../lib/api.ts'
import { formatNoun } from '../../lib/format.ts'
import { LastUsed } from './last-used.tsx'
import { fieldIds, keyNameProblem } from './pool-form.ts'
import type { StepProps } from './step-props.ts'
import classes from './wizard.module.css'

export function KeysStep({ form, change, pool, isTried, takenNames }: StepProps) {
  const [isNameLeft, setNameLeft] = useState(false)
  const wrong = isTried || isNameLeft || form.keyName !== '' ? keyNameProblem(form.keyName, takenNames) : null
  return (
    <Stack gap="sm" maw={640}>
      <Text c="dimmed">
        A client calls the Pool with one of its API keys. A key belongs to one Pool for good; make one per client or
        machine, so that each can be paused and told apart in the log.
      </Text>
      {pool !== null && <Existing poolId={pool.id} />}
      <Checkbox
        label={pool === null ? 'Create a first key with the Pool' : 'Create a further key when this is saved'}
        description="It may ask for every model of the Pool and does not expire. Its secret is shown once, right after."
        checked={form.wantsKey}
        onChange={(event) => change({ wantsKey: event.currentTarget.checked })}
      />
      {form.wantsKey && (
        <TextInput
          id={fieldIds.keyName}
          label="Name of the key"
          placeholder="laptop"
          description="Whoever or whatever will use it. Unique among all keys."
          withAsterisk
          maxLength={80}
          value={form.keyName}
          error={wrong}
          onBlur={() => setNameLeft(true)}
          onChange={(event) => change({ keyName: event.currentTarget.value })}
        />
      )}
      <Text c="dimmed" size="xs">
        Models, expiry, addresses and the rest of a key’s policy are set on the API keys page.
      </Text>
    </Stack>
  )
}

const SHOWN = 8

function Existing({ poolId }: { readonly poolId: string }) {
  const query = useRoute('key.list', { poolId })
  return (
    <QueryState query={query} what="The keys">
      {(keys) => (
        <div>
          <Text fw={550}>{keys.length === 0 ? 'No key yet' : formatNoun(keys.length, 'key')}</Text>
          <ul className={classes['plainList']}>
            {keys.slice(0, SHOWN).map(({ id, name, prefix, status, lastUsedAt }) => (
              <li key={id}>
                <span>{name}</span>
                <code>{prefix}</code>
                <StatusBadge status={status} />
                <span className={classes['dimmed']}>
                  <LastUsed at={lastUsedAt} />
                </span>
              </li>
            ))}
          </ul>
          {keys.length > SHOWN && <Text c="dimmed">{`and ${keys.length - SHOWN} more`}</Text>}
        </div>
      )}
    </QueryState>
  )
}
