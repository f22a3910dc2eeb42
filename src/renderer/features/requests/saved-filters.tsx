/** Filters under a name: apply, keep what is shown now, change, rename, delete with a way back. */
import { Button, Group, Menu, Modal, Stack, Text, TextInput } from '@mantine/core'
import { IconBookmark, IconCheck, IconDeviceFloppy, IconPencil, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import type { FilterValues, SavedFilter } from '../../../shared/models/saved-filter.ts'
import { invoke, useRoute } from '../../lib/api.ts'
import { fieldErrors, OperatorError } from '../../lib/operator-error.ts'
import { useAction } from '../../lib/use-action.tsx'
import { isSameSaved } from './filter-state.ts'

export interface SavedFiltersProps {
  /** What is shown now. */
  readonly values: FilterValues
  readonly onApply: (filter: SavedFilter) => void
}

/** What the dialog is about: nothing, a new filter, or the name of one. */
type Naming = 'none' | 'new' | SavedFilter

export function SavedFilters({ values, onApply }: SavedFiltersProps) {
  const saved = useRoute('filter.list', { page: 'requests' })
  const [naming, setNaming] = useState<Naming>('none')
  const current = saved.data?.find(({ filter }) => isSameSaved(filter, values))
  const isBlank = Object.keys(values).length === 0
  return (
    <>
      <Menu>
        <Menu.Target>
          <Button variant="default" leftSection={<IconBookmark size={14} aria-hidden />} maw={220}>
            {current === undefined ? 'Saved filters' : current.name}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {saved.isError && <Menu.Label>{saved.error.message}</Menu.Label>}
          {saved.data?.length === 0 && <Menu.Label>No filter is saved yet</Menu.Label>}
          {saved.data?.map((filter) => (
            <Menu.Item
              key={filter.id}
              onClick={() => onApply(filter)}
              rightSection={filter === current ? <IconCheck size={14} aria-label="shown now" /> : null}
            >
              {filter.name}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item
            leftSection={<IconDeviceFloppy size={14} aria-hidden />}
            disabled={isBlank || current !== undefined}
            onClick={() => setNaming('new')}
          >
            {isBlank ? 'Save: set a filter first' : 'Save what is shown'}
          </Menu.Item>
          {current !== undefined && (
            <>
              <Menu.Item leftSection={<IconPencil size={14} aria-hidden />} onClick={() => setNaming(current)}>
                {`Rename ${current.name}`}
              </Menu.Item>
              <DeleteItem filter={current} />
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={naming !== 'none'}
        onClose={() => setNaming('none')}
        title={naming === 'new' ? 'Save this filter' : 'Rename the saved filter'}
      >
        {naming !== 'none' && (
          <NameForm
            saved={naming === 'new' ? null : naming}
            values={values}
            others={saved.data ?? []}
            onClose={() => setNaming('none')}
          />
        )}
      </Modal>
    </>
  )
}

function DeleteItem({ filter }: { readonly filter: SavedFilter }) {
  const remove = useAction('filter.delete', {
    success: () => `Deleted the saved filter ${filter.name}`,
    undo: () => invoke('filter.save', { page: 'requests', name: filter.name, filter: filter.filter }),
  })
  return (
    <Menu.Item
      color="red"
      leftSection={<IconTrash size={14} aria-hidden />}
      onClick={() => remove.fire({ id: filter.id })}
    >
      {`Delete ${filter.name}`}
    </Menu.Item>
  )
}

interface NameFormProps {
  readonly saved: SavedFilter | null
  readonly values: FilterValues
  readonly others: readonly SavedFilter[]
  readonly onClose: () => void
}

function NameForm({ saved, values, others, onClose }: NameFormProps) {
  const [name, setName] = useState(saved?.name ?? '')
  const [error, setError] = useState<string | null>(null)
  const save = useAction('filter.save', { errorToast: false, success: (filter) => `Saved the filter ${filter.name}` })
  const wanted = name.trim()
  const same = others.find((other) => other.name.toLowerCase() === wanted.toLowerCase() && other.id !== saved?.id)
  const reason =
    wanted === '' ? 'Give it a name.' : same === undefined ? null : `There is a filter ${same.name} already.`

  async function submit(replaced: SavedFilter | null): Promise<void> {
    const id = (replaced ?? saved)?.id
    try {
      await save.run({
        page: 'requests',
        name: wanted,
        filter: saved === null ? values : saved.filter,
        ...(id === undefined ? {} : { id }),
      })
      onClose()
    } catch (thrown) {
      const fields = fieldErrors(thrown)
      setError(fields['name'] ?? Object.values(fields)[0] ?? OperatorError.from(thrown).message)
    }
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (reason === null) void submit(null)
      }}
    >
      <Stack gap="sm">
        <TextInput
          data-autofocus
          label="Name"
          maxLength={80}
          autoComplete="off"
          value={name}
          error={error}
          onChange={(event) => {
            setName(event.currentTarget.value)
            setError(null)
          }}
        />
        <Group justify="flex-end" gap="xs">
          {reason !== null && (
            <Text size="xs" c="dimmed" flex={1} id="name-reason">
              {reason}
            </Text>
          )}
          {same !== undefined && saved === null && (
            <Button variant="default" onClick={() => void submit(same)} loading={save.isPending}>
              Replace it
            </Button>
          )}
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            type="submit"
            disabled={reason !== null}
            loading={save.isPending}
            {...(reason === null ? {} : { 'aria-describedby': 'name-reason' })}
          >
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
