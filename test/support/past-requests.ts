/** Requests as they might have been: busy by day, quiet by night, most of them served. Pure and repeatable. */

export interface PastUpstream {
  readonly id: string
  readonly models: readonly string[]
}

export interface PastKey {
  readonly keyId: string
  readonly poolId: string
  /** How much it asks, against the others; 0 for never. */
  readonly weight: number
  readonly client: string
  /** In the order in which they are tried. */
  readonly upstreams: readonly PastUpstream[]
}

interface PastTry {
  readonly upstreamId: string
  readonly at: number
  readonly durationMs: number
  readonly status: number | null
  readonly errorCode: string | null
  readonly cause: string | null
}

export interface PastRequest {
  readonly at: number
  readonly state: 'completed' | 'failed' | 'refused' | 'aborted'
  readonly keyId: string
  readonly poolId: string
  readonly upstreamId: string | null
  readonly route: string
  readonly model: string
  readonly status: number
  readonly errorCode: string | null
  readonly effort: string | null
  readonly input: number
  readonly cached: number
  readonly output: number
  readonly reasoning: number
  readonly usageSource: 'reported' | 'none'
  readonly costNanos: number | null
  readonly firstByteMs: number | null
  readonly durationMs: number
  readonly client: string
  readonly tries: readonly PastTry[]
}

/** Nano-dollars per token: fresh, cached, output. What is not here has no price. */
const prices: Readonly<Record<string, readonly [number, number, number]>> = {
  'gpt-5.1': [1_250, 125, 10_000],
  'gpt-5.1-codex': [1_250, 125, 10_000],
  'gpt-5.1-mini': [250, 25, 2_000],
  'claude-sonnet-4.6': [3_000, 300, 15_000],
  'glm-4.7': [600, 110, 2_200],
  'qwen3-coder-480b': [400, 400, 1_600],
}

const failures = [
  ['upstream_rate_limited', 429, 'status 429'],
  ['upstream_rate_limited', 429, 'status 429'],
  ['upstream_error', 502, 'status 503'],
  ['upstream_timeout', 504, 'no head within 60 s'],
  ['upstream_reset', 502, 'ECONNRESET'],
] as const
const refusals = [
  ['model_not_allowed', 403],
  ['model_not_allowed', 403],
  ['ip_not_allowed', 403],
  ['no_upstream_ready', 503],
] as const

export interface PastOptions {
  readonly count: number
  readonly from: number
  readonly to: number
  readonly seed?: number
  /** False leaves all without a price, as a gateway does that does not know any. */
  readonly priced?: boolean
  /** Where the day and the night are, from UTC. */
  readonly offsetHours?: number
}

