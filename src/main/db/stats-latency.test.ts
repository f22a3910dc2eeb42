import { describe, expect, it } from 'vitest'
import { Histogram } from './stats-latency.ts'

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const value of values) histogram.add(value)
  return histogram
}

/** The figure at its rank, by sorting. */
function exact(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? 0
}

describe('Histogram', () => {
  it('knows nothing of nothing', () => {
    expect(new Histogram().percentiles()).toBeNull()
  })

  it.each([
    ['one value', [1_234]],
    ['a spread over five powers of ten', Array.from({ length: 2_000 }, (_, n) => 1.5 ** (n / 70))],
    [
      'mostly quick, some slow',
      [...Array.from({ length: 90 }, (_, n) => 20 + n), ...Array.from({ length: 10 }, () => 9_000)],
    ],
  ])('is within 3 %% of the exact percentiles of %s', (_case, values) => {
    const found = histogramOf(values).percentiles()
    expect(found?.count).toBe(values.length)
    expect(Math.abs((found?.p50 ?? 0) / exact(values, 0.5) - 1)).toBeLessThan(0.031)
    expect(Math.abs((found?.p95 ?? 0) / exact(values, 0.95) - 1)).toBeLessThan(0.031)
  })

  it('adds up to what one of all values would be', () => {
    const both = histogramOf([10, 20, 30])
    both.addAll(histogramOf([4_000, 5_000]))
    expect(both.percentiles()).toEqual(histogramOf([10, 20, 30, 4_000, 5_000]).percentiles())
  })

  it('takes what is shorter than a millisecond and longer than a day', () => {
    expect(histogramOf([0, 0.2]).percentiles()).toMatchObject({ p50: 1 })
    expect(histogramOf([1e12]).percentiles()?.p50).toBeGreaterThan(86_400_000)
  })
})
