import { describe, expect, it } from 'vitest'
import { AppError } from '../../shared/errors.ts'
import { providerError } from './provider-error.ts'

function errorWith(code: string, options?: ErrorOptions): Error {
  return Object.assign(new Error('http://user:password@host/', options), { code })
}

describe('provider-error', () => {
  it.each([
    ['ENOTFOUND', 'upstream_unreachable'],
    ['EAI_AGAIN', 'upstream_unreachable'],
    ['ETIMEDOUT', 'upstream_unreachable'],
    ['UND_ERR_CONNECT_TIMEOUT', 'upstream_unreachable'],
    ['EHOSTUNREACH', 'upstream_unreachable'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'upstream_unreachable'],
    ['CERT_HAS_EXPIRED', 'upstream_unreachable'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'upstream_unreachable'],
    ['UND_ERR_PRX_CONN', 'upstream_unreachable'],
    ['ECONNRESET', 'upstream_reset'],
    ['EPIPE', 'upstream_reset'],
    ['UND_ERR_SOCKET', 'upstream_reset'],
    ['UND_ERR_DESTROYED', 'upstream_reset'],
    ['HPE_INVALID_CONSTANT', 'upstream_bad_response'],
    ['UND_ERR_HEADERS_OVERFLOW', 'upstream_bad_response'],
    ['UND_ERR_HEADERS_TIMEOUT', 'upstream_timeout'],
    ['UND_ERR_BODY_TIMEOUT', 'upstream_timeout'],
  ])('reads %s as %s', (code, wanted) => {
    const error = providerError(errorWith(code), 'Upstream "a"')
    expect(error.code).toBe(wanted)
    expect(error.details).toEqual({ cause: code })
    expect(error.message).toContain('Upstream "a"')
    expect(error.message).not.toContain('password')
  })

  it('names the innermost code as the cause', () => {
    const error = providerError(errorWith('UND_ERR_SOCKET', { cause: errorWith('ECONNRESET') }), 'It')
    expect(error.details).toEqual({ cause: 'ECONNRESET' })
  })

  it('looks into the attempts of several addresses', () => {
    const error = providerError(new AggregateError([errorWith('ECONNREFUSED')], 'all failed'), 'It')
    expect([error.code, error.details]).toEqual(['upstream_unreachable', { cause: 'ECONNREFUSED' }])
  })

  it('reads the time-out of a signal', () => {
    expect(providerError(new DOMException('late', 'TimeoutError'), 'It').code).toBe('upstream_timeout')
  })

  it('lets an error of our own pass', () => {
    const own = new AppError('upstream_auth_failed', 'x')
    expect(providerError(own, 'It')).toBe(own)
  })

  it('does not take a programming error for an upstream failure', () => {
    expect(providerError(new TypeError('x is not a function'), 'It').code).toBe('internal')
    expect(providerError('odd', 'It').code).toBe('internal')
  })
})