export function createPast(
  keys: readonly PastKey[],
  { count, from, to, seed = 7, offsetHours = 0, priced = true }: PastOptions,
): PastRequest[] {
  const random = createRandom(seed)
  const times = Array.from({ length: count }, () => timeBetween(random, { from, to, offsetHours })).sort(
    (a, b) => a - b,
  )
  const past = times.map((at) => requestAt(random, keys, at))
  return priced ? past : past.map((each) => ({ ...each, costNanos: null }))
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Most by day and on weekdays; a little more as time goes on. */
function timeBetween(random: () => number, range: Required<Pick<PastOptions, 'from' | 'to' | 'offsetHours'>>): number {
  const { from, to, offsetHours } = range
  for (;;) {
    const at = Math.floor(from + (2 * Math.sqrt(0.25 + 0.75 * random()) - 1) * (to - from))
    const date = new Date(at + offsetHours * 3_600_000)
    const hour = date.getUTCHours() + date.getUTCMinutes() / 60
    const byHour = 0.12 + Math.max(0, Math.sin(((hour - 6) / 14) * Math.PI))
    const byDay = date.getUTCDay() === 0 || date.getUTCDay() === 6 ? 0.45 : 1
    if (at >= from && at < to && random() < byHour * byDay) return at
  }
}

function requestAt(random: () => number, keys: readonly PastKey[], at: number): PastRequest {
  const key = pickKey(random, keys)
  const [first, second = first] = key.upstreams
  if (first === undefined || second === undefined) throw new Error('a key without upstreams')
  const model = pick(random, first.models, 1.6)
  const base = { at, keyId: key.keyId, poolId: key.poolId, model, client: key.client, effort: effortOf(random, model) }
  const route = model.includes('embedding')
    ? '/v1/embeddings'
    : key.client === 'codex'
      ? '/v1/responses'
      : '/v1/chat/completions'
  const luck = random()
  if (luck < 0.012) return refused({ ...base, route }, pick(random, refusals, 1))
  if (luck < 0.03) return failed({ ...base, route }, first, pick(random, failures, 1), random)
  return served({ ...base, route }, { random, first, second, isAborted: luck < 0.04, isRetried: luck > 0.97 })
}

type Base = Pick<PastRequest, 'at' | 'keyId' | 'poolId' | 'model' | 'client' | 'effort' | 'route'>
const NO_USAGE = { input: 0, cached: 0, output: 0, reasoning: 0, usageSource: 'none', costNanos: null } as const

function refused(base: Base, [errorCode, status]: readonly [string, number]): PastRequest {
  const rest = { upstreamId: null, firstByteMs: null, durationMs: 0.6, tries: [] }
  return { ...base, ...NO_USAGE, ...rest, state: 'refused', status, errorCode }
}

function failed(
  base: Base,
  upstream: PastUpstream,
  [errorCode, status, cause]: readonly [string, number, string],
  random: () => number,
): PastRequest {
  const durationMs = errorCode === 'upstream_timeout' ? 60_000 : 80 + random() * 900
  const one = { upstreamId: upstream.id, at: base.at, durationMs, status, errorCode, cause }
  const rest = { upstreamId: upstream.id, firstByteMs: null, durationMs, tries: [one] }
  return { ...base, ...NO_USAGE, ...rest, state: 'failed', status, errorCode }
}

interface Serving {
  readonly random: () => number
  readonly first: PastUpstream
  readonly second: PastUpstream
  readonly isAborted: boolean
  readonly isRetried: boolean
}

function served(base: Base, { random, first, second, isAborted, isRetried }: Serving): PastRequest {
  const input = Math.round(Math.exp(6 + random() * 4.5))
  const isChat = base.route !== '/v1/embeddings'
  const cached = !isChat || random() < 0.25 ? 0 : Math.round(input * (0.4 + random() * 0.5))
  const output = isChat ? Math.round(Math.exp(3.5 + random() * 3.6)) : 0
  const reasoning =
    base.model.startsWith('gpt-5') && !base.model.includes('mini') ? Math.round(output * random() * 0.6) : 0
  const [fresh, kept, out] = prices[base.model] ?? []
  const costNanos =
    fresh === undefined || kept === undefined || out === undefined
      ? null
      : (input - cached) * fresh + cached * kept + output * out
  const firstByteMs = 180 + random() ** 3 * 2_600
  const durationMs = firstByteMs + output * (9 + random() * 14)
  const server = isRetried && first.models.some((each) => second.models.includes(each)) ? second : first
  const missed = { upstreamId: first.id, at: base.at, durationMs: 120, status: 503, errorCode: 'upstream_error' }
  const last = { upstreamId: server.id, at: base.at + 130, durationMs, status: 200, errorCode: null, cause: null }
  return {
    ...base,
    state: isAborted ? 'aborted' : 'completed',
    upstreamId: server.id,
    status: isAborted ? 499 : 200,
    errorCode: isAborted ? 'client_closed' : null,
    input,
    cached,
    output,
    reasoning,
    usageSource: 'reported',
    costNanos,
    firstByteMs,
    durationMs,
    tries: server === first ? [last] : [{ ...missed, cause: 'status 503' }, last],
  }
}

function effortOf(random: () => number, model: string): string | null {
  return model.startsWith('gpt-5') ? pick(random, ['medium', 'high', 'low'], 1.4) : null
}

/** The earlier, the likelier: the more so, the larger `lean` is. */
function pick<T>(random: () => number, from: readonly T[], lean: number): T {
  const found = from[Math.min(from.length - 1, Math.floor(random() ** lean * from.length))]
  if (found === undefined) throw new Error('nothing to pick from')
  return found
}

function pickKey(random: () => number, keys: readonly PastKey[]): PastKey {
  let left = random() * keys.reduce((sum, { weight }) => sum + weight, 0)
  for (const key of keys) {
    left -= key.weight
    if (left < 0) return key
  }
  throw new Error('no key with a weight')
}
