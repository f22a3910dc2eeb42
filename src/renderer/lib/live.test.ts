import { QueryClient, QueryObserver } from '@tanstack/react-query'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { keepFresh, prefixesOfAct } from './live.ts'
import type { PageEvent } from './transport.ts'

const client = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity, retry: false } } })
let send: (...events: PageEvent[]) => void = () => {}
let stop = () => {}

beforeEach(() => {
  vi.useFakeTimers()
  stop = keepFresh(client, (listener) => {
    send = (...events) => listener(events)
    return () => {}
  })
})

afterEach(() => {
  stop()
  client.clear()
  vi.useRealTimers()
})

/** A query on screen, and how often it was fetched. */
async function show(route: string, meta: Record<string, unknown> = {}) {
  const fetched = { times: 0 }
  const queryFn = () => Promise.resolve((fetched.times += 1))
  new QueryObserver(client, { queryKey: [route, {}], queryFn, meta }).subscribe(() => {})
  await vi.advanceTimersByTimeAsync(0)
  fetched.times = 0
  return fetched
}

const pool: PageEvent = { type: 'pool.changed', id: 'p1' }
const settled: PageEvent = { type: 'request.settled', id: 'r1', keyId: 'k1', poolId: 'p1' }

describe('news of a change', () => {
  it('is fetched at once, then at most four times a second, the last always', async () => {
    const pools = await show('pool.list')
    const settings = await show('settings.list')
    for (let at = 0; at < 1_000; at += 50) {
      send(pool)
      await vi.advanceTimersByTimeAsync(50)
    }
    await vi.advanceTimersByTimeAsync(1_000)
    expect(pools.times).toBeGreaterThanOrEqual(4)
    expect(pools.times).toBeLessThanOrEqual(5)
    expect(settings.times).toBe(0)
  })

  it('never repeats a question that is asked once', async () => {
    const preview = await show('pool.deletePreview')
    send(pool)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(preview.times).toBe(0)
  })
})

describe('news of traffic', () => {
  it('is fetched every two seconds at most, and what it changes in passing every ten', async () => {
    const overview = await show('overview.get')
    const keys = await show('key.list')
    const pools = await show('pool.list')
    for (let at = 0; at < 5_500; at += 100) {
      send(settled, settled)
      await vi.advanceTimersByTimeAsync(100)
    }
    expect(overview.times).toBe(3)
    expect(keys.times).toBe(1)
    expect(pools.times).toBe(0)
  })

  it('is fetched once more where it came during the first answer, however often', async () => {
    const fetched = { times: 0 }
    const queryFn = () =>
      new Promise<number>((resolve) => {
        const answer = (fetched.times += 1)
        setTimeout(() => resolve(answer), 100)
      })
    const observer = new QueryObserver(client, { queryKey: ['stats.series', {}], queryFn })
    observer.subscribe(() => {})
    await vi.advanceTimersByTimeAsync(50)
    send(settled)
    send(pool, settled)
    await vi.advanceTimersByTimeAsync(60)
    expect(observer.getCurrentResult().data).toBe(1)
    await vi.advanceTimersByTimeAsync(100)
    expect(observer.getCurrentResult().data).toBe(2)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(fetched.times).toBe(2)
  })

  it('is fetched once more where the first answer failed', async () => {
    const fetched = { times: 0 }
    const queryFn = () =>
      new Promise<number>((resolve, reject) => {
        fetched.times += 1
        setTimeout(() => (fetched.times === 1 ? reject(new Error('gone')) : resolve(7)), 100)
      })
    const observer = new QueryObserver(client, { queryKey: ['stats.series', { top: 1 }], queryFn })
    observer.subscribe(() => {})
    send(settled)
    await vi.advanceTimersByTimeAsync(250)
    expect(observer.getCurrentResult().data).toBe(7)
  })

  it('leaves a list alone that follows it in its own way', async () => {
    const list = await show('request.list', { live: false })
    send(settled)
    await vi.advanceTimersByTimeAsync(3_000)
    expect(list.times).toBe(0)
  })
})

describe('an act', () => {
  it('makes old what its event would, and its own area where it has none', () => {
    expect(prefixesOfAct('key.rotate')).toContain('pool.')
    expect(prefixesOfAct('backup.create')).toEqual(['backup.', 'audit.'])
  })
})
