import { describe, expect, it } from 'vitest'
import { createUnsettled } from './unsettled.ts'

describe('requests that are not settled', () => {
  it('are waited for by everybody who asks, down to the last one', async () => {
    const unsettled = createUnsettled()
    const works = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    for (const { promise } of works) unsettled.add(promise)
    const told: string[] = []
    const waits = ['first', 'second'].map((name) => unsettled.emptied().then(() => told.push(name)))
    works[0]?.resolve()
    await works[0]?.promise
    await new Promise(setImmediate)
    expect(told).toEqual([])
    works[1]?.resolve()
    await Promise.all(waits)
    expect(told).toEqual(['first', 'second'])
  })

  it('keep nobody waiting where there are none, or none any more', async () => {
    const unsettled = createUnsettled()
    await unsettled.emptied()
    const served = Promise.resolve()
    unsettled.add(served)
    await served
    await new Promise(setImmediate)
    await unsettled.emptied()
    expect(await Promise.race([unsettled.emptied(), 'later'])).toBeUndefined()
  })
})
