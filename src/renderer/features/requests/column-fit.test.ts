import { describe, expect, it } from 'vitest'
import { columnIds, columnsFor, columnSizes, templateOf, widthOf } from './column-fit.ts'

const usual = columnIds.filter((id) => columnSizes[id].rank !== null)

describe('the columns of the request log', () => {
  it('are all that have a rank where there is room', () => {
    expect(columnsFor([], 5_000)).toEqual(usual)
    expect(columnsFor([], widthOf(usual))).toEqual(usual)
  })

  it('fit whatever the width, and keep what tells most', () => {
    for (let width = 260; width < 1_400; width += 7) {
      const columns = columnsFor([], width)
      expect(widthOf(columns)).toBeLessThanOrEqual(width)
      expect(columns.slice(0, 2)).toEqual(['time', 'status'])
    }
    expect(columnsFor([], 700)).toEqual(['time', 'status', 'model', 'key', 'upstream', 'tokens'])
  })

  it('are the chosen ones in the order of the table, if any of them exists', () => {
    expect(columnsFor(['id', 'zebra', 'time'], 10)).toEqual(['time', 'id'])
    expect(columnsFor(['zebra'], 5_000)).toEqual(usual)
  })

  it('always fill the width', () => {
    expect(templateOf(['time', 'model'])).toBe('117px minmax(114px, 2.4fr)')
    expect(templateOf(['time', 'id'])).toBe('117px minmax(138px, 1fr)')
  })
})
