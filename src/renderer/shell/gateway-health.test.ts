import { describe, expect, it } from 'vitest'
import { healthOf } from './gateway-health.ts'

type Status = NonNullable<Parameters<typeof healthOf>[1]>
type Upstreams = NonNullable<Parameters<typeof healthOf>[2]>

function status(change: { listening?: boolean; accountingError?: string; usable?: boolean } = {}): Status {
  const { listening = true, accountingError = null, usable = true } = change
  return {
    gateway: { url: 'http://127.0.0.1:4141/v1', listening, exposed: false, requestsInFlight: 0, accountingError },
    secretStore: { kind: usable ? 'vault' : 'none', usable, reason: usable ? null : 'No keychain works.' },
  } as Status
}

function upstream(kind: string, state: string, name = 'One', reason: string | null = null): Upstreams[number] {
  return { kind, name, health: { state, reason } } as Upstreams[number]
}

describe('gateway-health', () => {
  it('knows nothing before the core has said anything', () => {
    expect(healthOf('connected', undefined, undefined)).toBeNull()
  })

  it('calls a lost connection unreachable, whatever was known before', () => {
    expect(healthOf('lost', status(), [])?.state).toBe('unreachable')
  })

  it('says stopped where nothing listens, and degraded where the log cannot be written', () => {
    expect(healthOf('connected', status({ listening: false }), [])?.state).toBe('stopped')
    expect(healthOf('connected', status({ accountingError: 'disk full' }), [])).toEqual({
      state: 'degraded',
      reason: 'The request log cannot be written: disk full',
    })
  })

  it('minds a secret store that does not work only where an account needs one', () => {
    const without = status({ usable: false })
    expect(healthOf('connected', without, [upstream('simulator', 'ready')])?.state).toBe('running')
    expect(healthOf('connected', without, [upstream('openai', 'ready')])).toEqual({
      state: 'degraded',
      reason: 'No keychain works.',
    })
  })

  it('names the upstreams that are away, and leaves out those the operator paused', () => {
    const upstreams = [upstream('simulator', 'ready'), upstream('simulator', 'cooling_down', 'Two')]
    expect(healthOf('connected', status(), upstreams)?.reason).toBe('Two: not ready.')
    const refused = upstream('openai', 'auth_required', 'Three', 'The provider refused the key (401).')
    expect(healthOf('connected', status(), [...upstreams, refused])?.reason).toBe(
      'Two: not ready. Three: The provider refused the key (401).',
    )
    expect(
      healthOf('connected', status(), [upstream('simulator', 'ready'), upstream('simulator', 'paused')])?.state,
    ).toBe('running')
  })

  it('says of all that are away why, and counts those that do not fit', () => {
    const paused = (name: string) => upstream('openai', 'paused', name, 'Paused by the operator.')
    expect(healthOf('connected', status(), [paused('One')])).toEqual({
      state: 'degraded',
      reason: 'No upstream is ready. One: Paused by the operator.',
    })
    const many = ['A', 'B', 'C', 'D', 'E'].map((name) => upstream('openai', 'cooling_down', name, 'Resting.'))
    expect(healthOf('connected', status(), many)?.reason).toBe(
      'No upstream is ready. A: Resting. B: Resting. C: Resting. And 2 more.',
    )
  })
})
