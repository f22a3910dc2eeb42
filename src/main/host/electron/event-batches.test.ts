import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CoreEvent } from '../../../shared/contract.ts'
import { createEventBatches } from './event-batches.ts'

function setUp() {
  const sent: (readonly CoreEvent[])[] = []
  let emit: (event: CoreEvent) => void = () => {}
  let isSubscribed = true
  const stop = createEventBatches({
    subscribe(listener) {
      emit = listener
      return () => (isSubscribed = false)
    },
    send: (events) => void sent.push(events),
  })
  return { sent, emit: (event: CoreEvent) => emit(event), stop, isSubscribed: () => isSubscribed }
}

const changed = (id: string): CoreEvent => ({ type: 'key.changed', id })
const settled = (id: string): CoreEvent => ({ type: 'request.settled', id, keyId: 'key_1', poolId: 'pool_1' })

describe('events for the window', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('go at once after a quiet moment, what happens together in one batch', () => {
    const { sent, emit } = setUp()
    emit(changed('a'))
    emit(changed('b'))
    vi.advanceTimersByTime(1)
    expect(sent).toEqual([[changed('a'), changed('b')]])
  })

  it('go at most four times a second, and none is forgotten', () => {
    const { sent, emit } = setUp()
    for (let at = 0; at < 100; at += 1) {
      emit(changed(String(at)))
      vi.advanceTimersByTime(10)
    }
    vi.advanceTimersByTime(250)
    expect(sent.length).toBeLessThanOrEqual(6)
    expect(sent.flat()).toHaveLength(100)
  })

  it('are the last of each record, in the order of what happened', () => {
    const { sent, emit } = setUp()
    for (const id of ['a', 'b', 'a']) emit(changed(id))
    emit({ type: 'settings.changed' })
    vi.advanceTimersByTime(1)
    expect(sent).toEqual([[changed('b'), changed('a'), { type: 'settings.changed' }]])
  })

  it('drop the oldest settled requests when there are too many, never a change', () => {
    const { sent, emit } = setUp()
    emit(changed('a'))
    for (let at = 0; at < 1_000; at += 1) emit(settled(String(at)))
    vi.advanceTimersByTime(1)
    expect(sent[0]).toHaveLength(201)
    expect(sent[0]?.[0]).toEqual(changed('a'))
    expect(sent[0]?.at(-1)).toEqual(settled('999'))
  })

  it('end when they are ended', () => {
    const { sent, emit, stop, isSubscribed } = setUp()
    emit(changed('a'))
    stop()
    vi.advanceTimersByTime(1_000)
    expect(sent).toEqual([])
    expect(isSubscribed()).toBe(false)
  })
})
