/** Model ids out of what Weir knows, and any other by hand. */
import { Button, Checkbox, Group, Pill, Stack, Text, TextInput } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'
import { useState, type KeyboardEvent } from 'react'
import type { CatalogModel } from '../../../shared/models/overview.ts'
import { unservedModels } from '../../components/secret/usable-models.ts'
import { LoadingState, QueryState } from '../../components/states.tsx'
import { Tag } from '../../components/status-badge.tsx'
import { formatCompact } from '../../lib/format.ts'
import { modelProblem } from '../../lib/model-id.ts'
import classes from './keys.module.css'

/** More are found by typing. */
const SHOWN = 100

export interface ModelPickerProps {
  readonly id: string
  readonly catalog: UseQueryResult<CatalogModel[], unknown>
  readonly poolId: string
  readonly value: readonly string[]
  readonly onChange: (value: readonly string[]) => void
  readonly error: string | null
}

export function ModelPicker({ id, catalog, poolId, value, onChange, error }: ModelPickerProps) {
  const [typed, setTyped] = useState('')
  const wanted = typed.trim()
  const isKnown = value.includes(wanted)
  const problem = wanted === '' ? null : modelProblem(wanted)
  const unserved = catalog.data === undefined ? [] : unservedModels(catalog.data, value, poolId)

  function add(): void {
    if (wanted === '' || problem !== null) return
    if (!isKnown) onChange([...value, wanted])
    setTyped('')
  }

  function onKeyDown(event: KeyboardEvent): void {
    // Not the form's "Next" while an id is typed.
    if (event.key !== 'Enter' || wanted === '') return
    event.preventDefault()
    add()
  }

  return (
    <Stack gap={6}>
      <Group gap="xs" align="flex-start">
        <TextInput
          id={id}
          label="Search, or type an id"
          w={360}
          autoComplete="off"
          spellCheck={false}
          value={typed}
          error={problem ?? error}
          onKeyDown={onKeyDown}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <Button variant="default" mt={21} disabled={wanted === '' || problem !== null || isKnown} onClick={add}>
          {wanted === '' ? 'Add' : `Add ${wanted}`}
        </Button>
      </Group>
      <Chosen value={value} unserved={unserved} onRemove={(gone) => onChange(value.filter((each) => each !== gone))} />
      <QueryState query={catalog} what="The models" loading={<LoadingState rows={4} />}>
        {(models) => (
          <Options
            models={optionsOf(models, poolId, wanted)}
            value={value}
            onChange={onChange}
            isSearched={wanted !== ''}
          />
        )}
      </QueryState>
    </Stack>
  )
}

interface Option extends CatalogModel {
  readonly isServed: boolean
}

/** What the Pool serves first, then by use. */
function optionsOf(models: readonly CatalogModel[], poolId: string, wanted: string): readonly Option[] {
  return models
    .filter(({ id }) => id.toLowerCase().includes(wanted.toLowerCase()))
    .map((model) => ({ ...model, isServed: model.poolIds.includes(poolId) }))
    .sort((a, b) => Number(b.isServed) - Number(a.isServed) || b.requests - a.requests || a.id.localeCompare(b.id))
}

interface ChosenProps {
  readonly value: readonly string[]
  readonly unserved: readonly string[]
  readonly onRemove: (id: string) => void
}

function Chosen({ value, unserved, onRemove }: ChosenProps) {
  if (value.length === 0) return null
  return (
    <div>
      <Group gap={6} role="group" aria-label="Chosen models">
        {value.map((id) => (
          <Pill
            key={id}
            withRemoveButton
            removeButtonProps={{ 'aria-label': `Remove ${id}`, tabIndex: 0, 'aria-hidden': false }}
            onRemove={() => onRemove(id)}
          >
            {id}
          </Pill>
        ))}
      </Group>
      {unserved.length > 0 && (
        <Text size="xs" c="var(--tone-warn)" mt={4} aria-live="polite">
          {`Nothing in the Pool serves ${unserved.slice(0, 5).join(', ')}${unserved.length > 5 ? ' and others' : ''} now.`}
        </Text>
      )}
    </div>
  )
}

interface OptionsProps {
  readonly models: readonly Option[]
  readonly value: readonly string[]
  readonly onChange: (value: readonly string[]) => void
  readonly isSearched: boolean
}

function Options({ models, value, onChange, isSearched }: OptionsProps) {
  if (models.length === 0) {
    return (
      <Text c="dimmed">
        {isSearched ? 'No model that Weir knows has this in its id.' : 'Weir knows no models yet.'}
      </Text>
    )
  }
  const rest = models.length - SHOWN
  return (
    <div className={classes['pick']} role="group" aria-label="Models that Weir knows">
      {models.slice(0, SHOWN).map(({ id, sources, isServed, requests }) => (
        <div key={id} className={classes['option']}>
          <Checkbox
            label={id}
            checked={value.includes(id)}
            onChange={(event) =>
              onChange(event.currentTarget.checked ? [...value, id] : value.filter((each) => each !== id))
            }
          />
          {sources.includes('alias') && <Tag>alias</Tag>}
          {!isServed && <Tag tone="warn">not served by the Pool</Tag>}
          {requests > 0 && (
            <Text size="xs" c="dimmed" className={classes['uses'] ?? ''}>
              {`${formatCompact(requests)} ${requests === 1 ? 'request' : 'requests'} in 7 days`}
            </Text>
          )}
        </div>
      ))}
      {rest > 0 && (
        <Text size="xs" c="dimmed" className={classes['option'] ?? ''}>{`${rest} more: type a part of the id.`}</Text>
      )}
    </div>
  )
}
