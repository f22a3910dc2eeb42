import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CLOSED, failed, probed, stateOf, succeeded, unprobed, type Breaker } from './breaker.ts'
import { createBreakers } from './breakers.ts'

const rules = { failures: 3, openMs: 60_000, maxOpenMs: 600_000 }
const errand = { model: 'm', dialect: 'chat' } as const

function tripped(now: number): Breaker {
  let breaker = CLOSED
  for (let n = 0; n < rules.failures; n++) breaker = failed(breaker, false, now, rules)
  return breaker
}

describe('a breaker', () => {
  it('opens at exactly so many failures in a row', () => {
    let breaker = failed(failed(CLOSED, false, 0, rules), false, 0, rules)
    expect(stateOf(breaker, 0)).toBe('closed')
    breaker = failed(succeeded(breaker, false), false, 0, rules)
    expect(stateOf(failed(breaker, false, 0, rules), 0)).toBe('closed')
    expect(stateOf(failed(failed(breaker, false, 0, rules), false, 0, rules), 0)).toBe('open')
  })

  it('is half open after its time, and longer each time the probe fails, up to a bound', () => {
    let breaker = tripped(0)
    let at = 0
    const times: number[] = []
    for (let trip = 0; trip < 6; trip++) {
      expect([stateOf(breaker, breaker.until - 1), stateOf(breaker, breaker.until)]).toEqual(['open', 'half_open'])
      times.push(breaker.until - at)
      at = breaker.until
      breaker = failed(probed(breaker), true, at, rules)
    }
    expect(times).toEqual([60_000, 120_000, 240_000, 480_000, 600_000, 600_000])
  })

  it('closes on the success of its probe, and on no other', () => {
    const breaker = tripped(0)
    expect(succeeded(breaker, false)).toBe(breaker)
    expect(failed(breaker, false, 9, rules)).toBe(breaker)
    expect(succeeded(probed(breaker), true)).toBe(CLOSED)
    expect(stateOf(unprobed(probed(breaker)), breaker.until)).toBe('half_open')
  })

  it('never opens where that is switched off', () => {
    let breaker = CLOSED
    for (let n = 0; n < 50; n++) breaker = failed(breaker, false, 0, { ...rules, failures: 0 })
    expect(stateOf(breaker, 0)).toBe('closed')
  })
})

describe('breakers', () => {
  type Step = { readonly kind: 'enter' | 'leave' | 'wait'; readonly pick: number; readonly ms: number }
  const step = fc.record({
    kind: fc.constantFrom<Step['kind']>('enter', 'enter', 'leave', 'leave', 'wait'),
    pick: fc.nat(99),
    ms: fc.integer({ min: -100_000, max: 200_000 }),
  })

  it('let one probe through at a time, whatever comes, and are never open for longer than they may', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        let now = 1_000_000
        const breakers = createBreakers(
          () => rules,
          () => now,
        )
        const running: boolean[] = []
        let inARow = 0
        let isOpen = false
        for (const { kind, pick, ms } of steps) {
          const obstacle = breakers.obstacle('a', errand, now)
          expect(obstacle !== null).toBe(isOpen)
          if (kind === 'wait') now += ms
          else if (kind === 'enter') {
            if (obstacle?.state === 'open' || obstacle?.state === 'probing') continue
            running.push(breakers.probe('a', errand))
            expect(running.filter(Boolean).length).toBeLessThanOrEqual(1)
          } else if (running.length > 0) {
            const [isProbe = false] = running.splice(pick % running.length, 1)
            const ending = (['succeeded', 'failed', 'failed', 'refused', 'unclear'] as const)[pick % 5] ?? 'failed'
            breakers.ended('a', errand, { ending, isProbe })
            if (ending !== 'succeeded' && ending !== 'failed') continue
            if (isOpen && !isProbe) continue
            inARow = ending === 'failed' ? inARow + 1 : 0
            isOpen = inARow >= rules.failures
          }
          const { state, until = 0 } = breakers.obstacle('a', errand, now) ?? {}
          if (state === 'open') expect(until - now).toBeLessThanOrEqual(rules.maxOpenMs)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('are apart for each model and route, and bounded', () => {
    const breakers = createBreakers(
      () => ({ ...rules, failures: 1 }),
      () => 5,
    )
    const fail = (model: string) =>
      breakers.ended('a', { model, dialect: 'chat' }, { ending: 'failed', isProbe: false })
    expect(fail('m')).toBe(true)
    expect(breakers.obstacle('a', errand, 5)?.state).toBe('open')
    expect(breakers.obstacle('a', { ...errand, dialect: 'responses' }, 5)).toBeNull()
    expect(breakers.obstacle('b', errand, 5)).toBeNull()
    expect(breakers.views('a')).toEqual([{ model: 'm', route: 'chat', state: 'open', until: 60_005, failures: 1 }])
    for (let n = 0; n < 5_000; n++) fail(`model-${n}`)
    expect(breakers.views('a').length).toBe(2_000)
    breakers.clear('a')
    expect(breakers.views('a')).toEqual([])
  })
})
