import { describe, expect, it } from 'vitest'
import { AppError } from '../../shared/errors.ts'
import { encodeError, finalStatus, refusalWait, statusFor } from './http-error.ts'
import { LimitRefused } from './limit-error.ts'
import type { LimitRefusal } from './limits/verdict.ts'
import type { ClientKind } from '../../shared/models/request.ts'

const NOW = Date.UTC(2026, 3, 1, 12)

function refused(kind: LimitRefusal['kind'], retryAt: number | null): LimitRefused {
  const field = kind === 'budget' ? 'budgetPerDay' : 'requestsPerDay'
  const numbers = { limit: 1, used: 1, requested: 1, retryAt }
  return new LimitRefused({ kind, keyPrefix: 'sk-weir-é', rule: null, model: null, field, ...numbers }, NOW)
}

function told(error: AppError, client: ClientKind) {
  const { status, headers, body } = encodeError(error, client, 'req_1', refusalWait(error, NOW))
  const of = (name: string) => headers[headers.indexOf(name) + 1]
  const has = (name: string) => headers.includes(name)
  return {
    status,
    body: (JSON.parse(body.toString()) as { error: Record<string, unknown> }).error,
    retryAfter: has('retry-after') ? of('retry-after') : null,
    shouldRetry: has('x-should-retry') ? of('x-should-retry') : null,
    promo: has('x-codex-promo-message') ? of('x-codex-promo-message') : null,
    length: of('content-length') === String(body.length),
  }
}

const clients = ['other', 'openai-sdk', 'anthropic-sdk', 'claude-code', 'curl', 'codex', 'opencode', 'ai-sdk'] as const
const SHORT = refused('rate', NOW + 60_000)
const LONG = refused('rate', NOW + 60_001)
const SPENT = refused('budget', null)

describe('encodeError', () => {
  it.each(clients)('gives %s a passing limit as 429 with its wait', (client) => {
    expect(told(SHORT, client)).toMatchObject({ status: 429, retryAfter: '60', shouldRetry: null, promo: null })
  })

  it.each(clients)('stops %s at a limit it should not wait for', (client) => {
    const status = client === 'opencode' || client === 'ai-sdk' ? 403 : 429
    expect(told(LONG, client)).toMatchObject({ status, retryAfter: '61', shouldRetry: 'false', length: true })
  })

  it.each(clients)('stops %s at a budget that no time brings back', (client) => {
    const status = client === 'codex' ? 400 : client === 'opencode' || client === 'ai-sdk' ? 403 : 429
    expect(told(SPENT, client)).toMatchObject({ status, retryAfter: null, shouldRetry: 'false', promo: null })
  })

  it('tells Codex alone when a long limit ends, in ASCII, and in the words it knows', () => {
    const { body, promo } = told(LONG, 'codex')
    expect(body).toMatchObject({ type: 'usage_limit_reached', resets_at: Math.ceil((NOW + 60_001) / 1_000) })
    expect(promo).toBe(LONG.message.replace('é', '?').replace(/\.$/, ''))
    expect(told(LONG, 'openai-sdk').body).not.toHaveProperty('resets_at')
    expect(told(SHORT, 'codex').body).toMatchObject({ type: 'rate_limit_error' })
  })

  it('puts the limit into the body of a refusal by one, and of no other error', () => {
    expect(told(SHORT, 'other').body['limit']).toEqual(SHORT.details)
    const other = told(new AppError('gateway_busy', 'Busy.', { details: { limit: 5 } }), 'other')
    expect(other.body).not.toHaveProperty('limit')
    expect(other).toMatchObject({ status: 429, retryAfter: '2', shouldRetry: null })
  })

  it('gives what can never fit as a 400 to everyone', () => {
    const never = refused('never', null)
    for (const client of clients) {
      expect(told(never, client)).toMatchObject({ status: 400, retryAfter: null, shouldRetry: 'false' })
    }
  })
})

describe('statusFor and finalStatus', () => {
  it('believe that Codex repeats all but a 400', () => {
    expect([401, 403, 404, 422, 400, 429].map((status) => finalStatus(status, 'codex'))).toEqual([
      400, 400, 400, 400, 400, 429,
    ])
    expect(finalStatus(403, 'other')).toBe(403)
    const unpriced = new AppError('model_unpriced', 'No price.')
    expect([statusFor(unpriced, 'codex'), statusFor(unpriced, 'other')]).toEqual([400, 403])
  })
})
