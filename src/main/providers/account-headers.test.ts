import { describe, expect, it } from 'vitest'
import { AppError } from '../../shared/errors.ts'
import { accountHeaders, checkExtraHeaders } from './account-headers.ts'

describe('account-headers', () => {
  it('sends the API key as a bearer token', () => {
    expect(accountHeaders({ apiKey: 'sk-1' })).toEqual(['authorization', 'Bearer sk-1'])
  })

  it('sends nothing without a secret', () => {
    expect(accountHeaders(null)).toEqual([])
    expect(accountHeaders({ proxyCredentials: 'user:password' })).toEqual([])
  })

  it('adds extra headers in lower case beside the key', () => {
    expect(accountHeaders({ apiKey: 'sk-1', headers: { 'X-Title': 'Weir' } })).toEqual([
      'x-title',
      'Weir',
      'authorization',
      'Bearer sk-1',
    ])
  })

  it.each(['Authorization', 'authorization', 'Api-Key'])('lets an extra %s header replace the bearer token', (name) => {
    expect(accountHeaders({ apiKey: 'sk-1', headers: { [name]: 'own' } })).toEqual([name.toLowerCase(), 'own'])
  })

  it('never sends a header that steers the connection', () => {
    expect(
      accountHeaders({ headers: { 'Transfer-Encoding': 'chunked', Host: 'x', 'Proxy-Authorization': 'y' } }),
    ).toEqual([])
  })

  it.each(['Connection', 'Content-Length', 'host', 'Proxy-Authorization', 'TE', 'Upgrade', 'transfer-encoding'])(
    'refuses to save an extra %s header',
    (name) => {
      expect(codeOf(() => checkExtraHeaders({ headers: { [name]: 'x' } }))).toBe('invalid_input')
    },
  )

  it('refuses one header in two spellings', () => {
    expect(codeOf(() => checkExtraHeaders({ headers: { 'X-A': '1', 'x-a': '2' } }))).toBe('invalid_input')
  })

  it('lets ordinary headers pass', () => {
    expect(() =>
      checkExtraHeaders({ apiKey: 'sk-1', headers: { 'HTTP-Referer': 'x', 'OpenAI-Project': 'p' } }),
    ).not.toThrow()
  })
})

function codeOf(act: () => void): string | undefined {
  try {
    act()
  } catch (error) {
    return error instanceof AppError ? error.code : String(error)
  }
  return undefined
}
