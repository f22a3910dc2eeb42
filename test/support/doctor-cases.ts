/** Random keys, Pools and requests for the Doctor: every state, and limits at and around what a request needs. */
import type { ClientKind } from '../../src/shared/models/request.ts'
import { limitField, noLimits, type LimitField, type Limits } from '../../src/shared/models/limit.ts'
import { usualRouting } from '../../src/shared/models/pool.ts'
import type { Price } from '../../src/shared/models/price.ts'
import { upperBoundCost } from '../../src/shared/price-math.ts'
import type { Dialect } from '../../src/main/dialects/dialect.ts'
import { compileIpAllowlist } from '../../src/main/gateway/ip-allowlist.ts'
import type { SeedCounters, Sums } from '../../src/main/gateway/limits/scope.ts'
import { compileLimits } from '../../src/main/gateway/limits/rules.ts'
import type { KeyRecord, PoolRecord, TokenRecord, UpstreamRecord } from '../../src/main/gateway/ports.ts'
import { createRandom } from '../../src/main/providers/simulator/random.ts'
import { countRequest } from '../../src/main/tokens/counter.ts'
import { priceOf } from './limits-rig.ts'

/** Uniform draws from one seed. */
export interface Dice {
  chance(share: number): boolean
  whole(from: number, to: number): number
  of<T>(list: readonly [T, ...T[]]): T
  some<T>(list: readonly T[], share: number): T[]
}

/** @param seed hex digits. */
export function createDice(seed: string): Dice {
  const next = createRandom(seed)
  const whole = (from: number, to: number) => from + Math.floor(next() * (to - from + 1))
  return {
    chance: (share) => next() < share,
    whole,
    of: (list) => list[whole(0, list.length - 1)] as (typeof list)[number],
    some: (list, share) => list.filter(() => next() < share),
  }
}

/** The first has a maximum of output of its own, the last a price at one upstream only. */
export const MODELS = ['gpt-4o-mini', 'm-priced', 'm-free', 'm-partly'] as const
export const PRICES: readonly Price[] = [
  priceOf('gpt-4o-mini', 150, 600),
  priceOf('m-priced', 2_000, 8_000),
  priceOf('m-partly', 700, 900, 'listed'),
]

/** Fixed upstreams in every state; health is added by the test. */
export function upstreamCases(record: (id: string, changes: Partial<UpstreamRecord>) => UpstreamRecord) {
  return [
    record('open', {}),
    record('listed', { models: new Set(['m-priced', 'm-partly', 'gpt-4o-mini']) }),
    record('narrow', { models: new Set(['m-free']) }),
    record('paused', { status: 'paused' }),
    record('signed-out', { status: 'auth_required' }),
    record('bare', { kind: 'openai', secret: null }),
    record('firm', {}),
    record('soft', {}),
  ]
}

const UPSTREAM_IDS = [
  'open',
  'open',
  'open',
  'open',
  'listed',
  'listed',
  'narrow',
  'paused',
  'signed-out',
  'bare',
  'firm',
  'soft',
] as const
/** Not more than one request may try, so that no draw decides who is asked. */
export const MAX_ATTEMPTS = 4

export function poolCase(dice: Dice, id: string): PoolRecord {
  const ids = [
    ...new Set(
      Array.from({ length: dice.chance(0.04) ? 0 : dice.whole(1, MAX_ATTEMPTS) }, () => dice.of(UPSTREAM_IDS)),
    ),
  ]
  const hasModels = dice.chance(0.4)
  const aliases = new Map([
    ['nick', 'm-priced'],
    ['m-free', 'm-partly'],
  ])
  return {
    id,
    name: `Pool ${id}`,
    status: dice.chance(0.93) ? 'active' : dice.of(['disabled', 'archived']),
    strategy: 'priority',
    routing: usualRouting,
    assignments: ids.map((upstreamId) => ({
      upstreamId,
      priority: dice.whole(1, 3),
      weight: dice.whole(0, 3),
      enabled: dice.chance(0.92),
    })),
    models: hasModels
      ? { aliases, allowed: dice.chance(0.5) ? new Set(dice.some([...MODELS, 'nick'], 0.75)) : null }
      : null,
  }
}

export interface RequestCase {
  readonly dialect: Dialect
  readonly model: string
  readonly body: Buffer
  readonly outputTokens: number | null
  readonly serviceTier: string | null
  readonly client: ClientKind
  readonly address: string
}

