/**
 * How much of a Pool's accounts is used, in Codex's own shapes: as its usage page, and as headers of an answer, which is
 * where its status line reads from. One account's figures would be wrong there: the next request may go to another.
 */
import type { AccountView } from '../providers/account-state.ts'
import type { QuotaEvidence } from '../providers/quota-evidence.ts'
import type { Directory } from './directory.ts'
import type { KeyRecord, PoolRecord, UpstreamRecord } from './ports.ts'

/** Whose Pool, and which of its accounts it may use. */
export interface UsageAsker {
  readonly pool: PoolRecord
  readonly key: Pick<KeyRecord, 'allowedUpstreams'>
}

export interface PooledWindow {
  readonly minutes: number
  /** Of all its accounts that have such a window, on average; 0 to 100. */
  readonly usedPercent: number
  /** The soonest, epoch ms; null where nobody said. */
  readonly resetsAt: number | null
}

export interface CodexUsage {
  /** What `GET …/wham/usage` answers. */
  page(asker: UsageAsker): object
  /** The plan of its accounts, in the provider's word. */
  plan(asker: UsageAsker): string
  /** Flat [name, value, …] for an answer to Codex; empty where nothing is known. */
  headers(asker: UsageAsker): readonly string[]
}

export interface CodexUsageDeps {
  readonly directory: Pick<Directory, 'upstream'>
  readonly quota: Pick<QuotaEvidence, 'accounts' | 'standing'>
  /** Epoch ms. */
  readonly clock: () => number
}

/** How long pooled figures are used again: an answer of a busy Pool must not sum them anew. */
const CACHED_MS = 2_000
/** Known to every version of Codex, and to none as a plan: nothing is said of one. */
const NO_PLAN = 'guest'

interface Account {
  readonly record: UpstreamRecord
  readonly view: AccountView
}

interface Cached {
  readonly until: number
  readonly pool: PoolRecord
  readonly headers: readonly string[]
}

export function createCodexUsage({ directory, quota, clock }: CodexUsageDeps): CodexUsage {
  /** By what says which accounts count. */
  const cache = new WeakMap<object, Cached>()

  function membersOf({ pool, key }: UsageAsker): UpstreamRecord[] {
    return pool.assignments.flatMap(({ upstreamId, enabled }) => {
      const record = enabled ? directory.upstream(upstreamId) : undefined
      if (record === undefined || record.status !== 'active') return []
      return key.allowedUpstreams === null || key.allowedUpstreams.has(upstreamId) ? [record] : []
    })
  }

  function accountsOf(members: readonly UpstreamRecord[], now: number): Account[] {
    return members.flatMap((record) => {
      const view = record.kind === 'chatgpt' ? quota.accounts.view(record.id, now) : null
      return view === null ? [] : [{ record, view }]
    })
  }

  /** The provider's id, where one of them is known by it. */
  function meterIdOf(accounts: readonly Account[], meter: string): string {
    const ids = accounts.map(({ record }) => quota.accounts.meterId(record.id, meter))
    return ids.find((id) => id !== meter) ?? meter
  }

  /** Nobody has anything left. */
  function isDry(members: readonly UpstreamRecord[], now: number): boolean {
    return members.length > 0 && members.every(({ id }) => quota.standing(id, '', now).until !== null)
  }

  /** As one account, which is all that Codex can show: the first of them that is known to have a plan. */
  function planOf(members: readonly UpstreamRecord[], accounts: readonly Account[]): string {
    if (isSimulated(members)) return 'pro'
    return accounts.find(({ view }) => view.plan !== null)?.view.plan ?? NO_PLAN
  }

  return {
    page(asker) {
      const now = clock()
      const members = membersOf(asker)
      const signedIn = members.filter(({ kind }) => kind === 'chatgpt')
      const accounts = accountsOf(signedIn, now)
      const windows = isSimulated(members) ? rehearsed(now) : pooled(accounts, '', now)
      const isReached = isDry(signedIn, now)
      return {
        plan_type: planOf(members, accounts),
        rate_limit: limitOf(windows, isReached, now),
        credits: creditsOf(accounts),
        additional_rate_limits: metersOf(accounts).map((meter) => ({
          limit_name: meter,
          metered_feature: meterIdOf(accounts, meter),
          rate_limit: limitOf(pooled(accounts, meter, now), false, now),
        })),
      }
    },
    plan(asker) {
      const members = membersOf(asker)
      return planOf(members, accountsOf(members, clock()))
    },
    headers(asker) {
      const now = clock()
      const which = asker.key.allowedUpstreams ?? asker.pool
      const known = cache.get(which)
      if (known !== undefined && known.until > now && known.pool === asker.pool) return known.headers
      const accounts = accountsOf(membersOf(asker), now)
      const headers = headersOf(pooled(accounts, '', now), now)
      cache.set(which, { until: now + CACHED_MS, pool: asker.pool, headers })
      return headers
    },
  }
}

