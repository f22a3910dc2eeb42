/**
 * Asks the usage page of accounts, gently: by the clock, one at a time, and only where nothing newer is known from the
 * answers themselves. Never because somebody looked; the operator may ask for it, at most once a minute.
 */
import { AppError } from '../../../shared/errors.ts'
import type { AccountQuota } from '../../../shared/models/quota.ts'
import type { StoredUpstream } from '../../db/upstream-store.ts'
import { retryAfterMs } from '../../gateway/retry-after.ts'
import type { AccountKeeper, Log } from '../../gateway/ports.ts'
import { fetchUsage, type UsageAnswer } from '../../providers/chatgpt-usage.ts'
import type { AccountQuotas } from '../../providers/account-quota.ts'
import { providerOf } from '../../providers/registry.ts'
import type { UpstreamRuntime } from '../upstream-runtime.ts'

export type PollState = Pick<AccountQuota, 'polledAt' | 'pollError' | 'nextPollAt'>

export interface QuotaPoll {
  start(): void
  stateOf(upstream: StoredUpstream): PollState
  /** Asks now, unless it was asked within a minute or the provider wants to be left alone. Never rejects. */
  refresh(id: string): Promise<void>
  /** Something was done about the account: asks at once, and believes what it hears. Never rejects. */
  refreshAfterChange(id: string): Promise<void>
  /** For an account that is another one now, or gone. */
  forget(id: string): void
  close(): Promise<void>
}

export interface QuotaPollDeps {
  readonly runtime: Pick<UpstreamRuntime, 'account'>
  readonly accounts: Pick<AccountQuotas, 'view' | 'page'>
  readonly all: () => readonly StoredUpstream[]
  /** It is an account that can be asked. */
  readonly canAsk: (upstream: StoredUpstream) => boolean
  readonly find: (id: string) => StoredUpstream | undefined
  readonly renew: AccountKeeper['refreshAfter401']
  readonly pollMs: () => number
  /** After each try. */
  readonly polled: (id: string, isKnown: boolean) => void
  readonly log: Pick<Log, 'error'>
  readonly now: () => number
}

interface State {
  polledAt: number | null
  error: string | null
  failures: number
  /** Epoch ms: not before, by the clock. */
  restUntil: number
  /** The same for whoever asks, by the provider's own word. */
  heldUntil: number
  /** Of the next wait, so that accounts are not in step. */
  part: number
}

const TIMEOUT_MS = 20_000
const BY_HAND_MS = 60_000
const LONGEST_REST_MS = 3_600_000
const LONGEST_RETRY_AFTER_MS = 86_400_000
const LONGEST_SLEEP_MS = 60_000
const SHORTEST_SLEEP_MS = 20
/** Of the time between two polls: the first after a start, what is added by chance, the pause between two accounts. */
const [FIRST_SHARE, CHANCE_SHARE, PAUSE_SHARE] = [0.02, 0.2, 0.005]

