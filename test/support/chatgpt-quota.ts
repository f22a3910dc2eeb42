/** The quota half of the ChatGPT stand-in: windows per account, told in heads, events, refusals and on the usage page. */
import type { Reply } from './chatgpt-oauth.ts'
import type { StandInAccount } from './chatgpt-tokens.ts'

export interface StandInWindow {
  used: number
  minutes: number
  /** Epoch ms. */
  resetsAt: number
}

export interface StandInQuota {
  /** In the order of their places: the first is `primary`. */
  windows: StandInWindow[]
  credits: { has_credits: boolean; unlimited: boolean; balance: string | null }
  /** Counts of single models, by the provider's id. */
  meters: Record<string, StandInWindow & { name: string }>
}

const HOUR_MS = 3_600_000
const PLACES = ['primary', 'secondary'] as const

export function createQuotas() {
  const known = new Map<string, StandInQuota>()
  const behaviour = {
    /** The heads of answers say how the account stands. */
    heads: true,
    /** So does an event of each stream. */
    events: false,
    /** Instead of the usage page. */
    usageFails: null as { status: number; retryAfter?: string } | null,
  }

  function of(accountId: string): StandInQuota {
    const quota = known.get(accountId) ?? {
      windows: [{ used: 12, minutes: 300, resetsAt: Date.now() + HOUR_MS }],
      credits: { has_credits: false, unlimited: false, balance: null },
      meters: {},
    }
    known.set(accountId, quota)
    return quota
  }

  const seconds = (at: number): number => Math.round(at / 1_000)
  const left = (at: number): number => Math.max(0, seconds(at - Date.now()))

  function family(name: string, windows: readonly StandInWindow[]): [string, string][] {
    return PLACES.flatMap((place, index): [string, string][] => {
      const window = windows[index]
      const prefix = `x-${name}-${place}`
      // As the provider keeps a place free.
      if (window === undefined)
        return [
          [`${prefix}-used-percent`, '0'],
          [`${prefix}-reset-at`, ''],
        ]
      return [
        [`${prefix}-used-percent`, String(window.used)],
        [`${prefix}-window-minutes`, String(window.minutes)],
        [`${prefix}-reset-after-seconds`, String(left(window.resetsAt))],
        [`${prefix}-reset-at`, String(seconds(window.resetsAt))],
      ]
    })
  }

  function meterOf(quota: StandInQuota, model: unknown): string | undefined {
    return Object.keys(quota.meters).find((id) => quota.meters[id]?.name.toLowerCase() === model)
  }

  const pageWindow = (window: StandInWindow | undefined) =>
    window === undefined
      ? null
      : {
          used_percent: window.used,
          limit_window_seconds: window.minutes * 60,
          reset_after_seconds: left(window.resetsAt),
          reset_at: seconds(window.resetsAt),
        }

  return {
    behaviour,
    of,
    headers({ accountId, plan }: StandInAccount, model: unknown): Record<string, string> {
      if (!behaviour.heads) return {}
      const quota = of(accountId)
      const active = meterOf(quota, model)
      const own = active === undefined ? quota.windows : [quota.meters[active] as StandInWindow]
      const { has_credits, unlimited, balance } = quota.credits
      return Object.fromEntries([
        ['x-codex-active-limit', active ?? 'premium'],
        ['x-codex-plan-type', plan],
        ...family('codex', own),
        ...Object.entries(quota.meters).flatMap(([id, meter]) => {
          const name = id.replaceAll('_', '-')
          return [...family(name, [meter]), [`x-${name}-limit-name`, meter.name]]
        }),
        ['x-codex-credits-has-credits', has_credits ? 'True' : 'False'],
        ['x-codex-credits-unlimited', unlimited ? 'True' : 'False'],
        ['x-codex-credits-balance', balance ?? ''],
      ])
    },
    /** Null where no event is sent. */
    event({ accountId, plan }: StandInAccount) {
      if (!behaviour.events) return null
      const window = (each: StandInWindow | undefined) =>
        each === undefined
          ? null
          : { used_percent: each.used, window_minutes: each.minutes, reset_at: seconds(each.resetsAt) }
      const { windows, credits } = of(accountId)
      const [primary, secondary] = windows
      const rate_limits = {
        allowed: true,
        limit_reached: false,
        primary: window(primary),
        secondary: window(secondary),
      }
      return { type: 'codex.rate_limits', plan_type: plan, rate_limits, credits }
    },
    /** Null where something is left. */
    refusal({ accountId, plan }: StandInAccount, model: unknown): Reply | null {
      const quota = of(accountId)
      const active = meterOf(quota, model)
      const own = active === undefined ? quota.windows : [quota.meters[active] as StandInWindow]
      const full = own.filter(({ used, resetsAt }) => used >= 100 && resetsAt > Date.now())
      if (full.length === 0) return null
      const until = Math.max(...full.map(({ resetsAt }) => resetsAt))
      const message = 'The usage limit has been reached'
      const times = { resets_at: seconds(until), resets_in_seconds: left(until) }
      return { status: 429, body: { error: { type: 'usage_limit_reached', message, plan_type: plan, ...times } } }
    },
    /** Of the usage page. */
    answer(account: StandInAccount, instead: object | null): Reply {
      const { usageFails } = behaviour
      if (usageFails === null) return { status: 200, body: instead ?? this.page(account) }
      const { status, retryAfter } = usageFails
      return { status, body: { detail: 'no' }, headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter } }
    },
    page({ accountId, plan }: StandInAccount) {
      const { windows, credits, meters } = of(accountId)
      const isReached = windows.some(({ used }) => used >= 100)
      const [primary, secondary] = windows
      return {
        user_id: 'user',
        account_id: accountId,
        plan_type: plan,
        rate_limit: {
          allowed: !isReached,
          limit_reached: isReached,
          primary_window: pageWindow(primary),
          secondary_window: pageWindow(secondary),
        },
        additional_rate_limits: Object.entries(meters).map(([id, meter]) => ({
          limit_name: meter.name,
          metered_feature: id,
          rate_limit: {
            allowed: true,
            limit_reached: false,
            primary_window: pageWindow(meter),
            secondary_window: null,
          },
        })),
        credits,
      }
    },
  }
}
