/**
 * The rows on screen out of as many as there are. The grid itself has the focus and names its current row, because a row
 * that scrolls away leaves the document. Rows that arrive above never move what is being read.
 */
import { Button } from '@mantine/core'
import { useElementSize, useMergedRef } from '@mantine/hooks'
import { IconArrowUp } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import {
  memo,
  useEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  type Ref,
} from 'react'
import type { RequestSummary } from '../../../shared/models/request.ts'
import { formatNoun } from '../../lib/format.ts'
import { cells, rightAligned } from './cells.tsx'
import { columnsFor, columnSizes, templateOf, widthOf, type ColumnId } from './column-fit.ts'
import { indexOf, placeOf } from './id-order.ts'
import classes from './log-table.module.css'
import { useNames } from './queries.ts'
import type { LogSnapshot, Names } from './log-snapshot.ts'
import type { RequestLog } from './request-log.ts'
import { HEAD_HEIGHT, ROW_HEIGHT, usePlace, type Place } from './place.ts'
import { useKeptPlace } from './use-kept-place.ts'

export interface LogTableProps {
  readonly log: RequestLog
  readonly snapshot: LogSnapshot
  /** As the address has them. */
  readonly columns: readonly string[]
  /** The request in the drawer. */
  readonly openId: string | null
  readonly onOpen: (id: string) => void
  readonly onNewest: () => void
  readonly onOldest: () => void
  readonly place: Place
  /** The oldest rows were asked for. */
  readonly startsAtEnd: boolean
  /** Under the last row. */
  readonly foot: ReactNode
  /** To bring the focus back here. */
  readonly gridRef: Ref<HTMLDivElement>
}

export function LogTable(props: LogTableProps) {
  const { log, snapshot, openId, place, foot, gridRef } = props
  const { current } = usePlace(place)
  const { ids } = snapshot
  const names = useNames(snapshot.names)
  const size = useElementSize()
  const [box, setBox] = useState<HTMLDivElement | null>(null)
  const boxRef = useMergedRef(size.ref, setBox)
  const columns = useMemo(() => columnsFor(props.columns, size.width), [props.columns, size.width])
  const template = templateOf(columns)

  // Its functions are others with each render, as they should be: nothing here is memoised by a compiler.
  // eslint-disable-next-line react/incompatible-library
  const virtualizer = useVirtualizer({
    count: ids.length,
    getScrollElement: () => box,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => ids[index] ?? index,
    overscan: 24,
    scrollMargin: HEAD_HEIGHT,
    initialOffset: place.scrollTop(),
  })
  const { startsAtEnd } = props
  const { unseen, show } = useKeptPlace({ box, snapshot, isReading: openId !== null, startsAtEnd, place })
  const items = virtualizer.getVirtualItems()
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0]
  useEffect(() => log.look(first, last), [log, first, last, snapshot])
  useCurrentInView(current, ids, show)

  const currentIndex = current === null ? -1 : indexOf(ids, current)
  const isCurrentShown = currentIndex >= first && currentIndex <= last && items.length > 0
  return (
    <div className={classes['frame']}>
      {unseen > 0 && (
        <div className={classes['pill']}>
          <Button
            size="compact-xs"
            radius="xl"
            leftSection={<IconArrowUp size={12} aria-hidden />}
            onClick={() => {
              place.choose(null)
              box?.scrollTo({ top: 0 })
            }}
          >
            {`${formatNoun(unseen, 'new request')}`}
          </Button>
        </div>
      )}
      <div className={classes['box']} ref={boxRef} data-log>
        <div
          role="grid"
          aria-label="Requests"
          aria-rowcount={snapshot.isAtOldest && snapshot.isAtNewest ? ids.length + 1 : -1}
          aria-activedescendant={isCurrentShown && current !== null ? rowId(current) : undefined}
          tabIndex={0}
          ref={gridRef}
          className={classes['grid']}
          style={{ minWidth: widthOf(columns) }}
          onKeyDown={(event) => onKey(event, props, currentIndex, Math.floor(size.height / ROW_HEIGHT) - 2)}
          onClick={(event) => onRowClick(event, props)}
        >
          <Head columns={columns} template={template} />
          <div role="rowgroup" style={{ height: ids.length * ROW_HEIGHT, position: 'relative' }}>
            {items.map(({ index, start }) => {
              const id = ids[index]
              if (id === undefined) return null
              return (
                <Row
                  key={id}
                  id={id}
                  row={log.row(id)}
                  names={names}
                  index={index}
                  top={start - HEAD_HEIGHT}
                  columns={columns}
                  template={template}
                  isCurrent={id === current}
                  isOpen={id === openId}
                />
              )
            })}
          </div>
        </div>
        <div className={classes['foot']}>{foot}</div>
      </div>
    </div>
  )
}

