/** Values as a terminal shows them: aligned columns, units, times with their zone. */

/** Columns padded to their widest cell, without trailing blanks. */
export function align(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length)
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

export function table(head: readonly string[], rows: readonly (readonly string[])[], whenEmpty: string): string {
  if (rows.length === 0) return `${whenEmpty}\n`
  const printable = rows.map((row) => row.map((cell) => cell.replaceAll(/\p{Cc}+/gu, ' ')))
  return `${align([head, ...printable])}\n`
}

/** Label and value pairs. */
export function facts(rows: readonly (readonly [string, string])[]): string {
  return `${align(rows.map(([label, value]) => [label, value.replaceAll(/\p{Cc}+/gu, ' ')]))}\n`
}

/** `2026-11-20 21:47:03Z` */
export function time(ms: number | null): string {
  return ms === null ? '-' : `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}Z`
}

export function duration(ms: number | null): string {
  if (ms === null) return '-'
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`
}

export function count(value: number): string {
  return value.toLocaleString('en-US')
}

export function dollars(nanos: number | null): string {
  return nanos === null ? '-' : `$${(nanos / 1e9).toFixed(6)}`
}

/** `1.4 MiB` */
export function bytes(value: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']
  const step = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(value) / 10))
  const digits = (value / 1_024 ** step).toLocaleString('en-US', { maximumFractionDigits: step === 0 ? 0 : 1 })
  return `${digits} ${units[step]}`
}
