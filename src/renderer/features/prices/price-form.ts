/** The form of a price: what its fields hold, what is wrong with it, and what it comes to. Pure. */
import { dollarsOfRate, rateOfDollars } from '../../../shared/price-text.ts'
import type { PriceRates, PriceRow, Rates } from '../../../shared/models/price.ts'
import { readCount, writeCount } from '../../lib/amount.ts'

export const rateFields = ['input', 'cachedInput', 'cacheWrite', 'output', 'reasoning'] as const
export type RateField = (typeof rateFields)[number]

/** Dollars per million tokens as they are typed; blank is as input or as output. */
export type RateTexts = Readonly<Record<RateField, string>>

export interface TierForm {
  /** Its place in the form, which its name may change without losing. */
  readonly rowId: string
  readonly name: string
  readonly rates: RateTexts
  /** Null: the dearer of the tier's own and the standard long rates. */
  readonly long: RateTexts | null
}

export interface PriceForm {
  readonly model: string
  readonly upstreamId: string | null
  readonly rates: RateTexts
  readonly long: { readonly above: string; readonly rates: RateTexts } | null
  readonly tiers: readonly TierForm[]
  readonly note: string
}

/** What a form starts as, and which of its places are fixed. */
export interface PriceStart {
  readonly title: string
  readonly form: PriceForm
  readonly hasModel: boolean
  /** `one`: an upstream must be chosen. `free`: any upstream, or one. */
  readonly upstream: 'fixed' | 'free' | 'one'
}

/** Where a problem stands; the `id` of its field. */
export type FieldId = `price-${string}`
/** Which set of rates a field belongs to. */
export type RatePart = 'standard' | 'long' | `tier-${string}`

export interface Problem {
  readonly id: FieldId
  readonly message: string
}

const MAX_DOLLARS = 100_000
const MAX_RATE = MAX_DOLLARS * 1_000_000
const MAX_DIGITS = 6
const MAX_ABOVE = Number.MAX_SAFE_INTEGER
export const MAX_TIERS = 20
const MAX_TIER_NAME = 40
export const MAX_NOTE = 500
const MAX_MODEL = 200

export const blankRates: RateTexts = { input: '', cachedInput: '', cacheWrite: '', output: '', reasoning: '' }

export function emptyForm(model = ''): PriceForm {
  return { model, upstreamId: null, rates: blankRates, long: null, tiers: [], note: '' }
}

export const rateId = (part: RatePart, field: RateField): FieldId => `price-${part}-${field}`
export const tierNameId = (rowId: string): FieldId => `price-tier-${rowId}-name`
export const tierPart = (rowId: string): RatePart => `tier-${rowId}`
export const tierLongPart = (rowId: string): RatePart => `tier-${rowId}-long`

function textsOf(rates: Rates): RateTexts {
  const text = (rate: number | null) => (rate === null ? '' : dollarsOfRate(rate))
  return {
    input: text(rates.input),
    cachedInput: text(rates.cachedInput),
    cacheWrite: text(rates.cacheWrite),
    output: text(rates.output),
    reasoning: text(rates.reasoning),
  }
}

/** Of what is in force; the note of a price that is not the operator's own is not his. */
export function formOf(row: Pick<PriceRow, 'model' | 'upstreamId' | 'rates' | 'source' | 'note'>): PriceForm {
  const { model, upstreamId, rates, source, note } = row
  const start = { ...emptyForm(model), upstreamId, note: source === 'operator' ? note : '' }
  if (rates === null) return start
  const { longContext: long, tiers } = rates
  return {
    ...start,
    rates: textsOf(rates),
    long: long === null ? null : { above: writeCount(long.aboveInputTokens), rates: textsOf(long) },
    tiers: Object.entries(tiers).map(([name, tier], at) => ({
      rowId: String(at),
      name,
      rates: textsOf(tier),
      long: tier.longContext === null ? null : textsOf(tier.longContext),
    })),
  }
}

export type ReadRate = { readonly rate: number } | { readonly problem: string }

/** Dollars per million tokens, by their digits. A comma is refused: it may stand for a point or for thousands. */
export function readRate(text: string): ReadRate {
  const bare = text.trim().replace(/^\$\s*/, '')
  if (!/^(?:\d+\.?\d*|\.\d+)$/.test(bare)) return { problem: 'Give dollars, cents behind a point: 1.25.' }
  const behind = (bare.split('.')[1] ?? '').replace(/0+$/, '')
  if (behind.length > MAX_DIGITS) return { problem: `At most ${MAX_DIGITS} digits behind the point.` }
  const rate = rateOfDollars(bare)
  if (rate === null || rate > MAX_RATE) return { problem: `At most $${writeCount(MAX_DOLLARS)}.` }
  return { rate }
}

