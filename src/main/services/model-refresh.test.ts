import { afterEach, describe, expect, it } from 'vitest'
import { createModelRefresh, type ModelRefresh, type ModelRefreshDeps } from './model-refresh.ts'

let running: ModelRefresh | undefined
afterEach(async () => running?.close())

const log = { info: () => undefined, warn: () => undefined, error: () => undefined }

function start(deps: Partial<ModelRefreshDeps> & Pick<ModelRefreshDeps, 'refreshable' | 'refresh'>): ModelRefresh {
  running = createModelRefresh({ intervalMs: () => 3_600_000, now: () => 1_000_000, log, pauseMs: 1, ...deps })
  running.start()
  return running
}

describe('model-refresh', () => {
  it('fetches the never fetched and the overdue, one at a time, and leaves the fresh alone', async () => {
    const fetched: string[] = []
    let inFlight = 0
    let most = 0
    start({
      refreshable: () => [
        { id: 'fresh', fetchedAt: 999_999 },
        { id: 'old', fetchedAt: 1 - 3_600_000 },
        { id: 'never', fetchedAt: null },
      ],
      refresh: async (id) => {
        most = Math.max(most, ++inFlight)
        await Promise.resolve()
        inFlight -= 1
        fetched.push(id)
      },
    })
    await expect.poll(() => fetched).toEqual(['never', 'old'])
    expect(most).toBe(1)
  })

  it('comes round again after the interval, and goes on after a failure', async () => {
    const clock = { now: 1_000_000 }
    const tries: string[] = []
    start({
      now: () => clock.now,
      intervalMs: () => 100_000,
      refreshable: () => [{ id: 'a', fetchedAt: null }],
      refresh: async (id) => {
        tries.push(id)
        // The clock jumps past the longest jittered interval.
        clock.now += 110_001
        throw new Error('ours')
      },
    })
    await expect.poll(() => tries.length).toBeGreaterThanOrEqual(3)
  })

  it('takes one that is wanted soon out of turn', async () => {
    const fetched: string[] = []
    const refresh = start({
      refreshable: () => [{ id: 'fresh', fetchedAt: 999_999 }],
      refresh: async (id) => {
        fetched.push(id)
      },
    })
    refresh.soon('fresh')
    refresh.soon('gone')
    await expect.poll(() => fetched).toEqual(['fresh'])
  })

  it('calls off the running fetch when it closes', async () => {
    let seen: AbortSignal | undefined
    const refresh = start({
      refreshable: () => [{ id: 'slow', fetchedAt: null }],
      refresh: (_, signal) =>
        new Promise((resolve) => {
          seen = signal
          signal.addEventListener('abort', () => resolve())
        }),
    })
    await expect.poll(() => seen).toBeDefined()
    await refresh.close()
    expect(seen?.aborted).toBe(true)
  })
})
