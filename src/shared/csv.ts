/** Comma-separated values after RFC 4180, with cells that no spreadsheet takes for a formula. */

export type CsvCell = string | number | boolean | null

/** What starts a formula in one spreadsheet or another. A tab or line end before it does not help. */
const FORMULA = /^[\s]*[=+\-@|%]|^[\t\r\n]/

/** Text that a spreadsheet would calculate gets an apostrophe in front, which it shows as text. Numbers stay numbers. */
export function csvCell(value: CsvCell): string {
  if (value === null) return ''
  if (typeof value !== 'string') return String(value)
  const guarded = FORMULA.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded
}

/** With the line's end, which the standard wants as CR LF. */
export function csvLine(cells: readonly CsvCell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}