const PATHS = { chat: '/v1/chat/completions', responses: '/v1/responses', embeddings: '/v1/embeddings' } as const
export const pathOf = (dialect: Dialect): string => PATHS[dialect]
export const ADDRESSES = ['127.0.0.1', '127.0.0.2', '127.0.1.9'] as const
export const AGENTS = {
  codex: 'codex_exec/1.0',
  opencode: 'opencode/1.0',
  'ai-sdk': 'ai-sdk/5',
  'openai-sdk': 'OpenAI/JS 5',
  curl: 'curl/8',
  other: 'something',
} as const satisfies Partial<Record<ClientKind, string>>

export function requestCase(dice: Dice): RequestCase {
  const dialect = dice.of<Dialect>(['chat', 'chat', 'responses', 'embeddings'])
  const model = dice.chance(0.03) ? '' : dice.of([...MODELS, 'm-priced', 'nick'])
  const text = 'word '.repeat(dice.whole(1, 60))
  const outputTokens = dialect === 'embeddings' || dice.chance(0.3) ? null : dice.whole(0, 400)
  const serviceTier = dice.chance(0.15) ? dice.of(['flex', 'priority', 'auto']) : null
  const input = dialect === 'chat' ? { messages: [{ role: 'user', content: text }] } : { input: text }
  const maximum = dialect === 'responses' ? 'max_output_tokens' : dice.of(['max_tokens', 'max_completion_tokens'])
  const body = {
    ...(model === '' ? {} : { model }),
    ...input,
    ...(outputTokens === null ? {} : { [maximum]: outputTokens }),
    ...(serviceTier === null ? {} : { service_tier: serviceTier }),
  }
  return {
    dialect,
    model,
    body: Buffer.from(JSON.stringify(body)),
    outputTokens,
    serviceTier,
    client: dice.of(Object.keys(AGENTS) as ['codex', ...(keyof typeof AGENTS)[]]),
    address: dice.of(ADDRESSES),
  }
}

/** What the request needs at the most likely bounds, to put limits around it. */
function needsOf({ dialect, body, outputTokens }: RequestCase, sent: string) {
  const input = countRequest(dialect, body, sent)
  const output = dialect === 'embeddings' ? 0 : (outputTokens ?? 8_192)
  const rates = PRICES.find(({ model }) => model === sent)?.rates ?? null
  const nanos = rates === null ? 0 : upperBoundCost(rates, { input, output })
  return { input, output, tokens: input + output, nanos, requests: 1 }
}

type Needs = ReturnType<typeof needsOf>

function needOf(field: LimitField, needs: Needs): number {
  if (field === 'inputTokensPerRequest') return needs.input
  if (field === 'outputTokensPerRequest') return needs.output
  if (field.startsWith('budget')) return needs.nanos
  return field.startsWith('tokens') ? needs.tokens : 1
}

/** At the cap, one below and above it, far from it, or 0. */
function capFor(dice: Dice, field: LimitField, used: number, needs: Needs): number {
  const edge = used + needOf(field, needs)
  const cap = dice.of([
    edge,
    edge,
    edge - 1,
    edge + 1,
    edge + 1,
    edge * 20 + 1_000,
    edge * 20 + 1_000,
    needOf(field, needs),
    0,
  ])
  return dice.chance(0.9) && cap === 0 ? edge : Math.max(0, cap)
}

function usedOf(field: LimitField, counters: SeedCounters, running: number): number {
  if (field === 'concurrentRequests') return running
  if (field.endsWith('PerRequest')) return 0
  const of = field.endsWith('Day')
    ? counters.day
    : field.endsWith('Week')
      ? counters.week
      : field.endsWith('Month')
        ? counters.month
        : counters.total
  if (field.startsWith('budget')) return of.costNanos
  const minute = field.endsWith('Minute') ? counters.recent.slice(0, 1) : counters.recent
  const sums = field.endsWith('Minute') || field.endsWith('Hour') ? minute : [of]
  return sums.reduce((sum, each) => sum + (field.startsWith('requests') ? each.requests : each.tokens), 0)
}

/** A token of the key: where it narrows, at and around what the request needs. */
export interface TokenCase {
  readonly changes: Partial<TokenRecord>
  readonly counters: SeedCounters
}

