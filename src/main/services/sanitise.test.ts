import { describe, expect, it } from 'vitest'
import { createPoolKey, createToken, tokenPrefix } from '../gateway/pool-key.ts'
import { differenceOf, factsOf } from './sanitise.ts'

describe('sanitise', () => {
  it('keeps what an auditor needs and hides what looks like a credential', () => {
    const { secret } = createPoolKey()
    const token = createToken()
    const record = {
      notes: `uses ${secret} and Bearer abcdefghijk`,
      metadata: { team: 'core', apiKey: 'anything', nested: { password: 'x', list: [secret] } },
      count: 3,
      token: `${token.secret}, once lent by ${tokenPrefix(token.publicId)}; et-cetera-and-so-on-and-on`,
    }
    const facts = factsOf(record, ['notes', 'metadata', 'count', 'token'])
    expect(facts).toEqual({
      notes: 'uses (hidden) and (hidden)',
      metadata: { team: 'core', apiKey: '(hidden)', nested: { password: '(hidden)', list: ['(hidden)'] } },
      count: 3,
      token: `(hidden), once lent by ${tokenPrefix(token.publicId)}; et-cetera-and-so-on-and-on`,
    })
  })

  it('bounds the size of a row', () => {
    const facts = factsOf({ text: 'x'.repeat(5_000), list: Array.from({ length: 500 }, () => 'y') }, ['text', 'list'])
    expect(JSON.stringify(facts).length).toBeLessThan(1_000)
    expect(JSON.stringify(facts)).toContain('… and 450 more')
  })

  it('tells only the fields that differ', () => {
    expect(differenceOf({ a: [1], b: { c: 1 } }, { a: [1], b: { c: 2 } }, ['a', 'b'])).toEqual({
      before: { b: { c: 1 } },
      after: { b: { c: 2 } },
    })
    expect(differenceOf({ a: [1] }, { a: [1] }, ['a'])).toBeNull()
  })
})
