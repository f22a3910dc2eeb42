import { describe, expect, it } from 'vitest'
import { alertThresholds, defaultAlertThresholds } from '../../../shared/models/limit.ts'
import { addThreshold, defaultThresholds, isDefault, thresholdWords } from './threshold-form.ts'

describe('addThreshold', () => {
  it.each([
    [[50, 80], '65', [50, 65, 80]],
    [[50], ' 100 % ', [50, 100]],
    [[], '1%', [1]],
  ])('to %j: %s', (before, typed, after) => {
    expect(addThreshold(before, typed)).toEqual({ thresholds: after })
    expect(alertThresholds.parse(after)).toEqual(after)
  })

  it.each(['', '0', '101', '-5', '12.5', '1e1', 'half', '80 80'])('refuses "%s"', (typed) => {
    expect(addThreshold([50], typed)).toEqual({ problem: 'Give whole percent, from 1 to 100.' })
  })

  it('refuses what is there, and an eleventh', () => {
    expect(addThreshold([50, 80], '080')).toEqual({ problem: '80 % is there already.' })
    const ten = Array.from({ length: 10 }, (_, index) => index + 1)
    expect(addThreshold(ten, '50')).toEqual({ problem: 'At most 10: remove one first.' })
    expect(alertThresholds.safeParse([...ten, 50]).success).toBe(false)
  })
})

describe('the defaults', () => {
  it('are those of the core', () => {
    expect(defaultThresholds).toEqual(defaultAlertThresholds)
    expect(isDefault([50, 80, 100])).toBe(true)
    expect(isDefault([50, 80])).toBe(false)
  })
})

describe('thresholdWords', () => {
  it.each([
    [[], 'none'],
    [[80], 'at 80 % of each budget'],
    [[50, 80, 100], 'at 50 %, 80 % and 100 % of each budget'],
  ])('of %j: %s', (thresholds, words) => expect(thresholdWords(thresholds)).toBe(words))
})
