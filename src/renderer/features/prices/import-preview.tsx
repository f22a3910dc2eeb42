/** A list against what is in force: what would be added and changed, what is the same, what cannot be read. */
import { Button, Group, SegmentedControl, Stack, Switch, Text, TextInput } from '@mantine/core'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { PriceImportRow, PricePreview } from '../../../shared/models/price-import.ts'
import { DataTable } from '../../components/data-table.tsx'
import { FilteredToNothing } from '../../components/states.tsx'
import type { TableSort } from '../../components/table-model.ts'
import { formatCount, formatNoun } from '../../lib/format.ts'
import { errorLine } from '../../lib/operator-error.ts'
import { useAction } from '../../lib/use-action.tsx'
import { importColumns, invalidColumns } from './import-columns.tsx'
import {
  firstSelection,
  importKey,
  importViews,
  mergeSelection,
  shownRows,
  viewCount,
  type ImportFilter,
  type ImportView,
} from './import-rows.ts'
import { useUpstreamNames } from './queries.ts'

const HEIGHT = 'max(9rem, calc(90dvh - 19rem))'

export interface ImportPreviewProps {
  readonly preview: PricePreview
  readonly onBack: () => void
  readonly onClose: () => void
}

export function ImportPreview({ preview, onBack, onClose }: ImportPreviewProps) {
  const first = useMemo(() => firstSelection(preview), [preview])
  const hasKnown = preview.rows.some(({ known, change }) => known && change !== 'unchanged')
  const [selected, setSelected] = useState(first)
  const [filter, setFilter] = useState<ImportFilter>({ view: 'differ', q: '', known: hasKnown })
  const shown = useMemo(() => shownRows(preview, filter), [preview, filter])
  const change = (patch: Partial<ImportFilter>) => setFilter({ ...filter, ...patch })
  return (
    <Stack gap="xs">
      <Text>
        <b>{preview.origin}</b>
        {`: ${formatNoun(preview.rows.length, 'readable price')}.`}
      </Text>
      <Filters preview={preview} filter={filter} onChange={change} />
      {filter.view === 'invalid' ? (
        <InvalidRows preview={preview} q={filter.q} onReset={() => change({ q: '' })} />
      ) : shown.length === 0 ? (
        <NoRows preview={preview} filter={filter} onReset={() => change({ q: '', known: false })} />
      ) : (
        <Rows
          rows={shown}
          selected={selected}
          onSelect={filter.view === 'unchanged' ? null : (next) => setSelected(mergeSelection(selected, shown, next))}
        />
      )}
      <Foot preview={preview} selected={selected} shown={shown} onBack={onBack} onClose={onClose} />
    </Stack>
  )
}

const viewWords: Readonly<Record<ImportView, string>> = {
  differ: 'New and changed',
  added: 'New',
  changed: 'Changed',
  unchanged: 'Same',
  invalid: 'Not readable',
}

interface FiltersProps {
  readonly preview: PricePreview
  readonly filter: ImportFilter
  readonly onChange: (patch: Partial<ImportFilter>) => void
}

function Filters({ preview, filter, onChange }: FiltersProps) {
  return (
    <Group gap="xs" role="search">
      <SegmentedControl
        aria-label="Rows"
        value={filter.view}
        data={importViews.map((value) => ({
          value,
          label: `${viewWords[value]} ${formatCount(viewCount(preview, value, filter.known))}`,
        }))}
        onChange={(next) => onChange({ view: importViews.find((each) => each === next) ?? 'differ' })}
      />
      <TextInput
        type="search"
        w={180}
        aria-label="Search models"
        placeholder="Search models"
        autoComplete="off"
        spellCheck={false}
        value={filter.q}
        onChange={(event) => onChange({ q: event.currentTarget.value })}
      />
      {filter.view !== 'invalid' && (
        <Switch
          label="Only models you have"
          checked={filter.known}
          onChange={(event) => onChange({ known: event.currentTarget.checked })}
        />
      )}
    </Group>
  )
}

