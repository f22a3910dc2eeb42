/**
 * A dense table with a sticky head: sorted by its columns, walked by keyboard (arrows, Home, End, Enter opens, Space
 * selects), grouped and selectable where asked. For lists of some hundred rows, of which a long one builds only what is in
 * sight; the request log has its own.
 */
import { Checkbox, Tooltip, UnstyledButton } from '@mantine/core'
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import { Fragment, useMemo, useRef, useState, type KeyboardEvent, type MouseEvent, type ReactNode } from 'react'
import { useRowWindow, type RowWindow } from './row-window.ts'
import { groupRows, itemsOf, sectionsOf, sortRows } from './table-model.ts'
import type { Column, TableGroup, TableSort } from './table-model.ts'
import classes from './data-table.module.css'

export interface Selection {
  readonly selected: ReadonlySet<string>
  readonly onChange: (selected: ReadonlySet<string>) => void
}

export interface DataTableProps<T> {
  /** What the table holds, for screen readers: "API keys". */
  readonly label: string
  readonly columns: readonly Column<T>[]
  readonly rows: readonly T[]
  readonly rowKey: (row: T) => string
  /** Names a row: "laptop". */
  readonly rowLabel?: (row: T) => string
  readonly onOpen?: (row: T) => void
  /** The row that is open beside the table. */
  readonly openKey?: string | null
  readonly sort?: TableSort | null
  readonly onSort?: (sort: TableSort) => void
  readonly selection?: Selection
  readonly groupOf?: (row: T) => TableGroup
  /** Height of the scrolling box; by default what the window leaves. */
  readonly maxHeight?: string
  /** Below the last row, inside the scrolling box: how many there are, how to get more. */
  readonly footer?: ReactNode
}

export function DataTable<T>(props: DataTableProps<T>) {
  const { label, columns, rows, rowKey, sort = null, selection, groupOf, maxHeight } = props
  const box = useRef<HTMLDivElement>(null)
  const [focused, setFocused] = useState<string | null>(null)
  const groups = useMemo(() => groupRows(sortRows(rows, columns, sort), groupOf), [rows, columns, sort, groupOf])
  const items = useMemo(() => itemsOf(groups, rowKey), [groups, rowKey])
  const keys = useMemo(() => items.flatMap((item) => (item.kind === 'row' ? [item.key] : [])), [items])
  // Exactly one row takes part in the tab order: the one last walked to, or the first.
  const current = focused !== null && keys.includes(focused) ? focused : (keys[0] ?? null)
  const indexOf = (key: string | null) => items.findIndex((item) => item.kind === 'row' && item.key === key)
  const shown = useRowWindow(items.length, box, indexOf(current))
  const span = columns.length + (selection === undefined ? 0 : 1)
  const height = maxHeight === undefined ? { 'data-rest': true } : { style: { maxHeight } }

  function walk(to: number): void {
    const key = keys[Math.max(0, Math.min(keys.length - 1, to))]
    if (key === undefined) return
    setFocused(key)
    shown.focus(indexOf(key))
  }

  return (
    <div className={classes['box']} ref={box} {...height}>
      <table className={classes['table']} aria-label={label} aria-rowcount={keys.length + 1}>
        <Head {...props} keys={keys} />
        {sectionsOf(items, shown.shown).map((section) => (
          <tbody key={section.groupId}>
            {section.entries.map(({ item, index, gapBefore }) => (
              <Fragment key={`${item.kind} ${item.key}`}>
                <Gap height={gapBefore} />
                {item.kind === 'group' ? (
                  <tr className={classes['group']} data-index={index} ref={shown.measure}>
                    <th scope="rowgroup" colSpan={span}>
                      {item.label}
                    </th>
                  </tr>
                ) : (
                  <Row
                    row={item.row}
                    table={props}
                    index={index}
                    place={item.place}
                    measure={shown.measure}
                    isCurrent={item.key === current}
                    onFocus={() => setFocused(item.key)}
                    onWalk={(step) => walk(keys.indexOf(item.key) + step)}
                  />
                )}
              </Fragment>
            ))}
          </tbody>
        ))}
        {shown.gapAfter > 0 && (
          <tbody>
            <Gap height={shown.gapAfter} />
          </tbody>
        )}
      </table>
      {props.footer}
    </div>
  )
}

/** In place of rows that are out of sight. */
function Gap({ height }: { readonly height: number }) {
  return height > 0 && <tr aria-hidden style={{ height }} />
}

