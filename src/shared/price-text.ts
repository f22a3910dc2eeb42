/** Prices in words: dollars per million tokens. For page, command and audit log; pure, and without zod. */
import { scaledDecimal } from './decimal.ts'
import type { PriceRates, Rates } from './models/price.ts'

/** Nano-dollars per 1,000 tokens in a dollar per million. */
const PER_DOLLAR = 1_000_000
const DIGITS = 6

/** `1.25` as a rate; null for what is no amount of dollars. Finer than $0.000001 per million tokens is rounded. */
export function rateOfDollars(text: string): number | null {
  return scaledDecimal(text, DIGITS)
}

/** A rate as dollars per million tokens, exactly: `1.25`, `0.003`, `10`. */
export function dollarsOfRate(rate: number): string {
  const fraction = String(rate % PER_DOLLAR)
    .padStart(DIGITS, '0')
    .replace(/0+$/, '')
  const whole = String(Math.floor(rate / PER_DOLLAR))
  return fraction === '' ? whole : `${whole}.${fraction.padEnd(2, '0')}`
}

function pairs(rates: Rates): string {
  const named: readonly (readonly [string, number | null])[] = [
    ['input', rates.input],
    ['cached', rates.cachedInput],
    ['cache write', rates.cacheWrite],
    ['output', rates.output],
    ['reasoning', rates.reasoning],
  ]
  return named.flatMap(([name, rate]) => (rate === null ? [] : [`${name} $${dollarsOfRate(rate)}`])).join(', ')
}

/** `input $1.25, cached $0.125, output $10; above 200,000 input tokens: input $2.50, output $15; flex: …` */
export function ratesText(rates: PriceRates): string {
  const { longContext, tiers } = rates
  const parts = [pairs(rates)]
  if (longContext !== null) {
    parts.push(`above ${longContext.aboveInputTokens.toLocaleString('en-US')} input tokens: ${pairs(longContext)}`)
  }
  for (const [name, tier] of Object.entries(tiers)) {
    parts.push(`${name}: ${pairs(tier)}`)
    if (tier.longContext !== null) parts.push(`${name}, long: ${pairs(tier.longContext)}`)
  }
  return parts.join('; ')
}
