/**
 * How each strategy puts the upstreams of one step in order. The steps come before, for all of them: resting ones last,
 * those of the fallback Pool before these, then by priority. Within a step weight 0 is behind all others. Pure.
 */
import type { PoolStrategy } from '../../../shared/models/pool.ts'
import { modelAt } from '../model-at.ts'
import { laneOf } from '../pace.ts'
import type { Contender, RouteQuestion, RouteWorld } from '../route-world.ts'
import { hashPair, hashText, lot } from './lots.ts'

type Strategy = (contenders: readonly Contender[], asked: RouteQuestion, world: RouteWorld) => void

/** Behind what is known to be good, before what is known to be bad. */
const UNKNOWN_TIER = 1
const BAD_TIER = 2
const NO_WEIGHT_TIER = 3

/** Where nobody says how long the answer may be, it is taken for this long when prices are compared. */
const USUAL_OUTPUT = 500

export const STRATEGIES: Readonly<Record<PoolStrategy, Strategy>> = {
  /** By draw. */
  priority(contenders, _asked, { random }) {
    for (const contender of contenders) contender.lot = lot(random(), contender.weight)
  },

  /** Weighted rendezvous hashing: a session stays where it is as long as its upstream may serve it. */
  spread(contenders, { session }, { random }) {
    const seed = session === null ? Math.floor(random() * 0x1_0000_0000) : hashText(session)
    for (const contender of contenders) {
      contender.lot = lot(hashPair(seed, hashText(contender.record.id)), contender.weight)
    }
  },

  round_robin(contenders, { pool, model }, { turns, random }) {
    for (const contender of contenders) {
      contender.rank = -(turns.credit(pool.id, model, contender.record.id) + contender.weight)
      contender.lot = lot(random(), contender.weight)
    }
  },

  least_in_flight(contenders, _asked, { health, random }) {
    for (const contender of contenders) {
      const running = health.inFlight(contender.record.id)
      contender.rank = contender.weight === 0 ? running : running / contender.weight
      contender.figure = running
      contender.lot = lot(random(), contender.weight)
    }
  },

  /**
   * One that is not known yet, or was not seen for a while, goes first as long as nothing runs there: one request at a
   * time finds out, and the others go where it is known to be fast.
   */
  fastest(contenders, asked, { health, random }) {
    const { isStream, now, modelBy } = asked
    const usual = laneOf(asked.model, isStream)
    for (const contender of contenders) {
      const { id } = contender.record
      const lane = modelBy?.has(id) === true ? laneOf(modelAt(asked, id), isStream) : usual
      const ms = health.pace(id, lane, now)
      contender.figure = ms === null ? null : Math.round(ms)
      contender.tier = ms === null && health.inFlight(id) > 0 ? BAD_TIER : 0
      contender.rank = ms ?? 0
      contender.lot = lot(random(), contender.weight)
    }
  },

  /** Unknown ones stand between those that have something left and those that have nothing. */
  quota_first(contenders, asked, { quota, random }) {
    for (const contender of contenders) {
      const { id } = contender.record
      const left = quota.left(id, asked.now, modelAt(asked, id))
      contender.figure = left === null ? null : Math.round(left.percent)
      contender.tier = left === null ? UNKNOWN_TIER : left.percent > 0 ? 0 : BAD_TIER
      contender.rank = left === null ? 0 : -left.percent
      contender.lot = lot(random(), contender.weight)
    }
  },

  /** By the reset of the limit of which the least is left. A full account has nothing that would expire. */
  drain_first(contenders, asked, { quota, random }) {
    for (const contender of contenders) {
      const { id } = contender.record
      const left = quota.left(id, asked.now, modelAt(asked, id))
      const wait = left === null || left.resetsAt === null ? null : left.resetsAt - asked.now
      contender.figure = wait
      contender.tier = left !== null && left.percent <= 0 ? BAD_TIER : wait === null ? UNKNOWN_TIER : 0
      contender.rank = wait ?? 0
      contender.lot = lot(random(), contender.weight)
    }
  },

  /** By what this request may cost there. */
  cheapest(contenders, asked, { prices, random }) {
    const { input, output } = asked
    for (const contender of contenders) {
      const { id } = contender.record
      const rates = prices.rates(modelAt(asked, id), id)
      const nanos = rates === null ? null : rates.input * input + rates.output * (output === 0 ? USUAL_OUTPUT : output)
      // Rates are per 1,000 tokens.
      contender.figure = nanos === null ? null : Math.round(nanos / 1_000)
      contender.tier = nanos === null ? BAD_TIER : 0
      contender.rank = nanos ?? 0
      contender.lot = lot(random(), contender.weight)
    }
  },
}

/** Sorts in place. */
export function putInOrder(contenders: Contender[], asked: RouteQuestion, world: RouteWorld): void {
  STRATEGIES[asked.pool.strategy](contenders, asked, world)
  for (const contender of contenders) {
    if (contender.weight > 0) continue
    contender.tier = NO_WEIGHT_TIER
    contender.lot = 0
  }
  contenders.sort(byPlace)
}

function byPlace(a: Contender, b: Contender): number {
  if (a.step !== b.step) return a.step - b.step
  if (a.tier !== b.tier) return a.tier - b.tier
  if (a.rank !== b.rank) return a.rank - b.rank
  // Lots may be infinite: comparing says what a difference could not.
  return a.lot < b.lot ? -1 : a.lot > b.lot ? 1 : 0
}
