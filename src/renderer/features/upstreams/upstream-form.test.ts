import { describe, expect, it } from 'vitest'
import { OperatorError } from '../../lib/operator-error.ts'
import { baseUrlProblem, isPlainRemote, proxyUrlProblem } from './address-rules.ts'
import { secretIds } from './secret-form.ts'
import {
  areMembersChanged,
  draftOf,
  fieldIds,
  formProblems,
  isConnectionChanged,
  newForm,
  newSecretOf,
  patchOf,
  type UpstreamForm,
} from './upstream-form.ts'
import { refusalsOf } from './upstream-refusals.ts'

const nameOf = (id: string) => id
const fine: UpstreamForm = {
  ...newForm('openai-compatible'),
  name: ' Workshop ',
  baseUrl: ' http://127.0.0.1:8000/v1 ',
}
const stored: UpstreamForm = { ...fine, keepsSecret: true }
const messages = (form: UpstreamForm) => formProblems(form, nameOf).map(({ message }) => message)

describe('address-rules', () => {
  it.each([
    ['openai', '', true],
    ['openai-compatible', '', false],
    ['openai-compatible', 'ftp://x.example', false],
    ['openai-compatible', 'api.example/v1', false],
    ['openai-compatible', 'https://', false],
    ['openai-compatible', 'https://a b.example', false],
    ['openai-compatible', 'https://me:word@x.example/v1', false],
    ['openai-compatible', 'https://x.example/v1?key=1', false],
    ['openai-compatible', 'https://x.example/v1#part', false],
    ['openai-compatible', `https://x.example/${'a'.repeat(2_000)}`, false],
    ['openai-compatible', 'https://x.example/v1', true],
    ['openai-compatible', 'http://localhost:11434', true],
    ['simulator', '', true],
  ] as const)('of kind %s, the base URL %j is fine: %j', (kind, url, isFine) => {
    expect(baseUrlProblem(kind, url) === null).toBe(isFine)
  })

  it.each([
    ['', true],
    ['http://proxy.example:3128', true],
    ['http://proxy.example:3128/', true],
    ['http://proxy.example:3128/path', false],
    ['socks5://proxy.example', false],
    ['http://user:word@proxy.example', false],
  ])('the proxy %j is fine: %j', (url, isFine) => {
    expect(proxyUrlProblem(url) === null).toBe(isFine)
  })

  it.each([
    ['http://api.example/v1', true],
    ['https://api.example/v1', false],
    ['http://127.0.0.1:8000', false],
    ['http://192.168.1.20/v1', false],
    ['http://172.20.0.1/v1', false],
    ['http://nas.local/v1', false],
    ['http://172.40.0.1/v1', true],
    ['nonsense', false],
  ])('%j would carry a credential unprotected: %j', (url, isPlain) => {
    expect(isPlainRemote(url)).toBe(isPlain)
  })
})

