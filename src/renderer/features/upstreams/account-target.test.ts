import { describe, expect, it } from 'vitest'
import {
  accountAddressProblem,
  accountNameProblem,
  authTextProblem,
  businessTokenProblem,
  noAddresses,
  targetOf,
} from './account-target.ts'

describe('accountAddressProblem', () => {
  it.each([
    '',
    ' ',
    'https://auth.openai.com',
    'http://127.0.0.1:8080/codex',
    'http://localhost:1',
    'http://[::1]:2/a',
  ])('takes “%s”', (text) => expect(accountAddressProblem(text)).toBeNull())

  it.each([
    ['auth.openai.com', /begins with https/],
    ['https://a b.example', /not an address/],
    ['http://auth.example', /must be https/],
    ['http://localhost.example', /must be https/],
    ['ftp://localhost', /must be https/],
    ['https://me:word@auth.example', /Leave credentials/],
    ['https://auth.example/?a=b', /query/],
    [`https://auth.example/${'a'.repeat(2_000)}`, /at most 2,000/],
  ])('refuses “%s”', (text, message) => expect(accountAddressProblem(text)).toMatch(message))
})

describe('accountNameProblem', () => {
  const others = [{ name: 'Mine' }]

  it('takes a blank name and a free one', () => {
    expect([accountNameProblem('', others), accountNameProblem('Yours', others)]).toEqual([null, null])
  })

  it('refuses a name that is taken, whatever its case, and one that is too long', () => {
    expect(accountNameProblem(' mine ', others)).toMatch(/already called “mine”/)
    expect(accountNameProblem('a'.repeat(81), others)).toMatch(/at most 80/)
  })
})

describe('targetOf', () => {
  it('leaves out what is blank', () => {
    expect(targetOf(' ', noAddresses)).toEqual({ proxyUrl: null })
    const addresses = { issuer: ' https://a.example ', baseUrl: 'https://b.example', proxyUrl: 'http://c.example:1' }
    expect(targetOf(' Mine ', addresses)).toEqual({
      name: 'Mine',
      issuer: 'https://a.example',
      baseUrl: 'https://b.example',
      proxyUrl: 'http://c.example:1',
    })
  })
})

describe('what is imported', () => {
  it('has at most 64 KB, in bytes', () => {
    expect(authTextProblem('ü'.repeat(32_768))).toBeNull()
    expect(authTextProblem('ü'.repeat(32_769))).toMatch(/64 KB/)
  })

  it.each([
    ['at-abc', null],
    [' at-abc\n', null],
    ['sk-abc', /begins with at-/],
    ['at-', /begins with at-/],
    ['at-a b', /no blanks/],
    [`at-${'a'.repeat(16_000)}`, /at most 16,000/],
  ])('knows a business token, case %#', (text, message) => {
    const problem = businessTokenProblem(text)
    if (message === null) expect(problem).toBeNull()
    else expect(problem).toMatch(message)
  })
})
