/** A log as it might be, and a world to replay it in, without a gateway. */
import type { ReplayedRequest, ReplayedTry, ReplayReport } from '../../src/shared/models/plan-preview.ts'
import { firstIdAt } from '../../src/shared/request-id.ts'
import { defaultSettings, type Settings } from '../../src/shared/settings.ts'
import type { PriceRates } from '../../src/shared/models/price.ts'
import { createDirectory, type WritableDirectory } from '../../src/main/gateway/directory.ts'
import type { DraftedPool } from '../../src/main/gateway/plan-question.ts'
import type { PoolRecord, UpstreamRecord } from '../../src/main/gateway/ports.ts'
import { replay, type ReplayControl, type ReplayWorld } from '../../src/main/gateway/replay/replay.ts'
import { createQuotaEvidence } from '../../src/main/providers/quota-evidence.ts'
import { bareUpstream, poolOf } from './route-scene.ts'

export const START = Date.UTC(2026, 2, 1, 12)
export const HOUR = 3_600_000

let count = 0

/** A chat request that its upstream answered, but for what is said otherwise; `at` in ms since the beginning. */
export function past(at: number, changes: Partial<ReplayedRequest> = {}): ReplayedRequest {
  count = (count + 1) % 4_000
  return {
    id: firstIdAt(START + Math.round(at)) + count,
    keyId: 'key',
    route: '/v1/chat/completions',
    model: 'm',
    sentModel: null,
    stream: true,
    state: 'completed',
    errorCode: null,
    serviceTier: null,
    usage: { input: 1_000, cached: 200, output: 100, reasoning: 0 },
    reservedOutput: 0,
    upstreamId: 'a',
    firstByteMs: 200,
    durationMs: 1_000,
    session: null,
    isTied: false,
    tries: [],
    rests: [],
    ...changes,
  }
}

/** An attempt, `at` as above. */
export function tried(upstreamId: string, at: number, changes: Partial<ReplayedTry> = {}): ReplayedTry {
  return {
    upstreamId,
    at: START + Math.round(at),
    durationMs: 50,
    status: 200,
    errorCode: null,
    cause: null,
    ...changes,
  }
}

export const down = { status: 503, errorCode: 'upstream_error' } as const
export const limited = { status: 429, errorCode: 'upstream_rate_limited' } as const

/** First at `from`, which failed, then at `to`. */
export function movedOn(at: number, from: string, to: string, why: Partial<ReplayedTry> = down): ReplayedRequest {
  const tries = [tried(from, at, why), tried(to, at + 50, { durationMs: 950 })]
  return past(at, { upstreamId: to, tries })
}

export const rates = (input: number): PriceRates =>
  ({ input, output: input * 4, tiers: {}, longContext: null }) as unknown as PriceRates

export interface SceneOptions {
  readonly upstreams?: readonly UpstreamRecord[]
  readonly settings?: Partial<Settings>
  readonly priceOf?: (model: string, upstreamId: string) => PriceRates | null
}

export interface Scene {
  readonly world: ReplayWorld
  readonly directory: WritableDirectory
  replay(
    requests: readonly ReplayedRequest[],
    pool: PoolRecord,
    draft?: Partial<PoolRecord> & { readonly paused?: readonly string[] },
    control?: Partial<ReplayControl>,
  ): Promise<ReplayReport>
}

/** Three upstreams in one Pool, unless said otherwise. */
export function sceneOf({ upstreams, settings, priceOf = () => null }: SceneOptions = {}): Scene {
  const directory = createDirectory()
  directory.putSettings({ ...defaultSettings, ...settings })
  for (const record of upstreams ?? ['a', 'b', 'c'].map((id) => bareUpstream(id))) directory.putUpstream(record)
  const world = { directory, quota: createQuotaEvidence(() => START + HOUR), prices: { rates: priceOf } }
  return {
    world,
    directory,
    replay(requests, pool, draft = {}, control = {}) {
      const { paused = [], ...patch } = draft
      const saved: DraftedPool = { pool, paused: new Set() }
      const drafted: DraftedPool = { pool: { ...pool, ...patch }, paused: new Set(paused) }
      const pages: ReplayedRequest[][] = []
      for (let at = 0; at < requests.length; at += 100) pages.push(requests.slice(at, at + 100))
      const job = { saved, draft: drafted, requests: pages, from: START, to: START + HOUR, isCut: false }
      return replay(world, job, {
        progress: () => {},
        pause: () => Promise.resolve(),
        now: () => performance.now(),
        ...control,
      })
    },
  }
}

/** Requests per upstream of one side, by id. */
export function got(report: ReplayReport, side: 'saved' | 'draft'): Record<string, number> {
  return Object.fromEntries(
    report.upstreams
      .map((each) => [each.upstreamId, each[side].requests] as const)
      .filter(([, requests]) => requests > 0),
  )
}

export const three = (changes: Partial<PoolRecord> = {}): PoolRecord => poolOf(['a', 'b', 'c'], changes)
