/** The models of a Pool, one a row: what is known of it, whether lists have it, and in which form accounts are asked. */
import { Anchor, Select, Switch, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { SmallTable, type SmallTableHead } from '../../components/small-table.tsx'
import { formatNoun } from '../../lib/format.ts'
import { modelFactHeads, modelWords } from '../../lib/model-words.ts'
import type { ServingMode } from './model-form.ts'
import type { ModelRow } from './model-rows.ts'
import type { Pool } from './pool-rows.ts'
import classes from './models.module.css'

const SHOWN = 12

const inLists: SmallTableHead = {
  text: 'In lists',
  hint: 'Off: left out of lists of models, and served to who asks for it by name',
}
const askedAs: SmallTableHead = {
  text: 'Asked as',
  hint: 'How ChatGPT accounts are asked for it. Auto: lite where the provider says so, else as the client writes it. Lite: tools and instructions within the input. Full: the public form',
}

export interface ModelTableProps {
  readonly rows: readonly ModelRow[]
  readonly hidden: readonly string[]
  readonly modes: Pool['servingModes']
  /** A change is on its way. */
  readonly isBusy?: boolean
  readonly onHide: (id: string, isHidden: boolean) => void
  readonly onMode: (id: string, mode: ServingMode) => void
}

export function ModelTable(props: ModelTableProps) {
  const { rows } = props
  const [text, setText] = useState('')
  const [isWhole, setWhole] = useState(false)
  const wanted = text.trim().toLowerCase()
  const matching = rows.filter(({ id }) => id.toLowerCase().includes(wanted))
  const shown = isWhole ? matching : matching.slice(0, SHOWN)
  const hasModes = rows.some(({ hasMode }) => hasMode)
  return (
    <>
      {rows.length > SHOWN && (
        <TextInput
          className={classes['filter'] ?? ''}
          aria-label="Filter models"
          placeholder="Filter models"
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
      )}
      {matching.length === 0 ? (
        <Text c="dimmed" role="status">{`No model has “${text.trim()}” in its id.`}</Text>
      ) : (
        <SmallTable label="Models" heads={['Model', ...modelFactHeads, inLists, ...(hasModes ? [askedAs] : [])]}>
          {shown.map((row) => (
            <Row key={row.id} row={row} hasModes={hasModes} {...props} />
          ))}
        </SmallTable>
      )}
      {matching.length > SHOWN && (
        <Anchor component="button" type="button" size="xs" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {isWhole ? 'Show fewer' : `Show ${formatNoun(matching.length - SHOWN, 'more model')}`}
        </Anchor>
      )}
    </>
  )
}

interface RowProps extends ModelTableProps {
  readonly row: ModelRow
  readonly hasModes: boolean
}

function Row({ row, hasModes, hidden, modes, isBusy = false, onHide, onMode }: RowProps) {
  const { id, facts, isUnserved, isAlias, hasMode } = row
  const { context, efforts, inputs } = modelWords(facts)
  const mode = modes.find(({ model }) => model === id)?.mode ?? 'auto'
  return (
    <tr>
      <td className={classes['id']} title={facts?.name ?? undefined}>
        <code>{id}</code>
        {isAlias && <span className={classes['note']}> alias</span>}
        {isUnserved && ' (not served now)'}
      </td>
      <td data-align="right">{context}</td>
      <td>{efforts}</td>
      <td>{inputs}</td>
      <td>
        {facts?.isHidden === true && !isAlias ? (
          <span className={classes['note']}>not by its provider</span>
        ) : (
          <Switch
            size="xs"
            aria-label={`${id} in lists`}
            checked={!hidden.includes(id)}
            disabled={isBusy}
            onChange={({ currentTarget }) => onHide(id, !currentTarget.checked)}
          />
        )}
      </td>
      {hasModes && (
        <td>
          {(hasMode || mode !== 'auto') && (
            <Select
              className={classes['mode'] ?? ''}
              size="xs"
              aria-label={`${id} is asked as`}
              allowDeselect={false}
              disabled={isBusy}
              data={[
                { value: 'auto', label: facts?.isLite === true ? 'Auto: lite' : 'Auto' },
                { value: 'lite', label: 'Lite' },
                { value: 'full', label: 'Full' },
              ]}
              value={mode}
              onChange={(next) => onMode(id, (next ?? 'auto') as ServingMode)}
            />
          )}
        </td>
      )}
    </tr>
  )
}
