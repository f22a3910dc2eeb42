import { describe, expect, it } from 'vitest'
import { poolStrategy } from '../../../shared/models/pool.ts'
import type { Candidate, PlanNote } from '../../../shared/models/request.ts'
import { choiceRows, figureColumn, planSentence } from './choice-rows.ts'

const candidate = (upstreamId: string, facts: Partial<Candidate>): Candidate => ({
  upstreamId,
  outcome: 'not_needed',
  place: null,
  reason: null,
  until: null,
  priority: 1,
  weight: 1,
  ...facts,
})
const planned = (upstreamId: string, figure: number | null = null, isFallback = false) => ({
  upstreamId,
  figure,
  isFallback,
  isResting: false,
})
const plan = (strategy: string, order: PlanNote['order'] = []): PlanNote => ({ strategy, order, waitedMs: 0 })

describe('choiceRows', () => {
  const candidates = [
    candidate('a', { outcome: 'tried', place: 2 }),
    candidate('b', { outcome: 'not_needed' }),
    candidate('c', { outcome: 'excluded', reason: 'upstream_paused' }),
  ]

  it('leaves a request without a plan as it was', () => {
    const rows = choiceRows({ candidates, plan: null })
    expect(rows.map(({ upstreamId, rank }) => [upstreamId, rank])).toEqual([
      ['a', null],
      ['b', null],
      ['c', null],
    ])
  })

  it('follows the plan, takes in what is of another Pool, and puts the rest behind', () => {
    const order = [planned('b', 5), planned('a', 7), planned('other', 1, true)]
    const rows = choiceRows({ candidates, plan: plan('fastest', order) })
    expect(rows.map(({ upstreamId, rank, figure, outcome }) => [upstreamId, rank, figure, outcome])).toEqual([
      ['b', 1, 5, 'not_needed'],
      ['a', 2, 7, 'tried'],
      ['other', 3, 1, 'not_needed'],
      ['c', null, null, 'excluded'],
    ])
    expect(rows[2]).toMatchObject({ isFallback: true, priority: null, weight: null })
  })
})

describe('figureColumn', () => {
  it.each([
    ['least_in_flight', 1, '1 request'],
    ['fastest', 840, '840 ms'],
    ['quota_first', 62.5, '62.5 %'],
    ['drain_first', 5_400_000, '1 h 30 min'],
  ])('has for %s the figure %d as %s', (strategy, figure, text) => {
    expect(figureColumn(plan(strategy))?.format(figure)).toBe(text)
  })

  it('has none where the strategy draws, and none for one it does not know', () => {
    for (const strategy of ['priority', 'spread', 'round_robin', 'of_tomorrow', 'toString'])
      expect(figureColumn(plan(strategy))).toBeNull()
    expect(figureColumn(null)).toBeNull()
  })
})

describe('planSentence', () => {
  it.each(poolStrategy.options)('says what %s does', (strategy) => {
    expect(planSentence(plan(strategy))).toMatch(/^[A-Z].+: [a-z].+\.$/)
  })

  it('names what it does not know', () => {
    expect(planSentence(plan('of_tomorrow'))).toBe('By the strategy of tomorrow.')
  })
})
