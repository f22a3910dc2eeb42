/** The same refusal in the form that each client understands: what it repeats, what it waits for, what it shows. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Limits } from '../../src/shared/models/limit.ts'
import { priceOf, refusalOf, startLimitsRig, type LimitsRig } from '../support/limits-rig.ts'

const START = Date.UTC(2026, 3, 1, 12, 34, 56, 250)
const TO_MIDNIGHT = 41_104

const AGENTS = {
  sdk: 'OpenAI/JS 5.10.0',
  codex: 'codex_exec/0.50.0 (Debian)',
  opencode: 'opencode/1.0.3 ai-sdk/provider-utils/3.0.10',
  aiSdk: 'ai/5.0.60 ai-sdk/openai-compatible/1.0.20 runtime/node.js/24',
  curl: 'curl/8.5.0',
} as const
type Agent = keyof typeof AGENTS

/** Each is reached by its second request. */
const SITUATIONS = {
  short: { requestsPerMinute: 1 },
  long: { requestsPerDay: 1 },
  endless: { budgetTotal: 900_000 },
  slot: { concurrentRequests: 1 },
  never: { requestsPerDay: 0 },
} as const satisfies Record<string, Partial<Limits>>

interface Expected {
  readonly status: number
  readonly retryAfter?: string
  /** `x-should-retry: false` */
  readonly isFinal?: boolean
  readonly type?: string
  readonly resetsAt?: number
}

const MINUTE: Expected = { status: 429, retryAfter: '60', type: 'rate_limit_error' }
const SLOT: Expected = { status: 429, retryAfter: '1', type: 'rate_limit_error' }
const NEVER: Expected = { status: 400, isFinal: true, type: 'invalid_request_error' }
const DAY: Expected = { status: 429, retryAfter: String(TO_MIDNIGHT), isFinal: true, type: 'rate_limit_error' }
const SPENT: Expected = { status: 429, isFinal: true, type: 'rate_limit_error' }

const CASES: readonly (readonly [Agent, keyof typeof SITUATIONS, Expected])[] = [
  ...(['sdk', 'codex', 'opencode', 'aiSdk', 'curl'] as const).flatMap((agent) => [
    [agent, 'short', MINUTE] as const,
    [agent, 'slot', SLOT] as const,
    [agent, 'never', NEVER] as const,
  ]),
  ['sdk', 'long', DAY],
  ['curl', 'long', DAY],
  ['codex', 'long', { ...DAY, type: 'usage_limit_reached', resetsAt: Date.UTC(2026, 3, 2) / 1_000 }],
  ['opencode', 'long', { ...DAY, status: 403, type: 'permission_error' }],
  ['aiSdk', 'long', { ...DAY, status: 403, type: 'permission_error' }],
  ['sdk', 'endless', SPENT],
  ['curl', 'endless', SPENT],
  ['codex', 'endless', { ...SPENT, status: 400, type: 'invalid_request_error' }],
  ['opencode', 'endless', { ...SPENT, status: 403, type: 'permission_error' }],
  ['aiSdk', 'endless', { ...SPENT, status: 403, type: 'permission_error' }],
]

let rig: LimitsRig

beforeEach(async () => {
  rig = await startLimitsRig({ now: START, prices: [priceOf('m', 40_000, 8_000)] })
})
afterEach(() => rig.close())

describe('a refusal by a limit', () => {
  it.each(CASES)('tells %s of a limit that is %s', async (agent, situation, expected) => {
    const key = rig.key(SITUATIONS[situation])
    const options = { userAgent: AGENTS[agent] }
    const first = rig.ask(key, { ...options, plan: { holdAt: 'head' } })
    if (situation !== 'never') await rig.upstream.arrived(1)
    if (situation !== 'slot') {
      rig.upstream.release()
      await first
    }
    const refused = await rig.ask(key, options)
    expect(refused.status).toBe(expected.status)
    expect(refused.headers['retry-after']).toBe(expected.retryAfter)
    expect(refused.headers['x-should-retry']).toBe(expected.isFinal === true ? 'false' : undefined)
    const { type, resets_at, message, limit } = refusalOf(refused)
    expect([type, resets_at]).toEqual([expected.type, expected.resetsAt])
    expect(message).toMatch(/^The key sk-weir-\S+ is limited to /)
    expect(limit?.rule).toBe(Object.keys(SITUATIONS[situation])[0])
    const promo = refused.headers['x-codex-promo-message']
    expect(promo).toBe(expected.resetsAt === undefined ? undefined : message.replace(/\.$/, ''))
    // The log has the status that this client was given.
    expect(rig.gateway.rows().at(-1)).toMatchObject({ status: expected.status, state: 'refused' })
    rig.upstream.release()
    await first
  })

  it('puts names that no header can carry into the one for Codex without breaking it', async () => {
    const key = rig.key({}, [{ model: 'mödel-*', limits: { requestsPerDay: 1 } }])
    const options = { userAgent: AGENTS.codex, body: { model: 'mödel-1', messages: [] } }
    expect(await rig.statuses(key, 2, options)).toEqual([200, 429])
    const refused = await rig.ask(key, options)
    expect(refusalOf(refused).message).toContain('limited for mödel-* to')
    expect(refused.headers['x-codex-promo-message']).toContain('limited for m?del-* to')
  })
})
