import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createAgenda } from './agenda.ts'

it('gives out what is to happen in the order of time, equal times as they were put in', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constant('take' as const))), (steps) => {
      const agenda = createAgenda()
      const model: { readonly at: number; readonly name: number }[] = []
      const seen: number[] = []
      const expected: number[] = []
      const take = () => {
        agenda.take()?.happen()
        const least = model.toSorted((a, b) => a.at - b.at || a.name - b.name)[0]
        if (least === undefined) return
        expected.push(least.name)
        model.splice(model.indexOf(least), 1)
      }
      for (const [name, step] of steps.entries()) {
        if (step === 'take') take()
        else {
          agenda.put(step, () => void seen.push(name))
          model.push({ at: step, name })
        }
        expect(agenda.nextAt).toBe(Math.min(Number.POSITIVE_INFINITY, ...model.map(({ at }) => at)))
      }
      while (model.length > 0) take()
      expect(seen).toEqual(expected)
      expect(agenda.take()).toBeNull()
    }),
  )
})
