/**
 * The form of LiteLLM's `model_prices_and_context_window.json`: an object of models, each price in dollars per token,
 * variants by suffix: `_above_200k_tokens`, `_flex`, `_priority`. Prices of images, seconds and batches are not Weir's.
 */
import { priceRates, MAX_RATE, type PriceRates } from '../../shared/models/price.ts'
import { modelPattern } from '../../shared/models/limit.ts'
import { scaledDecimal } from '../../shared/decimal.ts'
import { shortName, type ListEntry } from './list-row.ts'

/** Dollars per token to nano-dollars per 1,000 tokens. */
const PLACES = 12
const TIERS = ['flex', 'priority'] as const
/** Entries of the list that are no models. */
const NO_MODEL = new Set(['sample_spec', 'fallback_generalizations'])

type Entry = Readonly<Record<string, unknown>>
type Draft = { [K in 'input' | 'cachedInput' | 'cacheWrite' | 'output' | 'reasoning']: number | null }

const FIELDS: Readonly<Record<keyof Draft, string>> = {
  input: 'input_cost_per_token',
  cachedInput: 'cache_read_input_token_cost',
  cacheWrite: 'cache_creation_input_token_cost',
  output: 'output_cost_per_token',
  reasoning: 'output_cost_per_reasoning_token',
}

class Unreadable extends Error {}

/** Its models with their entries, or null for what has another form. */
export function litellmRows(list: Entry): readonly (readonly [string, Entry])[] | null {
  const entries = Object.entries(list).filter(([model]) => !NO_MODEL.has(model))
  const isEntry = (value: unknown): value is Entry =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
  const models = entries.filter((entry): entry is [string, Entry] => isEntry(entry[1]))
  return models.some(([, entry]) => FIELDS.input in entry) && models.length === entries.length ? models : null
}

export function readLitellmRow([model, entry]: readonly [string, Entry], at: number): ListEntry {
  try {
    if (!modelPattern.safeParse(model).success) throw new Unreadable('the name is no model id')
    return { row: at, model, upstreamId: null, rates: ratesOf(entry) }
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    return { row: at, name: shortName(model), reason: error.message }
  }
}

function ratesOf(entry: Entry): PriceRates {
  const base = draftOf(entry, '')
  if (base.input === null) throw new Unreadable('has no price per input token')
  const output = base.output ?? (entry['mode'] === 'embedding' ? 0 : null)
  if (output === null) throw new Unreadable('has no price per output token')
  const whole = { ...base, input: base.input, output }
  const above = thresholdOf(entry)
  const suffix = above === null ? '' : `_above_${above / 1_000}k_tokens`
  const long = above === null ? null : over(whole, draftOf(entry, suffix))
  const tiers = TIERS.flatMap((tier) => {
    const own = over(whole, draftOf(entry, `_${tier}`))
    if (own === null) return []
    const ownLong = above === null ? null : over(own, draftOf(entry, `${suffix}_${tier}`))
    return [[tier, { ...own, longContext: ownLong }] as const]
  })
  const longContext = long === null || above === null ? null : { ...long, aboveInputTokens: above }
  const parsed = priceRates.safeParse({ ...whole, longContext, tiers: Object.fromEntries(tiers) })
  if (!parsed.success) throw new Unreadable('a price is out of range')
  return parsed.data
}

/** What a variant says, over what it leaves out; null where it says nothing. */
function over<T extends Draft & { input: number; output: number }>(base: T, variant: Draft) {
  if (variant.input === null && variant.output === null && variant.cachedInput === null) return null
  return { ...variant, input: variant.input ?? base.input, output: variant.output ?? base.output }
}

function draftOf(entry: Entry, suffix: string): Draft {
  const read = (field: keyof Draft) => rateOf(entry, `${FIELDS[field]}${suffix}`)
  return {
    input: read('input'),
    cachedInput: read('cachedInput') ?? (suffix === '' ? rateOf(entry, 'input_cost_per_token_cache_hit') : null),
    cacheWrite: read('cacheWrite'),
    output: read('output'),
    reasoning: read('reasoning'),
  }
}

/** A number is written with the fewest digits that name it, which are those of the list: nothing drifts. */
function rateOf(entry: Entry, field: string): number | null {
  const value = entry[field]
  if (value === undefined || value === null) return null
  const text = typeof value === 'number' ? String(value) : value
  const rate = typeof text === 'string' ? scaledDecimal(text, PLACES) : null
  if (rate === null || rate > MAX_RATE) throw new Unreadable(`${field} is no price`)
  if (rate === 0 && Number(text) !== 0) throw new Unreadable(`${field} is too small to be told from free`)
  return rate
}

/** The length above which the long rates count. A price with several steps would lose some of them, so it is refused. */
function thresholdOf(entry: Entry): number | null {
  const steps = new Set<number>()
  for (const field of Object.keys(entry)) {
    const [, thousands] =
      /^(?:input|output)_cost_per_token_above_(\d{1,5})k_tokens(?:_flex|_priority)?$/.exec(field) ?? []
    if (thousands !== undefined && typeof entry[field] === 'number') steps.add(Number(thousands) * 1_000)
  }
  if (steps.size > 1) throw new Unreadable('has several steps of long input; Weir knows one')
  return [...steps][0] ?? null
}
