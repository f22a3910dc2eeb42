import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRoster } from './roster.ts'

describe('roster', () => {
  it('holds what was added and not removed, each once, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(20))), (steps) => {
        const items = Array.from({ length: 21 }, (_, name) => ({ name, place: -1 }))
        const roster = createRoster<(typeof items)[number]>()
        const expected = new Set<(typeof items)[number]>()
        for (const [adds, index] of steps) {
          const item = items[index]
          if (item === undefined) continue
          if (adds) {
            roster.add(item)
            expected.add(item)
          } else expect(roster.remove(item)).toBe(expected.delete(item))
          expect(roster.size).toBe(expected.size)
          expect(new Set(roster.all)).toEqual(expected)
        }
        for (const item of items) expect(item.place >= 0).toBe(expected.has(item))
      }),
    )
  })
})
