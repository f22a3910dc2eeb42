/** A house with one key under budgets, before an upstream whose answers cost what the test says: 1,000 nano-dollars a token. */
import { vi } from 'vitest'
import { noLimits, type Limits } from '../../src/shared/models/limit.ts'
import type { Notice } from '../../src/shared/models/notice.ts'
import type { KeyDraft, PoolKey } from '../../src/shared/models/key.ts'
import type { UsageCheck } from '../../src/shared/models/data-care.ts'
import type { Call } from '../../src/main/host/headless/call.ts'
import { openHouse, type House } from './limits-house.ts'
import { chatBody, refusalOf, type RefusalBody } from './limits-rig.ts'
import { PLAN_HEADER, startLimitsUpstream, type AnswerPlan, type LimitsUpstream } from './limits-upstream.ts'
import { exchange, type RawAnswer } from './raw-client.ts'
import { makeTempDir } from './temp-dir.ts'

/** Of one token. */
export const TOKEN = 1_000
/** The most that a request asks for, in tokens. */
export const MOST = 10
const ZONE = 'Europe/Zurich'

export interface BudgetHouse {
  readonly upstream: LimitsUpstream
  readonly upstreamId: string
  readonly call: Call
  readonly house: House
  key(name: string, limits: Partial<Limits>, more?: Partial<KeyDraft>): Promise<{ key: PoolKey; secret: string }>
  /** One request that uses so many tokens of output. */
  ask(secret: string, tokens: number, plan?: AnswerPlan): Promise<RawAnswer>
  /** Statuses of so many of them, one after the other. */
  spend(secret: string, count: number, tokens?: number): Promise<number[]>
  refused(secret: string): Promise<RefusalBody>
  /** Oldest first. */
  notices(): Promise<Notice[]>
  check(): Promise<UsageCheck>
  /** An orderly stop, and a start on the same files. */
  reopen(): Promise<void>
  /** As a kill -9 in this instant, and a start after it. */
  kill(): Promise<void>
  close(): Promise<void>
}

/** @param now Epoch ms; the clock stands until the test moves it. */
export async function openBudgetHouse(now: number): Promise<BudgetHouse> {
  vi.useFakeTimers({ toFake: ['Date'], now })
  const upstream = await startLimitsUpstream()
  let house = await openHouse(makeTempDir('budget'), ZONE)
  const call: Call = (route, input) => house.app.call(route, input)
  await call('settings.update', { patch: { 'limits.zone': ZONE, 'routing.cooldownMs': 0 } })
  const facts = { kind: 'openai-compatible' as const, name: 'Outside', baseUrl: upstream.url, manualModels: ['m', 'n'] }
  const { id: upstreamId } = await call('upstream.create', facts)
  const pool = await call('pool.create', { name: 'Team', assignments: [{ upstreamId }] })
  for (const model of ['m', 'n']) await call('price.set', { model, rates: { input: 0, output: TOKEN * 1_000 } })
  const reopen = async () => {
    await house.stop()
    house = await openHouse(house.dataDir, ZONE)
  }
  await reopen()
  const ask = (secret: string, tokens: number, plan: AnswerPlan = {}) => {
    const headers: [string, string][] = [
      [PLAN_HEADER, JSON.stringify({ usage: { input: 10, output: tokens }, ...plan })],
    ]
    const port = Number(new URL(house.app.app.gatewayUrl).port)
    return exchange(port, { key: secret, body: chatBody({ max_tokens: MOST }), headers })
  }
  return {
    upstream,
    upstreamId,
    call,
    get house() {
      return house
    },
    key: (name, limits, more = {}) =>
      call('key.create', { poolId: pool.id, name, limits: { ...noLimits, ...limits }, ...more }),
    ask,
    async spend(secret, count, tokens = MOST) {
      const statuses: number[] = []
      for (let sent = 0; sent < count; sent++) statuses.push((await ask(secret, tokens)).status)
      return statuses
    },
    refused: async (secret) => refusalOf(await ask(secret, MOST)),
    notices: async () => (await call('notice.list', { limit: 200 })).rows.toReversed(),
    check: () => call('data.checkUsage', {}),
    reopen,
    async kill() {
      const image = house.image()
      await house.stop()
      house = await openHouse(image, ZONE)
    },
    async close() {
      await house.stop()
      await upstream.close()
      vi.useRealTimers()
    },
  }
}
