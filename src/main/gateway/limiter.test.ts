import { describe, expect, it } from 'vitest'
import { readJsonFields } from '../dialects/json-fields.ts'
import { readRequest } from '../dialects/request.ts'
import { defaultSettings } from '../../shared/settings.ts'
import { noLimits, type Limits } from '../../shared/models/limit.ts'
import { priceRates } from '../../shared/models/price.ts'
import { LimitRefused } from './limit-error.ts'
import { createLimiter } from './limiter.ts'
import { createLedger, type Ledger, type LimitedKey } from './limits/ledger.ts'
import { compileLimits } from './limits/rules.ts'
import type { AdmittedRow, KeyRecord, OpenEntry, SettledRow, TokenRecord, UpstreamRecord } from './ports.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { Reserved, Routed } from './stages.ts'

const NOW = Date.UTC(2026, 3, 1, 12)
/** What the stand-in for the tokenizer says, and the bound it gives without counting. */
const EXACT = 10
const BOUND = 100

interface RigOptions {
  readonly maxOutput?: number
  readonly priced?: readonly string[]
  /** Tokens of the answer that requests go on from. */
  readonly context?: number
}

function rigOf({ maxOutput, priced = ['a'], context = 0 }: RigOptions = {}) {
  const counted: Buffer[] = []
  const ledger = createLedger({ zone: () => 'UTC' })
  /** All prices are so many times the usual ones, for whoever is admitted from then on. */
  const dear = { times: 1 }
  const current = () => {
    const { times } = dear
    const price = priceRates.parse({ input: 1_000 * times, cacheWrite: 2_000 * times, output: 2_000 * times })
    return { rates: (_model: string, id: string) => (priced.includes(id) ? price : null) }
  }
  const noted: Partial<AdmittedRow>[] = []
  const limiter = createLimiter({
    ledger,
    prices: { rates: (model, id) => current().rates(model, id), current, maxOutput: () => maxOutput ?? null },
    journal: { refine: (_entry, held) => noted.push(held) },
    affinity: { contextOf: () => context },
    tokens: {
      upperBound: () => BOUND,
      count: (_dialect, body) => {
        counted.push(body)
        return Promise.resolve({ tokens: EXACT })
      },
    },
    directory: { settings: { ...defaultSettings, 'limits.defaultOutputTokens': 500 } },
    clock: () => NOW,
  })
  return { counted, dear, ledger, limiter, noted }
}

function routed(caps: Partial<Limits>, body: object = { max_tokens: 5 }, dialect: Dialect = 'chat'): Routed {
  const fields = readJsonFields(Buffer.from(JSON.stringify({ model: 'm', ...body })))
  const key = {
    id: 'key',
    prefix: 'sk-weir-key',
    limits: compileLimits({ ...noLimits, ...caps }, []),
    unpriced: 'refuse',
    canMakeTokens: false,
    enforced: { model: null, effort: null, serviceTier: null },
  } as Partial<KeyRecord> as KeyRecord
  const candidates = ['a', 'b'].map((id) => ({ id }) as UpstreamRecord)
  const grant = { model: 'm', effort: null, serviceTier: null, reservedInput: 3, reservedOutput: 5 }
  const facts = readRequest(dialect, fields, null)
  const plan = { candidates, exclusions: [] }
  return { key, token: null, fields, facts, dialect, grant, plan } as Partial<Routed> as Routed
}

async function refusedBy(act: () => unknown): Promise<LimitRefused> {
  const error = await Promise.resolve()
    .then(act)
    .then(
      () => null,
      (thrown: unknown) => thrown,
    )
  if (!(error instanceof LimitRefused)) throw new Error('it was not refused')
  return error
}

const amounts = ({ claim, grant }: Reserved) => ({
  input: claim.reservation.input,
  output: claim.reservation.output,
  costNanos: claim.reservation.costNanos,
  cap: claim.outputCap,
  row: [grant.reservedInput, grant.reservedOutput],
})

