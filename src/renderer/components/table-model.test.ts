import { describe, expect, it } from 'vitest'
import { groupRows, itemsOf, sectionsOf, sortParam, sortRows, type Column } from './table-model.ts'

interface Thing {
  readonly name: string
  readonly used: number | null
}

const columns: readonly Column<Thing>[] = [
  { id: 'name', header: 'Name', cell: (row) => row.name, sortBy: (row) => row.name },
  { id: 'used', header: 'Used', cell: (row) => row.used, sortBy: (row) => row.used },
  { id: 'plain', header: 'Plain', cell: () => null },
]
const things: readonly Thing[] = [
  { name: 'key 10', used: null },
  { name: 'Key 9', used: 5 },
  { name: 'alpha', used: 20 },
]
const names = (rows: readonly Thing[]) => rows.map((row) => row.name)

describe('sortRows', () => {
  it('reads numbers within names and ignores case', () => {
    expect(names(sortRows(things, columns, { by: 'name', descending: false }))).toEqual(['alpha', 'Key 9', 'key 10'])
  })

  it.each([true, false])('keeps what has no value last, descending or not (%s)', (descending) => {
    expect(names(sortRows(things, columns, { by: 'used', descending })).at(-1)).toBe('key 10')
  })

  it.each(['plain', 'unknown'])('leaves the order alone for the column %s', (by) => {
    expect(sortRows(things, columns, { by, descending: true })).toBe(things)
  })
})

describe('sortParam', () => {
  it('writes a direction, and nothing for the default', () => {
    const param = sortParam('-used')
    expect(param.read(null)).toEqual({ by: 'used', descending: true })
    expect(param.read('name')).toEqual({ by: 'name', descending: false })
    expect(param.write({ by: 'used', descending: true })).toBeNull()
    expect(param.write({ by: 'name', descending: true })).toBe('-name')
  })
})

describe('groupRows', () => {
  it('keeps the order in groups and of groups', () => {
    const groups = groupRows(things, (row) => ({ id: row.used === null ? 'unused' : 'used', label: '' }))
    expect(groups.map(({ id, rows }) => [id, names(rows)])).toEqual([
      ['unused', ['key 10']],
      ['used', ['Key 9', 'alpha']],
    ])
  })
})

describe('a long table', () => {
  const groups = groupRows(things, (row) => ({ id: row.used === null ? 'unused' : 'used', label: 'x' }))
  const items = itemsOf(groups, (row) => row.name)

  it('is a row of headings and rows, which are counted through', () => {
    expect(items.map((item) => (item.kind === 'row' ? `${item.place} ${item.key}` : item.key))).toEqual([
      'unused',
      '1 key 10',
      'used',
      '2 Key 9',
      '3 alpha',
    ])
  })

  it('is shown in parts by group, and forgets what is no longer there', () => {
    const shown = [1, 3, 4, 9].map((index) => ({ index, gapBefore: index === 3 ? 46 : 0 }))
    const sections = sectionsOf(items, shown)
    expect(sections.map(({ groupId, entries }) => [groupId, entries.map(({ item }) => item.key)])).toEqual([
      ['unused', ['key 10']],
      ['used', ['Key 9', 'alpha']],
    ])
    expect(sections[1]?.entries[0]?.gapBefore).toBe(46)
  })
})
