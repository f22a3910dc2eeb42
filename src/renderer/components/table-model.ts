/** What a table shows, apart from how: columns, order and groups. Pure. */
import type { ReactNode } from 'react'
import type { UrlParam } from '../lib/url-state.ts'

export interface Column<T> {
  readonly id: string
  readonly header: string
  readonly cell: (row: T) => ReactNode
  /** What the column is sorted by; left out, it cannot be. Null sorts last in either direction. */
  readonly sortBy?: (row: T) => string | number | null
  /** The first click sorts downwards: for figures and times. */
  readonly firstDescending?: boolean
  readonly align?: 'right' | 'center'
  readonly width?: string
  /** Stays at the right edge when the table is wider than its box: for the menu of a row. */
  readonly isPinned?: boolean
  /** On hover: what the column says and in which unit. */
  readonly hint?: string
}

export interface TableSort {
  readonly by: string
  readonly descending: boolean
}

export interface TableGroup {
  readonly id: string
  readonly label: ReactNode
}

/** `?sort=name`, `?sort=-lastUsed`. */
export function sortParam(fallback: string): UrlParam<TableSort> {
  return {
    read(raw) {
      const text = raw === null || raw === '' ? fallback : raw
      return text.startsWith('-') ? { by: text.slice(1), descending: true } : { by: text, descending: false }
    },
    write({ by, descending }) {
      const text = `${descending ? '-' : ''}${by}`
      return text === fallback ? null : text
    },
  }
}

const byText = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

export function sortRows<T>(rows: readonly T[], columns: readonly Column<T>[], sort: TableSort | null): readonly T[] {
  const sortBy = columns.find((column) => column.id === sort?.by)?.sortBy
  if (sortBy === undefined || sort === null) return rows
  const keyed = rows.map((row) => ({ row, key: sortBy(row) }))
  keyed.sort((a, b) => {
    if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null)
    const order =
      typeof a.key === 'number' && typeof b.key === 'number'
        ? a.key - b.key
        : byText.compare(String(a.key), String(b.key))
    return sort.descending ? -order : order
  })
  return keyed.map(({ row }) => row)
}

interface GroupedRows<T> {
  readonly id: string
  /** Null where nothing is grouped. */
  readonly label: ReactNode
  readonly rows: readonly T[]
}

/** In the order in which the groups first appear. */
export function groupRows<T>(rows: readonly T[], groupOf?: (row: T) => TableGroup): readonly GroupedRows<T>[] {
  if (groupOf === undefined) return [{ id: 'all', label: null, rows }]
  const groups = new Map<string, { id: string; label: ReactNode; rows: T[] }>()
  for (const row of rows) {
    const { id, label } = groupOf(row)
    const group = groups.get(id)
    if (group === undefined) groups.set(id, { id, label, rows: [row] })
    else group.rows.push(row)
  }
  return [...groups.values()]
}

/** What stands in the body of a table from top to bottom. */
export type TableItem<T> =
  | { readonly kind: 'group'; readonly key: string; readonly groupId: string; readonly label: ReactNode }
  | { readonly kind: 'row'; readonly row: T; readonly key: string; readonly groupId: string; readonly place: number }

export function itemsOf<T>(groups: readonly GroupedRows<T>[], rowKey: (row: T) => string): readonly TableItem<T>[] {
  let place = 0
  return groups.flatMap(({ id, label, rows }) => {
    const items = rows.map((row): TableItem<T> => {
      place += 1
      return { kind: 'row', row, key: rowKey(row), groupId: id, place }
    })
    return label === null ? items : [{ kind: 'group', key: id, groupId: id, label }, ...items]
  })
}

interface Shown {
  readonly index: number
  readonly gapBefore: number
}

export interface TableSection<T> {
  readonly groupId: string
  readonly entries: readonly (Shown & { readonly item: TableItem<T> })[]
}

/** The shown items by their groups, in order. */
export function sectionsOf<T>(items: readonly TableItem<T>[], shown: readonly Shown[]): readonly TableSection<T>[] {
  const sections: { groupId: string; entries: (Shown & { item: TableItem<T> })[] }[] = []
  for (const entry of shown) {
    const item = items[entry.index]
    // The list may have become shorter since it was last measured.
    if (item === undefined) continue
    const last = sections.at(-1)
    if (last?.groupId === item.groupId) last.entries.push({ ...entry, item })
    else sections.push({ groupId: item.groupId, entries: [{ ...entry, item }] })
  }
  return sections
}