describe('reserve', () => {
  it.each([
    [
      'the rough figures, where no limit asks for tokens',
      { requestsPerDay: 9 },
      {},
      { input: 3, output: 5, costNanos: 0, cap: null },
    ],
    ['the bound, where one does', { tokensPerDay: 999 }, {}, { input: BOUND, output: 5, costNanos: 0, cap: null }],
    [
      'and the most that it costs, where there is a budget',
      { budgetTotal: 9e9 },
      {},
      { input: BOUND, output: 5, costNanos: 210, cap: null },
    ],
    [
      "the key's cap, where it is smaller",
      { tokensPerDay: 999, outputTokensPerRequest: 4 },
      {},
      { input: BOUND, output: 4, costNanos: 0, cap: 4 },
    ],
    [
      'the setting, where nobody says a maximum',
      { tokensPerDay: 999 },
      { max_tokens: undefined },
      { input: BOUND, output: 500, costNanos: 0, cap: 500 },
    ],
  ])('charges %s', (_what, caps, body, expected) => {
    const reserved = rigOf({ priced: ['a', 'b'] }).limiter.reserve(routed(caps, { max_tokens: 5, ...body }))
    expect(amounts(reserved)).toEqual({ ...expected, row: [expected.input, expected.output] })
  })

  it("charges the model's own maximum, where only that is known, and leaves it to the model", () => {
    const { limiter } = rigOf({ maxOutput: 64 })
    expect(amounts(limiter.reserve(routed({ tokensPerDay: 999 }, { n: 2 })))).toMatchObject({ output: 128, cap: null })
  })

  it('charges no output of embeddings', () => {
    const { limiter } = rigOf()
    const reserved = limiter.reserve(routed({ tokensPerDay: 999, outputTokensPerRequest: 4 }, {}, 'embeddings'))
    expect(amounts(reserved)).toMatchObject({ output: 0, cap: null })
  })

  it('leaves upstreams without a price out, and refuses where none is left', () => {
    const { plan } = rigOf().limiter.reserve(routed({ budgetTotal: 9e9 }))
    expect(plan.candidates.map(({ id }) => id)).toEqual(['a'])
    expect(plan.exclusions).toEqual([{ upstreamId: 'b', reason: 'model_unpriced', until: null }])
    expect(() => rigOf({ priced: [] }).limiter.reserve(routed({ budgetTotal: 9e9 }))).toThrow(/"m" has none/)
  })
})

describe('refine', () => {
  it.each([
    ['requests', { requestsPerDay: 1 }],
    ['slots', { concurrentRequests: 1 }],
    ['a limit of 0', { tokensPerDay: 0 }],
    ['no output', { outputTokensPerRequest: 0, tokensPerDay: 999 }],
  ])('cannot help against a limit of %s, and counts nothing', async (_what, caps) => {
    const { limiter, counted, ledger } = rigOf()
    const request = routed(caps)
    if (!Object.values(caps).includes(0)) limiter.reserve(request)
    const refused = await refusedBy(() => limiter.reserve(routed(caps)))
    expect([await limiter.refine(request, refused), counted.length]).toEqual([false, 0])
    expect(ledger.unrefined('key', null).length).toBeLessThan(2)
  })

  it('counts the request and those that run, each once, until all are exact', async () => {
    const { limiter, counted } = rigOf()
    const caps = { tokensPerDay: BOUND + 5 }
    const first = limiter.reserve(routed(caps))
    const request = routed(caps)
    const refused = await refusedBy(() => limiter.reserve(request))
    expect([await limiter.refine(request, refused), counted.length]).toEqual([true, 2])
    expect(amounts(first)).toMatchObject({ input: EXACT })
    expect(amounts(limiter.reserve(request))).toMatchObject({ input: EXACT, output: 5 })
    expect([await limiter.refine(request, refused), counted.length]).toEqual([false, 2])
    expect(await limiter.exactInput(first)).toBe(EXACT)
    expect(counted.length).toBe(2)
  })
})

describe('a request that is counted while it runs', () => {
  const entryOf = ({ grant, claim }: Reserved): OpenEntry => {
    const { reservedInput } = grant
    return { admitted: { reservedInput, reservedCostNanos: claim.reservation.costNanos } as AdmittedRow }
  }

  it('is noted by what it then holds, at the price of its admission', async () => {
    const { limiter, dear, noted } = rigOf({ priced: ['a', 'b'] })
    const caps = { tokensPerDay: BOUND + 20, budgetTotal: 9e9 }
    const first = limiter.reserve(routed(caps))
    limiter.noted(first.claim, entryOf(first))
    expect(noted).toEqual([])
    dear.times = 50
    const request = routed(caps)
    const refused = await refusedBy(() => limiter.reserve(request))
    await limiter.refine(request, refused)
    const held = { reservedInput: EXACT, reservedCostNanos: 2 * EXACT + 10 }
    expect(noted).toEqual([held])
    expect(amounts(first)).toMatchObject({ input: EXACT, costNanos: held.reservedCostNanos })
  })

  it('is noted as soon as it has an entry, where it was counted before', async () => {
    const { limiter, noted } = rigOf()
    const caps = { tokensPerDay: BOUND + 20 }
    const first = limiter.reserve(routed(caps))
    const request = routed(caps)
    await limiter.refine(request, await refusedBy(() => limiter.reserve(request)))
    expect(noted).toEqual([])
    limiter.noted(first.claim, entryOf(first))
    expect(noted).toEqual([{ reservedInput: EXACT, reservedCostNanos: null }])
    const second = limiter.reserve(request)
    limiter.noted(second.claim, entryOf(second))
    expect(noted.length).toBe(1)
  })
})

