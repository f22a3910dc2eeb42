/** Weir's own form of a list of prices: what `price.export` writes. */
import type { z } from 'zod'
import { priceSlot, priceRates, type Price } from '../../shared/models/price.ts'
import { shortName, type ListEntry } from './list-row.ts'

const FORMAT = 'weir-prices'
const UNIT = 'nano-dollars per 1,000 tokens'
const row = priceSlot.extend({ rates: priceRates })

/** One row per line, so that two exports can be compared. */
export function listText(prices: readonly Price[], at: number): string {
  const lines = prices.map(
    ({ model, upstreamId, rates, note }) => `    ${JSON.stringify({ model, upstreamId, rates, note })}`,
  )
  const head = { format: FORMAT, version: 1, unit: UNIT, exportedAt: new Date(at).toISOString() }
  const fields = Object.entries(head).map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},`)
  return `{\n${fields.join('\n')}\n  "prices": [${lines.length === 0 ? '' : `\n${lines.join(',\n')}\n  `}]\n}\n`
}

/** The list's rows, or null for what has another form. */
export function weirRows(list: Readonly<Record<string, unknown>>): readonly unknown[] | null {
  if (list['format'] !== FORMAT || list['version'] !== 1 || !Array.isArray(list['prices'])) return null
  return list['prices']
}

export function readWeirRow(value: unknown, at: number): ListEntry {
  const parsed = row.safeParse(value)
  if (parsed.success) return { row: at, ...parsed.data }
  const model = typeof value === 'object' && value !== null && 'model' in value ? value.model : undefined
  return { row: at, name: shortName(model), reason: problemOf(parsed.error) }
}

function problemOf(error: z.ZodError): string {
  const [issue] = error.issues
  return issue === undefined ? 'cannot be read' : `${issue.path.join('.') || 'row'}: ${issue.message}`
}