function Head<T>({
  columns,
  sort = null,
  onSort,
  selection,
  keys,
  label,
}: DataTableProps<T> & { keys: readonly string[] }) {
  const chosen = selection === undefined ? 0 : keys.filter((key) => selection.selected.has(key)).length
  return (
    <thead>
      <tr>
        {selection !== undefined && (
          <th className={classes['check']}>
            <Checkbox
              aria-label={`Select all shown: ${label}`}
              checked={keys.length > 0 && chosen === keys.length}
              indeterminate={chosen > 0 && chosen < keys.length}
              onChange={(event) => selection.onChange(new Set(event.currentTarget.checked ? keys : []))}
            />
          </th>
        )}
        {columns.map((column) => (
          <HeadCell key={column.id} column={column} sort={sort} {...(onSort === undefined ? {} : { onSort })} />
        ))}
      </tr>
    </thead>
  )
}

interface HeadCellProps<T> {
  readonly column: Column<T>
  readonly sort: TableSort | null
  readonly onSort?: (sort: TableSort) => void
}

function HeadCell<T>({ column, sort, onSort }: HeadCellProps<T>) {
  const isSorted = sort?.by === column.id
  const order = !isSorted ? 'none' : sort.descending ? 'descending' : 'ascending'
  const Arrow = sort?.descending === true ? IconArrowDown : IconArrowUp
  const text =
    column.hint === undefined ? (
      column.header
    ) : (
      <Tooltip label={column.hint}>
        <span>{column.header}</span>
      </Tooltip>
    )
  const canSort = column.sortBy !== undefined && onSort !== undefined
  return (
    <th
      scope="col"
      data-align={column.align}
      data-pinned={column.isPinned}
      style={column.width === undefined ? undefined : { width: column.width }}
      {...(canSort ? { 'aria-sort': order } : {})}
    >
      {canSort ? (
        <UnstyledButton
          className={classes['sort']}
          onClick={() =>
            onSort({ by: column.id, descending: isSorted ? !sort.descending : column.firstDescending === true })
          }
        >
          {text}
          {isSorted && <Arrow size={12} aria-hidden />}
        </UnstyledButton>
      ) : (
        text
      )}
    </th>
  )
}

interface RowProps<T> {
  readonly row: T
  readonly table: DataTableProps<T>
  /** Among all items of the table, headings of groups included. */
  readonly index: number
  /** Among its rows, from 1. */
  readonly place: number
  readonly measure: RowWindow['measure']
  readonly isCurrent: boolean
  readonly onFocus: () => void
  readonly onWalk: (step: number) => void
}

function Row<T>({ row, table, index, place, measure, isCurrent, onFocus, onWalk }: RowProps<T>) {
  const { columns, rowKey, rowLabel, onOpen, openKey = null, selection } = table
  const key = rowKey(row)
  const isSelected = selection?.selected.has(key) ?? false

  function toggle(): void {
    if (selection === undefined) return
    const next = new Set(selection.selected)
    if (!next.delete(key)) next.add(key)
    selection.onChange(next)
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return
    const acts: Readonly<Record<string, (() => void) | undefined>> = {
      ArrowDown: () => onWalk(1),
      ArrowUp: () => onWalk(-1),
      Home: () => onWalk(-Infinity),
      End: () => onWalk(Infinity),
      Enter: onOpen && (() => onOpen(row)),
      ' ': selection && toggle,
    }
    const act = acts[event.key]
    if (act === undefined) return
    event.preventDefault()
    act()
  }

  function onClick(event: MouseEvent): void {
    // A link, button or menu in the row acts for itself, and so does selecting text.
    const inside = event.target instanceof Element && event.target.closest('a, button, input, label, [role="menu"]')
    if (!inside && getSelection()?.isCollapsed !== false) onOpen?.(row)
  }

  return (
    <tr
      ref={measure}
      data-index={index}
      data-row={key}
      aria-rowindex={place + 1}
      data-opens={onOpen !== undefined}
      data-selected={isSelected || openKey === key}
      tabIndex={isCurrent ? 0 : -1}
      aria-label={rowLabel?.(row)}
      onFocus={onFocus}
      onKeyDown={onKeyDown}
      onClick={onClick}
    >
      {selection !== undefined && (
        <td className={classes['check']}>
          <Checkbox aria-label={`Select ${rowLabel?.(row) ?? key}`} checked={isSelected} onChange={toggle} />
        </td>
      )}
      {columns.map((column) => (
        <td key={column.id} data-align={column.align} data-pinned={column.isPinned}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  )
}
