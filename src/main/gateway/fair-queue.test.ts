import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createFairQueue } from './fair-queue.ts'

const any = (): boolean => true

it('a fair queue serves keys in turn and a key in order', () => {
  const queue = createFairQueue<string>()
  for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) queue.push(item.slice(0, 1), item)
  const served = Array.from({ length: 6 }, () => queue.take(any))
  expect(served).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3'])
  expect([queue.take(any), queue.size]).toEqual([null, 0])
})

it('a fair queue passes over what cannot go, without losing its place', () => {
  const queue = createFairQueue<string>()
  for (const item of ['a1', 'a2', 'b1']) queue.push(item.slice(0, 1), item)
  expect(queue.take((item) => item !== 'a1')).toBe('a2')
  expect([queue.take(any), queue.take(any)]).toEqual(['b1', 'a1'])
})

it('a fair queue loses nothing, and no key is served twice before another that waits', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.boolean()), { maxLength: 80 }), (moves) => {
      const queue = createFairQueue<{ key: string; number: number }>()
      const waiting: { key: string; number: number }[] = []
      moves.forEach(([key, leaves], number) => {
        const item = { key, number }
        queue.push(key, item)
        waiting.push(item)
        if (!leaves) return
        const gone = waiting.splice(number % waiting.length, 1)[0]
        expect(gone !== undefined && queue.remove(gone.key, gone)).toBe(true)
        expect(gone !== undefined && queue.remove(gone.key, gone)).toBe(false)
      })
      expect(queue.size).toBe(waiting.length)
      const served: typeof waiting = []
      for (let item = queue.take(any); item !== null; item = queue.take(any)) served.push(item)
      expect(served.toSorted((x, y) => x.number - y.number)).toEqual(waiting)
      for (const key of ['a', 'b', 'c', 'd']) {
        const numbers = served.filter((item) => item.key === key).map(({ number }) => number)
        expect(numbers).toEqual(numbers.toSorted((x, y) => x - y))
      }
      // Between two of one key stands one of each key that still waits.
      served.forEach(({ key }, at) => {
        const next = served.findIndex((item, index) => index > at && item.key === key)
        if (next < 0) return
        const later = new Set(served.slice(next).map((item) => item.key))
        for (const other of later)
          if (other !== key) expect(served.slice(at, next).some((item) => item.key === other)).toBe(true)
      })
    }),
  )
})
