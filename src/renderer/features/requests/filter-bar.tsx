/** All filters of the log: those asked for daily in one row, the others in a second one that opens. */
import { Button, SegmentedControl } from '@mantine/core'
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react'
import { memo, useState } from 'react'
import type { RequestCount } from '../../../shared/models/request.ts'
import { SearchInput } from '../../components/filters.tsx'
import { formatCount } from '../../lib/format.ts'
import type { SetUrlState } from '../../lib/url-state.ts'
import { ChoiceFilter } from './choice-filter.tsx'
import {
  costOfText,
  costText,
  isFiltered,
  isSet,
  type filterParams,
  type FilterState,
  type ListName,
} from './filter-state.ts'
import classes from './filters.module.css'
import { useChoices } from './queries.ts'
import { TimeFilter } from './time-filter.tsx'
import { WordFilter } from './word-filter.tsx'

interface ListFilter {
  readonly name: ListName
  readonly label: string
  readonly isOpenList?: boolean
}

const daily: readonly ListFilter[] = [
  { name: 'state', label: 'State' },
  { name: 'key', label: 'Key' },
  { name: 'pool', label: 'Pool' },
  { name: 'upstream', label: 'Upstream' },
  { name: 'model', label: 'Model', isOpenList: true },
]
const further: readonly ListFilter[] = [
  { name: 'error', label: 'Error', isOpenList: true },
  { name: 'status', label: 'Status code' },
  { name: 'client', label: 'Client' },
  { name: 'route', label: 'Route', isOpenList: true },
  { name: 'effort', label: 'Effort', isOpenList: true },
  { name: 'tier', label: 'Service tier', isOpenList: true },
]
const typed = [
  { name: 'minMs', label: 'Total at least, ms' },
  { name: 'minFirstMs', label: 'First byte at least, ms' },
  { name: 'minTokens', label: 'Tokens at least' },
] as const
const furtherNames = [...[...further, ...typed].map(({ name }) => name), 'minCost' as const]

export interface LogFilterBarProps {
  readonly state: FilterState
  readonly setState: SetUrlState<typeof filterParams>
  readonly onReset: () => void
  readonly count: RequestCount | undefined
}

/** The list redraws with every page that it loads; the filters need not. */
export const LogFilterBar = memo(function LogFilterBar(props: LogFilterBarProps) {
  const { state, setState, onReset, count } = props
  const [wantsMore, setWantsMore] = useState(false)
  const choices = useChoices()
  const furtherSet = furtherNames.filter((name) => isSet(state[name])).length
  const isFurtherSet = furtherSet > 0 || state.transport !== null || state.ip !== '' || state.token !== ''
  const isMoreShown = wantsMore || isFurtherSet
  const lists = (filters: readonly ListFilter[]) =>
    filters.map(({ name, label, isOpenList = false }) => (
      <ChoiceFilter
        key={name}
        label={label}
        isOpenList={isOpenList}
        values={state[name]}
        choices={choices[name]}
        onChange={(values) => setState({ [name]: values })}
      />
    ))
  return (
    <div role="search" aria-label="Filters">
      <div className={classes['bar']}>
        <SearchInput
          value={state.q}
          onChange={(q) => setState({ q }, { replace: true })}
          label="Request id, key, model, error"
          width={246}
        />
        <TimeFilter times={state} onChange={(times) => setState(times)} />
        {lists(daily)}
        <Button
          variant="default"
          className={classes['choice'] ?? ''}
          aria-expanded={isMoreShown}
          disabled={isFurtherSet}
          title={isFurtherSet ? 'Shown while one of them is set' : undefined}
          onClick={() => setWantsMore(!wantsMore)}
          rightSection={
            isMoreShown ? <IconChevronUp size={12} aria-hidden /> : <IconChevronDown size={12} aria-hidden />
          }
        >
          More
        </Button>
        {isFiltered(state) && (
          <Button variant="subtle" className={classes['choice'] ?? ''} onClick={onReset}>
            Clear filters
          </Button>
        )}
        <span className={classes['count']} aria-live="polite">
          {count !== undefined && countWords(count)}
        </span>
      </div>
      {isMoreShown && (
        <div className={classes['bar']}>
          {lists(further)}
          <SegmentedControl
            aria-label="Transport"
            value={state.transport ?? 'any'}
            onChange={(next) => setState({ transport: next === 'stream' || next === 'whole' ? next : null })}
            data={[
              { value: 'any', label: 'Any transport' },
              { value: 'stream', label: 'Streamed' },
              { value: 'whole', label: 'Whole' },
            ]}
          />
          <WordFilter
            label="Token id"
            value={state.token}
            onChange={(token) => setState({ token }, { replace: true })}
          />
          <WordFilter label="Client address" value={state.ip} onChange={(ip) => setState({ ip }, { replace: true })} />
          {typed.map(({ name, label }) => (
            <WordFilter
              key={name}
              kind="whole"
              label={label}
              width={168}
              value={state[name] === null ? '' : String(state[name])}
              onChange={(text) => setState({ [name]: text === '' ? null : Number(text) }, { replace: true })}
            />
          ))}
          <WordFilter
            kind="usd"
            label="Cost at least, USD"
            width={168}
            value={state.minCost === null ? '' : costText(state.minCost)}
            onChange={(text) => setState({ minCost: costOfText(text) }, { replace: true })}
          />
        </div>
      )}
    </div>
  )
})

function countWords({ count, isExact }: RequestCount): string {
  return `${isExact ? '' : 'about '}${formatCount(count)} ${count === 1 ? 'request' : 'requests'}`
}