describe('upstream-form', () => {
  it('finds nothing wrong with a fine form and everything wrong with a bad one', () => {
    expect(messages(fine)).toEqual([])
    const bad: UpstreamForm = {
      ...newForm('openai'),
      baseUrl: 'x',
      proxyUrl: 'y',
      notes: 'a'.repeat(2_001),
      manualModels: ['a b'],
      members: [{ poolId: 'p', priority: '', weight: 1_001, enabled: true }],
      secret: {
        apiKey: 'two words',
        headers: [
          { row: 0, name: 'X-A', value: 'v' },
          { row: 1, name: 'x-a', value: '' },
        ],
        proxyCredentials: 'nobody',
      },
    }
    expect(messages(bad).length).toBe(12)
    expect(formProblems(bad, nameOf).every(({ fieldId }) => fieldId !== undefined)).toBe(true)
  })

  it('asks OpenAI for a key, and others not', () => {
    expect(messages({ ...newForm('openai'), name: 'x' })).toEqual(['Enter the API key.'])
    expect(messages({ ...fine, secret: { ...fine.secret, apiKey: '' } })).toEqual([])
  })

  it('makes a draft of what is filled in', () => {
    expect(draftOf(fine)).toEqual({
      kind: 'openai-compatible',
      name: 'Workshop',
      notes: '',
      baseUrl: 'http://127.0.0.1:8000/v1',
      proxyUrl: null,
      manualModels: [],
      maxConcurrent: null,
    })
    const secret = { apiKey: ' key ', headers: [{ row: 0, name: ' X-A ', value: 'v' }], proxyCredentials: 'u:p' }
    expect(draftOf({ ...fine, secret }).secret).toEqual({
      apiKey: 'key',
      headers: { 'X-A': 'v' },
      proxyCredentials: 'u:p',
    })
    expect(draftOf(newForm('simulator'))).toMatchObject({ kind: 'simulator', simulator: { fault: 'none' } })
  })

  it('takes a bound on its load, or none', () => {
    expect(draftOf({ ...fine, maxConcurrent: 4 }).maxConcurrent).toBe(4)
    expect(draftOf({ ...newForm('simulator'), maxConcurrent: '4' }).maxConcurrent).toBe(4)
    expect(patchOf({ ...fine, maxConcurrent: '' }, { ...fine, maxConcurrent: 4 })).toEqual({ maxConcurrent: null })
    for (const maxConcurrent of [0, 1.5, 10_001, '-'])
      expect(messages({ ...fine, maxConcurrent })).toEqual([expect.stringMatching(/^Requests at the same time: /)])
  })

  it('makes a patch of what differs', () => {
    expect(patchOf(fine, fine)).toEqual({})
    expect(patchOf({ ...fine, name: 'Other', proxyUrl: 'http://p.example' }, fine)).toEqual({
      name: 'Other',
      proxyUrl: 'http://p.example',
    })
    expect(patchOf({ ...fine, proxyUrl: '' }, { ...fine, proxyUrl: 'http://p.example' })).toEqual({ proxyUrl: null })
  })

  it('replaces a stored secret only when told to', () => {
    expect(newSecretOf(stored, stored)).toBeUndefined()
    expect(newSecretOf({ ...stored, keepsSecret: false }, stored)).toEqual({})
    expect(newSecretOf(fine, fine)).toBeUndefined()
    expect(newSecretOf({ ...fine, secret: { ...fine.secret, apiKey: 'k' } }, fine)).toEqual({ apiKey: 'k' })
  })

  it('asks for a check when address or credential differ', () => {
    expect(isConnectionChanged({ ...stored, name: 'x', notes: 'y' }, stored)).toBe(false)
    expect(isConnectionChanged({ ...stored, baseUrl: 'http://127.0.0.1:1' }, stored)).toBe(true)
    expect(isConnectionChanged({ ...stored, keepsSecret: false }, stored)).toBe(true)
  })

  it('knows members by what they are, not by their order', () => {
    const [p, q] = ['p', 'q'].map((poolId) => ({ poolId, priority: 1, weight: 1, enabled: true }))
    if (p === undefined || q === undefined) throw new Error('unreachable')
    expect(areMembersChanged([p, q], [q, p])).toBe(false)
    expect(areMembersChanged([{ ...p, weight: 2 }, q], [p, q])).toBe(true)
    expect(areMembersChanged([], [p])).toBe(true)
  })

  it('leads what the core refuses to its field', () => {
    const refuse = (code: string, details: Record<string, unknown> = {}) =>
      refusalsOf(new OperatorError({ code, message: 'no', details }), {
        ...fine,
        secret: { ...fine.secret, headers: [{ row: 4, name: 'Host', value: 'x' }] },
      })
    expect(refuse('name_taken')).toEqual({ [fieldIds.name]: 'no' })
    expect(refuse('upstream_loops_back', { field: 'baseUrl' })).toEqual({ [fieldIds.baseUrl]: 'no' })
    expect(refuse('invalid_input', { field: 'headers.Host' })).toEqual({ [secretIds.headerName(4)]: 'no' })
    expect(refuse('invalid_input', { fields: ['secret.apiKey: bad', 'patch.baseUrl: worse'] })).toEqual({
      [secretIds.apiKey]: 'bad',
      [fieldIds.baseUrl]: 'worse',
    })
    expect(refuse('internal')).toEqual({})
  })
})
