/** A request that goes on from an answer pays for what its provider has of it already, and is charged that before it is sent. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { countRequest } from '../../src/main/tokens/counter.ts'
import { upperBound } from '../../src/main/tokens/upper-bound.ts'
import { exchange } from '../support/raw-client.ts'
import { priceOf, refusalOf, startLimitsRig, type LimitsRig } from '../support/limits-rig.ts'
import { PLAN_HEADER, type AnswerPlan } from '../support/limits-upstream.ts'

const START = Date.UTC(2026, 3, 1, 12)
const OUTPUT = 20
/** Of the first answer. */
const CONTEXT = 540
const FIRST: AnswerPlan = { usage: { input: 500, output: 40 } }

const bodyOf = (previous?: string) => ({
  model: 'm',
  input: 'and then?',
  max_output_tokens: OUTPUT,
  ...(previous === undefined ? {} : { previous_response_id: previous }),
})
const NEXT = Buffer.from(JSON.stringify(bodyOf('r')))
const BOUND = upperBound(NEXT, 'm')
const EXACT = countRequest('responses', NEXT)

let rig: LimitsRig
beforeEach(async () => {
  rig = await startLimitsRig({ now: START, prices: [priceOf('m', 3, 7)] })
})
afterEach(() => rig.close())

function turn(key: string, plan: AnswerPlan, previous?: string) {
  const headers: [string, string][] = [[PLAN_HEADER, JSON.stringify(plan)]]
  return exchange(rig.gateway.port, { key, path: '/v1/responses', body: bodyOf(previous), headers })
}

describe('a request that goes on from an answer', () => {
  it('holds the tokens of that answer, and what they cost', async () => {
    const key = rig.key({ tokensPerDay: 100_000, budgetTotal: 1e9 })
    expect((await turn(key, FIRST)).status).toBe(200)
    const spent = 500 * 3 + 40 * 7
    const running = turn(key, { holdAt: 'head', usage: { input: 560, output: 1 } }, 'r')
    await rig.upstream.arrived(2)
    const [input, cost] = [BOUND + CONTEXT, (BOUND + CONTEXT) * 3 + OUTPUT * 7]
    expect(rig.used(key, 'tokensPerDay')).toEqual({ used: CONTEXT + input + OUTPUT, reserved: input + OUTPUT })
    expect(rig.used(key, 'budgetTotal')).toEqual({ used: spent + cost, reserved: cost })
    rig.upstream.release()
    expect((await running).status).toBe(200)
    expect(rig.used(key, 'tokensPerDay')).toEqual({ used: CONTEXT + 561, reserved: 0 })
  })

  it('fits to the token, and not where one is missing', async () => {
    const most = EXACT + CONTEXT
    const [enough, tooLittle] = [0, 1].map((less) => rig.key({ inputTokensPerRequest: most - less })) as [
      string,
      string,
    ]
    for (const key of [enough, tooLittle]) expect((await turn(key, FIRST)).status).toBe(200)
    expect((await turn(enough, {}, 'r')).status).toBe(200)
    const refused = await turn(tooLittle, {}, 'r')
    expect([refused.status, refusalOf(refused).limit]).toMatchObject([400, { requested: most, limit: most - 1 }])
    // What another key was answered is nothing that it could go on from.
    expect((await turn(rig.key({ inputTokensPerRequest: EXACT }), {}, 'r')).status).toBe(200)
  })

  it('is charged them where its provider reports nothing', async () => {
    const key = rig.key({ tokensPerDay: 100_000 })
    await turn(key, FIRST)
    await turn(key, { usage: null }, 'r')
    await expect.poll(() => rig.gateway.settled.length).toBe(2)
    expect(rig.gateway.settled[1]).toMatchObject({ usageSource: 'estimated', usage: { input: EXACT + CONTEXT } })
  })
})
