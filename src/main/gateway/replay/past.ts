/**
 * What the log knows of the upstreams in the time that is replayed: how soon they answered, and when they failed. From
 * that it is told what an upstream would have answered to a request that it never got.
 */
import type { ReplayedRequest, ReplayedTry } from '../../../shared/models/plan-preview.ts'
import { requestIdTime } from '../../../shared/request-id.ts'
import { laneOf } from '../pace.ts'

/** How an upstream failed. */
export interface Fault {
  readonly errorCode: string
  readonly status: number | null
  readonly cause: string | null
  /** How long it took to fail. */
  readonly ms: number
  /** Epoch ms until which it asked to be left alone; null where the log does not say. */
  readonly restUntil: number | null
}

export interface Past {
  /** The oldest first. */
  add(request: ReplayedRequest): void
  /** Null where it would have answered well, as far as anybody knows. */
  faultAt(upstreamId: string, model: string, at: number): Fault | null
  /** A failure of the log, with the rest that it asked for. */
  faultOf(tried: ReplayedTry): Fault
  /** When it was first seen to answer after that; infinite where it was not. */
  backAt(upstreamId: string, model: string, at: number): number
  /** Means of what was seen of such requests there, ms; null where none was. */
  typical(upstreamId: string, request: Pick<ReplayedRequest, 'model' | 'stream'>): Typical | null
  /** Requests that ended there. */
  ended(upstreamId: string): number
  readonly faults: number
  /** What was sent. */
  readonly models: ReadonlySet<string>
}

export interface Typical {
  readonly firstMs: number
  readonly wholeMs: number
}

interface Sighting {
  readonly at: number
  readonly fault: Fault | null
}

/** Between two failures with nothing in between it is taken as down for no longer than this. */
const LONGEST_GAP_MS = 600_000
/** A rest is seen by a request soon after the refusal that asked for it. */
const REST_SEEN_MS = 600_000

/** `cooldownMs`: for how long a failure counts where nothing was seen afterwards. */
export function createPast(cooldownMs: number): Past {
  const sightings = new Map<string, Sighting[]>()
  const rests = new Map<string, { readonly seenAt: number; readonly until: number }[]>()
  const means = new Map<string, { count: number; firstMs: number; wholeMs: number }>()
  const ended = new Map<string, number>()
  const models = new Set<string>()
  let faults = 0

  function see(upstreamId: string, model: string, sighting: Sighting): void {
    const list = listOf(sightings, `${upstreamId} ${model}`)
    // Nearly in order: requests that ran at the same time ended in another one.
    let place = list.length
    while (place > 0 && (list[place - 1]?.at ?? 0) > sighting.at) place--
    list.splice(place, 0, sighting)
    if (sighting.fault !== null) faults++
  }

  function measure(upstreamId: string, request: ReplayedRequest, took: Typical): void {
    for (const lane of lanesOf(upstreamId, request)) {
      const mean = means.get(lane) ?? { count: 0, firstMs: 0, wholeMs: 0 }
      means.set(lane, mean)
      mean.count++
      mean.firstMs += (took.firstMs - mean.firstMs) / mean.count
      mean.wholeMs += (took.wholeMs - mean.wholeMs) / mean.count
    }
  }

  function restOf({ errorCode }: Fault, upstreamId: string, at: number): number | null {
    if (errorCode !== 'upstream_rate_limited') return null
    const seen = rests.get(upstreamId)?.find((rest) => rest.seenAt >= at && rest.until > at)
    return seen === undefined || seen.seenAt - at > REST_SEEN_MS ? null : seen.until
  }

  return {
    add(request) {
      const { id, upstreamId, durationMs, tries, state } = request
      const at = requestIdTime(id)
      for (const rest of request.rests) {
        const list = listOf(rests, rest.upstreamId)
        if (list.at(-1)?.until !== rest.until) list.push({ seenAt: at, until: rest.until })
      }
      if (upstreamId !== null) ended.set(upstreamId, (ended.get(upstreamId) ?? 0) + 1)
      const model = sentModelOf(request)
      if (model === null) return
      models.add(model)
      for (const each of tries) {
        if (each.errorCode === null) see(each.upstreamId, model, { at: each.at, fault: null })
        else if (isFault(each)) see(each.upstreamId, model, { at: each.at, fault: bareFault(each) })
      }
      if (state !== 'completed' || upstreamId === null) return
      if (tries.length === 0) see(upstreamId, model, { at, fault: null })
      const lost = lostBefore(tries)
      const whole = Math.max(0, (durationMs ?? 0) - lost)
      measure(upstreamId, request, { firstMs: Math.max(0, (request.firstByteMs ?? whole) - lost), wholeMs: whole })
    },
    faultAt(upstreamId, model, at) {
      const list = sightings.get(`${upstreamId} ${model}`) ?? []
      const index = lastAt(list, at)
      const last = list[index]
      if (last === undefined || last.fault === null) return null
      const { fault } = last
      const restUntil = restOf(fault, upstreamId, last.at)
      if (restUntil !== null) return at < restUntil ? { ...fault, restUntil } : null
      return at < downUntil(last.at, list[index + 1], cooldownMs) ? fault : null
    },
    faultOf(each) {
      const fault = bareFault(each)
      return { ...fault, restUntil: restOf(fault, each.upstreamId, each.at) }
    },
    backAt(upstreamId, model, at) {
      const list = sightings.get(`${upstreamId} ${model}`) ?? []
      const back = list.slice(lastAt(list, at) + 1).find(({ fault }) => fault === null)
      return back?.at ?? Number.POSITIVE_INFINITY
    },
    typical(upstreamId, request) {
      for (const lane of lanesOf(upstreamId, request)) {
        const mean = means.get(lane)
        if (mean !== undefined) return mean
      }
      return null
    },
    ended: (upstreamId) => ended.get(upstreamId) ?? 0,
    get faults() {
      return faults
    },
    models,
  }
}

