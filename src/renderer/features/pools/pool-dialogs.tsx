/** The questions before an act on a Pool: what it does to the clients that use it now. */
import { Button, Group, List, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { useNavigate, useLocation } from 'react-router'
import { ConfirmDialog, TypedConfirmDialog } from '../../components/dialogs.tsx'
import { QueryState } from '../../components/states.tsx'
import { Time } from '../../components/time.tsx'
import type { RouteOutput } from '../../../shared/contract.ts'
import { useRoute } from '../../lib/api.ts'
import { formatNoun } from '../../lib/format.ts'
import { OperatorError } from '../../lib/operator-error.ts'
import { useAction } from '../../lib/use-action.tsx'
import type { PoolRow } from './pool-rows.ts'
import { useStatusChange } from './use-status-change.ts'

export type Asked = 'disable' | 'archive' | 'delete' | 'duplicate'

interface DialogProps {
  readonly row: PoolRow
  readonly opened: boolean
  readonly onClose: () => void
}

export interface PoolDialogsProps {
  readonly row: PoolRow
  readonly asked: Asked | null
  readonly onClose: () => void
}

export function PoolDialogs({ row, asked, onClose }: PoolDialogsProps) {
  const { pool, counts } = row
  const change = useStatusChange(pool)
  const keys =
    counts === null || counts.keys.usable === 0
      ? 'It has no usable key, so no client is affected.'
      : `${formatNoun(counts.keys.usable, 'key')} of it will be refused from the next request on; running requests finish.`
  return (
    <>
      <ConfirmDialog
        opened={asked === 'disable'}
        onClose={onClose}
        title={`Disable ${pool.name}?`}
        confirm="Disable"
        onConfirm={() => change.run('disabled')}
      >
        {`${keys} Everything stays as it is set up, and enabling it brings it back.`}
      </ConfirmDialog>
      <ConfirmDialog
        opened={asked === 'archive'}
        onClose={onClose}
        title={`Archive ${pool.name}?`}
        confirm="Archive"
        onConfirm={() => change.run('archived')}
      >
        {`${keys} An archived Pool keeps its keys, upstreams and log; it can be restored, or deleted for good.`}
      </ConfirmDialog>
      <DeleteDialog row={row} opened={asked === 'delete'} onClose={onClose} />
      <DuplicateDialog row={row} opened={asked === 'duplicate'} onClose={onClose} />
    </>
  )
}

function DeleteDialog({ row: { pool }, opened, onClose }: DialogProps) {
  const preview = useRoute('pool.deletePreview', { id: pool.id }, { enabled: opened })
  const navigate = useNavigate()
  const { pathname } = useLocation()
  const remove = useAction('pool.delete', {
    errorToast: false,
    success: ({ deletedKeys }) => `Deleted ${pool.name} and ${formatNoun(deletedKeys, 'key')}`,
  })
  async function onConfirm(): Promise<void> {
    await remove.run({ id: pool.id })
    if (pathname !== '/pools') void navigate('/pools', { replace: true })
  }
  return (
    <TypedConfirmDialog
      opened={opened}
      onClose={onClose}
      title={`Delete ${pool.name} for good?`}
      expected={pool.name}
      noun="name"
      confirm="Delete Pool"
      onConfirm={onConfirm}
    >
      <QueryState query={preview} what="What goes with it">
        {(data) => <Consequences preview={data} />}
      </QueryState>
    </TypedConfirmDialog>
  )
}

function Consequences({ preview }: { readonly preview: RouteOutput<'pool.deletePreview'> }) {
  const { keys, usedKeys, usedKeyCount, requestsKept, upstreams, blockedBy } = preview
  return (
    <Stack gap="xs">
      {blockedBy !== null && <Text c="var(--tone-bad)">{blockedBy}</Text>}
      <List size="sm" spacing={2} withPadding={false}>
        <List.Item>{keys === 0 ? 'It has no keys.' : `${formatNoun(keys, 'key')} will be deleted with it.`}</List.Item>
        <List.Item>
          {upstreams === 0
            ? 'No upstream is assigned to it.'
            : `${formatNoun(upstreams, 'upstream leaves', 'upstreams leave')} this Pool and ${upstreams === 1 ? 'stays' : 'stay'} in Weir.`}
        </List.Item>
        <List.Item>
          {requestsKept === 0
            ? 'The log holds none of its requests.'
            : `${formatNoun(requestsKept, 'request')} of it will stay in the log.`}
        </List.Item>
      </List>
      {usedKeyCount > 0 && (
        <div>
          <Text fw={550}>
            {`${formatNoun(usedKeyCount, 'key')} of these was used in the last 7 days`.replace(
              'keys of these was',
              'keys of these were',
            )}
          </Text>
          <List size="sm" spacing={2} withPadding={false}>
            {usedKeys.slice(0, 5).map(({ id, name, prefix, lastUsedAt }) => (
              <List.Item key={id}>
                {name} <code>{prefix}</code>, <Time at={lastUsedAt} />
              </List.Item>
            ))}
            {usedKeyCount > 5 && <List.Item>{`and ${formatNoun(usedKeyCount - 5, 'other', 'others')}`}</List.Item>}
          </List>
        </div>
      )}
      <Text c="dimmed">This cannot be undone.</Text>
    </Stack>
  )
}

function DuplicateDialog({ row: { pool }, opened, onClose }: DialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={`Duplicate ${pool.name}`}>
      <DuplicateForm pool={pool} onClose={onClose} />
    </Modal>
  )
}

function DuplicateForm({ pool, onClose }: { readonly pool: PoolRow['pool']; readonly onClose: () => void }) {
  const [name, setName] = useState(`${pool.name} copy`.slice(0, 80))
  const [refused, setRefused] = useState<string | null>(null)
  const navigate = useNavigate()
  const duplicate = useAction('pool.duplicate', {
    errorToast: false,
    success: (made) => `Created ${made.name}`,
  })
  const problem = name.trim() === '' ? 'Give the new Pool a name.' : refused

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault()
    if (problem !== null) return
    try {
      const made = await duplicate.run({ id: pool.id, name: name.trim() })
      onClose()
      void navigate(`/pools/${made.id}`)
    } catch (thrown) {
      const error = OperatorError.from(thrown)
      setRefused(`${error.message} (${error.code})`)
    }
  }

  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack gap="sm">
        <Text>
          The new Pool gets the same upstreams, routing and models. Keys belong to one Pool: it starts without.
        </Text>
        <TextInput
          data-autofocus
          label="Name"
          maxLength={80}
          value={name}
          error={problem}
          onChange={(event) => {
            setName(event.currentTarget.value)
            setRefused(null)
          }}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" disabled={problem !== null} loading={duplicate.isPending}>
            Duplicate
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
