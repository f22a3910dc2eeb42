/** Reads a list of prices in any form that Weir knows. What cannot be read in it is told row by row. */
import { AppError } from '../../shared/errors.ts'
import type { PriceListFormat } from '../../shared/models/price-import.ts'
import { litellmRows, readLitellmRow } from './litellm-list.ts'
import { isProblem, shortName, type ListEntry, type ListProblem, type ListRow } from './list-row.ts'
import { readWeirRow, weirRows } from './weir-list.ts'

const MAX_ROWS = 20_000
/** Rows that are read before others get their turn. */
const AT_ONCE = 500

export interface ReadList {
  readonly format: PriceListFormat
  readonly rows: readonly ListRow[]
  readonly problems: readonly ListProblem[]
}

/** @throws AppError `price_list_unreadable` */
export async function readPriceList(text: string, breathe: () => Promise<void>): Promise<ReadList> {
  const list = parsed(text)
  const own = weirRows(list)
  if (own !== null) return readAll('weir', own, readWeirRow, breathe)
  const litellm = litellmRows(list)
  if (litellm !== null) return readAll('litellm', litellm, readLitellmRow, breathe)
  throw unreadable('It is JSON, but neither an export of Weir nor a list in the form of LiteLLM.')
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // The parser's message quotes the text, so it is left behind.
    throw unreadable('It is not JSON.')
  }
  throw unreadable('It is JSON, but no list of prices.')
}

function unreadable(reason: string): AppError {
  return new AppError('price_list_unreadable', `The list of prices cannot be read. ${reason}`)
}

async function readAll<T>(
  format: PriceListFormat,
  values: readonly T[],
  read: (value: T, row: number) => ListEntry,
  breathe: () => Promise<void>,
): Promise<ReadList> {
  if (values.length === 0) throw unreadable('It has no rows.')
  if (values.length > MAX_ROWS) throw unreadable(`It has more than ${MAX_ROWS.toLocaleString('en-US')} rows.`)
  const rows: ListRow[] = []
  const problems: ListProblem[] = []
  const taken = new Set<string>()
  for (const [index, value] of values.entries()) {
    if (index % AT_ONCE === AT_ONCE - 1) await breathe()
    const entry = read(value, index + 1)
    if (isProblem(entry)) {
      problems.push(entry)
      continue
    }
    const place = `${entry.upstreamId ?? ''} ${entry.model}`
    if (taken.has(place)) {
      problems.push({ row: entry.row, name: shortName(entry.model), reason: 'stands in the list twice' })
      continue
    }
    taken.add(place)
    rows.push(entry)
  }
  return { format, rows, problems }
}