export function createQuotaPoll(deps: QuotaPollDeps): QuotaPoll {
  const { accounts, now, log } = deps
  const states = new Map<string, State>()
  const stop = new AbortController()
  let startedAt = now()
  let timer: NodeJS.Timeout | undefined
  let isStarted = false
  /** One at a time, whoever asks. */
  let last: Promise<void> = Promise.resolve()

  function stateFor(id: string): State {
    const known = states.get(id)
    if (known !== undefined) return known
    const fresh = { polledAt: null, error: null, failures: 0, restUntil: 0, heldUntil: 0, part: Math.random() }
    states.set(id, fresh)
    return fresh
  }

  /** When the account's own figures were heard last, however that was. */
  function heardAt(id: string): number | null {
    const own = (accounts.view(id, now())?.windows ?? []).filter(({ meter }) => meter === '')
    return own.length === 0 ? null : Math.max(...own.map(({ observedAt }) => observedAt))
  }

  function dueAt(id: string): number {
    const { polledAt, restUntil, part } = stateFor(id)
    const every = deps.pollMs()
    const first = startedAt + every * FIRST_SHARE * (1 + part)
    const heard = Math.max(heardAt(id) ?? 0, polledAt ?? 0)
    return Math.max(heard + every * (1 + part * CHANCE_SHARE), restUntil, first)
  }

  function inTurn(task: () => Promise<void>): Promise<void> {
    const run = last.then(task, task)
    last = run.catch(() => undefined)
    return run
  }

  async function ask(upstream: StoredUpstream): Promise<UsageAnswer> {
    const once = () => {
      const account = deps.runtime.account(upstream)
      return fetchUsage({ provider: providerOf(upstream.kind), account, signal: stop.signal, timeoutMs: TIMEOUT_MS })
    }
    const used = deps.runtime.account(upstream).secret?.account?.accessToken
    const answer = await once()
    if (answer.kind !== 'signedOut' || used === undefined) return answer
    return (await deps.renew(upstream.id, used)) === 'renewed' ? once() : answer
  }

  async function poll(id: string, overrules: boolean): Promise<void> {
    const upstream = deps.find(id)
    if (upstream === undefined || stop.signal.aborted) return
    const state = stateFor(id)
    try {
      const answer = await ask(upstream)
      if (stop.signal.aborted || states.get(id) !== state) return
      state.polledAt = now()
      state.part = Math.random()
      if (answer.kind === 'page' && accounts.page(id, answer.body, overrules)) {
        Object.assign(state, { error: null, failures: 0, restUntil: 0, heldUntil: 0 })
        deps.polled(id, true)
      } else fail(id, state, answer)
    } catch (thrown) {
      if (stop.signal.aborted) return
      state.polledAt = now()
      fail(id, state, AppError.from(thrown))
    }
  }

  function fail(id: string, state: State, why: UsageAnswer | AppError): void {
    const rest = Math.min(deps.pollMs() * 2 ** state.failures, Math.max(LONGEST_REST_MS, deps.pollMs()))
    const asked = why instanceof AppError || why.kind !== 'refused' ? null : askedRest(why.retryAfter, now())
    state.failures += 1
    state.heldUntil = asked === null ? 0 : now() + asked
    state.restUntil = Math.max(now() + rest, state.heldUntil)
    state.error = sentence(why)
    deps.polled(id, false)
  }

  function next(): { readonly id: string; readonly at: number } | null {
    const askable = deps.all().filter(deps.canAsk)
    return askable.map(({ id }) => ({ id, at: dueAt(id) })).sort((a, b) => a.at - b.at)[0] ?? null
  }

  async function turn(): Promise<void> {
    try {
      const due = next()
      if (due === null || due.at > now()) return sleep(due === null ? LONGEST_SLEEP_MS : due.at - now())
      await inTurn(() => poll(due.id, false))
      sleep(deps.pollMs() * PAUSE_SHARE * (1 + Math.random()))
    } catch (cause) {
      log.error('the accounts whose usage is to be read could not be looked at', { cause })
      sleep(LONGEST_SLEEP_MS)
    }
  }

  function sleep(ms: number): void {
    clearTimeout(timer)
    if (stop.signal.aborted) return
    // A new account, another setting, a figure that was heard: all are seen at the next look.
    timer = setTimeout(() => void turn(), Math.min(Math.max(ms, SHORTEST_SLEEP_MS), LONGEST_SLEEP_MS)).unref()
  }

  return {
    start() {
      isStarted = true
      startedAt = now()
      sleep(0)
    },
    stateOf(upstream) {
      const { id } = upstream
      const state = states.get(id)
      const isAsked = isStarted && deps.canAsk(upstream)
      return {
        polledAt: state?.polledAt ?? null,
        pollError: state?.error ?? null,
        nextPollAt: isAsked ? Math.round(Math.max(dueAt(id), now())) : null,
      }
    },
    refresh: (id) =>
      inTurn(async () => {
        const { polledAt, heldUntil } = stateFor(id)
        if (heldUntil > now() || (polledAt !== null && now() - polledAt < BY_HAND_MS)) return
        await poll(id, true)
      }),
    refreshAfterChange: (id) => inTurn(() => poll(id, true)),
    forget: (id) => void states.delete(id),
    async close() {
      stop.abort()
      clearTimeout(timer)
      await last
    },
  }
}

function askedRest(retryAfter: string, at: number): number | null {
  const asked = retryAfterMs({ 'retry-after': retryAfter }, at)
  return asked === null ? null : Math.min(asked, LONGEST_RETRY_AFTER_MS)
}

function sentence(why: UsageAnswer | AppError): string {
  if (why instanceof AppError) return why.message
  if (why.kind === 'signedOut') return 'The provider refused the account (status 401).'
  if (why.kind === 'page') return 'The provider answered with no usage page.'
  return `The provider did not say how much is used (status ${String(why.status)}).`
}
