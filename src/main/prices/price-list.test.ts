import { describe, expect, it } from 'vitest'
import type { Price } from '../../shared/models/price.ts'
import { ratesText } from '../../shared/price-text.ts'
import { bundledPrices } from './catalog.ts'
import { readPriceList } from './price-list.ts'
import { listText } from './weir-list.ts'

const read = (value: unknown) =>
  readPriceList(typeof value === 'string' ? value : JSON.stringify(value), async () => undefined)
/** As the list writes it: JSON text, so that the digits are those of a file. */
const litellm = async (fields: string) => read(`{"sample_spec":{"input_cost_per_token":0.0},"m":{${fields}}}`)

describe('price list in the form of LiteLLM', () => {
  it.each([
    ['"input_cost_per_token":1.25e-06,"output_cost_per_token":1e-05', 'input $1.25, output $10'],
    ['"input_cost_per_token":0.0000025,"output_cost_per_token":0.00001', 'input $2.50, output $10'],
    ['"input_cost_per_token":"1.3e-07","output_cost_per_token":6e-07', 'input $0.13, output $0.60'],
    [
      '"input_cost_per_token":3e-06,"output_cost_per_token":1.5e-05,"cache_read_input_token_cost":3e-07,"cache_creation_input_token_cost":3.75e-06',
      'input $3, cached $0.30, cache write $3.75, output $15',
    ],
    [
      '"input_cost_per_token":1e-07,"output_cost_per_token":4e-07,"output_cost_per_reasoning_token":4.5e-07',
      'input $0.10, output $0.40, reasoning $0.45',
    ],
    ['"input_cost_per_token":2e-08,"mode":"embedding"', 'input $0.02, output $0'],
    [
      '"input_cost_per_token":1e-06,"output_cost_per_token":2e-06,"input_cost_per_token_above_200k_tokens":2e-06,"output_cost_per_token_above_200k_tokens":4e-06',
      'input $1, output $2; above 200,000 input tokens: input $2, output $4',
    ],
    [
      '"input_cost_per_token":1e-06,"output_cost_per_token":2e-06,"input_cost_per_token_flex":5e-07,"output_cost_per_token_flex":1e-06,"input_cost_per_token_priority":2e-06,"input_cost_per_token_batches":1e-07',
      'input $1, output $2; flex: input $0.50, output $1; priority: input $2, output $2',
    ],
    [
      '"input_cost_per_token":1e-06,"output_cost_per_token":2e-06,"input_cost_per_token_above_272k_tokens":2e-06,"input_cost_per_token_priority":2e-06,"input_cost_per_token_above_272k_tokens_priority":4e-06',
      'input $1, output $2; above 272,000 input tokens: input $2, output $2; priority: input $2, output $2; priority, long: input $4, output $2',
    ],
  ])('reads %s to the digit', async (fields, text) => {
    const { format, rows, problems } = await litellm(fields)
    expect({ format, problems, rows: rows.map(({ row, model, rates }) => [row, model, ratesText(rates)]) }).toEqual({
      format: 'litellm',
      problems: [],
      rows: [[1, 'm', text]],
    })
  })

  it.each([
    ['"input_cost_per_token":-1e-06,"output_cost_per_token":1e-06', 'input_cost_per_token is no price'],
    ['"input_cost_per_token":1,"output_cost_per_token":1e-06', 'input_cost_per_token is no price'],
    ['"input_cost_per_token":true,"output_cost_per_token":1e-06', 'input_cost_per_token is no price'],
    [
      '"input_cost_per_token":1e-13,"output_cost_per_token":1e-06',
      'input_cost_per_token is too small to be told from free',
    ],
    ['"input_cost_per_token":1e-06', 'has no price per output token'],
    [
      '"input_cost_per_token":1e-06,"output_cost_per_token":1e-06,"input_cost_per_token_above_128k_tokens":2e-06,"input_cost_per_token_above_200k_tokens":3e-06',
      'has several steps of long input; Weir knows one',
    ],
  ])('says why %s cannot be taken over', async (fields, reason) => {
    const { rows, problems } = await litellm(fields)
    expect(rows).toEqual([])
    expect(problems).toEqual([{ row: 1, name: 'm', reason }])
  })

  it('tells of rows that are no prices, and takes the others', async () => {
    const good = { input_cost_per_token: 1e-6, output_cost_per_token: 2e-6 }
    const { rows, problems } = await read({
      'gpt-1': good,
      'dall-e': { output_cost_per_image: 0.04 },
      'has blank': good,
      'claude-x': good,
    })
    expect(rows.map(({ row, model }) => [row, model])).toEqual([
      [1, 'gpt-1'],
      [4, 'claude-x'],
    ])
    expect(problems).toEqual([
      { row: 2, name: 'dall-e', reason: 'has no price per input token' },
      { row: 3, name: 'has blank', reason: 'the name is no model id' },
    ])
  })
})

describe('price list in the form of Weir', () => {
  it('comes back as it went out, every bundled price', async () => {
    const own = bundledPrices.filter(({ from }) => from === 0)
    const { format, rows, problems } = await read(listText(own, Date.UTC(2026, 10, 21)))
    expect({ format, problems }).toEqual({ format: 'weir', problems: [] })
    expect(rows.map(({ model, upstreamId, rates }) => ({ model, upstreamId, rates }))).toEqual(
      own.map(({ model, upstreamId, rates }) => ({ model, upstreamId, rates })),
    )
  })

  it('may be empty of nothing, and says which row is wrong', async () => {
    const [first] = bundledPrices as readonly [Price]
    const list = JSON.parse(listText([first], 0)) as { prices: Record<string, unknown>[] }
    const { rates } = first
    list.prices.push(
      { model: 'two words', rates },
      { model: 'm', rates: { ...rates, input: 1.5 } },
      { rates },
      {
        ...list.prices[0],
      },
    )
    const { rows, problems } = await read(list)
    expect(rows.map(({ row }) => row)).toEqual([1])
    expect(problems.map(({ row, name }) => [row, name])).toEqual([
      [2, 'two words'],
      [3, 'm'],
      [4, '(no name)'],
      [5, first.model],
    ])
    expect(problems[1]?.reason).toMatch(/^rates\.input: /)
    expect(problems[3]?.reason).toBe('stands in the list twice')
  })
})

describe('price list', () => {
  it.each([
    ['not json', 'It is not JSON.'],
    ['[1]', 'no list of prices'],
    ['"text"', 'no list of prices'],
    ['{"a":1}', 'neither an export of Weir'],
    ['{"a":{"b":1}}', 'neither an export of Weir'],
    ['{"format":"weir-prices","version":2,"prices":[]}', 'neither an export of Weir'],
    ['{"format":"weir-prices","version":1,"prices":[]}', 'It has no rows.'],
  ])('refuses %s', async (text, reason) => {
    await expect(read(text)).rejects.toMatchObject({
      code: 'price_list_unreadable',
      message: expect.stringContaining(reason) as string,
    })
  })

  it('is bounded, and lets others have their turn', async () => {
    const entry = { input_cost_per_token: 1e-6, output_cost_per_token: 2e-6 }
    const many = Object.fromEntries(Array.from({ length: 20_001 }, (_, index) => [`m-${index}`, entry]))
    await expect(read(many)).rejects.toMatchObject({ code: 'price_list_unreadable' })
    delete many['m-0']
    let turns = 0
    const { rows } = await readPriceList(JSON.stringify(many), async () => void (turns += 1))
    expect([rows.length, turns]).toEqual([20_000, 40])
  })
})
