import { describe, expect, it } from 'vitest'
import { createQuotaEvidence, resetAt } from './quota-evidence.ts'

const NOW = Date.UTC(2026, 0, 1)

describe('quota-evidence', () => {
  it.each([
    ['6ms', NOW + 6],
    ['1s', NOW + 1_000],
    ['6m0s', NOW + 360_000],
    ['1h2m3.5s', NOW + 3_723_500],
    ['1d', NOW + 86_400_000],
    ['0', NOW],
    ['59', NOW + 59_000],
    ['0.25', NOW + 250],
    [String(NOW / 1_000 + 60), NOW + 60_000],
    [String(NOW + 60_000), NOW + 60_000],
    ['2026-01-01T00:01:00Z', NOW + 60_000],
    ['Thu, 01 Jan 2026 00:01:00 GMT', NOW + 60_000],
    ['', null],
    ['soon', null],
    ['-5', null],
    [undefined, null],
    [['2s', '9s'], NOW + 2_000],
  ])('reads %j as a time', (text, at) => {
    expect(resetAt(text, NOW)).toBe(at)
  })

  it('keeps the last word on requests and tokens, each with its own time', () => {
    const clock = { now: NOW }
    const evidence = createQuotaEvidence(() => clock.now)
    const notes = evidence.of('a', 'openai')
    notes.note({ 'x-ratelimit-limit-requests': '100', 'x-ratelimit-remaining-requests': '99' })
    notes.note({ 'x-ratelimit-remaining-tokens': '5000', 'x-ratelimit-reset-tokens': '1m' })
    clock.now += 1_000
    notes.note({ 'x-ratelimit-limit-requests': '100', 'x-ratelimit-remaining-requests': '98' })
    expect(evidence.windows('a')).toEqual([
      { name: 'requests', limit: 100, remaining: 98, resetsAt: null, observedAt: NOW + 1_000 },
      { name: 'tokens', limit: null, remaining: 5_000, resetsAt: NOW + 60_000, observedAt: NOW },
    ])
    expect(evidence.windows('b')).toEqual([])
  })

  it('reads the form without a kind', () => {
    const evidence = createQuotaEvidence(() => NOW)
    evidence
      .of('a', 'openai')
      .note({ 'x-ratelimit-limit': '20', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '30' })
    evidence.of('b', 'openai').note({ 'ratelimit-limit': '20', 'ratelimit-remaining': '7', 'ratelimit-reset': '30' })
    expect(evidence.windows('a')).toMatchObject([{ name: 'all', limit: 20, remaining: 0, resetsAt: NOW + 30_000 }])
    expect(evidence.windows('b')).toMatchObject([{ name: 'all', limit: 20, remaining: 7, resetsAt: NOW + 30_000 }])
  })

  it('makes nothing of words that are no figures, and forgets when told', () => {
    const evidence = createQuotaEvidence(() => NOW)
    evidence.of('a', 'openai').note({ 'x-ratelimit-remaining-requests': 'many' })
    expect(evidence.windows('a')).toEqual([])
    evidence.of('a', 'openai').note({ 'x-ratelimit-remaining-requests': '1' })
    expect(evidence.windows('a').length).toBe(1)
    evidence.forget('a')
    expect(evidence.windows('a')).toEqual([])
  })
})
