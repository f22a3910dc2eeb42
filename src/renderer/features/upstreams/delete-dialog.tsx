/** What a deletion leaves behind. Where Pools or keys would go dry, the name is typed. */
import { Button, Group, List, Modal, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { RouteOutput } from '../../../shared/contract.ts'
import { ConfirmDialog, TypedConfirmDialog } from '../../components/dialogs.tsx'
import { ErrorState, LoadingState } from '../../components/states.tsx'
import { routeQuery } from '../../lib/api.ts'
import { formatCount, formatNoun } from '../../lib/format.ts'
import { useAction } from '../../lib/use-action.tsx'
import type { Upstream } from './upstream-rows.ts'

type Preview = RouteOutput<'upstream.deletePreview'>

export interface DeleteDialogProps {
  readonly target: Upstream | null
  readonly onClose: () => void
  readonly onDeleted: (upstream: Upstream) => void
}

export function DeleteDialog({ target, onClose, onDeleted }: DeleteDialogProps) {
  const id = target?.id ?? ''
  // Asked anew each time: what depends on it may have changed since.
  const preview = useQuery({
    ...routeQuery('upstream.deletePreview', { id }),
    enabled: target !== null,
    staleTime: 0,
    gcTime: 0,
  })
  const remove = useAction('upstream.delete', { errorToast: false, success: () => `Deleted ${target?.name ?? ''}` })
  const title = `Delete ${target?.name ?? ''}?`
  const data = preview.isFetching ? undefined : preview.data
  const hurts = data !== undefined && (data.onlyKeyCount > 0 || data.pools.some(isDriedOut))
  const common = {
    onClose,
    title,
    confirm: 'Delete upstream',
    async onConfirm() {
      if (target === null) return
      await remove.run({ id: target.id })
      onDeleted(target)
    },
  }
  return (
    <>
      <Modal opened={target !== null && data === undefined} onClose={onClose} title={title}>
        {preview.isError && !preview.isFetching ? (
          <Stack gap="sm">
            <ErrorState
              title="What it leaves behind could not be read"
              error={preview.error}
              onRetry={() => void preview.refetch()}
            />
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
            </Group>
          </Stack>
        ) : (
          <LoadingState rows={3} label="Looking for what depends on it" />
        )}
      </Modal>
      <TypedConfirmDialog
        {...common}
        opened={target !== null && data !== undefined && hurts}
        expected={target?.name ?? ''}
        noun="name"
      >
        {data !== undefined && <Consequences preview={data} />}
      </TypedConfirmDialog>
      <ConfirmDialog {...common} danger opened={target !== null && data !== undefined && !hurts}>
        {data !== undefined && <Consequences preview={data} />}
      </ConfirmDialog>
    </>
  )
}

/** A Pool that is not active serves nobody, and an empty one hurts nobody. */
function isDriedOut(pool: Preview['pools'][number]): boolean {
  return pool.isLeftDry && pool.status === 'active'
}

function Consequences({ preview }: { readonly preview: Preview }) {
  const { pools, onlyKeys, onlyKeyCount, requestsInFlight, hasSecret } = preview
  const dry = pools.filter(isDriedOut)
  const others = pools.length - dry.length
  return (
    <Stack gap="xs">
      {dry.length > 0 && (
        <div>
          <Text fw={600} c="var(--tone-bad)">
            {`${formatNoun(dry.length, 'Pool')} will have no upstream left:`}
          </Text>
          <List size="sm" withPadding={false}>
            {dry.map(({ id, name, keys }) => (
              <List.Item key={id}>
                {`${name}: ${keys === 0 ? 'no usable key' : `${formatNoun(keys, 'usable key')} will be refused`}`}
              </List.Item>
            ))}
          </List>
        </div>
      )}
      {onlyKeyCount > 0 && (
        <div>
          <Text fw={600} c="var(--tone-bad)">
            {`${formatNoun(onlyKeyCount, 'key allows', 'keys allow')} this upstream and no other:`}
          </Text>
          <List size="sm" withPadding={false}>
            {onlyKeys.map(({ id, name, prefix }) => (
              <List.Item key={id}>
                {name} <code>{prefix}</code>
              </List.Item>
            ))}
            {onlyKeyCount > onlyKeys.length && (
              <List.Item>{`and ${formatNoun(onlyKeyCount - onlyKeys.length, 'other', 'others')}`}</List.Item>
            )}
          </List>
        </div>
      )}
      <List size="sm" withPadding={false}>
        <List.Item>{poolLine(dry.length, others)}</List.Item>
        {requestsInFlight > 0 && (
          <List.Item>{`${formatCount(requestsInFlight)} running on it now; they finish.`}</List.Item>
        )}
        {hasSecret && <List.Item>Its secret is deleted from the secret store.</List.Item>}
        <List.Item>Its requests stay in the log.</List.Item>
      </List>
      <Text c="dimmed">This cannot be undone.</Text>
    </Stack>
  )
}

function poolLine(dry: number, others: number): string {
  if (dry === 0 && others === 0) return 'It is in no Pool.'
  if (others === 0) return 'It is in no other Pool.'
  return `${formatNoun(others, dry > 0 ? 'other Pool loses' : 'Pool loses', dry > 0 ? 'other Pools lose' : 'Pools lose')} it.`
}