export function tokenCase(dice: Dice, asked: RequestCase, at: number): TokenCase {
  const counters = countersCase(dice, at)
  const needs = needsOf(asked, asked.model === 'nick' ? 'm-priced' : asked.model)
  const limits = dice.chance(0.6) ? limitsCase(dice, { counters, running: 0, needs }) : null
  const selected = dice.chance(0.4) ? new Set(dice.some([...MODELS, 'nick'], 0.7)) : null
  const allowlist = dice.chance(0.8) ? [] : dice.of([['127.0.0.0/24'], ['127.0.0.2'], ['10.0.0.0/8']])
  return {
    changes: {
      expiresAt: at + dice.of([-1, 0, 1, 100_000, 3_600_000, 3_600_000, 3_600_000, 3_600_000]),
      revokedAt: dice.chance(0.05) ? at - dice.whole(0, 1_000) : null,
      modelPolicy: selected === null ? { mode: 'all' } : { mode: 'selected', models: [...selected] },
      selectedModels: selected,
      isIpAllowed: compileIpAllowlist(allowlist),
      limits: compileLimits(limits, null),
    },
    counters,
  }
}

export interface KeyCase {
  readonly changes: Partial<KeyRecord>
  readonly counters: SeedCounters | null
  /** Of the override, by its id. */
  readonly ruleCounters: SeedCounters | null
  /** Requests that hold a slot meanwhile. */
  readonly running: number
}

export const RULE = 'lim_a'

function countersCase(dice: Dice, at: number): SeedCounters {
  const sums = (times: number): Sums => ({
    requests: dice.whole(0, 5) * times,
    tokens: dice.whole(0, 500) * times,
    costNanos: dice.whole(0, 50_000) * times,
  })
  const recent = [
    { at: at - dice.whole(0, 59_000), requests: dice.whole(0, 4), tokens: dice.whole(0, 300) },
    { at: at - dice.whole(61_000, 3_000_000), requests: dice.whole(0, 4), tokens: dice.whole(0, 300) },
  ]
  return { at, day: sums(1), week: sums(3), month: sums(9), total: sums(27), recent }
}

function limitsCase(dice: Dice, of: { counters: SeedCounters; running: number; needs: Needs }): Limits {
  const caps: Partial<Record<LimitField, number>> = {}
  for (const field of dice.some(limitField.options, dice.of([0.1, 0.3]))) {
    caps[field] = capFor(dice, field, usedOf(field, of.counters, of.running), of.needs)
  }
  if (of.running > 0 && dice.chance(0.7)) caps.concurrentRequests = of.running + dice.whole(0, 1)
  return { ...noLimits, ...caps }
}

/** @param asked the request that the limits are put around. */
export function keyCase(dice: Dice, poolId: string, asked: RequestCase, at: number): KeyCase {
  const sent = asked.model === 'nick' ? 'm-priced' : asked.model
  const needs = needsOf(asked, sent)
  const counters = countersCase(dice, at)
  const ruleCounters = countersCase(dice, at)
  const running = dice.chance(0.2) ? dice.whole(1, 3) : 0
  const own = dice.chance(0.7) ? limitsCase(dice, { counters, running, needs }) : null
  const pattern = dice.of(['m-*', 'm-priced', 'gpt-4o-mini', '*'])
  const rows = dice.chance(0.35)
    ? [{ id: RULE, model: pattern, limits: limitsCase(dice, { counters: ruleCounters, running: 0, needs }) }]
    : null
  const selected = dice.chance(0.25) ? new Set(dice.some([...MODELS, 'nick'], 0.7)) : null
  const isNone = selected === null && dice.chance(0.02)
  const allowlist = dice.chance(0.85)
    ? []
    : dice.of([['127.0.0.0/24'], ['127.0.0.2'], ['10.0.0.0/8', '::1'], ['127.0.0.0/8']])
  return {
    changes: {
      poolId,
      status: dice.chance(0.94) ? 'active' : dice.of(['paused', 'revoked']),
      expiresAt: dice.chance(0.9) ? null : at + dice.of([-1, 0, 1, 100_000, -100_000]),
      modelPolicy: selected !== null ? { mode: 'selected', models: [...selected] } : { mode: isNone ? 'none' : 'all' },
      selectedModels: selected,
      enforced: {
        model: dice.chance(0.1) ? dice.of([...MODELS, 'nick']) : null,
        effort: null,
        serviceTier: dice.chance(0.1) ? 'flex' : null,
      },
      allowedUpstreams: dice.chance(0.85) ? null : new Set(dice.some(UPSTREAM_IDS, 0.6)),
      isIpAllowed: compileIpAllowlist(allowlist),
      limits: compileLimits(own, rows),
      unpriced: dice.of(['refuse', 'refuse', 'warn', 'free']),
    },
    counters: own === null && rows === null ? null : counters,
    ruleCounters: rows === null ? null : ruleCounters,
    running,
  }
}
