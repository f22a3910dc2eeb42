/**
 * Amounts as an operator types them: `500`, `1k`, `1.5M`, `1_000_000`, `$5`, `5.50`. They are read by their digits, never
 * by way of a fraction in binary, so what is written is what counts. Pure.
 */
import { formatCount } from './format.ts'

export type ReadAmount = { readonly value: number } | { readonly problem: string }

const NANOS_PER_DOLLAR = 1_000_000_000
const powers: Readonly<Record<string, number>> = { '': 0, k: 3, m: 6, b: 9, t: 12 }
const shape = /^(\d+(?:_\d+)*|\d{1,3}(?:[ ,]\d{3})+|)(?:\.(\d+))?\s*([kmbt]?)$/i

/** The digits times ten to `places`, or null for what is no number. Digits behind the last place make it `fine`. */
function readDigits(text: string, places: number): bigint | 'fine' | null {
  const [matched, whole = '', fraction = '', letter = ''] = shape.exec(text) ?? []
  if (matched === undefined || `${whole}${fraction}` === '' || text.length > 60) return null
  const shift = places + (powers[letter.toLowerCase()] ?? 0)
  const behind = fraction.replace(/0+$/, '')
  if (behind.length > shift) return 'fine'
  return BigInt(`${whole.replaceAll(/[ ,_]/g, '')}${behind.padEnd(shift, '0')}`)
}

/** A whole number from 0 to `max`. */
export function readCount(text: string, max: number): ReadAmount {
  const digits = readDigits(text.trim(), 0)
  if (digits === null || digits === 'fine') return { problem: 'Give a whole number: 500, 1k or 1.5M.' }
  return digits > BigInt(max) ? { problem: `At most ${formatCount(max)}.` } : { value: Number(digits) }
}

/** Dollars, as nano-dollars from 0 to `max`. */
export function readUsd(text: string, max: number): ReadAmount {
  const bare = text.trim().replace(/^\$\s*|\s*(?:\$|USD)$/i, '')
  const digits = readDigits(bare, 9)
  if (digits === null) return { problem: 'Give dollars, cents behind a point: 5.50.' }
  if (digits === 'fine') return { problem: 'At most 9 digits behind the point.' }
  return digits > BigInt(max) ? { problem: `At most $${writeUsd(max)}.` } : { value: Number(digits) }
}

/** `1,500,000`; reads back as the same. */
export function writeCount(value: number): string {
  return formatCount(value)
}

/** `5.50`, `0.0125`: every digit there is, without the sign; reads back as the same. */
export function writeUsd(nanos: number): string {
  const rest = nanos % NANOS_PER_DOLLAR
  const behind = String(rest).padStart(9, '0').replace(/0+$/, '').padEnd(2, '0')
  return `${formatCount((nanos - rest) / NANOS_PER_DOLLAR)}.${behind}`
}