describe('a request that goes on from an answer', () => {
  it('is charged what its provider has of it, before and after it is counted, and where nobody reports', async () => {
    const { limiter } = rigOf({ context: 1_000, priced: ['a', 'b'] })
    const caps = { tokensPerDay: 2 * (EXACT + 1_000 + 5), budgetTotal: 9e9 }
    const first = limiter.reserve(routed(caps))
    expect(amounts(first)).toMatchObject({ input: BOUND + 1_000, costNanos: 2 * (BOUND + 1_000) + 10 })
    const request = routed(caps)
    await limiter.refine(request, await refusedBy(() => limiter.reserve(request)))
    expect(amounts(first)).toMatchObject({ input: EXACT + 1_000, costNanos: 2 * (EXACT + 1_000) + 10 })
    expect(amounts(limiter.reserve(request))).toMatchObject({ input: EXACT + 1_000 })
    expect(await limiter.exactInput(first)).toBe(EXACT + 1_000)
  })

  it('is charged nothing of it where no limit asks for tokens', () => {
    const { limiter } = rigOf({ context: 1_000 })
    expect(amounts(limiter.reserve(routed({ requestsPerDay: 9 })))).toMatchObject({ input: 3 })
  })
})

describe('what an answer used', () => {
  const settled = (state: SettledRow['state'], input: number) =>
    ({ state, usage: { input, cached: 0, output: 1, reasoning: 0 }, costNanos: 7 }) as Partial<SettledRow> as SettledRow

  it('takes the place of the reservation, and a refusal leaves nothing', () => {
    const { limiter, ledger } = rigOf({ priced: ['a', 'b'] })
    const request = routed({ tokensPerDay: 999, budgetTotal: 9e9, requestsPerDay: 9 })
    limiter.settle(limiter.reserve(request).claim, settled('completed', 20))
    limiter.settle(limiter.reserve(request).claim, settled('refused', 0))
    const used = ledger.states(request.key, NOW).map(({ field, used: amount }) => [field, amount])
    expect(used).toEqual([
      ['requestsPerDay', 1],
      ['tokensPerDay', 21],
      ['budgetTotal', 7],
    ])
  })

  it('has a cost where there was a price when it was admitted and something was used', () => {
    const { limiter, dear } = rigOf()
    const usage = { input: 10, cached: 0, output: 2, reasoning: 0 }
    const request = limiter.reserve(routed({}))
    expect(limiter.cost(request, 'a', usage)).toBe(14)
    expect(limiter.cost(request, 'a', { ...usage, cacheWrite: 4 })).toBe(18)
    dear.times = 9
    expect(limiter.cost(request, 'a', usage)).toBe(14)
    expect(limiter.cost(limiter.reserve(routed({})), 'a', usage)).toBe(9 * 14)
    expect(limiter.cost(request, 'b', usage)).toBeNull()
    expect(limiter.cost(request, null, usage)).toBeNull()
    expect(limiter.cost(request, 'a', { input: 0, cached: 0, output: 0, reasoning: 0 })).toBeNull()
  })
})

