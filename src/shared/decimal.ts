/** Decimal numbers by their digits: no float in between, so nothing drifts. Pure, and without zod. */

const DECIMAL = /^(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/
const MAX_DIGITS = 60

/**
 * The number times 10^places, rounded half up to a whole one: `1.25` and 6 are 1,250,000. Null for what is no decimal of
 * zero or more, or is beyond what a number holds exactly.
 */
export function scaledDecimal(text: string, places: number): number | null {
  const [, whole = '', part = '', exponent = '0'] = DECIMAL.exec(text.trim()) ?? []
  const digits = whole + part
  if (digits === '' || digits.length > MAX_DIGITS) return null
  const shift = Number(exponent) - part.length + places
  if (shift > MAX_DIGITS) return /^0+$/.test(digits) ? 0 : null
  const value = shift >= 0 ? BigInt(digits) * 10n ** BigInt(shift) : halfUp(BigInt(digits), -shift)
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? null : Number(value)
}

function halfUp(value: bigint, places: number): bigint {
  const divisor = 10n ** BigInt(places)
  return (value + divisor / 2n) / divisor
}
