import { describe, expect, it } from 'vitest'
import {
  accountDraft,
  accountProblems,
  baseUrlProblem,
  firstProblem,
  freeName,
  type AccountForm,
} from './account-form.ts'

const openai: AccountForm = { kind: 'openai', name: 'OpenAI', baseUrl: '', apiKey: 'sk-1' }
const compatible: AccountForm = {
  kind: 'openai-compatible',
  name: 'Local',
  baseUrl: 'http://127.0.0.1:1/v1',
  apiKey: '',
}
const taken = new Set(['local server'])

describe('accountProblems', () => {
  it.each([openai, compatible])('has none for what is complete: %j', (form) => {
    expect(firstProblem(accountProblems(form, taken))).toBeNull()
  })

  it.each<[Partial<AccountForm>, RegExp]>([
    [{ name: ' ' }, /Give the upstream a name/],
    [{ name: 'LOCAL Server' }, /already called/],
    [{ apiKey: '' }, /Give the API key/],
    [{ apiKey: 'two words' }, /no blanks/],
  ])('says what is wrong with %j', (patch, pattern) => {
    expect(firstProblem(accountProblems({ ...openai, ...patch }, taken))).toMatch(pattern)
  })
})

describe('baseUrlProblem', () => {
  it.each([
    ['', /Give the address/],
    ['localhost', /Not an address/],
    ['ftp://host/v1', /http:\/\/ or https/],
    ['http://me:secret@host/v1', /No name or password/],
    ['http://host/v1?key=1', /no “\?”/],
  ])('refuses %j', (text, pattern) => expect(baseUrlProblem(text)).toMatch(pattern))

  it.each(['http://127.0.0.1:11434/v1', 'https://api.example.com'])('takes %s', (text) => {
    expect(baseUrlProblem(text)).toBeNull()
  })
})

describe('accountDraft', () => {
  it('leaves out what is not given', () => {
    expect(accountDraft(compatible)).toEqual({
      kind: 'openai-compatible',
      name: 'Local',
      baseUrl: 'http://127.0.0.1:1/v1',
    })
    expect(accountDraft(openai)).toEqual({ kind: 'openai', name: 'OpenAI', secret: { apiKey: 'sk-1' } })
  })
})

describe('freeName', () => {
  it('counts on until a name is free', () => {
    expect(freeName('Main', new Set())).toBe('Main')
    expect(freeName('Main', new Set(['main', 'main 2']))).toBe('Main 3')
  })
})
