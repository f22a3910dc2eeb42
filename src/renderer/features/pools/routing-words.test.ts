import { describe, expect, it } from 'vitest'
import { usualRouting } from './routing-form.ts'
import { routingChanges, routingFacts, type RoutingPart } from './routing-words.ts'

const context = { usualAttempts: 3, poolName: (id: string) => `name of ${id}` }
const part = (routing: Partial<RoutingPart['routing']> = {}, strategy: RoutingPart['strategy'] = 'fastest') => ({
  strategy,
  routing: { ...usualRouting, ...routing },
})
const words = (given: RoutingPart) =>
  Object.fromEntries(routingFacts(given, context).map(({ id, value }) => [id, value]))

describe('routingFacts', () => {
  it('says what a Pool does that sets nothing', () => {
    expect(words(part())).toEqual({
      strategy: 'Fastest',
      sessions: 'stay at their upstream',
      attempts: 'at most 3 upstreams (the setting)',
      concurrent: 'any number of requests',
      fallback: 'none',
    })
  })

  it('says each bound with its unit', () => {
    const bounded = {
      maxAttempts: 1,
      maxConcurrent: 12,
      queueLength: 40,
      queueWaitMs: 2_500,
      fallbackPoolId: 'p',
      sticky: false,
    }
    expect(words(part(bounded, 'priority'))).toEqual({
      strategy: 'Priority, then weight',
      sessions: 'each request goes by the strategy',
      attempts: '1 upstream, without a second try',
      concurrent: 'at most 12 requests',
      queue: '40 requests wait for at most 2.5 s, any further is refused',
      fallback: 'name of p',
    })
  })

  it.each([
    [{ queueLength: 0 }, 'refused at once'],
    [{ queueLength: 3, queueWaitMs: 0 }, 'refused at once'],
    [{ queueLength: 1 }, '1 request waits for at most 10 s, any further is refused'],
  ])('says of %j what happens beyond the bound', (queue, sentence) => {
    expect(words(part({ maxConcurrent: 2, ...queue }))['queue']).toBe(sentence)
  })

  it('speaks of waiting without a bound of its own too: an upstream may have one', () => {
    expect(words(part({ queueLength: 2 }))).toMatchObject({
      concurrent: 'any number of requests',
      queue: '2 requests wait for at most 10 s, any further is refused',
    })
  })

  it('does not make up a setting that is not loaded', () => {
    const facts = routingFacts(part(), { ...context, usualAttempts: null })
    expect(facts.find(({ id }) => id === 'attempts')?.value).toBe('as the setting says')
  })
})

it('a hash keeps sessions where they are, whatever the switch says', () => {
  expect(words(part({ sticky: false }, 'spread'))['sessions']).toBe('stay at their upstream')
})

describe('routingChanges', () => {
  it('names only what differs, and what one side does not have', () => {
    const before = routingFacts(part(), context)
    expect(routingChanges(before, before)).toEqual([])
    const after = routingFacts(part({ maxConcurrent: 2, fallbackPoolId: 'p' }, 'cheapest'), context)
    expect(routingChanges(before, after)).toEqual([
      { label: 'Strategy', before: 'Fastest', after: 'Cheapest' },
      { label: 'At the same time', before: 'any number of requests', after: 'at most 2 requests' },
      { label: 'When there is no place', before: '–', after: 'refused at once' },
      { label: 'Fallback Pool', before: 'none', after: 'name of p' },
    ])
  })
})
