/** Prices of models: list, set, give up, take over from a list. Dollars per million tokens, as providers write them. */
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { AppError } from '../../../shared/errors.ts'
import type { PriceRates, Rates, TierRates } from '../../../shared/models/price.ts'
import type { PriceImportRow, PricePreview } from '../../../shared/models/price-import.ts'
import { dollarsOfRate, rateOfDollars, ratesText } from '../../../shared/price-text.ts'
import type { Call } from '../../host/headless/call.ts'
import { required } from '../arguments.ts'
import type { Answer, Command, Context, Input } from '../command.ts'
import { count, table } from '../format.ts'
import { findUpstream } from '../lookup.ts'

const upstreamFlag = { name: 'upstream', value: 'NAME', help: 'The price at this upstream only.' } as const
/** A call may carry 200,000 characters of a file. */
const PART_CHARS = 200_000
const SHOWN_ROWS = 40

export const priceCommands: readonly Command[] = [
  {
    words: ['price', 'list'],
    args: [],
    flags: [
      { name: 'own', help: 'Only those that did not come with Weir.' },
      { name: 'unpriced', help: 'Only the models that have no price.' },
    ],
    help: 'Prices in force, in dollars per million tokens, and models without one.',
    run: list,
  },
  {
    words: ['price', 'set'],
    args: [{ name: 'MODEL' }],
    flags: [
      { name: 'input', value: 'DOLLARS', help: 'Per million input tokens.' },
      { name: 'output', value: 'DOLLARS', help: 'Per million output tokens.' },
      { name: 'cached-input', value: 'DOLLARS', help: 'Cached input; as input, if left out.' },
      { name: 'cache-write', value: 'DOLLARS', help: 'Input that is written into the cache; as input, if left out.' },
      { name: 'reasoning', value: 'DOLLARS', help: 'Reasoning; as output, if left out.' },
      {
        name: 'long',
        value: 'TOKENS:INPUT:OUTPUT[:CACHED]',
        help: 'Instead of these, for a request with more input tokens than this.',
      },
      {
        name: 'tier',
        value: 'NAME:INPUT:OUTPUT[:CACHED]',
        many: true,
        help: 'Instead of these, for a request of this service tier.',
      },
      upstreamFlag,
      { name: 'note', value: 'TEXT', help: 'Where the price comes from.' },
    ],
    help: 'Set the price of a model from now on; a `*` at its end means every model that begins so.',
    run: set,
  },
  {
    words: ['price', 'remove'],
    args: [{ name: 'MODEL' }],
    flags: [upstreamFlag, { name: 'unpriced', help: 'Leave it without a price, also without the one of Weir.' }],
    help: 'Give your own price of a model up: the one that came with Weir counts again.',
    run: remove,
  },
  {
    words: ['price', 'import'],
    args: [{ name: 'FILE' }],
    flags: [
      { name: 'all', help: 'Also the models that no upstream lists and nobody used.' },
      { name: 'yes', help: 'Take it over, and not only show it.' },
    ],
    help: 'Compare a list of prices with yours, from a file or an https address, and take it over with --yes.',
    run: importList,
  },
]

async function list({ call, input }: Context): Promise<Answer> {
  const { rows, unpriced, bundledAsOf, at } = await call('price.list', {})
  const own = rows.filter((row) => !input.isOn('own') || row.source !== 'bundled')
  const priced = own.map((row) => [
    row.model,
    row.upstreamId === null ? 'every' : (row.upstreamName ?? row.upstreamId),
    row.rates === null ? 'none' : ratesText(row.rates),
    row.source,
    row.requests === null ? '-' : count(row.requests),
  ])
  const without = unpriced.map((row) => [row.model, count(row.requests), row.withdrawn ? 'taken away' : 'not known'])
  const shown = input.isOn('unpriced') ? { unpriced } : { at, bundledAsOf, rows: own, unpriced }
  const text = [
    input.isOn('unpriced')
      ? ''
      : table(['Model', 'Upstream', 'Per million tokens', 'Source', 'Requests, 30 days'], priced, 'No prices.'),
    input.isOn('unpriced') || without.length > 0
      ? table(['Without a price', 'Requests, 30 days', 'Why'], without, 'Every model has a price.')
      : '',
  ].filter((part) => part !== '')
  return { json: shown, text: text.join('\n') }
}

async function set({ call, input }: Context): Promise<Answer> {
  const model = input.args[0] ?? ''
  const upstreamId = await upstreamOf(call, input)
  const rates: PriceRates = { ...readRates(input), longContext: readLong(input), tiers: readTiers(input) }
  const row = await call('price.set', { model, upstreamId, rates, note: input.text('note') ?? '' })
  const price = row.rates === null ? 'none' : ratesText(row.rates)
  return { json: row, text: `The price of ${model} is from now on, per million tokens: ${price}.\n` }
}

