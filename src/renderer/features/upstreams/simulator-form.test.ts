import { describe, expect, it } from 'vitest'
import {
  behaviourForm,
  behaviourOf,
  behaviourProblems,
  behaviourSentence,
  defaultBehaviour,
  faults,
  fieldsOf,
  isRehearsing,
  rehearsals,
  type Behaviour,
} from './simulator-form.ts'

const with_ = (patch: Partial<Behaviour>): Behaviour => ({ ...defaultBehaviour, ...patch })

describe('simulator-form', () => {
  it('gives back what it was made of', () => {
    const behaviour = with_({ fault: 'status', retryAfterSeconds: 0, words: 3 })
    expect(behaviourOf(behaviourForm(behaviour), defaultBehaviour)).toEqual(behaviour)
    expect(behaviourOf(behaviourForm(defaultBehaviour), behaviour)).toEqual(defaultBehaviour)
  })

  it.each([
    [{ latencyMs: '' }, /Wait before/],
    [{ latencyMs: 600_001 }, /600,000/],
    [{ words: 0 }, /Words/],
    [{ chunkDelayMs: 1.5 }, /whole number/],
    [{ fault: 'status' as const, faultStatus: 200 }, /400 to 599/],
    [{ fault: 'status' as const, retryAfterSeconds: -1 }, /Retry-After/],
    [{ fault: 'end_early' as const, failEvery: 0 }, /n-th/],
    [{ models: ['a b'] }, /no model id/],
    [{ models: Array.from({ length: 51 }, (_, index) => `m${index}`) }, /50/],
  ])('refuses %j', (patch, message) => {
    expect(behaviourProblems({ ...behaviourForm(defaultBehaviour), ...patch })[0]?.message).toMatch(message)
  })

  it('does not mind what the fault does not use, and keeps it', () => {
    const form = { ...behaviourForm(defaultBehaviour), faultStatus: '' }
    expect(behaviourProblems(form)).toEqual([])
    expect(behaviourOf(form, defaultBehaviour).faultStatus).toBe(503)
  })

  it('has a sentence for every fault, and none is like another', () => {
    const sentences = faults.map((fault) => behaviourSentence(with_({ fault })))
    expect(new Set(sentences).size).toBe(faults.length)
    expect(behaviourSentence(with_({ latencyMs: 200, fault: 'status', faultStatus: 429, retryAfterSeconds: 30 }))).toBe(
      'Answers after 200 ms with 8 words; every request fails with status 429, Retry-After 30 s.',
    )
    expect(behaviourSentence(with_({ fault: 'drop_mid_stream', failEvery: 2, faultAfterChunks: 3 }))).toBe(
      'Answers at once with 8 words; on one request in 2 it drops the connection in mid-stream after 3 chunks.',
    )
  })

  it('recognises each rehearsal once it is set, and no other', () => {
    for (const rehearsal of rehearsals) {
      const behaviour = with_(rehearsal.patch)
      expect(rehearsals.filter((each) => isRehearsing(behaviour, each)).map(({ id }) => id)).toEqual([rehearsal.id])
    }
  })

  it('offers only the fields of the fault', () => {
    expect(fieldsOf('none')).toEqual([])
    expect(fieldsOf('hang_before_headers')).toEqual(['failEvery'])
    expect(fieldsOf('status')).toContain('faultStatus')
    expect(fieldsOf('error_event')).toContain('faultAfterChunks')
  })
})