describe('a token', () => {
  /** The request of `routed`, by a token of the key with limits of its own. */
  function byToken(caps: Partial<Limits>, ofToken: Partial<Limits>): Routed {
    const limits = compileLimits({ ...noLimits, ...ofToken }, null)
    const token = { id: 'tok', prefix: 'et-weir-tok', limits } as Partial<TokenRecord> as TokenRecord
    return { ...routed(caps), token }
  }
  const used = (ledger: Ledger, of: LimitedKey) => ledger.states(of, NOW).map(({ used: amount }) => amount)
  const tokenOf = ({ token }: Routed): LimitedKey => {
    if (token === null) throw new Error('it came without a token')
    return token
  }

  it('is charged with its key, and both by what was used in the end', () => {
    const { limiter, ledger } = rigOf()
    const request = byToken({ requestsPerDay: 9 }, { tokensPerDay: 999 })
    const { claim } = limiter.reserve(request)
    expect([claim.reservation.input, claim.ofToken?.input]).toEqual([BOUND, BOUND])
    expect([used(ledger, request.key), used(ledger, tokenOf(request))]).toEqual([[1], [BOUND + 5]])
    const usage = { input: 3, cached: 0, output: 1, reasoning: 0 }
    limiter.settle(claim, { state: 'completed', usage, costNanos: null } as Partial<SettledRow> as SettledRow)
    expect([used(ledger, request.key), used(ledger, tokenOf(request))]).toEqual([[1], [4]])
  })

  it('that has no room charges its key nothing, and is named', async () => {
    const { limiter, ledger } = rigOf()
    const request = byToken({ requestsPerDay: 9, concurrentRequests: 9 }, { requestsPerHour: 1 })
    limiter.reserve(request)
    const { refusal, message } = await refusedBy(() => limiter.reserve(request))
    expect(refusal).toMatchObject({ keyPrefix: 'et-weir-tok', field: 'requestsPerHour' })
    expect(message).toContain('The token et-weir-tok is limited to 1 request an hour')
    expect([used(ledger, request.key), used(ledger, tokenOf(request))]).toEqual([[1, 1], [1]])
  })

  it('charges nothing where its key has no room', async () => {
    const { limiter, ledger } = rigOf()
    const request = byToken({ requestsPerDay: 1 }, { requestsPerDay: 9 })
    limiter.reserve(request)
    expect((await refusedBy(() => limiter.reserve(request))).refusal.keyPrefix).toBe('sk-weir-key')
    expect(used(ledger, tokenOf(request))).toEqual([1])
  })

  it.each([
    ['key', { outputTokensPerRequest: 3 }, { outputTokensPerRequest: 4 }, 3],
    ['token', { outputTokensPerRequest: 4 }, { outputTokensPerRequest: 3 }, 3],
    ['token alone', {}, { outputTokensPerRequest: 2 }, 2],
  ])('keeps to the smaller cap on output, here of the %s', (_of, caps, ofToken, cap) => {
    const { limiter } = rigOf()
    expect(amounts(limiter.reserve(byToken(caps, { ...ofToken, tokensPerDay: 999 }))).cap).toBe(cap)
  })

  it('with a budget refuses what has no price, as its key says', () => {
    const { limiter } = rigOf({ priced: [] })
    expect(() => limiter.reserve(byToken({}, { budgetTotal: 9e9 }))).toThrow(/token et-weir-tok has a budget/)
    const request = byToken({}, { budgetTotal: 9e9 })
    const lenient = { ...request, key: { ...request.key, unpriced: 'warn' } } as Routed
    expect(limiter.reserve(lenient).claim.reservation.costNanos).toBe(0)
    expect(limiter.headers(lenient, 'a')).toContain('unpriced')
  })

  it('is told with its key of whatever has the least left', () => {
    const { limiter } = rigOf()
    const told = (caps: Partial<Limits>, ofToken: Partial<Limits>) => {
      const headers = limiter.headers(byToken(caps, ofToken), 'a')
      return headers[headers.indexOf('x-ratelimit-limit-requests') + 1]
    }
    expect(told({ requestsPerDay: 5 }, { requestsPerDay: 3 })).toBe('3')
    expect(told({ requestsPerDay: 5 }, { requestsPerDay: 7 })).toBe('5')
    expect(told({}, { requestsPerDay: 7 })).toBe('7')
  })

  it('has what stands in its way counted, and only that', async () => {
    const { limiter, counted } = rigOf()
    const ofToken = { tokensPerDay: BOUND + 5 }
    const other = limiter.reserve(routed({}))
    const first = limiter.reserve(byToken({}, ofToken))
    const request = byToken({}, ofToken)
    const refused = await refusedBy(() => limiter.reserve(request))
    expect([await limiter.refine(request, refused), counted.length]).toEqual([true, 2])
    const { claim } = limiter.reserve(request)
    expect([first.claim.ofToken?.input, claim.ofToken?.input]).toEqual([EXACT, EXACT])
    expect(other.claim.reservation.input).toBe(3)
    expect(await limiter.exactInput(first)).toBe(EXACT)
    expect(counted.length).toBe(2)
  })
})
