import { describe, expect, it } from 'vitest'
import { readState } from '../../lib/url-state.ts'
import { daysProblem, dayStart, filterParams, isFiltered, toQuery } from './filter-state.ts'

const state = (search: string) => readState(filterParams, new URLSearchParams(search))
const now = Date.UTC(2026, 2, 10, 12)

describe('the filters of the audit log', () => {
  it.each([
    ['', {}],
    ['q=%20laptop%20', { text: 'laptop' }],
    ['actor=system&outcome=failure', { actor: 'system', outcome: 'failure' }],
    ['actor=nobody&outcome=maybe', {}],
    ['action=key.rotate&kind=key&target=key_1', { action: 'key.rotate', targetKind: 'key', targetId: 'key_1' }],
    ['last=24h', { from: now - 86_400_000 }],
    ['from=2026-03-01', { from: new Date(2026, 2, 1).getTime() }],
    ['to=2026-03-01', { to: new Date(2026, 2, 2).getTime() }],
    ['from=yesterday', {}],
  ])('%j asks for %j', (search, query) => {
    expect(toQuery(state(search), now)).toEqual(query)
  })

  it('knows whether anything is filtered', () => {
    expect(isFiltered(state(''))).toBe(false)
    expect(isFiltered(state('other=1'))).toBe(false)
    expect(isFiltered(state('to=2026-03-01'))).toBe(true)
  })
})

describe('days', () => {
  it.each(['', '2026-3-1', 'today', '0000-00-00'])('are not read from %j', (text) => {
    expect(dayStart(text, 0)).toBeNull()
  })

  it.each([
    ['2026-03-01', '2026-03-01', null],
    ['2026-03-02', '2026-03-01', 'Ends before it begins'],
    ['', '2026-03-01', null],
  ])('from %j to %j', (from, to, problem) => {
    expect(daysProblem(from, to)).toBe(problem)
  })
})
