/** Limits for single models: a row each, which opens to the same fields. A removed row can be put back. */
import { Autocomplete, Button, Group, Stack, Text, Title } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { FoldedPart } from '../../components/folded-part.tsx'
import type { FieldId } from './key-problems.ts'
import { LimitFields } from './limit-fields.tsx'
import {
  limitsOf,
  MAX_OVERRIDES,
  noLimitTexts,
  overrideFieldId,
  type LimitTexts,
  type OverrideForm,
} from './limit-form.ts'
import { limitsWords } from './limit-words.ts'
import classes from './limits.module.css'

const UNDO_ID = 'key-override-undo'

export interface OverrideListProps {
  readonly rows: readonly OverrideForm[]
  /** Ids to choose from; any other can be typed. */
  readonly models: readonly string[]
  readonly onChange: (rows: readonly OverrideForm[]) => void
  readonly errorOf: (id: FieldId) => string | null
  readonly onLeave: (id: FieldId) => void
}

interface Removed {
  readonly row: OverrideForm
  readonly index: number
}

export function OverrideList(props: OverrideListProps) {
  const { rows, onChange, errorOf } = props
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set())
  const [removed, setRemoved] = useState<readonly Removed[]>([])
  const last = removed.at(-1)

  function add(): void {
    const rowId = freshRowId(rows)
    onChange([...rows, { rowId, id: null, model: '', limits: noLimitTexts }])
    setOpened(new Set([...opened, rowId]))
    focusSoon(overrideFieldId(rowId, 'model'))
  }

  function remove(row: OverrideForm): void {
    setRemoved([...removed, { row, index: rows.indexOf(row) }])
    onChange(rows.filter((each) => each !== row))
    focusSoon(UNDO_ID)
  }

  function putBack({ row, index }: Removed): void {
    setRemoved(removed.slice(0, -1))
    onChange(rows.toSpliced(index, 0, row))
    focusSoon(toggleId(row.rowId))
  }

  return (
    <section className={classes['section']} aria-labelledby="key-overrides-title">
      <Title order={3} id="key-overrides-title">
        For single models
      </Title>
      <Text c="dimmed" mb="xs">
        One row applies to a request: that of the exact id, else the longest beginning before a “*”. What it counts, the
        limits above count too.
      </Text>
      <Stack gap="xs">
        {rows.map((row) => (
          <OverrideRow
            key={row.rowId}
            {...props}
            row={row}
            isOpen={opened.has(row.rowId)}
            onToggle={() => setOpened(toggled(opened, row.rowId))}
            onRemove={() => remove(row)}
          />
        ))}
        <Group gap="xs">
          <Button
            id="key-overrides"
            variant="default"
            leftSection={<IconPlus size={14} aria-hidden />}
            disabled={rows.length >= MAX_OVERRIDES}
            onClick={add}
          >
            Add a model
          </Button>
          {last !== undefined && (
            <Group gap={6} role="status">
              <Text>{`Removed ${nameOf(last.row)}.`}</Text>
              <Button id={UNDO_ID} size="compact-xs" variant="default" onClick={() => putBack(last)}>
                Undo
              </Button>
            </Group>
          )}
        </Group>
        <FieldError text={errorOf('key-overrides')} />
      </Stack>
    </section>
  )
}

/** What is to have the focus may not be there before the next paint. */
function focusSoon(id: string): void {
  requestAnimationFrame(() => document.getElementById(id)?.focus())
}

const toggleId = (rowId: string) => `key-override-${rowId}-toggle`

function FieldError({ text }: { readonly text: string | null }) {
  return text === null ? null : (
    <Text size="xs" c="var(--mantine-color-error)">
      {text}
    </Text>
  )
}

function freshRowId(rows: readonly OverrideForm[]): string {
  for (let number = rows.length; ; number++) {
    if (!rows.some(({ rowId }) => rowId === `new${number}`)) return `new${number}`
  }
}

function toggled(set: ReadonlySet<string>, id: string): ReadonlySet<string> {
  return set.has(id) ? new Set([...set].filter((each) => each !== id)) : new Set([...set, id])
}

function nameOf({ model }: OverrideForm): string {
  return model.trim() === '' ? 'a row without a model' : model.trim()
}

interface OverrideRowProps extends OverrideListProps {
  readonly row: OverrideForm
  readonly isOpen: boolean
  readonly onToggle: () => void
  readonly onRemove: () => void
}

function OverrideRow(props: OverrideRowProps) {
  const { row, rows, models, isOpen, onToggle, onRemove, onChange, errorOf, onLeave } = props
  const name = nameOf(row)
  const modelId = overrideFieldId(row.rowId, 'model')
  // What is wrong must not hide.
  const isShown = isOpen || hasError(row, errorOf)
  const change = (patch: Partial<OverrideForm>) =>
    onChange(rows.map((each) => (each.rowId === row.rowId ? { ...each, ...patch } : each)))
  return (
    <FoldedPart
      id={toggleId(row.rowId)}
      label={`Limits for ${name}`}
      title={row.model.trim() === '' ? 'Which model?' : row.model.trim()}
      summary={summaryOf(row.limits)}
      isOpen={isShown}
      onToggle={onToggle}
      removeLabel={`Remove ${name}`}
      onRemove={onRemove}
    >
      <Autocomplete
        id={modelId}
        label="Model"
        description="An id, or the beginning of ids and a “*”: gpt-5*"
        w={320}
        mb={6}
        limit={50}
        spellCheck={false}
        data={[...models]}
        value={row.model}
        error={errorOf(modelId)}
        onBlur={() => onLeave(modelId)}
        onChange={(model) => change({ model })}
      />
      <LimitFields
        label={`Fields for ${name}`}
        texts={row.limits}
        idOf={(field) => overrideFieldId(row.rowId, field)}
        onChange={(limits) => change({ limits })}
        errorOf={errorOf}
        onLeave={onLeave}
      />
    </FoldedPart>
  )
}

function hasError(row: OverrideForm, errorOf: OverrideListProps['errorOf']): boolean {
  const fields = Object.keys(row.limits) as (keyof LimitTexts)[]
  return [...fields, 'model' as const].some((field) => errorOf(overrideFieldId(row.rowId, field)) !== null)
}

function summaryOf(texts: LimitTexts): string {
  const words = limitsWords(limitsOf(texts))
  return words.length === 0 ? 'counted apart, no cap' : words.join(' · ')
}
