/** A real gateway on a clock of the test's, with keys that have limits, before an upstream that reports what it is told to. */
import { compileLimits, type LimitRules } from '../../src/main/gateway/limits/rules.ts'
import { isToken, publicIdOf } from '../../src/main/gateway/pool-key.ts'
import type { KeyRecord, PoolRecord, TokenRecord } from '../../src/main/gateway/ports.ts'
import { noLimits, type LimitField, type Limits } from '../../src/shared/models/limit.ts'
import { priceRates, type Price } from '../../src/shared/models/price.ts'
import { countRequest } from '../../src/main/tokens/counter.ts'
import { upperBound } from '../../src/main/tokens/upper-bound.ts'
import { startGateway, upstreamRecord, type GatewayRig, type RigOptions } from './gateway-rig.ts'
import { startLimitsUpstream, type AnswerPlan, type LimitsUpstream, PLAN_HEADER } from './limits-upstream.ts'
import { exchange, type RawAnswer } from './raw-client.ts'

export interface Override {
  readonly model: string
  readonly limits: Partial<Limits>
  readonly id?: string
}

export function rulesOf(caps: Partial<Limits>, overrides: readonly Override[] = []): LimitRules | null {
  const rows = overrides.map(({ id, model, limits }) => ({
    id: id ?? model,
    model,
    limits: { ...noLimits, ...limits },
  }))
  return compileLimits({ ...noLimits, ...caps }, rows)
}

/** `input` and `output`: nano-dollars per token. */
export function priceOf(model: string, input: number, output: number, upstreamId: string | null = null): Price {
  const rates = priceRates.parse({ input: input * 1_000, output: output * 1_000 })
  return { id: `price_${model}_${upstreamId}`, model, upstreamId, rates, source: 'operator', note: '', from: 0 }
}

export const MAX_OUTPUT = 20

export function chatBody(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { model: 'm', messages: [{ role: 'user', content: 'hello' }], max_tokens: MAX_OUTPUT, ...changes }
}

const bytesOf = (body: object) => Buffer.from(JSON.stringify(body))
/** What a tokenizer says of it, and the bound that is charged without one. */
export const exactInput = (body: object): number => countRequest('chat', bytesOf(body))
export const inputBound = (body: object): number => upperBound(bytesOf(body), 'm')

export interface AskOptions {
  readonly body?: Readonly<Record<string, unknown>>
  readonly userAgent?: string
  readonly plan?: AnswerPlan
}

export interface LimitBody {
  readonly key: string
  readonly rule: string
  readonly model: string | null
  readonly limit: number
  readonly used: number
  readonly requested: number
  readonly resetAt: number | null
}

export interface RefusalBody {
  readonly message: string
  readonly type: string
  readonly code: string
  readonly limit?: LimitBody
  readonly resets_at?: number
}

export function refusalOf(answer: RawAnswer): RefusalBody {
  return (JSON.parse(answer.body.toString('utf8')) as { error: RefusalBody }).error
}

export interface LimitsRig {
  readonly gateway: GatewayRig
  /** In the order in which they are tried. */
  readonly upstream: LimitsUpstream
  readonly second: LimitsUpstream
  /** Moves only when told to. */
  readonly clock: { now: number }
  key(caps: Partial<Limits>, overrides?: readonly Override[], changes?: Partial<KeyRecord>): string
  /** A token of a key, for an hour unless said otherwise. */
  token(key: string, caps: Partial<Limits>, changes?: Partial<TokenRecord>): string
  /** One request on a connection of its own. */
  ask(key: string, options?: AskOptions): Promise<RawAnswer>
  /** Statuses of so many requests, one after the other. */
  statuses(key: string, count: number, options?: AskOptions): Promise<number[]>
  /** How full one of the own limits of a key or token is. */
  used(key: string, field: LimitField): { readonly used: number; readonly reserved: number }
  close(): Promise<void>
}

export interface LimitsRigOptions extends Pick<RigOptions, 'prices' | 'settings'> {
  readonly now: number
  readonly pool?: Partial<PoolRecord>
  /** A second upstream `b` behind the first, `a`. */
  readonly hasSecond?: boolean
}

export async function startLimitsRig(options: LimitsRigOptions): Promise<LimitsRig> {
  const clock = { now: options.now }
  const upstream = await startLimitsUpstream()
  const second = await startLimitsUpstream()
  const gateway = await startGateway({ ...options, clock: () => clock.now })
  const records = [upstreamRecord('a', upstream.url), upstreamRecord('b', second.url)]
  gateway.pool(options.hasSecond === true ? records : records.slice(0, 1), {}, options.pool)
  const ask = (key: string, { body = chatBody(), userAgent, plan }: AskOptions = {}) => {
    const headers: [string, string][] = []
    if (userAgent !== undefined) headers.push(['user-agent', userAgent])
    if (plan !== undefined) headers.push([PLAN_HEADER, JSON.stringify(plan)])
    return exchange(gateway.port, { key, body, headers })
  }
  return {
    gateway,
    upstream,
    second,
    clock,
    key: (caps, overrides, changes = {}) => gateway.key({ limits: rulesOf(caps, overrides), ...changes }),
    token: (key, caps, changes = {}) => gateway.token(key, { limits: rulesOf(caps), ...changes }),
    ask,
    async statuses(key, count, options) {
      const statuses: number[] = []
      for (let sent = 0; sent < count; sent++) statuses.push((await ask(key, options)).status)
      return statuses
    },
    used(key, field) {
      const { directory } = gateway
      const publicId = publicIdOf(key)
      const record = isToken(key) ? directory.tokenByPublicId(publicId) : directory.keyByPublicId(publicId)
      const states = record === undefined ? [] : gateway.ledger.states(record, clock.now)
      const state = states.find((each) => each.field === field && each.overrideId === null)
      if (state === undefined) throw new Error(`the key has no limit ${field}`)
      return { used: state.used, reserved: state.reserved }
    },
    async close() {
      await gateway.close()
      await upstream.close()
      await second.close()
    },
  }
}
