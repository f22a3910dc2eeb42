import { describe, expect, it } from 'vitest'
import { readState, writeState } from '../../lib/url-state.ts'
import { doctorParams, formOf, paramsOf, problemsOf, questionOf } from './doctor-form.ts'

const empty = readState(doctorParams, new URLSearchParams())

describe('the form of the Doctor', () => {
  it('begins with a small request of this machine', () => {
    expect(formOf(empty)).toEqual({
      model: '',
      route: 'chat',
      input: '1,000',
      output: '',
      tier: '',
      address: '127.0.0.1',
      client: 'other',
    })
  })

  it('goes through the address and comes back the same', () => {
    const form = {
      model: 'gpt-5',
      route: 'responses',
      input: '200,000',
      output: '500',
      tier: 'flex',
      address: '10.0.0.7',
      client: 'codex',
    } as const
    const search = writeState(doctorParams, paramsOf(form), new URLSearchParams())
    expect(formOf(readState(doctorParams, search))).toEqual(form)
  })

  it('asks with what is set, and leaves out the rest', () => {
    const params = paramsOf({ ...formOf(empty), model: ' m ', input: '2k' })
    expect(questionOf('key_1', params)).toEqual({
      key: 'key_1',
      model: 'm',
      route: 'chat',
      client: 'other',
      inputTokens: 2_000,
    })
    expect(questionOf('key_1', { ...params, output: 0, tier: 'flex', address: '::1' })).toMatchObject({
      outputTokens: 0,
      serviceTier: 'flex',
      address: '::1',
    })
  })

  it('says what is no number', () => {
    expect(problemsOf({ ...formOf(empty), input: 'many' }).input).toContain('whole number')
    expect(problemsOf({ ...formOf(empty), output: '1.5' }).output).toContain('whole number')
    expect(problemsOf(formOf(empty))).toEqual({ input: null, output: null })
  })
})
