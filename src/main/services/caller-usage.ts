/** What `GET /v1/usage` tells a caller of its own key, and of its token: what it used, summed on the reader's thread, and what is left. */
import type { Reader } from '../db/reader.ts'
import type { LimitedKey, Ledger } from '../gateway/limits/ledger.ts'
import type { Caller } from '../gateway/admit.ts'

const MINUTE_MS = 60_000
const PER_REQUEST = ['inputTokensPerRequest', 'outputTokensPerRequest'] as const
const PERIODS = { minute: 1, hour: 60, day: 1_440 } as const

export interface CallerUsageDeps {
  readonly reader: Pick<Reader, 'stats'>
  readonly ledger: Pick<Ledger, 'states'>
  /** Epoch ms. */
  readonly now: () => number
}

export function createCallerUsage({ reader, ledger, now }: CallerUsageDeps): (caller: Caller) => Promise<unknown> {
  async function used(keyId: string, minutes: number, at: number): Promise<unknown> {
    const from = at - (minutes - 1) * MINUTE_MS
    const [sum] = await reader.stats({ from, to: at + MINUTE_MS, stepMinutes: 0, groupBy: 'none', keyId })
    return {
      requests: sum?.requests ?? 0,
      input_tokens: sum?.input ?? 0,
      cached_tokens: sum?.cached ?? 0,
      output_tokens: sum?.output ?? 0,
      reasoning_tokens: sum?.reasoning ?? 0,
    }
  }

  // Budgets in nano-dollars, times in epoch ms, as everywhere in Weir.
  function limitsOf(of: LimitedKey, at: number) {
    return ledger.states(of, at).map(({ field, model, limit, used: spent, reserved, resetAt }) => ({
      limit: field,
      model,
      allowed: limit,
      used: spent,
      reserved,
      remaining: Math.max(0, limit - spent),
      resets_at: resetAt,
    }))
  }

  // Each request is held against them by itself: there is nothing that is used of them, or left.
  function perRequestOf({ limits }: LimitedKey) {
    const rows = limits === null ? [] : [{ model: null, limits: limits.own }, ...limits.overrides]
    return rows.flatMap(({ model, limits: caps }) =>
      PER_REQUEST.flatMap((limit) => {
        const allowed = caps?.[limit] ?? null
        return allowed === null ? [] : [{ limit, model, allowed }]
      }),
    )
  }

  return async ({ key, token }) => {
    const at = now()
    const [minute, hour, day] = [
      await used(key.id, PERIODS.minute, at),
      await used(key.id, PERIODS.hour, at),
      await used(key.id, PERIODS.day, at),
    ]
    return {
      object: 'usage',
      key: { prefix: key.prefix, expires_at: key.expiresAt },
      limits: limitsOf(key, at),
      per_request: perRequestOf(key),
      used: { minute, hour, day },
      // Its limits hold beside those of the key, which count what it uses as well.
      ...(token === null
        ? {}
        : {
            token: {
              prefix: token.prefix,
              expires_at: token.expiresAt,
              limits: limitsOf(token, at),
              per_request: perRequestOf(token),
            },
          }),
    }
  }
}