interface NoRowsProps extends Omit<FiltersProps, 'onChange'> {
  readonly onReset: () => void
}

function NoRows({ preview, filter, onReset }: NoRowsProps) {
  if (viewCount(preview, filter.view, false) > 0) return <FilteredToNothing what="prices" onReset={onReset} />
  const words = filter.view === 'differ' ? 'Nothing differs from the prices in force.' : 'There are none of these.'
  return <Text c="dimmed">{words}</Text>
}

function InvalidRows({
  preview,
  q,
  onReset,
}: {
  readonly preview: PricePreview
  readonly q: string
  readonly onReset: () => void
}) {
  const wanted = q.trim().toLowerCase()
  const shown = preview.invalid.filter(({ name }) => name.toLowerCase().includes(wanted))
  if (preview.invalid.length === 0) return <Text c="dimmed">Every row could be read.</Text>
  if (shown.length === 0) return <FilteredToNothing what="rows" onReset={onReset} />
  return (
    <DataTable
      label="Rows that cannot be imported"
      columns={invalidColumns}
      rows={shown}
      rowKey={({ row }) => String(row)}
      rowLabel={({ name }) => name}
      maxHeight={HEIGHT}
    />
  )
}

interface RowsProps {
  readonly rows: readonly PriceImportRow[]
  readonly selected: ReadonlySet<string>
  /** Null where there is nothing to import. */
  readonly onSelect: ((selected: ReadonlySet<string>) => void) | null
}

function Rows({ rows, selected, onSelect }: RowsProps) {
  const [sort, setSort] = useState<TableSort | null>(null)
  const names = useUpstreamNames()
  const columns = useMemo(() => importColumns(names), [names])
  const inSight = new Set(rows.map(importKey).filter((key) => selected.has(key)))
  return (
    <DataTable
      label="Prices of the list"
      columns={columns}
      rows={rows}
      rowKey={importKey}
      rowLabel={({ model }) => model}
      sort={sort}
      onSort={setSort}
      maxHeight={HEIGHT}
      {...(onSelect === null ? {} : { selection: { selected: inSight, onChange: onSelect } })}
    />
  )
}

interface FootProps extends ImportPreviewProps {
  readonly selected: ReadonlySet<string>
  readonly shown: readonly PriceImportRow[]
}

function Foot({ preview, selected, shown, onBack, onClose }: FootProps) {
  const take = useAction('price.import', {
    errorToast: false,
    success: ({ added, changed }) =>
      `Imported ${formatNoun(added + changed, 'price')}: ${formatCount(added)} new, ${formatCount(changed)} changed. Each model’s history keeps the old price.`,
    onDone: onClose,
  })
  const said = useRef<HTMLParagraphElement>(null)
  useEffect(() => said.current?.focus(), [take.error])
  const count = selected.size
  const inSight = shown.filter((row) => selected.has(importKey(row))).length
  const hidden = count - inSight
  return (
    <>
      {take.error !== null && (
        <Text role="alert" c="var(--tone-bad)" ref={said} tabIndex={-1}>
          {errorLine(take.error)}
        </Text>
      )}
      <Group justify="flex-end" gap="xs">
        <Text size="xs" c="dimmed" flex={1} id="take-reason" aria-live="polite">
          {count === 0
            ? 'Nothing is selected.'
            : `${formatCount(count)} selected${hidden === 0 ? '' : `, ${formatCount(hidden)} of them not shown`}. They apply from now on. No undo, but each model’s history keeps the old price.`}
        </Text>
        <Button variant="default" onClick={onBack}>
          Back
        </Button>
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          disabled={count === 0}
          loading={take.isPending}
          aria-describedby="take-reason"
          onClick={() => take.fire({ id: preview.id, rows: [...selected].map(Number) })}
        >
          {count === 0 ? 'Import' : `Import ${formatNoun(count, 'price')}`}
        </Button>
      </Group>
    </>
  )
}