/** As it will be kept: `$ 1.50` is said back as `1.50`. What cannot be read stays as it is. */
export function tidyRate(text: string): string {
  const read = readRate(text)
  return 'rate' in read ? dollarsOfRate(read.rate) : text.trim()
}

const needed: Readonly<Partial<Record<RateField, string>>> = {
  input: 'Give the price of input; 0 where it is free.',
  output: 'Give the price of output; 0 where it is free.',
}

function rateProblems(part: RatePart, texts: RateTexts): Problem[] {
  return rateFields.flatMap((field) => {
    const id = rateId(part, field)
    if (texts[field].trim() === '') {
      const message = needed[field]
      return message === undefined ? [] : [{ id, message }]
    }
    const read = readRate(texts[field])
    return 'problem' in read ? [{ id, message: read.problem }] : []
  })
}

function modelProblem(model: string): string | null {
  const text = model.trim()
  if (text === '') return 'Give a model id, or the beginning of ids and a “*”.'
  if (!/^[\x21-\x7e]+$/.test(text)) return 'A model id is printable ASCII without blanks.'
  if (text.length > MAX_MODEL) return `At most ${MAX_MODEL} characters.`
  return /^[^*]+\*?$|^\*$/.test(text) ? null : 'A “*” may stand once, at the end.'
}

function tierProblems(tier: TierForm, tiers: readonly TierForm[]): Problem[] {
  const id = tierNameId(tier.rowId)
  const name = tier.name.trim()
  const twin = tiers.find((each) => each.name.trim() === name)
  const message =
    name === ''
      ? 'Name the tier as clients do: flex, priority.'
      : name.length > MAX_TIER_NAME
        ? `At most ${MAX_TIER_NAME} characters.`
        : twin !== tier
          ? 'This tier stands above already.'
          : null
  return [
    ...(message === null ? [] : [{ id, message }]),
    ...rateProblems(tierPart(tier.rowId), tier.rates),
    ...(tier.long === null ? [] : rateProblems(tierLongPart(tier.rowId), tier.long)),
  ]
}

export function problemsOf({ model, rates, long, tiers, note }: PriceForm): readonly Problem[] {
  const wrongModel = modelProblem(model)
  const above = long === null ? null : readCount(long.above, MAX_ABOVE)
  const noThreshold = above !== null && !('value' in above && above.value > 0)
  return [
    ...(wrongModel === null ? [] : [{ id: 'price-model' as const, message: wrongModel }]),
    ...rateProblems('standard', rates),
    ...(noThreshold ? [{ id: 'price-long-above' as const, message: 'Give a number of tokens: 200,000 or 200k.' }] : []),
    ...(long === null ? [] : rateProblems('long', long.rates)),
    ...tiers.flatMap((tier) => tierProblems(tier, tiers)),
    ...(note.length > MAX_NOTE ? [{ id: 'price-note' as const, message: `At most ${MAX_NOTE} characters.` }] : []),
  ]
}

function ratesFrom(texts: RateTexts): Rates {
  const rate = (field: RateField) => {
    const read = readRate(texts[field])
    return 'rate' in read ? read.rate : null
  }
  return {
    input: rate('input') ?? 0,
    cachedInput: rate('cachedInput'),
    cacheWrite: rate('cacheWrite'),
    output: rate('output') ?? 0,
    reasoning: rate('reasoning'),
  }
}

/** What the form comes to; null while something is wrong with it. */
export function ratesOf(form: PriceForm): PriceRates | null {
  const isAboutRates = ({ id }: Problem) => id !== 'price-model' && id !== 'price-note'
  if (problemsOf(form).some(isAboutRates)) return null
  const { rates, long, tiers } = form
  const above = long === null ? null : readCount(long.above, MAX_ABOVE)
  return {
    ...ratesFrom(rates),
    longContext:
      long === null || above === null || !('value' in above)
        ? null
        : { ...ratesFrom(long.rates), aboveInputTokens: above.value },
    tiers: Object.fromEntries(
      tiers.map((tier) => {
        return [
          tier.name.trim(),
          { ...ratesFrom(tier.rates), longContext: tier.long === null ? null : ratesFrom(tier.long) },
        ]
      }),
    ),
  }
}

export function isSameForm(a: PriceForm, b: PriceForm): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
