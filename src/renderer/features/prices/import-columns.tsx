import { Tooltip } from '@mantine/core'
import type { PriceImportProblem, PriceImportRow } from '../../../shared/models/price-import.ts'
import { Tag, type Tone } from '../../components/status-badge.tsx'
import type { Column } from '../../components/table-model.ts'
import { hasOtherChange, rateChange } from './import-rows.ts'
import type { RateField } from './price-form.ts'
import { extrasText, rateText, ratesWords } from './price-rows.ts'
import classes from './prices.module.css'

const looks: Readonly<Record<PriceImportRow['change'], { readonly tone: Tone; readonly word: string }>> = {
  added: { tone: 'ok', word: 'new' },
  changed: { tone: 'warn', word: 'changed' },
  unchanged: { tone: 'muted', word: 'same' },
}

function RateCell({ row, field }: { readonly row: PriceImportRow; readonly field: RateField }) {
  const { before, after } = rateChange(row, field)
  if (before === null || before === after) return <>{rateText(after)}</>
  return (
    <span className={classes['changed']}>
      <del>
        <span className={classes['unseen']}>was </span>
        {rateText(before)}
      </del>{' '}
      <ins>
        <span className={classes['unseen']}>becomes </span>
        {rateText(after)}
      </ins>
    </span>
  )
}

/** What the columns of rates leave out, in full on hover. */
function MoreCell({ row }: { readonly row: PriceImportRow }) {
  const words = [extrasText(row.after), hasOtherChange(row) ? 'other rates differ' : ''].filter((part) => part !== '')
  const before = row.before === null ? '' : `Now: ${ratesWords(row.before.rates)}. `
  return (
    <Tooltip label={`${before}${row.before === null ? '' : 'Then: '}${ratesWords(row.after)}`}>
      <span className={classes['dim']}>{words.length === 0 ? '–' : words.join('; ')}</span>
    </Tooltip>
  )
}

function rateColumn(field: RateField, header: string): Column<PriceImportRow> {
  return {
    id: field,
    header,
    align: 'right',
    firstDescending: true,
    hint: 'Dollars per million tokens. Of a change, the price in force and the one of the list.',
    cell: (row) => <RateCell row={row} field={field} />,
    sortBy: (row) => rateChange(row, field).after,
  }
}

/** `names`: of upstreams, by id. */
export function importColumns(names: ReadonlyMap<string, string>): readonly Column<PriceImportRow>[] {
  return [
    {
      id: 'model',
      header: 'Model',
      cell: ({ model, upstreamId }) => (
        <div className={classes['modelCell']}>
          <span className={classes['model']}>{model}</span>
          {upstreamId !== null && (
            <span className={classes['extras']}>{`at ${names.get(upstreamId) ?? upstreamId}`}</span>
          )}
        </div>
      ),
      sortBy: ({ model }) => model,
    },
    {
      id: 'change',
      header: 'Change',
      cell: ({ change }) => <Tag tone={looks[change].tone}>{looks[change].word}</Tag>,
      sortBy: ({ change }) => change,
    },
    rateColumn('input', 'Input'),
    rateColumn('cachedInput', 'Cached'),
    rateColumn('output', 'Output'),
    { id: 'more', header: 'More', cell: (row) => <MoreCell row={row} /> },
  ]
}

export const invalidColumns: readonly Column<PriceImportProblem>[] = [
  { id: 'row', header: 'Row', align: 'right', width: '4rem', cell: ({ row }) => row },
  { id: 'name', header: 'Model', cell: ({ name }) => <span className={classes['model']}>{name}</span> },
  { id: 'reason', header: 'Why not', cell: ({ reason }) => reason },
]
