/** Weir with ChatGPT accounts of the stand-in, two behind each Pool, and what the real Codex did with them. */
import { startChatgptServer, type ChatgptServer } from '../../support/chatgpt-server.ts'
import type { StandInEvent } from '../../support/chatgpt-sockets.ts'
import { createCodex, type Codex, type CodexOptions } from './codex.ts'
import { startOutside, type Outside } from './outside.ts'
import { bodyOf, turnsOf, type RelayedRequest } from './relay.ts'
import { startWeir, type Weir } from './weir.ts'

export interface AccountPair {
  readonly first: string
  readonly second: string
  readonly apiKey: string
  /** How much is used of the account's only window, percent. */
  use(account: string, percent: number): void
  /** Weir looks it up. */
  refreshQuota(): Promise<void>
}

export interface AccountPools {
  readonly weir: Weir
  readonly server: ChatgptServer
  readonly outside: Outside
  /** New accounts that nothing is known of, behind a new Pool; the first is asked before the second. */
  pair(): Promise<AccountPair>
  codex(pair: AccountPair, options: Omit<CodexOptions, 'baseUrl' | 'apiKey' | 'env'> & { base: string }): Promise<Codex>
  /** Turns as Codex asked for them. */
  asked(): RelayedRequest[]
  /** Which accounts were sent turns, in order. */
  sent(): string[]
  /** The newest requests of the log, the oldest first, with the upstreams that were tried for each. */
  log(count: number): Promise<{ state: string; errorCode: string | null; tries: number }[]>
  /** Forgets what was seen, and the stand-in is well again. */
  reset(): void
  close(): Promise<void>
}

export async function openAccountPools(): Promise<AccountPools> {
  const [weir, outside, server] = await Promise.all([startWeir(), startOutside(), startChatgptServer()])
  await weir.rpc('settings.update', { patch: { 'accounts.issuer': server.url, 'accounts.callbackPort': 0 } })
  let pairs = 0

  async function add(accountId: string): Promise<string> {
    const account = { accountId, userId: `user-of-${accountId}`, email: `${accountId}@example.com`, plan: 'pro' }
    const text = server.authFile(account)
    const asked = { source: 'text', text, name: accountId, baseUrl: server.baseUrl } as const
    return (await weir.rpc('account.import', asked)).upstream.id
  }

  async function pair(): Promise<AccountPair> {
    pairs += 1
    const [first, second] = [`acct-${pairs}-first`, `acct-${pairs}-second`]
    const ids = [await add(first), await add(second)]
    const pool = await weir.rpc('pool.create', {
      name: `Pair ${pairs}`,
      strategy: 'priority',
      assignments: ids.map((upstreamId, index) => ({ upstreamId, priority: index + 1 })),
    })
    const { secret } = await weir.rpc('key.create', { poolId: pool.id, name: 'codex' })
    return {
      first,
      second,
      apiKey: secret,
      use(account, used) {
        server.quotas.of(account).windows = [{ used, minutes: 300, resetsAt: Date.now() + 3_600_000 }]
      },
      async refreshQuota() {
        for (const id of ids) await weir.rpc('account.quotaRefresh', { id })
      },
    }
  }

  return {
    weir,
    server,
    outside,
    pair,
    codex({ apiKey }, { base, ...options }) {
      return createCodex({ ...options, baseUrl: new URL(base, weir.baseUrl).href, apiKey, env: outside.env })
    },
    asked: () => turnsOf(weir.relay.requests),
    sent: () => server.turns().map(({ headers }) => String(headers['chatgpt-account-id'])),
    async log(count) {
      const { rows } = await weir.rpc('request.list', { limit: count })
      const details = await Promise.all(rows.map(({ id }) => weir.rpc('request.get', { id })))
      return rows
        .map(({ state, errorCode }, index) => ({ state, errorCode, tries: details[index]?.tries.length ?? 0 }))
        .toReversed()
    },
    reset() {
      weir.relay.requests.length = 0
      server.calls.length = 0
      server.webSockets.reset()
      server.backend.next.length = 0
      server.quotas.behaviour.events = false
    },
    async close() {
      await weir.close()
      await server.close()
      await outside.close()
    },
  }
}

/** Types of what Codex sent as input. */
export function inputTypes(request: RelayedRequest | undefined): string[] {
  if (request === undefined) return []
  return (bodyOf(request)['input'] as { type: string }[]).map(({ type }) => type)
}

let made = 0

/** A turn of one finished item. */
function turnOf(item: object): StandInEvent[] {
  const response = { id: `resp_written_${made++}`, object: 'response', status: 'in_progress', output: [] }
  const usage = { input_tokens: 900, output_tokens: 5, total_tokens: 905 }
  const place = { output_index: 0 }
  const events = [
    { type: 'response.created', response },
    { type: 'response.output_item.added', ...place, item },
    { type: 'response.output_item.done', ...place, item },
    { type: 'response.completed', response: { ...response, status: 'completed', usage } },
  ]
  return events
}

/** The model wants this command run. */
export function commandTurn(cmd: string): StandInEvent[] {
  const call = { id: 'fc_1', type: 'function_call', name: 'exec_command', call_id: 'call_1' }
  return turnOf({ ...call, arguments: JSON.stringify({ cmd }) })
}

/** What a provider answers to a `compaction_trigger`. */
export function compactionTurn(): StandInEvent[] {
  return turnOf({ id: 'cmp_1', type: 'compaction', encrypted_content: 'sealed' })
}

/** The account's limit, said when the stream is open already. */
export function dryTurn(): StandInEvent[] {
  const response = { id: `resp_written_${made++}`, object: 'response', status: 'in_progress', output: [] }
  const resets_at = Math.round(Date.now() / 1_000) + 3_600
  const error = { code: 'usage_limit_reached', message: 'The usage limit has been reached', resets_at }
  const failed = { ...response, status: 'failed', error }
  return [
    { type: 'response.created', response },
    { type: 'response.failed', response: failed },
  ]
}
