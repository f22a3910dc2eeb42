import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CoreEvent } from '../../shared/contract.ts'
import { createEventHub } from './events.ts'

const settled = (id: string, keyId = 'k'): CoreEvent => ({ type: 'request.settled', id, keyId, poolId: 'p' })

describe('events', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('tells the first at once and the last always, at most four times a second in between', () => {
    const hub = createEventHub()
    const told: CoreEvent[] = []
    hub.subscribe((event) => told.push(event))
    for (let at = 0; at < 1_000; at += 1) {
      hub.emit(settled(String(at)))
      vi.advanceTimersByTime(1)
    }
    vi.advanceTimersByTime(1_000)
    expect(told.length).toBeGreaterThan(1)
    expect(told.length).toBeLessThanOrEqual(5)
    expect(told[0]).toEqual(settled('0'))
    expect(told.at(-1)).toEqual(settled('999'))
  })

  it('does not let one subject hold back another', () => {
    const hub = createEventHub()
    const told: CoreEvent[] = []
    hub.subscribe((event) => told.push(event))
    const events: CoreEvent[] = [
      settled('1', 'a'),
      settled('2', 'b'),
      { type: 'pool.changed', id: 'x' },
      { type: 'key.changed', id: 'x' },
      { type: 'settings.changed' },
    ]
    for (const event of events) hub.emit(event)
    expect(told).toEqual(events)
  })

  it('goes on after a listener that throws, and stops with the subscription', () => {
    const errors: unknown[] = []
    const hub = createEventHub((error) => errors.push(error))
    const told: CoreEvent[] = []
    hub.subscribe(() => {
      throw new Error('broken page')
    })
    const stop = hub.subscribe((event) => told.push(event))
    hub.emit({ type: 'settings.changed' })
    stop()
    hub.emit({ type: 'pool.changed', id: 'x' })
    vi.advanceTimersByTime(1_000)
    expect(told).toEqual([{ type: 'settings.changed' }])
    expect(errors.length).toBe(2)
  })

  it('leaves no timer behind once it is quiet', () => {
    const hub = createEventHub()
    hub.subscribe(() => undefined)
    for (let at = 0; at < 10; at += 1) hub.emit(settled(String(at), `key ${String(at)}`))
    vi.advanceTimersByTime(1_000)
    expect(vi.getTimerCount()).toBe(0)
  })
})
