import { describe, expect, it } from 'vitest'
import { createDirectory } from '../gateway/directory.ts'
import { createHealth } from '../gateway/health.ts'
import type { UpstreamRecord } from '../gateway/ports.ts'
import { createUpstreamHealthLog, MAX_ENTRIES } from './upstream-health.ts'

const START = 1_000

function scene() {
  const clock = { now: START }
  const now = () => clock.now
  const directory = createDirectory()
  const health = createHealth(directory, () => false, now)
  const log = createUpstreamHealthLog({ directory, health, healthOf: health.view, now })
  const put = (status: UpstreamRecord['status'], statusReason: string | null = null) =>
    directory.putUpstream({
      id: 'a',
      name: 'a',
      kind: 'openai-compatible',
      status,
      statusReason,
      baseUrl: 'http://127.0.0.1:9',
      proxyUrl: null,
      maxConcurrent: null,
      models: new Set(),
      secret: null,
    })
  const states = () => log.of('a').history.map(({ at, state }) => `${String(at - START)} ${state}`)
  return { clock, directory, health, log, put, states }
}

describe('upstream-health', () => {
  it('tells each change of state once, the newest first', () => {
    const { clock, put, health, states, log } = scene()
    put('active')
    clock.now += 10
    health.rest('a', { until: clock.now + 100, firm: true }, 'The upstream answered with status 503.')
    clock.now += 10
    health.rest('a', { until: clock.now + 200, firm: true }, 'The upstream answered with status 503.')
    expect(log.of('a').history[0]).toMatchObject({ at: START + 10, until: START + 220 })
    health.clear('a')
    clock.now += 10
    put('paused')
    put('paused')
    put('auth_required', 'The provider answered 401.')
    expect(states()).toEqual(['30 auth_required', '30 paused', '20 ready', '10 cooling_down', '0 ready'])
    expect(log.of('a')).toMatchObject({ since: START, current: { state: 'auth_required' } })
    expect(log.of('a').history[0]?.reason).toBe('The provider answered 401.')
  })

  it('adds the end of a rest, of which nobody tells, at its own time', () => {
    const { clock, put, health, states } = scene()
    put('active')
    health.rest('a', { until: START + 50, firm: false }, 'one')
    clock.now += 500
    expect(states()).toEqual(['50 ready', '0 cooling_down', '0 ready'])
    health.rest('a', { until: clock.now + 50, firm: false }, 'one')
    clock.now += 500
    health.rest('a', { until: clock.now + 50, firm: false }, 'one')
    expect(states().slice(0, 3)).toEqual(['1000 cooling_down', '550 ready', '500 cooling_down'])
  })

  it('keeps a bounded number of entries and says since when it is complete', () => {
    const { clock, put, log } = scene()
    for (let index = 0; index < MAX_ENTRIES * 2; index += 1) {
      clock.now += 1
      put(index % 2 === 0 ? 'paused' : 'active')
    }
    const { history, since } = log.of('a')
    expect(history.length).toBe(MAX_ENTRIES)
    expect(since).toBe(history.at(-1)?.at)
  })

  it('forgets an upstream that was deleted', () => {
    const { put, directory, log } = scene()
    put('paused')
    directory.removeUpstream('a')
    put('active')
    expect(log.of('a').history.map((entry) => entry.state)).toEqual(['ready'])
  })
})
