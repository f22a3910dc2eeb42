import { describe, expect, it } from 'vitest'
import { targetPlace } from './target-place.ts'

const upstreams = [{ id: 'ups_1', name: 'Azure at home' }]
const entry = (action: string, targetName: string | null, targetId: string | null) => {
  return { action, outcome: 'success' as const, targetKind: action.split('.')[0] ?? '', targetName, targetId }
}

describe('the place of a target', () => {
  it.each([
    ['key.rotate', 'laptop', 'key_1', '/keys/key_1'],
    ['pool.update', 'Team', 'pol_1', '/pools/pol_1'],
    ['upstream.pause', 'Azure', 'ups_1', '/upstreams/ups_1'],
    ['upstream.delete', 'Azure', 'ups_1', null],
    ['pool.create', 'Team', null, null],
    ['settings.update', 'gateway.port', 'gateway.port', null],
    ['price.set', 'gpt-5*', null, '/prices?model=gpt-5*'],
    ['price.remove', 'gpt-5 at Azure at home', null, '/prices?model=gpt-5&upstream=ups_1'],
    ['price.set', 'gpt-5 at an upstream that is gone', null, '/prices?q=gpt-5'],
    ['price.import', 'https://example.com/at prices.json', null, '/prices?source=import'],
    ['price.set', null, null, null],
  ])('of %s %s %s is %s', (action, name, id, place) => {
    expect(targetPlace(entry(action, name, id), upstreams)).toBe(place)
  })

  it('is still there after it could not be deleted', () => {
    const failed = { ...entry('key.delete', 'laptop', 'key_1'), outcome: 'failure' as const }
    expect(targetPlace(failed, upstreams)).toBe('/keys/key_1')
  })
})
