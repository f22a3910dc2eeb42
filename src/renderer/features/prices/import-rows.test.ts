import { describe, expect, it } from 'vitest'
import { priceRates } from '../../../shared/models/price.ts'
import type { PriceImportRow, PricePreview } from '../../../shared/models/price-import.ts'
import { firstSelection, hasOtherChange, mergeSelection, rateChange, shownRows } from './import-rows.ts'
import { sourceProblem } from './read-list.ts'

const rates = priceRates.parse({ input: 1_000_000, output: 4_000_000 })
function row(at: number, model: string, change: PriceImportRow['change'], known = false): PriceImportRow {
  const before = change === 'added' ? null : { rates, source: 'bundled' as const }
  return { row: at, model, upstreamId: null, change, before, after: rates, known }
}
const rows = [row(1, 'a-new', 'added'), row(2, 'b-same', 'unchanged', true), row(3, 'c-other', 'changed', true)]
const preview = {
  rows,
  invalid: [],
  counts: { added: 1, changed: 1, unchanged: 1, invalid: 0 },
} as unknown as PricePreview
const shown = (patch: object) =>
  shownRows(preview, { view: 'differ', q: '', known: false, ...patch }).map(({ model }) => model)

describe('the preview of a list', () => {
  it('shows what differs, in parts, of the models that are here, by name', () => {
    expect(shown({})).toEqual(['a-new', 'c-other'])
    expect(shown({ view: 'added' })).toEqual(['a-new'])
    expect(shown({ view: 'unchanged' })).toEqual(['b-same'])
    expect(shown({ known: true })).toEqual(['c-other'])
    expect(shown({ q: ' A-N' })).toEqual(['a-new'])
  })

  it('selects what differs of the models that are here, else all that differs', () => {
    expect([...firstSelection(preview)]).toEqual(['3'])
    const strangers = { ...preview, rows: rows.map((each) => ({ ...each, known: false })) }
    expect([...firstSelection(strangers)]).toEqual(['1', '3'])
  })

  it('keeps what is selected out of sight', () => {
    expect([...mergeSelection(new Set(['1', '3']), rows.slice(0, 1), new Set())]).toEqual(['3'])
    expect([...mergeSelection(new Set(['3']), rows.slice(0, 1), new Set(['1']))]).toEqual(['3', '1'])
  })

  it('compares rates by what they come to', () => {
    const after = { ...rates, cachedInput: 1_000_000, reasoning: 9_000_000 }
    const changed = { ...row(1, 'a', 'changed'), after }
    expect(rateChange(changed, 'cachedInput')).toEqual({ before: 1_000_000, after: 1_000_000 })
    expect(hasOtherChange(changed)).toBe(true)
    expect(hasOtherChange({ ...changed, after: { ...rates, input: 5, cachedInput: 7 } })).toBe(false)
    expect(hasOtherChange({ ...changed, after: { ...rates, cacheWrite: 1_000_000 } })).toBe(false)
    expect(hasOtherChange({ ...changed, after: { ...rates, longContext: { ...rates, aboveInputTokens: 9 } } })).toBe(
      true,
    )
    expect(hasOtherChange({ ...changed, after: { ...rates, cachedInput: 7 } })).toBe(false)
    expect(rateChange(row(1, 'a', 'added'), 'input')).toEqual({ before: null, after: 1_000_000 })
  })
})

describe('where a list is', () => {
  it.each([
    [{ url: '' }, 'Give an https address.'],
    [{ url: 'http://example.com' }, 'The address must begin with https://.'],
    [{ url: 'https://' }, 'The address must begin with https://.'],
    [{ url: ' https://example.com/p.json ' }, null],
    [{ file: null }, 'Choose a file.'],
    [{ file: new File([], 'a.json') }, 'The file is empty.'],
    [{ file: new File(['{}'], 'a.json') }, null],
  ])('%j', (source, problem) => {
    expect(sourceProblem(source)).toBe(problem)
  })
})
