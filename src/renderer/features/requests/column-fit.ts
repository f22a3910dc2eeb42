/** Which columns are shown: those that were chosen, else as many as fit, the least telling ones left out first. Pure. */

export const columnIds = [
  'time',
  'status',
  'model',
  'key',
  'pool',
  'upstream',
  'route',
  'tokens',
  'cost',
  'latency',
  'error',
  'client',
  'ip',
  'attempts',
  'id',
] as const
export type ColumnId = (typeof columnIds)[number]

export interface ColumnSize {
  readonly label: string
  /** Px. */
  readonly min: number
  /** Its share of what is left over; 0 keeps it at `min`. */
  readonly grow: number
  /** 1 is left out last; null is shown only when chosen. */
  readonly rank: number | null
}

export const columnSizes: Readonly<Record<ColumnId, ColumnSize>> = {
  time: { label: 'Time', min: 117, grow: 0, rank: 1 },
  status: { label: 'Status', min: 132, grow: 0, rank: 1 },
  model: { label: 'Model', min: 114, grow: 2.4, rank: 2 },
  key: { label: 'Key', min: 92, grow: 2.4, rank: 3 },
  pool: { label: 'Pool', min: 96, grow: 1.5, rank: 9 },
  upstream: { label: 'Upstream', min: 106, grow: 2.7, rank: 5 },
  route: { label: 'Route', min: 98, grow: 0, rank: 10 },
  tokens: { label: 'Tokens', min: 92, grow: 0, rank: 4 },
  cost: { label: 'Cost', min: 86, grow: 0, rank: 8 },
  latency: { label: 'First / total', min: 140, grow: 0, rank: 6 },
  error: { label: 'Error', min: 112, grow: 2.8, rank: 7 },
  client: { label: 'Client', min: 92, grow: 0, rank: null },
  ip: { label: 'Address', min: 104, grow: 0, rank: null },
  attempts: { label: 'Attempts', min: 68, grow: 0, rank: null },
  id: { label: 'Id', min: 138, grow: 0, rank: null },
}

export function isColumn(id: string): id is ColumnId {
  return columnIds.some((each) => each === id)
}

/** `chosen` as the address has them; none means: as many as fit. Always in the order of the table. */
export function columnsFor(chosen: readonly string[], width: number): readonly ColumnId[] {
  const wanted = columnIds.filter((id) => chosen.includes(id))
  if (wanted.length > 0) return wanted
  let left = width
  const ranked = columnIds
    .flatMap((id) => {
      const { rank, min } = columnSizes[id]
      return rank === null ? [] : [{ id, rank, min }]
    })
    .sort((a, b) => a.rank - b.rank)
  const shown = new Set<ColumnId>()
  for (const { id, min } of ranked) {
    // The first that does not fit ends it: a lesser one in its place would change with every pixel.
    if (left < min) break
    left -= min
    shown.add(id)
  }
  return columnIds.filter((id) => shown.has(id))
}

/** For `grid-template-columns`. */
export function templateOf(columns: readonly ColumnId[]): string {
  const isGrowing = columns.some((id) => columnSizes[id].grow > 0)
  return columns
    .map((id, index) => {
      const { min, grow } = columnSizes[id]
      const share = isGrowing || index < columns.length - 1 ? grow : 1
      return share === 0 ? `${min}px` : `minmax(${min}px, ${share}fr)`
    })
    .join(' ')
}

export function widthOf(columns: readonly ColumnId[]): number {
  return columns.reduce((sum, id) => sum + columnSizes[id].min, 0)
}
