/**
 * How many retries a Pool may make at upstreams that just failed: a share of its requests of the last minute, and a few
 * more. When everything fails at once, each client repeats by itself as it is; a gateway that repeats as well would make
 * a storm of it.
 */

export interface RetryBudget {
  /** A request began. */
  request(): void
  /** True where one more retry is in the budget, which it then uses. */
  spend(): boolean
}

const SLOT_MS = 5_000
const SLOTS = 12
/** Of a Pool with few requests a share would be less than one. */
export const LEAST_RETRIES = 10

interface Slot {
  number: number
  requests: number
  retries: number
}

/** `now` is monotonic ms. */
export function createRetryBudget(percent: () => number, now: () => number): RetryBudget {
  const slots: Slot[] = Array.from({ length: SLOTS }, () => ({ number: -1, requests: 0, retries: 0 }))

  function slotAt(number: number): Slot {
    const slot = slots[number % SLOTS] as Slot
    if (slot.number !== number) {
      slot.number = number
      slot.requests = 0
      slot.retries = 0
    }
    return slot
  }

  return {
    request() {
      slotAt(Math.floor(now() / SLOT_MS)).requests++
    },
    spend() {
      const number = Math.floor(now() / SLOT_MS)
      const current = slotAt(number)
      let [requests, retries] = [0, 0]
      for (const slot of slots) {
        if (slot.number <= number - SLOTS) continue
        requests += slot.requests
        retries += slot.retries
      }
      if (retries >= LEAST_RETRIES + Math.floor((requests * percent()) / 100)) return false
      current.retries++
      return true
    },
  }
}