/** The model's own lane first. */
function lanesOf(upstreamId: string, { model, stream }: Pick<ReplayedRequest, 'model' | 'stream'>): readonly string[] {
  return [`${upstreamId} ${laneOf(model ?? '', stream)}`, `${upstreamId} ${laneOf('', stream)}`]
}

export function sentModelOf({ sentModel, model }: Pick<ReplayedRequest, 'sentModel' | 'model'>): string | null {
  return sentModel ?? model
}

/** Time that went by at upstreams that failed. */
export function lostBefore(tries: readonly ReplayedTry[]): number {
  return tries.reduce((sum, { errorCode, durationMs }) => sum + (errorCode === null ? 0 : durationMs), 0)
}

/** The client's own doing would have been its own doing anywhere. */
export function isClientFault({ errorCode, status, cause }: ReplayedTry): boolean {
  return errorCode === 'upstream_rejected' && status !== 402 && status !== 403 && cause !== 'model_not_found'
}

/** It says something of the upstream. A client that left does not. */
export function isFault(each: ReplayedTry): boolean {
  return each.errorCode?.startsWith('upstream_') === true && !isClientFault(each)
}

function bareFault({ errorCode, status, cause, durationMs }: ReplayedTry): Fault {
  return { errorCode: errorCode ?? 'upstream_error', status, cause, ms: durationMs, restUntil: null }
}

/**
 * A single failure counts until the next answer, for no longer than it would have rested; with another failure next, it
 * was down all the time in between.
 */
function downUntil(at: number, next: Sighting | undefined, cooldownMs: number): number {
  if (next === undefined) return at + cooldownMs
  return Math.min(next.at, at + (next.fault === null ? cooldownMs : LONGEST_GAP_MS))
}

/** Index of the last one that is not after `at`; -1 where there is none. */
function lastAt(list: readonly Sighting[], at: number): number {
  let [low, high] = [0, list.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((list[middle]?.at ?? 0) <= at) low = middle + 1
    else high = middle
  }
  return low - 1
}

function listOf<T>(lists: Map<string, T[]>, key: string): T[] {
  const list = lists.get(key) ?? []
  if (list.length === 0) lists.set(key, list)
  return list
}