/**
 * The windows of one meter, the shorter first. Codex has places for two: those that most accounts have, of these the
 * shorter.
 */
export function pooled(accounts: readonly Pick<Account, 'view'>[], meter: string, now: number): PooledWindow[] {
  const lengths = new Map<number, { used: number; accounts: number; resetsAt: number | null }>()
  for (const { view } of accounts) {
    for (const window of view.windows) {
      if (window.meter !== meter) continue
      const sum = lengths.get(window.minutes) ?? { used: 0, accounts: 0, resetsAt: null }
      const isFull = window.state === 'reset'
      sum.accounts += 1
      sum.used += isFull ? 0 : window.usedPercent
      const resetsAt = isFull || window.resetsAt === null || window.resetsAt <= now ? null : window.resetsAt
      if (resetsAt !== null) sum.resetsAt = Math.min(sum.resetsAt ?? Infinity, resetsAt)
      lengths.set(window.minutes, sum)
    }
  }
  return [...lengths]
    .sort(([a, some], [b, others]) => others.accounts - some.accounts || a - b)
    .slice(0, 2)
    .sort(([a], [b]) => a - b)
    .map(([minutes, sum]) => ({ minutes, usedPercent: Math.round(sum.used / sum.accounts), resetsAt: sum.resetsAt }))
}

function isSimulated(members: readonly UpstreamRecord[]): boolean {
  const has = (wanted: string): boolean => members.some(({ kind }) => kind === wanted)
  return has('simulator') && !has('chatgpt')
}

function metersOf(accounts: readonly Account[]): string[] {
  const meters = accounts.flatMap(({ view }) => view.windows.map(({ meter }) => meter))
  return [...new Set(meters)].filter((meter) => meter !== '').sort()
}

function limitOf([primary, secondary]: readonly PooledWindow[], isReached: boolean, now: number) {
  const window = ({ usedPercent, minutes, resetsAt }: PooledWindow) => ({
    used_percent: usedPercent,
    limit_window_seconds: minutes * 60,
    reset_after_seconds: resetsAt === null ? 0 : Math.ceil((resetsAt - now) / 1_000),
    reset_at: resetsAt === null ? 0 : Math.ceil(resetsAt / 1_000),
  })
  return {
    allowed: !isReached,
    limit_reached: isReached,
    primary_window: primary === undefined ? null : window(primary),
    secondary_window: secondary === undefined ? null : window(secondary),
  }
}

function creditsOf(accounts: readonly Account[]) {
  const known = accounts.flatMap(({ view }) => (view.credits === null ? [] : [view.credits]))
  if (known.length === 0) return null
  // Balances are in units of their own, which nobody can add up.
  return {
    has_credits: known.some(({ hasCredits }) => hasCredits),
    unlimited: known.some(({ isUnlimited }) => isUnlimited),
    balance: null,
  }
}

function headersOf([primary, secondary]: readonly PooledWindow[], now: number): string[] {
  const of = (place: string, { usedPercent, minutes, resetsAt }: PooledWindow): string[] => {
    const name = `x-codex-${place}`
    const figures = [`${name}-used-percent`, String(usedPercent), `${name}-window-minutes`, String(minutes)]
    if (resetsAt === null) return figures
    const after = String(Math.ceil((resetsAt - now) / 1_000))
    return [...figures, `${name}-reset-at`, String(Math.ceil(resetsAt / 1_000)), `${name}-reset-after-seconds`, after]
  }
  if (primary === undefined) return []
  return [...of('primary', primary), ...(secondary === undefined ? [] : of('secondary', secondary))]
}

/**
 * What such headers say, as the frame in which Codex reads it on a WebSocket: there it looks at no head. Null where they say
 * nothing.
 */
export function limitsFrame(headers: readonly string[]): string | null {
  const values = new Map<string, string>()
  for (let index = 0; index < headers.length; index += 2) values.set(headers[index] ?? '', headers[index + 1] ?? '')
  const figure = (name: string): number | null => {
    const value = values.get(`x-codex-${name}`)
    return value === undefined ? null : Number(value)
  }
  const window = (place: string) => {
    const [used_percent, window_minutes] = [figure(`${place}-used-percent`), figure(`${place}-window-minutes`)]
    return used_percent === null ? null : { used_percent, window_minutes, reset_at: figure(`${place}-reset-at`) }
  }
  const primary = window('primary')
  if (primary === null) return null
  return JSON.stringify({ type: 'codex.rate_limits', rate_limits: { primary, secondary: window('secondary') } })
}

/** What a Pool of the simulator shows: the clock's own windows, filling as they go. */
function rehearsed(now: number): PooledWindow[] {
  return [300, 10_080].map((minutes) => {
    const length = minutes * 60_000
    const gone = now % length
    return { minutes, usedPercent: Math.round((gone / length) * 60), resetsAt: now - gone + length }
  })
}