async function remove({ call, input }: Context): Promise<Answer> {
  const model = input.args[0] ?? ''
  const to = input.isOn('unpriced') ? 'unpriced' : 'default'
  const row = await call('price.remove', { model, upstreamId: await upstreamOf(call, input), to })
  const price = row?.rates ?? null
  const now = price === null ? 'has no price of its own any more' : `costs per million tokens: ${ratesText(price)}`
  return { json: row, text: `${model} ${now}.\n` }
}

async function importList({ call, input }: Context): Promise<Answer> {
  const preview = await previewOf(call, input.args[0] ?? '')
  const differs = preview.rows.filter((row) => row.change !== 'unchanged')
  const chosen = differs.filter((row) => input.isOn('all') || row.known)
  if (!input.isOn('yes')) return { json: preview, text: previewText(preview, chosen, differs.length) }
  if (chosen.length === 0) return { json: { added: 0, changed: 0 }, text: 'Nothing to take over.\n' }
  const done = await call('price.import', { id: preview.id, rows: chosen.map(({ row }) => row) })
  return { json: done, text: `${count(done.added)} prices added, ${count(done.changed)} changed.\n` }
}

async function previewOf(call: Call, place: string): Promise<PricePreview> {
  if (/^https?:\/\//i.test(place)) return call('price.preview', { url: place })
  const text = await readFile(place, 'utf8').catch((cause: unknown) => {
    throw new AppError('invalid_option', `The file "${place}" cannot be read.`, { cause })
  })
  if (text === '') throw new AppError('price_list_unreadable', `The file "${place}" is empty.`)
  let id: string | null = null
  for (let at = 0; at < text.length; at += PART_CHARS) {
    id = (await call('price.upload', { id, part: text.slice(at, at + PART_CHARS) })).id
  }
  return call('price.preview', { uploadId: id ?? '', name: basename(place).slice(0, 200) })
}

function previewText({ counts, origin }: PricePreview, chosen: readonly PriceImportRow[], differing: number): string {
  const rows = chosen.slice(0, SHOWN_ROWS).map(({ model, change, before, after }) => {
    return [change, model, before === null ? '-' : ratesText(before.rates), ratesText(after)]
  })
  const more = chosen.length - rows.length
  const left = differing - chosen.length
  return [
    `${origin}: ${count(counts.added)} new, ${count(counts.changed)} changed, ${count(counts.unchanged)} the same, ` +
      `${count(counts.invalid)} not readable.\n`,
    table(['Change', 'Model', 'Now', 'Then'], rows, 'None of your models would change.'),
    more > 0 ? `… and ${count(more)} more.\n` : '',
    left > 0 ? `${count(left)} of models that you do not use are left out; --all takes them too.\n` : '',
    chosen.length > 0 ? 'Nothing was changed. --yes takes it over.\n' : '',
  ].join('')
}

async function upstreamOf(call: Call, input: Input): Promise<string | null> {
  const name = input.text('upstream')
  return name === undefined ? null : (await findUpstream(call, name)).id
}

function readRates(input: Input): Rates {
  const optional = (flag: string) => {
    const text = input.text(flag)
    return text === undefined ? null : rateOf(flag, text)
  }
  return {
    input: rateOf('input', required(input, 'input')),
    cachedInput: optional('cached-input'),
    cacheWrite: optional('cache-write'),
    output: rateOf('output', required(input, 'output')),
    reasoning: optional('reasoning'),
  }
}

function readLong(input: Input): PriceRates['longContext'] {
  const text = input.text('long')
  if (text === undefined) return null
  const [above = '', ...prices] = text.split(':')
  const aboveInputTokens = /^[1-9]\d{0,11}$/.test(above) ? Number(above) : 0
  if (aboveInputTokens === 0) throw malformed('long', text, 'TOKENS:INPUT:OUTPUT[:CACHED]')
  return { ...pricesOf('long', text, prices), aboveInputTokens }
}

function readTiers(input: Input): Record<string, TierRates> {
  const tiers = input.list('tier').map((text) => {
    const [name = '', ...prices] = text.split(':')
    if (name === '') throw malformed('tier', text, 'NAME:INPUT:OUTPUT[:CACHED]')
    return [name, { ...pricesOf('tier', text, prices), longContext: null }] as const
  })
  return Object.fromEntries(tiers)
}

function pricesOf(flag: string, text: string, [input, output, cached, ...rest]: readonly string[]): Rates {
  if (input === undefined || output === undefined || rest.length > 0) {
    throw malformed(flag, text, 'with INPUT:OUTPUT[:CACHED] at its end')
  }
  const cachedInput = cached === undefined ? null : rateOf(flag, cached)
  return { input: rateOf(flag, input), cachedInput, cacheWrite: null, output: rateOf(flag, output), reasoning: null }
}

function rateOf(flag: string, text: string): number {
  const rate = rateOfDollars(text)
  if (rate !== null) return rate
  throw malformed(flag, text, `dollars per million tokens, as in ${dollarsOfRate(1_250_000)}`)
}

function malformed(flag: string, text: string, form: string): AppError {
  return new AppError('invalid_option', `--${flag} is "${text}", but must be ${form}.`)
}