function rowId(id: string): string {
  return `row-${id}`
}

/** A row walked to is brought into view; one that only arrived elsewhere in the list is not. */
function useCurrentInView(current: string | null, ids: readonly string[], show: (index: number) => void): void {
  const latest = useRef({ ids, show })
  useEffect(() => {
    latest.current = { ids, show }
  })
  useEffect(() => {
    const index = current === null ? -1 : indexOf(latest.current.ids, current)
    if (index >= 0) latest.current.show(index)
  }, [current])
}

function onRowClick(event: MouseEvent, { onOpen }: LogTableProps): void {
  const row = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-id]') : null
  // Selecting text in a row is no click on it.
  if (row?.dataset['id'] === undefined || getSelection()?.isCollapsed === false) return
  onOpen(row.dataset['id'])
}

function onKey(event: KeyboardEvent, props: LogTableProps, at: number, page: number): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const { snapshot, place, onOpen, onNewest, onOldest } = props
  const { ids } = snapshot
  const { current } = place.state()
  // A row that is gone leaves its place.
  const here = at >= 0 ? at : current === null ? firstOnScreen(place) : placeOf(ids, current) - 1
  const go = (index: number) => place.choose(ids[Math.max(0, Math.min(ids.length - 1, index))] ?? null)
  const acts: Readonly<Record<string, (() => void) | undefined>> = {
    ArrowDown: () => go(here + 1),
    ArrowUp: () => go(here - 1),
    PageDown: () => go(here + page),
    PageUp: () => go(here - page),
    Home: onNewest,
    End: onOldest,
    Enter: current === null ? undefined : () => onOpen(current),
    Escape: current === null ? undefined : () => place.choose(null),
  }
  const act = acts[event.key]
  if (act === undefined) return
  event.preventDefault()
  act()
}

/** With no row chosen, the first step is onto the first row on screen; a page further is from there. */
function firstOnScreen(place: Place): number {
  return Math.ceil(place.scrollTop() / ROW_HEIGHT) - 1
}

function Head({ columns, template }: { readonly columns: readonly ColumnId[]; readonly template: string }) {
  return (
    <div role="rowgroup" className={classes['head']}>
      <div role="row" className={classes['headRow']} style={{ gridTemplateColumns: template }}>
        {columns.map((id) => (
          <div
            key={id}
            role="columnheader"
            className={classes['cell']}
            data-align={rightAligned.has(id) ? 'right' : undefined}
          >
            {columnSizes[id].label}
          </div>
        ))}
      </div>
    </div>
  )
}

interface RowProps {
  readonly id: string
  /** Undefined while it is fetched. */
  readonly row: RequestSummary | undefined
  readonly names: Names
  readonly index: number
  readonly top: number
  readonly columns: readonly ColumnId[]
  readonly template: string
  readonly isCurrent: boolean
  readonly isOpen: boolean
}

const Row = memo(function Row({ id, row, names, index, top, columns, template, isCurrent, isOpen }: RowProps) {
  return (
    <div
      role="row"
      id={rowId(id)}
      data-id={id}
      data-row={row === undefined ? 'blank' : 'ready'}
      data-current={isCurrent}
      data-open={isOpen}
      aria-rowindex={index + 2}
      aria-selected={isCurrent}
      className={classes['row']}
      style={{ gridTemplateColumns: template, transform: `translateY(${top}px)` }}
    >
      {columns.map((column) => (
        <div
          key={column}
          role="gridcell"
          className={classes['cell']}
          data-align={rightAligned.has(column) ? 'right' : undefined}
        >
          {row === undefined ? <div className={classes['blank']} /> : cells[column](row, names)}
        </div>
      ))}
    </div>
  )
})
