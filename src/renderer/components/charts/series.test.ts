import { describe, expect, it } from 'vitest'
import { assignColours, colourOf, cumulate, groupLabel, stepLabel, stepWords } from './series.ts'

const at = (text: string) => new Date(text).getTime()

describe('series', () => {
  it('names a group by what is known of it', () => {
    expect(groupLabel({ id: null, name: null }, 'model')).toBe('all others')
    expect(groupLabel({ id: '', name: null }, 'upstream')).toBe('no upstream')
    expect(groupLabel({ id: 'key_0000abcdef', name: null }, 'key')).toBe('deleted key abcdef')
    expect(groupLabel({ id: 'gpt', name: 'gpt' }, 'model')).toBe('gpt')
  })

  it('keeps the colour of a group that stays, and gives a freed one to the next', () => {
    const first = assignColours(new Map(), [{ id: 'a' }, { id: 'b' }, { id: null }])
    expect([...first]).toEqual([
      ['a', 0],
      ['b', 1],
    ])
    const second = assignColours(first, [{ id: 'c' }, { id: 'b' }])
    expect(second.get('b')).toBe(1)
    expect(second.get('c')).toBe(0)
    expect(colourOf(second, 'b')).toBe('var(--series-2)')
    expect(colourOf(second, null)).toBe('var(--series-others)')
  })

  it('adds up', () => {
    expect(cumulate([1, 0, 2])).toEqual([1, 1, 3])
  })

  it('labels steps by what tells them apart', () => {
    const from = at('2026-03-01T00:00:00')
    expect(stepLabel(at('2026-03-01T14:30:00'), { from, to: from + 86_400_000 })).toBe('14:30')
    expect(stepLabel(at('2026-03-02T14:30:00'), { from, to: from + 7 * 86_400_000 })).toBe('03-02 14:30')
    expect(stepLabel(at('2026-03-20T00:00:00'), { from, to: from + 30 * 86_400_000 })).toBe('03-20')
  })

  it('says from when to when a step goes, and that the last one runs', () => {
    const steps = [at('2026-03-01T23:00:00'), at('2026-03-01T23:30:00'), at('2026-03-02T00:00:00')]
    const series = { steps, to: at('2026-03-02T00:10:00') }
    expect(stepWords(series, 0)).toBe('2026-03-01 23:00 – 23:30')
    expect(stepWords(series, 1)).toBe('2026-03-01 23:30 – 2026-03-02 00:00')
    expect(stepWords(series, 2)).toBe('2026-03-02 00:00 – now')
  })
})
